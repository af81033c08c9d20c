"""When each place changes over from one take of the shot to the other: where both agree, and neighbors together.

A surface in time over the picture. It costs what a place jumps by at its own moment, and beside a neighbor with another
moment what the two takes differ by in the time between: then one shows the old take and the other the new one. It is
found by min-sum belief propagation (Felzenszwalb and Huttenlocher, IJCV 2006).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.media.color import from_log, to_log

RAMP = 3.0  # frames in which one place goes over
ROUNDS = 24
MOST = 4.0  # stops that one difference can count
JOINED = 1.0  # what a seam in the picture counts, against a jump in time
BLUR = 5  # cells
DARK = 1e-6  # light below which colors mean nothing


def moments(old: torch.Tensor, new: torch.Tensor) -> torch.Tensor:
    """When each cell changes over.

    Args:
        old, new: [N, h, w, 3] float32 in stops, the zone in both takes, by cell.

    Returns:
        [h, w] float32, smooth: the middle of the change in frames of the zone. The first shows nothing of the new take,
        and the frame after the last nothing of the old.
    """
    apart = (old - new).abs().mean(-1).clamp(max=MOST)
    jump = (apart[1:] + apart[:-1])[1:-1]  # [N - 3, h, w]: around a change between two frames
    chosen = _labelled(_soft(jump), _soft(apart[1:-1])).float() + 1.5
    return _soft(_soft(chosen[None]))[0]


def _soft(planes: torch.Tensor) -> torch.Tensor:
    padded = F.pad(planes[None], (BLUR // 2,) * 4, mode="replicate")
    return F.avg_pool2d(padded, BLUR, 1)[0]


def _labelled(costs: torch.Tensor, apart: torch.Tensor) -> torch.Tensor:
    """The label [h, w] of each cell: `costs` [K, h, w] by itself, and beside it the sum of `apart` in between."""
    labels = len(costs)
    passed = torch.cat([apart[:1] * 0, apart.cumsum(0)])[1 : labels + 1]  # of what lies before each label
    told = [torch.zeros_like(costs) for _ in range(4)]
    for _ in range(ROUNDS):
        belief = costs + sum(told)
        fresh = []
        for way, (axis, step) in enumerate(((1, 1), (1, -1), (2, 1), (2, -1))):
            # What a cell tells its neighbor at `step`, without what that one told it.
            cavity = belief - told[way ^ 1]
            between = (passed[:, None] - passed[None]).abs()  # [to, from, h, w]
            there = torch.roll(between, -step, axis + 1)
            message = (cavity[None] + JOINED * (between + there) / 2).amin(1)
            message = message - message.amin(0)
            moved = torch.roll(message, step, axis)
            edge = 0 if step > 0 else -1
            moved.select(axis, edge).zero_()
            fresh.append(moved)
        told = fresh
    return (costs + sum(told)).argmin(0)


def share_of_new(when: torch.Tensor, place: int) -> torch.Tensor:
    """How much of the new take frame `place` of the zone shows, [h, w] 0..1."""
    return ((place - when) / RAMP + 0.5).clamp(0, 1)


def blended(old: torch.Tensor, new: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """What both takes [..., 3] show together, float32 scene-linear; one alone where `share` [...] is 0 or 1.

    Brightness goes from one to the other by stops, or a flame before black would be bright at once; colors as light
    does, or it would be grey on the way.
    """
    light = torch.lerp(old, new, share[..., None])
    before, after, now = (v.mean(-1) for v in (old, new, light))
    wanted = from_log(torch.lerp(to_log(before), to_log(after), share))
    scale = torch.where(now > DARK, wanted / now.clamp(min=DARK), 1.0).clamp(0, 1)
    light = light * scale[..., None]
    return torch.where((share <= 0)[..., None], old, torch.where((share >= 1)[..., None], new, light))
