"""Depth that a rendered plate carries in a layer of its own: found, and read where it is believed.

What its numbers mean is told by the points that the camera was solved with, see `layer_meaning`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.media.frame import Plane, Window
from vfx_ai.motion.camera import Array, Camera
from vfx_ai.motion.depths import Sweep
from vfx_ai.motion.geometry import real
from vfx_ai.motion.layer_meaning import Meaning, Points, described, explains, find_meaning, judged
from vfx_ai.motion.sampling import pixel_grid
from vfx_ai.shot import Shot

FARTHEST_PLANES = 0.05  # sky is laid so far before infinity, for whom 0 is unknown
MOST_LAYERS = 4  # that are tried
PROBES = 8  # frames by which a meaning is found
MOST_PLANES = 1000
EDGE_PLANES = 3.0  # from one pixel to the next, where something nearer begins


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
            return found, f"Depth comes from the plate's layer {plane.layer}{but} ({described(meaning)})."
    return None, refused


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
        if not explains(judged(_points(shot, small, (number,), plane), meaning, step)):
            continue
        inverse = _read(shot, small, number, plane, meaning, Window(0, 0, width, height))
        shown = inverse[shot.small(number)[1].cpu().numpy() & np.isfinite(inverse)]
        holds.append(number)
        far, near = min(far, float(shown.min())), max(near, float(shown.max()))
    return LayerDepth(plane, meaning, tuple(holds), far, near) if holds else None
