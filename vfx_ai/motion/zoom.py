"""Whether a shot's lens was zoomed, and its focal length in every frame.

A solve with one focal length makes forward motion of a zoom, or fails. So the pictures are taken back to one size
first, by how much what they show grew from frame to frame, and solved again; what of that was forward motion after all,
a bundle adjustment with a focal length that changes smoothly finds out. Where it explains no more than one focal length
does, there was no zoom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from vfx_ai.motion.bundle import Adjusted, adjust, fixed_lens, zoom_lens
from vfx_ai.motion.chains import Tracks
from vfx_ai.motion.equations import Equations, Lens
from vfx_ai.motion.mapper import ENOUGH_FRAMES, ENOUGH_POINTS
from vfx_ai.motion.recover import BELIEVED_PIXELS, SHOWN_BY
from vfx_ai.motion.sketch import Floats, Picture, Sketch, picked

SUSPECT = 0.93  # where the robust cost falls to this share of that of one focal length, a zoom is looked for
GAIN = 0.85  # and to this share it must fall in the end
BEND_GAIN = 0.9  # distortion is kept if it lowers it to this share
LEAST_RANGE = 1.01  # longest over shortest focal length
SURE = 6.0  # deviations by which the range must lie above nothing
LEAST_GROWTH = 1.02
SHARES = (1.0, 0.75, 0.5)  # of the growth that are taken for the zoom's; forward motion makes things larger, too
ASTRAY = 30.0  # pixels; what is farther off has no say in the lens
FAR_APART = 20.0  # pixels between two points whose distance tells of growth
TRIED_FRAMES, TRIED_POINTS = 60, 400  # that the first look for a zoom takes


@dataclass(frozen=True)
class Zoom:
    """A zoom.

    Attributes:
        sketch: the solved shot, with a focal length for each frame.
        unsure: how far the ratio of longest and shortest focal length may be off: the deviation of its logarithm.
    """

    sketch: Sketch
    unsure: float


def find_zoom(
    solver: Callable[[Tracks], Sketch | None],
    finish: Callable[[Sketch], Sketch],
    fixed: Sketch | None,
    tracks: Tracks,
    picture: Picture,
) -> Zoom | None:
    """The zoom of a shot; None if one focal length explains it about as well.

    Args:
        solver: solves tracks with one focal length.
        finish: gives a sketch all the points and frames that its cameras and lens tell of.
        fixed: the shot solved with one focal length, if that worked.
        tracks, picture: of the shot.
    """
    if fixed is not None and _gain(_some(fixed)) > SUSPECT:
        return None
    solved = [_finished(sketch, finish) for sketch in _shrunk_solves(solver, tracks, picture)]
    if fixed is not None and not (solved and _extent(solved[0]) >= _extent(fixed)):
        solved.append(_finished(fixed, finish))
    best = max(solved, key=_extent, default=None)
    return None if best is None else _curved(best)


def _shrunk_solves(solver: Callable[[Tracks], Sketch | None], tracks: Tracks, picture: Picture) -> Iterator[Sketch]:
    """The shot solved from pictures of one size, with the focal lengths that this means; the best, if any."""
    grown, found = growth(tracks), []
    for share in SHARES if grown.max() > LEAST_GROWTH * grown.min() else ():
        by = grown**share
        sketch = solver(_shrunk(tracks, picture, by))
        if sketch is not None:
            starts = np.concatenate([[0], np.cumsum([len(p) for p in tracks.positions])])
            where = np.concatenate(tracks.positions)[starts[sketch.seen[:, 0]] + sketch.seen[:, 1]]
            found.append(replace(sketch, focal=sketch.focal * by, where=where))
            if sketch.known.mean() >= ENOUGH_FRAMES and len(sketch.points) >= ENOUGH_POINTS:
                break
    if found:
        yield max(found, key=_extent)


def _extent(sketch: Sketch) -> tuple[int, int]:
    """How much a sketch explains: frames, and what they show."""
    return int(sketch.known.sum()), len(sketch.seen)


def _finished(sketch: Sketch, finish: Callable[[Sketch], Sketch]) -> Sketch:
    """A sketch with a focal length that changes, and all that the shot shows then."""
    lens = zoom_lens(len(sketch.known))
    sketch = sketch.only(sketch.off() < ASTRAY, SHOWN_BY)
    for pixels in (2 * BELIEVED_PIXELS, BELIEVED_PIXELS):
        sketch = finish(adjust(sketch, lens).sketch)
        sketch = adjust(sketch, lens).sketch
        sketch = sketch.only(sketch.off() < pixels, SHOWN_BY)
    plain = adjust(sketch, lens)
    bent = adjust(plain.sketch, replace(lens, bend=True))
    return bent.sketch if bent.cost < BEND_GAIN * plain.cost else plain.sketch


def _gain(sketch: Sketch) -> float:
    """The robust cost of a focal length for each frame, as a share of that of one."""
    one, curve, _ = _both(sketch)
    return curve.cost / max(one.cost, 1e-12)


def _both(sketch: Sketch) -> tuple[Adjusted, Adjusted, Lens]:
    """The sketch with one focal length, and with one for each frame; and how these are made."""
    count, bend = len(sketch.known), bool(sketch.bend)
    lens = zoom_lens(count, bend=bend)
    return adjust(sketch, fixed_lens(count, free=True, bend=bend)), adjust(sketch, lens), lens


def _curved(sketch: Sketch) -> Zoom | None:
    """The sketch with a focal length for each frame; None where that doesn't explain clearly more than one does."""
    one, curve, lens = _both(sketch)
    focal = np.where(sketch.known, curve.sketch.focal, np.nan)
    high, low = int(np.nanargmax(focal)), int(np.nanargmin(focal))
    between = lens.basis[high] - lens.basis[low]
    free = 2 * len(sketch.seen) - 6 * len(sketch.known) - 3 * len(sketch.points)
    spread = between @ Equations(curve.sketch).unsure(lens, curve.numbers) @ between
    unsure = float(np.sqrt(max(spread, 0.0) * curve.cost / max(free, 1)))
    size = float(np.log(focal[high] / focal[low]))
    clear = curve.cost < GAIN * one.cost and size > max(np.log(LEAST_RANGE), SURE * unsure)
    return Zoom(curve.sketch, unsure) if clear else None


