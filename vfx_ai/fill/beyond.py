"""What lies beyond a side of all that a key frame shows: the shot's own regions, whole, joined without steps in tone.

Within a hole tone is best spanned from around it, and copies lend their texture alone. Beyond the picture's edge there
is nothing to span: level tone from the edge is as near as a guess comes, and looks like nothing but bands. So walls,
leaves and ground go on as copies of walls, leaves and ground, tone and all; what a copy's broad tone differs from the
level one by is taken off, and copies are faded into each other over a cell.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill.level import level, sides
from vfx_ai.fill.masks import dilated
from vfx_ai.fill.shiftmap import ShiftMap
from vfx_ai.motion.sampling import resample, sees

BROAD = 0.03  # of the width: tone coarser than that is the edge's, what is finer comes with the copy
INWARDS = 0.02  # of the width: how far within its edge a key frame still has an answer, since motion isn't exact


@dataclass(frozen=True)
class Beyond:
    """What a key frame has for what lies beyond it.

    Attributes:
        there: [H, W] bool, beyond a side of all that is seen, and a little within.
        light: [3, H', W'] float32 in log code, of this picture and of what lies beside it.
        usable: [H', W'] bool, what of it may be copied: edges too, as long as they come with what they part.
        lift: [3, H, W] float32 in log code, what is added to a copy that is laid down at a place.
        shifts: from where copies are.
    """

    there: torch.Tensor
    light: torch.Tensor
    usable: torch.Tensor
    lift: torch.Tensor
    shifts: ShiftMap


def outside(seen: torch.Tensor) -> torch.Tensor | None:
    """[H, W] bool: what lies beyond a side of all that is seen [H, W] bool; None if nothing does."""
    edges = sides(seen)
    if edges is None:
        return None
    x0, x1, y0, y1 = edges
    beyond = torch.ones_like(seen)
    beyond[y0:y1, x0:x1] = False
    return beyond


def beyond_by(
    light: torch.Tensor, seen: torch.Tensor, there: torch.Tensor, usable: torch.Tensor, shifts: ShiftMap
) -> Beyond:
    """What lies beyond a key frame, by the places that were chosen.

    Args:
        light: [3, H', W'] float32 in log code, the key frame's in its upper left corner.
        seen: [H, W] bool.
        there: from `outside`.
        usable: [H', W'] bool, what may be copied.
        shifts: whose cells cover `there`.
    """
    height, width = there.shape
    tall, wide = light.shape[1:]
    inwards = max(shifts.cell, round(INWARDS * width))
    shifts = _widened(shifts, -(-inwards // shifts.cell))
    goes_on = level(light[:, :height, :width], seen)
    rows, columns = torch.nonzero(there, as_tuple=True)
    by_row, by_column = (part // shifts.cell for part in (rows, columns))
    placed = shifts.there.to(light.device)[by_row, by_column]
    shift = shifts.shifts.to(light.device)[by_row, by_column].long()
    x, y = (columns + shift[:, 0]).clamp(0, wide - 1), (rows + shift[:, 1]).clamp(0, tall - 1)
    apart = torch.zeros_like(light[:, :height, :width])
    if goes_on is not None:
        apart[:, rows, columns] = torch.where(placed, goes_on[:, rows, columns] - light[:, y, x], 0.0)
    return Beyond(dilated(there, inwards), light, usable, _smooth(apart, max(2, round(BROAD * width))), shifts)


def copied(beyond: Beyond, at: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What is laid down beyond a key frame.

    Args:
        beyond: of the key frame.
        at: [2, N] positions in it.

    Returns:
        The light [3, N] in log code, where most of it is from [2, N], and where there is any [N] bool.
    """
    height, width = beyond.there.shape
    inside = torch.isfinite(at).all(0)
    at = torch.nan_to_num(at)
    column, row = (torch.floor(part + 0.5).long() for part in at)
    inside &= (column >= 0) & (column < width) & (row >= 0) & (row < height)
    inside &= beyond.there[row.clamp(0, height - 1), column.clamp(0, width - 1)]
    cells = (at + 0.5) / beyond.shifts.cell - 0.5
    first = torch.floor(cells)
    share = cells - first
    tall, wide = beyond.shifts.there.shape
    placed, shifts = (part.to(at.device) for part in (beyond.shifts.there, beyond.shifts.shifts))
    total, most = torch.zeros_like(at[0]), torch.zeros_like(at[0])
    light, source = torch.zeros((3, at.shape[1]), device=at.device), at
    for down in (0, 1):
        for right in (0, 1):
            x, y = (first[0].long() + right).clamp(0, wide - 1), (first[1].long() + down).clamp(0, tall - 1)
            there = at + shifts[y, x].T.float()
            good = placed[y, x] & sees(beyond.usable, there[:, None])[0]
            weight = _eased(share[0] if right else 1 - share[0]) * _eased(share[1] if down else 1 - share[1]) * good
            light = light + weight * resample(beyond.light, there[:, None])[:, 0]
            total = total + weight
            source, most = torch.where(weight > most, there, source), torch.maximum(weight, most)
    light = light / total.clamp(min=1e-6) + resample(beyond.lift, at[:, None])[:, 0]
    return light, source, inside & (total > 0)


def _eased(share: torch.Tensor) -> torch.Tensor:
    return share * share * (3 - 2 * share)


def _widened(shifts: ShiftMap, cells: int) -> ShiftMap:
    """The same with so many cells more at its rim, each with a neighbor's shift."""
    there, chosen = shifts.there, shifts.shifts
    for _ in range(cells):
        for axis, step in ((1, 1), (1, -1), (0, 1), (0, -1)):
            known, shift = there.roll(step, axis), chosen.roll(step, axis)
            end = 0 if step > 0 else -1
            known.select(axis, end).fill_(False)
            chosen = torch.where((known & ~there)[..., None], shift, chosen)
            there = there | known
    return replace(shifts, shifts=chosen, there=there)


def _smooth(picture: torch.Tensor, reach: int) -> torch.Tensor:
    """A picture [3, H, W] averaged three times over squares; beyond its border it goes on."""
    for _ in range(3):
        padded = F.pad(picture[None], (reach, reach, reach, reach), "replicate")
        rows = F.avg_pool2d(padded, (2 * reach + 1, 1), 1)
        picture = F.avg_pool2d(rows, (1, 2 * reach + 1), 1)[0]
    return picture
