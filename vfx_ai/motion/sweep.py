"""Depth of one frame from others, by sweeping planes through space.

Space in front of a frame is cut into planes of equal steps in inverse depth. On the right plane the frames around it
look alike. Per pair of frames, one before and one after, the better side counts: what hides a point in one of them
seldom hides it in the other (Kang, Szeliski and Chai, CVPR 2001). The costs are smoothed along rows and columns by
semi-global matching (Hirschmueller, CVPR 2005), less so where the picture has an edge. Planes are stepped in what the
nearest frames can tell; what the frames farther away tell refines the depth between planes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.media.frame import Window
from vfx_ai.motion.geometry import Relation

# What is compared: luma, chroma, and how luma changes across and down; in stops, scaled by its weight.
WEIGHTS = (0.4, 0.2, 0.4, 0.4)
LIMITS = (0.35, 0.2, 0.15, 0.15)  # stops; a difference beyond is an outlier, however large
WORST = sum(w * limit for w, limit in zip(WEIGHTS, LIMITS, strict=True))
HIDDEN = 1000.0  # luma of what is not seen
SMALL_JUMP, LARGE_JUMP, EDGE_STOPS = 0.03, 0.2, 0.08
REFINE_STEPS = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)  # planes
BAND = 1 << 15  # pixels that are compared at a time
PULL = 0.1  # of WORST, what a step of one plane away from the first finding costs


@dataclass(frozen=True)
class Seen:
    """A frame as it is compared.

    Attributes:
        features: [4, h + 2, w + 2] float32, one pixel wider on every side than the picture; the first is HIDDEN where
            nothing is seen, and in that border.
    """

    features: torch.Tensor

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the picture."""
        return self.features.shape[1] - 2, self.features.shape[2] - 2

    @property
    def shown(self) -> torch.Tensor:
        """[h, w] bool: the background is seen."""
        return self.features[0, 1:-1, 1:-1] < HIDDEN / 2