def growth(tracks: Tracks) -> Floats:
    """How much larger [T] things are in each frame than in the mean frame, by the distances between matched points."""
    rows, told = [], []
    for i, j in sorted(tracks.pairs):
        a, b = tracks.matched(i, j)
        other = np.random.default_rng(len(a)).permutation(len(a))
        before, after = (np.linalg.norm(p - p[other], axis=1) for p in (a, b))
        far = (before > FAR_APART) & (after > FAR_APART)
        if far.any():
            rows.append((i, j))
            told.append(float(np.median(np.log(after[far] / before[far]))))
    matrix = np.zeros((len(rows) + 1, len(tracks.numbers)))
    matrix[-1] = 1
    for n, (i, j) in enumerate(rows):
        matrix[n, i], matrix[n, j] = -1, 1
    return np.asarray(np.exp(np.linalg.lstsq(matrix, np.array([*told, 0.0]), rcond=None)[0]))


def _shrunk(tracks: Tracks, picture: Picture, by: Floats) -> Tracks:
    """The tracks as if each picture were smaller by a factor [T], about the lens's middle."""
    middle = np.array(picture.middle)
    positions = tuple(middle + (p - middle) / g for p, g in zip(tracks.positions, by, strict=True))
    return replace(tracks, positions=positions)


def _some(sketch: Sketch) -> Sketch:
    """Some frames and those points that most of them show, enough to judge by."""
    frames = np.unique(np.linspace(0, len(sketch.known) - 1, TRIED_FRAMES).round().astype(np.int64))
    sketch = picked(sketch, frames)
    counts = np.bincount(sketch.seen[:, 2], minlength=len(sketch.points))
    chosen = np.zeros(len(counts), bool)
    chosen[np.argsort(-counts, kind="stable")[:TRIED_POINTS]] = True
    return sketch.only(chosen[sketch.seen[:, 2]])
