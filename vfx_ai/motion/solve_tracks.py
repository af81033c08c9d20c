"""The camera of a shot from its tracks alone: the mapper, then the frames that it left out, then a zoom.

A long shot's mapper sees key frames alone, chosen so that each shows much of what the one before it shows; the frames
between them come in by the points that these tell of, and one bundle adjustment ends it. So the work grows with the
number of frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from vfx_ai.motion.bundle import STEPS, adjust, fixed_lens
from vfx_ai.motion.chains import Chains, Tracks, link, shared, thinned
from vfx_ai.motion.mapper import LEAST_FRAMES, mapped, quiet, sketched, with_bend
from vfx_ai.motion.recover import BELIEVED_PIXELS, SHOWN_BY, recovered, renewed
from vfx_ai.motion.sketch import Floats, Picture, Sketch, spread
from vfx_ai.motion.zoom import find_zoom

LONG = 60  # frames; beyond, the mapper sees key frames
KEY_APART, KEY_SHARE = 12, 0.5  # frames between two, at most, and the share of its chains that the next one shows
LONG_STEPS = 3  # of the bundle adjustment: it starts near its end
KEY_REACH = 6  # key frames that one is matched with
FEWEST_MATCHES = 25
NARROWEST = 0.3  # degrees under which points must be seen
LONGEST_TRACKED, WORST_TRACKED = 3, 1.5  # frames that show a point, and its residual, for it to be kept


@dataclass(frozen=True)
class Solved:
    """A solved camera.

    Attributes:
        sketch: the cameras.
        points: [P, 3] those that are worth keeping.
        residual: mean in pixels of the working size.
        unsure: of a zoom, see `zoom.Zoom`; None if the lens is fixed.
    """

    sketch: Sketch
    points: Floats
    residual: float
    unsure: float | None = None


def solve_tracks(tracks: Tracks, picture: Picture, scratch: Path) -> Solved | None:
    """The camera of a shot; None if too few points show parallax.

    Args:
        tracks: of all frames.
        picture: what they are like; a focal length that is known stays.
        scratch: a folder for files that are needed for a while.

    Raises:
        ImportError: pycolmap can't be loaded.
    """
    import pycolmap

    chains: list[Chains] = []

    def linked() -> Chains:
        if not chains:
            chains.append(link(tracks))
        return chains[0]

    def solver(these: Tracks) -> Solved | None:
        with TemporaryDirectory(prefix="solve-", dir=scratch) as work:
            if len(these.numbers) > LONG:
                return _by_keys(pycolmap, these, picture, linked(), Path(work))
            return _by_mapper(pycolmap, these, picture, linked, Path(work))

    def finish(sketch: Sketch) -> Sketch:
        return recovered(pycolmap, renewed(sketch, tracks, linked(), NARROWEST), tracks, linked(), NARROWEST)

    def alone(these: Tracks) -> Sketch | None:
        solved = solver(these)
        return solved.sketch if solved else None

    with quiet(pycolmap):
        fixed = solver(tracks)
        zoom = None
        if picture.focal is None:
            zoom = find_zoom(alone, finish, fixed.sketch if fixed else None, tracks, picture)
        return fixed if zoom is None else _kept(zoom.sketch, zoom.unsure)


def _by_mapper(
    pycolmap: Any, tracks: Tracks, picture: Picture, linked: Callable[[], Chains], work: Path
) -> Solved | None:
    """A short shot: the mapper sees all frames; those that it leaves out come in by its points."""
    model = mapped(pycolmap, picture, tracks, work)
    if model is None:
        return None
    model = with_bend(pycolmap, model, free=picture.focal is None)
    sketch = sketched(model, tracks)
    if not sketch.known.all():
        more = recovered(pycolmap, sketch, tracks, linked(), NARROWEST)
        if more is not sketch:
            return _kept(_adjusted(more, picture))
    good = [p.xyz for p in model.points3D.values() if p.track.length() >= LONGEST_TRACKED and p.error < WORST_TRACKED]
    return Solved(sketch, np.array(good).reshape(-1, 3), float(model.compute_mean_reprojection_error()))


def _by_keys(pycolmap: Any, tracks: Tracks, picture: Picture, chains: Chains, work: Path) -> Solved | None:
    """A long shot: the mapper sees key frames."""
    keys = key_frames(chains)
    model = mapped(pycolmap, picture, thinned(tracks, chains, keys, KEY_REACH, FEWEST_MATCHES), work)
    if model is None:
        return None
    model = with_bend(pycolmap, model, free=picture.focal is None)
    few = sketched(model, thinned(tracks, chains, keys, 0, 0))
    sketch = recovered(pycolmap, spread(few, keys, len(tracks.numbers)), tracks, chains, NARROWEST)
    if sketch.known.sum() < LEAST_FRAMES * len(tracks.numbers):
        return None
    return _kept(_adjusted(renewed(sketch, tracks, chains, NARROWEST), picture, LONG_STEPS))


def key_frames(chains: Chains) -> list[int]:
    """Frames that follow each other at about the same share of chains in common; the first and the last are some."""
    last, keys = len(chains.of) - 1, [0]
    while keys[-1] < last:
        here = keys[-1]
        enough = max(KEY_SHARE * (chains.of[here] >= 0).sum(), FEWEST_MATCHES)
        there = here + 1
        while there < min(here + KEY_APART, last) and len(shared(chains, here, there + 1)) >= enough:
            there += 1
        keys.append(there)
    return keys


def _adjusted(sketch: Sketch, picture: Picture, steps: int = STEPS) -> Sketch:
    """All frames and points at once, with one focal length."""
    lens = fixed_lens(len(sketch.known), free=picture.focal is None, bend=bool(sketch.bend))
    done = adjust(sketch, lens, steps).sketch
    return done.only(done.off() < BELIEVED_PIXELS, SHOWN_BY)


def _kept(sketch: Sketch, unsure: float | None = None) -> Solved:
    counts = np.bincount(sketch.seen[:, 2], minlength=len(sketch.points))
    error = np.bincount(sketch.seen[:, 2], sketch.off(), len(sketch.points)) / np.maximum(counts, 1)
    good = (counts >= LONGEST_TRACKED) & (error < WORST_TRACKED)
    return Solved(sketch, sketch.points[good], sketch.residual(), unsure)
