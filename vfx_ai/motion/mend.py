"""Depth that other frames contradict, sought again among that of pixels around which look alike.

Windows that are compared hold some of both sides where a near thing ends, so that its depth is found beyond it: over a
wall that other frames see elsewhere. Nothing is then known of that strip. Its pixels look like the wall, though, and
not like the thing: so each is given the middle depth of the believed pixels around, which count by how like it they
look (a weighted median; Ma et al., ICCV 2013), and the other frames are asked once more.
"""

from __future__ import annotations

from dataclasses import replace

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.motion.camera import Camera
from vfx_ai.motion.depths import Depth, Sweep
from vfx_ai.motion.trust import trusted

REACH = 5  # pixels
LIKE = 0.25  # stops of difference that make a neighbour count a third
ENOUGH = 3.0  # what neighbours must count together: as much as three that look the same
AT_ONCE = 1 << 14  # pixels


def mended(
    small: Camera,
    number: int,
    mine: Depth,
    others: dict[int, Depth],
    seen: dict[int, torch.Tensor],
    sweep: Sweep,
    features: torch.Tensor,
) -> Depth:
    """A frame's depth and how far it is trusted, with what wasn't sought again around it.

    Args:
        small, number, mine, others, seen, sweep: as for `trusted`; what the `trust` of `mine` holds already, since the
            plate itself tells it, is believed or not, and never sought.
        features: [3, H, W] float32, what the frame shows, in stops, over the whole picture.
    """
    trust, box = trusted(small, number, mine, others, seen, sweep), mine.box
    there = (..., slice(box.y0, box.y1), slice(box.x0, box.x1))
    asked = seen[number][there] & (trust == 0) & (mine.trust == 0)
    if box.empty or not bool(asked.any()):
        return replace(mine, trust=trust)
    around = from_around(mine.inverse, features[there], trust > 0, asked)
    again = trusted(small, number, Depth(box, around, torch.zeros_like(trust)), others, seen, sweep)
    taken = asked & (again > 0)
    return Depth(box, torch.where(taken, around, mine.inverse), torch.where(taken, again, trust))


def from_around(
    inverse: torch.Tensor, features: torch.Tensor, known: torch.Tensor, asked: torch.Tensor
) -> torch.Tensor:
    """Inverse depth [h, w], where it is asked for taken from pixels around that look alike.

    Args:
        inverse: [h, w] float32.
        features: [3, h, w] float32, in stops.
        known: [h, w] bool, pixels that may be taken from.
        asked: [h, w] bool; what has too few around that look like it stays.
    """
    border, side = (REACH,) * 4, range(2 * REACH + 1)
    depths, usable, looks = (F.pad(part[None].float(), border)[0] for part in (inverse[None], known[None], features))
    out, points = inverse.clone(), torch.nonzero(asked)
    for some in torch.split(points, AT_ONCE):
        y, x = some.unbind(1)
        mine, at = features[:, y, x], [(y + down, x + across) for down in side for across in side]
        unlike = torch.stack([(looks[(slice(None), *one)] - mine).abs().amax(0) for one in at])
        weights = torch.exp(-unlike / LIKE) * torch.stack([usable[0][one] for one in at])
        found, counted = _weighted_middle(torch.stack([depths[0][one] for one in at]), weights)
        out[y, x] = torch.where(counted > ENOUGH, found, inverse[y, x])
    return out


def _weighted_middle(values: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The weighted lower median [N] of values [S, N], and what they weigh [N]."""
    ordered, index = values.sort(0)
    rising, total = weights.gather(0, index), weights.sum(0)
    found, reached = ordered[-1].clone(), torch.zeros_like(total)
    done = torch.zeros_like(total, dtype=torch.bool)
    for value, weight in zip(ordered, rising, strict=True):  # cumsum's order isn't settled on a GPU
        reached = reached + weight
        now = ~done & (reached >= total / 2)
        found, done = torch.where(now, value, found), done | now
    return found, total