def compared(features: torch.Tensor, seen: torch.Tensor) -> Seen:
    """A frame, made ready to be compared.

    Args:
        features: [3, h, w] float32 as `color.in_stops` gives them.
        seen: [h, w] bool.
    """
    luma, red, blue = features
    chroma = (red - blue) / 2
    padded = F.pad(luma[None, None], (1, 1, 1, 1), mode="replicate")[0, 0]
    across, down = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2, (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
    weights = torch.tensor(WEIGHTS, device=luma.device)[:, None, None]
    stacked = torch.stack([luma, chroma, across, down]) * weights
    stacked = torch.where(seen, stacked, 0.0)
    stacked[0] = torch.where(seen, stacked[0], HIDDEN)
    out = F.pad(stacked, (1, 1, 1, 1))
    out[0] = F.pad(stacked[:1], (1, 1, 1, 1), value=HIDDEN)[0]
    return Seen(out)


def cost_volume(
    reference: Seen, pairs: Sequence[Sequence[tuple[Seen, Relation]]], planes: torch.Tensor, box: Window
) -> torch.Tensor:
    """How unlike the frames look on each plane.

    Args:
        reference: the frame whose depth is wanted.
        pairs: frames to compare with, each with how the reference lies in it; of a pair the better counts.
        planes: [D] float32, inverse depths.
        box: rows and columns of the picture.

    Returns:
        [D, h, w] float32, 0..WORST; 0.6 WORST where no frame tells, 0.5 WORST where the reference sees nothing.
    """
    mine, seen = _cropped(reference, box)
    volume = torch.empty((len(planes), *seen.shape), device=seen.device)
    share = _box_sum(seen.float()).clamp(min=1e-3)
    for rows, within in _bands(box, seen.device):
        part = Window(box.x0, box.y0 + rows.start, box.x1, box.y0 + rows.stop)
        grids = [[_Rays(relation, part, frame.size, seen.device) for frame, relation in pair] for pair in pairs]
        inner = slice(rows.start + within.start, rows.start + within.stop)
        for i, plane in enumerate(planes.tolist()):
            cost = _plane_cost(mine[:, rows], pairs, grids, plane)
            torch.div(_box_sum(cost.mul_(seen[rows]))[within], share[inner], out=volume[i, inner])
    volume[:, ~seen] = 0.5 * WORST
    return volume


def _bands(box: Window, device: torch.device) -> Iterator[tuple[slice, slice]]:
    """Rows of a box a few at a time, with a row more on each side, and those without it within them.

    What is computed with a few rows stays in a processor's cache.
    """
    count = max(1, BAND // max(box.width, 1)) if device.type == "cpu" else max(box.height, 1)
    for first in range(0, box.height, count):
        last = min(first + count, box.height)
        start, stop = max(0, first - 1), min(box.height, last + 1)
        yield slice(start, stop), slice(first - start, last - start)


def _plane_cost(
    mine: torch.Tensor,
    pairs: Sequence[Sequence[tuple[Seen, Relation]]],
    grids: list[list[_Rays]],
    plane: float | torch.Tensor,
) -> torch.Tensor:
    """Mean over the pairs [h, w] of the better frame's difference."""
    total, count = torch.zeros_like(mine[0]), torch.zeros_like(mine[0])
    for pair, rays in zip(pairs, grids, strict=True):
        costs = [_difference(mine, frame, grid.at(plane)) for (frame, _), grid in zip(pair, rays, strict=True)]
        best = costs[0] if len(costs) == 1 else torch.minimum(*costs)
        told = best < 1
        total += torch.where(told, best, 0.0)
        count += told
    return torch.where(count > 0, total / count.clamp(min=1), 0.6 * WORST)


def _difference(mine: torch.Tensor, other: Seen, grid: torch.Tensor) -> torch.Tensor:
    warped = F.grid_sample(other.features[None], grid[None], "bilinear", "border", align_corners=True)[0]
    apart = warped.sub_(mine).abs_()
    hidden = apart[0] > 2
    limits = torch.tensor([w * limit for w, limit in zip(WEIGHTS, LIMITS, strict=True)], device=mine.device)
    cost = torch.minimum(apart, limits[:, None, None], out=apart).sum(0)
    return cost.masked_fill_(hidden, 9.0)


class _Rays:
    """Where the pixels of a box lie in another frame, for any inverse depth; as grid_sample counts."""

    def __init__(self, relation: Relation, box: Window, size: tuple[int, int], device: torch.device) -> None:
        x = torch.arange(box.x0, box.x1, dtype=torch.float64)[None]
        y = torch.arange(box.y0, box.y1, dtype=torch.float64)[:, None]
        parts = [row[0] * x + row[1] * y + row[2] for row in relation.matrix]
        height, width = size
        # normalized so that -1 and 1 are the outermost of the padded picture's pixels
        scale = (2 / (width + 1), 2 / (height + 1))
        self._z, self._bz = parts[2].float().to(device), relation.offset[2]
        shifts = [(1 * s - 1) for s in scale]
        flat = [part * s + parts[2] * shift for part, s, shift in zip(parts[:2], scale, shifts, strict=True)]
        self._xy = torch.stack(flat).float().to(device)
        bent = [b * s + relation.offset[2] * t for b, s, t in zip(relation.offset[:2], scale, shifts, strict=True)]
        self._bxy = torch.tensor(bent, dtype=torch.float32, device=device)

    def at(self, plane: float | torch.Tensor) -> torch.Tensor:
        """[h, w, 2] for one inverse depth, or one per pixel [h, w]."""
        z = (self._z + plane * self._bz).clamp_(min=1e-6)
        # x by x and y by y, which divides several at a time; grid_sample takes both from where they lie.
        return (self._xy + plane * self._bxy[:, None, None]).div_(z).permute(1, 2, 0)


def smoothed(volume: torch.Tensor, guide: torch.Tensor) -> torch.Tensor:
    """Costs of whole paths through each pixel: from the left, the right, above and below.

    Args:
        volume: [D, h, w] float32.
        guide: [h, w] float32, the picture's luma in stops; where it changes, depth may jump for less.

    Returns:
        [D, h, w] float32.
    """
    rows = volume.permute(1, 2, 0).contiguous()
    down, across = (guide[1:] - guide[:-1]).abs(), (guide[:, 1:] - guide[:, :-1]).abs()
    total = _both_ways(rows, down)
    total += _both_ways(rows.transpose(0, 1).contiguous(), across.T).transpose(0, 1)
    return total.permute(2, 0, 1)


def _both_ways(costs: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    """Costs of the paths along the first side of `costs` [n, m, D], there and back; the guide changes by [n - 1, m]."""
    jump = (SMALL_JUMP + (LARGE_JUMP - SMALL_JUMP) / (1 + gradient / EDGE_STOPS))[..., None]
    total, last = torch.empty_like(costs), len(costs) - 1
    previous = total[0].copy_(costs[0])
    for i in range(1, last + 1):
        previous = torch.add(costs[i], _cheapest_before(previous, jump[i - 1]), out=total[i])
    previous = costs[last]
    total[last] += previous
    for i in range(last - 1, -1, -1):
        previous = _cheapest_before(previous, jump[i]).add_(costs[i])
        total[i] += previous
    return total


def _cheapest_before(previous: torch.Tensor, jump: torch.Tensor) -> torch.Tensor:
    """What the cheapest way to each plane costs [m, D] from the pixel before, above the cheapest of that one's."""
    base = previous - previous.amin(-1, keepdim=True)
    best, beside = torch.minimum(base, jump), base + SMALL_JUMP
    torch.minimum(best[:, 1:], beside[:, :-1], out=best[:, 1:])
    torch.minimum(best[:, :-1], beside[:, 1:], out=best[:, :-1])
    return best


def cheapest(volume: torch.Tensor, planes: torch.Tensor) -> torch.Tensor:
    """Inverse depth [h, w] of the cheapest plane, by a parabola through its neighbours finer than the planes."""
    index = volume.argmin(0)
    inner = index.clamp(1, len(planes) - 2)
    before, here, after = (volume.gather(0, (inner + k)[None])[0] for k in (-1, 0, 1))
    bend = before - 2 * here + after
    off = torch.where((bend > 1e-9) & (inner == index), 0.5 * (before - after) / bend.clamp(min=1e-9), 0.0)
    return planes[0] + (planes[1] - planes[0]) * (index + off.clamp(-0.5, 0.5))


def refined(
    reference: Seen,
    pairs: Sequence[Sequence[tuple[Seen, Relation]]],
    inverse: torch.Tensor,
    step: float,
    box: Window,
) -> torch.Tensor:
    """Inverse depth [h, w] at its best within a plane of where it was found, as far as these frames tell.

    Args:
        reference, pairs, box: as for `cost_volume`.
        inverse: [h, w] float32, inverse depth, right to about a plane.
        step: between two planes.
    """
    mine, seen = _cropped(reference, box)
    grids = [[_Rays(relation, box, frame.size, seen.device) for frame, relation in pair] for pair in pairs]
    share = _box_sum(seen.float()).clamp(min=1e-3)
    costs = [_box_sum(_plane_cost(mine, pairs, grids, inverse + k * step) * seen) / share for k in REFINE_STEPS]
    volume = torch.stack(
        [_box_sum(cost) / 9 + PULL * WORST * k * k for cost, k in zip(costs, REFINE_STEPS, strict=True)]
    )
    fine = torch.tensor(REFINE_STEPS, device=inverse.device) * step
    return inverse + cheapest(volume, fine)


def _cropped(frame: Seen, box: Window) -> tuple[torch.Tensor, torch.Tensor]:
    """Features [4, h, w] of a box, and where [h, w] they are seen."""
    mine = frame.features[:, box.y0 + 1 : box.y1 + 1, box.x0 + 1 : box.x1 + 1]
    return mine, mine[0] < HIDDEN / 2


def _box_sum(picture: torch.Tensor) -> torch.Tensor:
    """Sum [h, w] over 3 x 3 pixels."""
    rows = picture.clone()
    rows[1:] += picture[:-1]
    rows[:-1] += picture[1:]
    out = rows.clone()
    out[:, 1:] += rows[:, :-1]
    out[:, :-1] += rows[:, 1:]
    return out
