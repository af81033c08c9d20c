"""Depth that a rendered plate carries in a layer of its own: what its numbers mean, and whether they are believed.

Renderers count depth along the camera's axis or along each pixel's ray, as a distance or its inverse, in units of the
scene or from 0 to 1; and a layer may be of another version than the picture. So nothing is taken for granted: of all
these meanings the one is looked for under which the layer explains the points that the camera was solved with (or that
the frames' matches give), and without one the layer isn't used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.media.frame import Plane, Window
from vfx_ai.motion.camera import Array, Camera
from vfx_ai.motion.depths import Sweep
from vfx_ai.motion.geometry import real
from vfx_ai.motion.sampling import pixel_grid
from vfx_ai.shot import Shot

SKY = 1e9  # a distance beyond is no distance: renderers write 1e10 or Inf where there is nothing
FARTHEST_PLANES = 0.05  # sky is laid so far before infinity, for whom 0 is unknown
MOST_LAYERS = 4  # that are tried
PROBES = 8  # frames by which a meaning is found
FEWEST_POINTS = 30
EXPLAINED, HIDDEN = 1.0, 2.0  # planes: a point so near to the layer is explained; one so far behind it is hidden there
LEAST_EXPLAINED = 0.8  # of the points that aren't hidden
MOST_HIDDEN = 0.4  # of all points
TYPICAL = 0.5  # planes that the median point may be off
SIMPLER = 0.1  # planes by which a meaning with more freedom must be better
ROUNDS, DRAWS, DRAWN_OF = 4, 300, 1500  # draws of two points, judged by so many
MOST_PLANES = 1000
EDGE_PLANES = 3.0  # from one pixel to the next, where something nearer begins


@dataclass(frozen=True)
class Meaning:
    """What the numbers of a layer of depth mean to a camera.

    Attributes:
        along_ray: they count along each pixel's ray, not along the camera's axis.
        inverse: they are inverse distances.
        scale, offset: number * scale + offset is the distance (or its inverse) in units of the camera's world.
    """

    along_ray: bool
    inverse: bool
    scale: float
    offset: float = 0.0

    def read(self, values: Array, rays: Array) -> Array:
        """Inverse depth along the camera's axis; NaN where a number means none, 0 for sky.

        Args:
            values: of the layer, any shape.
            rays: the same shape, the length of each pixel's direction (a, b, 1).
        """
        with np.errstate(all="ignore"):
            told = values * self.scale + self.offset
            if self.inverse:
                inverse = told * rays if self.along_ray else told
                return np.asarray(np.where(np.isfinite(inverse) & (inverse >= 0), inverse, np.nan))
            inverse = (rays if self.along_ray else 1.0) / told
            sky = np.isinf(values) | (np.abs(values) >= SKY)
            return np.asarray(np.where(sky, 0.0, np.where(told > 0, inverse, np.nan)))


@dataclass(frozen=True)
class Points:
    """What is known of depth at points of frames, beside what the layer says there; all [N] float64.

    Attributes:
        frames: the number of the frame.
        values: of the layer, at the nearest pixel.
        rays: length of the pixel's direction (a, b, 1).
        inverse: inverse depth along the camera's axis.
    """

    frames: Array
    values: Array
    rays: Array
    inverse: Array

    def of(self, mask: npt.NDArray[np.bool_]) -> Points:
        """Some of the points."""
        return Points(self.frames[mask], self.values[mask], self.rays[mask], self.inverse[mask])


@dataclass(frozen=True)
class LayerDepth:
    """A layer of depth that is believed.

    Attributes:
        plane: the layer's channel.
        meaning: of its numbers.
        numbers: the frames in which it explains the points.
        far, near: the inverse depths that it holds in these frames, in pixels that show the background.
    """

    plane: Plane
    meaning: Meaning
    numbers: tuple[int, ...]
    far: float
    near: float

    def widened(self, sweep: Sweep) -> Sweep:
        """Planes with the same distance that also hold what the layer holds."""
        before = np.ceil(max(0.0, (sweep.far - self.far) / sweep.step))
        after = np.ceil(max(0.0, (self.near - sweep.near) / sweep.step))
        after = min(after, max(0, MOST_PLANES - sweep.count - before))
        return Sweep(
            sweep.far - before * sweep.step, sweep.near + after * sweep.step, int(sweep.count + before + after)
        )

    def inverse(self, shot: Shot, small: Camera, number: int, box: Window, sweep: Sweep) -> torch.Tensor:
        """Inverse depth [h, w] float32 of a box of the ideal picture at the working size; NaN where there is none."""
        inverse = _read(shot, small, number, self.plane, self.meaning, box)
        inverse = np.maximum(inverse, FARTHEST_PLANES * sweep.step)
        inverse[inverse > sweep.near + sweep.step] = np.nan
        return over_edges(torch.from_numpy(inverse.astype(np.float32)).to(shot.device), sweep.step)


def over_edges(inverse: torch.Tensor, step: float) -> torch.Tensor:
    """Inverse depth [h, w] in which a nearer thing reaches one pixel farther; NaN stays.

    The picture's edges are soft, a layer's are hard: the pixel beside a nearer thing holds a share of that thing's
    color, which must not be lent to what lies behind. Swept depth is so by itself.
    """
    nearest = F.max_pool2d(torch.nan_to_num(inverse, nan=-torch.inf)[None, None], 3, 1, 1)[0, 0]
    return torch.where(nearest - inverse > EDGE_PLANES * step, nearest, inverse)


def find_depth(shot: Shot, small: Camera, numbers: Sequence[int], step: float) -> tuple[LayerDepth | None, str]:
    """The plate's layer of depth, if it has one that can be believed.

    Args:
        shot: the plate and its matte.
        small: the camera at the working size, with points.
        numbers: the frames that have a camera.
        step: inverse depth between two planes, which is how exactly the frames can tell.

    Returns:
        the layer, and a sentence for the report; None and "" where the plate has no such layer.
    """
    planes = shot.measures(numbers[0]).depth[:MOST_LAYERS]
    refused = ""
    for plane in planes:
        picks = [numbers[i] for i in np.unique(np.linspace(0, len(numbers) - 1, PROBES).round().astype(int))]
        points = _points(shot, small, picks, plane)
        meaning, why = find_meaning(points, step, given=small.origin != "solved")
        if meaning is None:
            refused = refused or f"The plate's layer {plane.layer} isn't used for depth: {why}."
            continue
        found = _surveyed(shot, small, numbers, plane, meaning, step)
        if found is not None:
            lacking = len(numbers) - len(found.numbers)
            but = f", but in {lacking} of {len(numbers)} frames, where it doesn't fit" if lacking else ""
            return found, f"Depth comes from the plate's layer {plane.layer}{but} ({_told(meaning)})."
    return None, refused


def find_meaning(points: Points, step: float, *, given: bool) -> tuple[Meaning | None, str]:
    """Under which meaning a layer explains points.

    Args:
        points: of several frames.
        step: inverse depth between two planes.
        given: the camera is a matchmove's, so that its units may be the layer's.

    Returns:
        the meaning; or None, and why not.
    """
    if len(points.values) < FEWEST_POINTS:
        return None, f"it has a number at only {len(points.values)} points of known depth"
    best: tuple[float, Meaning] | None = None
    for along_ray in (False, True):
        for inverse in (False, True):
            for freedom, meaning in _fitted(points, step, along_ray, inverse, given=given):
                cost = _cost(points, meaning, step) + SIMPLER * freedom
                if best is None or cost < best[0]:
                    best = cost, meaning
    if best is None:
        return None, "its numbers are all alike, or none"
    off = _judged(points, best[1], step)
    if explains(off):
        return best[1], ""
    share = float((np.abs(off) < EXPLAINED).sum() / max(len(off), 1))
    return None, f"under no meaning of its numbers does it explain more than {100 * share:.0f} % of the points"


def explains(off: Array) -> bool:
    """Whether a layer explains points: nearly all that it doesn't hide, and in the middle exactly.

    Args:
        off: [N], by how many planes the layer lies before each point; NaN where it has no depth.
    """
    hidden = off > HIDDEN
    told = np.abs(np.nan_to_num(off[~hidden], nan=np.inf))
    if len(told) < FEWEST_POINTS or hidden.mean() > MOST_HIDDEN:
        return False
    return bool((told < EXPLAINED).mean() >= LEAST_EXPLAINED and np.median(told) <= TYPICAL)


def _fitted(points: Points, step: float, along_ray: bool, inverse: bool, *, given: bool) -> list[tuple[int, Meaning]]:
    """Meanings of one kind, each with how much freedom it has: none, a scale, a scale and an offset."""
    far = points.inverse / points.rays if along_ray else points.inverse
    wanted = far if inverse else 1 / np.maximum(far, 1e-12)
    usable = np.isfinite(points.values) & (np.abs(points.values) < SKY)
    some = points.of(usable)
    wanted, weight = wanted[usable], (np.ones(len(some.values)) if inverse else far[usable] ** 2)
    found: list[tuple[int, Meaning]] = []
    nonzero = some.values != 0
    if nonzero.sum() < FEWEST_POINTS:
        return found
    if given:
        found.append((0, Meaning(along_ray, inverse, float(np.sign(np.median(some.values[nonzero]))))))
    meaning = Meaning(along_ray, inverse, float(np.median(wanted[nonzero] / some.values[nonzero])))
    for _ in range(ROUNDS):
        near = nonzero & (np.abs(_off(some, meaning, step)) < HIDDEN)
        if near.sum() >= FEWEST_POINTS:
            meaning = Meaning(along_ray, inverse, float(np.median(wanted[near] / some.values[near])))
    found.append((1, meaning))
    drawn = _drawn(some, wanted, step, along_ray, inverse)
    if drawn is not None:
        for _ in range(ROUNDS):
            near = np.abs(_off(some, drawn, step)) < HIDDEN
            if near.sum() >= FEWEST_POINTS and np.ptp(some.values[near]) > 0:
                scale, offset = np.polyfit(some.values[near], wanted[near], 1, w=weight[near])
                drawn = Meaning(along_ray, inverse, float(scale), float(offset))
        found.append((2, drawn))
    return found


def _drawn(points: Points, wanted: Array, step: float, along_ray: bool, inverse: bool) -> Meaning | None:
    """Scale and offset that two of the points give, and that explain the most of all (RANSAC)."""
    every = -(-len(wanted) // DRAWN_OF)
    points, wanted = points.of(np.arange(len(wanted)) % every == 0), wanted[::every]
    rng = np.random.default_rng(len(wanted))
    best: tuple[float, Meaning] | None = None
    for i, j in rng.integers(0, len(points.values), (DRAWS, 2)):
        apart = points.values[j] - points.values[i]
        if apart == 0:
            continue
        scale = (wanted[j] - wanted[i]) / apart
        meaning = Meaning(along_ray, inverse, float(scale), float(wanted[i] - scale * points.values[i]))
        cost = _cost(points, meaning, step)
        if best is None or cost < best[0]:
            best = cost, meaning
    return best[1] if best else None


def _cost(points: Points, meaning: Meaning, step: float) -> float:
    """Planes by which a meaning is off, at the mean; a point that is far off counts for no more than that."""
    off = _judged(points, meaning, step)
    return float(np.minimum(np.abs(np.nan_to_num(off, nan=np.inf)), HIDDEN).mean()) if len(off) else HIDDEN


def _judged(points: Points, meaning: Meaning, step: float) -> Array:
    """As `_off`, without the points [M] where the layer says nothing: renderers write 0 where there is nothing."""
    nothing = (points.values == 0) & (not meaning.inverse and meaning.offset == 0)
    return _off(points.of(~nothing), meaning, step)


def _off(points: Points, meaning: Meaning, step: float) -> Array:
    """By how many planes [N] the layer lies before each point; NaN where its number means no depth."""
    return np.asarray((meaning.read(points.values, points.rays) - points.inverse) / step)


def _points(shot: Shot, small: Camera, numbers: Sequence[int], plane: Plane) -> Points:
    """The camera's points as some frames see them, where they show the background, beside the layer's numbers."""
    found: list[tuple[Array, ...]] = [tuple(np.zeros(0) for _ in range(4))]
    for number in numbers:
        seen = shot.small(number)[1].cpu().numpy()
        height, width = seen.shape
        at, depth = small.project(number, small.points)
        x, y = np.clip(np.nan_to_num(np.rint(at)), -1, [width, height]).astype(int).T
        inside = (depth > 0) & (x >= 0) & (y >= 0) & (x < width) & (y < height)
        inside[inside] = seen[y[inside], x[inside]]
        values = _values(shot, number, plane, at[inside].T)
        if values is None:
            continue
        rays = np.sqrt(1 + (small.directions(number, at[inside]) ** 2).sum(1))
        found.append((np.full(len(values), number, float), values, rays, 1 / depth[inside]))
    points = Points(*(np.concatenate(part) for part in zip(*found, strict=True)))
    return points.of(~np.isnan(points.values))


def _values(shot: Shot, number: int, plane: Plane, at: Array) -> Array | None:
    """What the layer has at the pixel nearest to positions [2, ...] of the working picture; NaN beyond it."""
    layer = shot.beside(number, (plane,))
    if layer is None:
        return None
    factor = shot.working_size[1] / shot.width
    x, y = np.rint((at + 0.5) / factor - 0.5)
    inside = (x >= 0) & (y >= 0) & (x < shot.width) & (y < shot.height)
    index = np.clip(y, 0, shot.height - 1).astype(int), np.clip(x, 0, shot.width - 1).astype(int)
    return np.asarray(np.where(inside, layer[0][index], np.nan), np.float64)


def _read(shot: Shot, small: Camera, number: int, plane: Plane, meaning: Meaning, box: Window) -> Array:
    """Inverse depth [h, w] of a box of the ideal picture at the working size; NaN where the layer has none."""
    grid, i = pixel_grid((box.height, box.width), torch.device("cpu"), box.x0, box.y0), small.index(number)
    values = _values(shot, number, plane, real(small, number, grid).double().numpy())
    if values is None:
        return np.full((box.height, box.width), np.nan)
    flat = (grid.permute(1, 2, 0).double().numpy() - small.center[i]) / small.focal[i]
    return meaning.read(values, np.sqrt(1 + (flat * flat).sum(-1)))


def _surveyed(
    shot: Shot, small: Camera, numbers: Sequence[int], plane: Plane, meaning: Meaning, step: float
) -> LayerDepth | None:
    """The layer with the frames in which it explains the points, and its range; None where there is no such frame."""
    height, width = shot.working_size
    holds, far, near = list[int](), np.inf, 0.0
    for number in numbers:
        if not explains(_judged(_points(shot, small, (number,), plane), meaning, step)):
            continue
        inverse = _read(shot, small, number, plane, meaning, Window(0, 0, width, height))
        shown = inverse[shot.small(number)[1].cpu().numpy() & np.isfinite(inverse)]
        holds.append(number)
        far, near = min(far, float(shown.min())), max(near, float(shown.max()))
    return LayerDepth(plane, meaning, tuple(holds), far, near) if holds else None


def _told(meaning: Meaning) -> str:
    """What a meaning is, in words."""
    what = "its numbers are inverse distances" if meaning.inverse else "its numbers are distances"
    along = "along each pixel's ray" if meaning.along_ray else "along the camera's axis"
    offset = f" and {meaning.offset:+.4g}" if meaning.offset else ""
    return f"{what} {along}, times {meaning.scale:.4g}{offset}"
