"""How far a frame's depth is to be trusted, by what other frames and the surface around say of it.

A depth that several frames find at the same point of space is nearly always right; one that some of them see through
seldom is. Often no other frame can tell, since the point is hidden from them: such a depth is right if it goes on from
a surface that others know, and as good as guessed if it doesn't. All shares here were measured on rendered shots, whose
true depth is known (bench/depth_trust.py prints them).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.motion.camera import Camera
from vfx_ai.motion.depths import Depth, Sweep, look_up
from vfx_ai.motion.geometry import relation
from vfx_ai.motion.sampling import pixel_grid

SAME_PLANES, BEHIND_PLANES = 1.5, 2.0  # planes of difference that agree; beyond which a frame sees through a point
PRIOR, AGAINST = 0.6, 1.25  # what a depth has before anybody speaks; what a frame that sees through it weighs
LEAST = 0.58  # of trust; a depth with less isn't believed at all
ALONE = 0.8  # the trust in a depth of which no other frame tells, and that goes on from one that is known
KNOWN_VOTES, GOES_ON_PLANES = 2, 3.0
AROUND = ((6, 2), (18, 6))  # how far it is looked for, in pixels, and in what steps; farther where nothing is known
LEAST_SHARE = 0.05  # of what is known around, that it has to go on from


def trusted(
    small: Camera, number: int, mine: Depth, others: dict[int, Depth], seen: dict[int, torch.Tensor], sweep: Sweep
) -> torch.Tensor:
    """How far each depth of a frame is to be trusted.

    Args:
        small: the camera at the working size.
        number: the frame.
        mine: its depth; what its `trust` holds already has two votes of its own.
        others: the depths of frames around.
        seen: per frame, where [h, w] bool its picture shows the background and its depth counts.
        sweep: the planes.

    Returns:
        [h, w] float32 over the box of `mine`, about the share of such depths that is right; 0 where that is too little.
    """
    if mine.box.empty:
        return mine.trust
    agree, through = votes(small, number, mine, others, seen, sweep)
    box = mine.box
    shown = seen[number][box.y0 : box.y1, box.x0 : box.x1]
    trust = (agree + PRIOR) / (agree + 1 + AGAINST * through)
    trust = torch.where(trust < LEAST, 0.0, trust)
    known = shown & (agree >= KNOWN_VOTES) & (through == 0)
    goes_on = share_around(mine.inverse, known, GOES_ON_PLANES * sweep.step) >= LEAST_SHARE
    trust = torch.where((agree == 0) & (through == 0), ALONE * goes_on, trust)
    return trust * shown


def votes(
    small: Camera, number: int, mine: Depth, others: dict[int, Depth], seen: dict[int, torch.Tensor], sweep: Sweep
) -> tuple[torch.Tensor, torch.Tensor]:
    """How many frames [h, w] place each point where `mine` does, and how many see through it; see `trusted`.

    Those to whom it is hidden, and those that don't see it, say nothing.
    """
    box = mine.box
    at = pixel_grid(mine.inverse.shape, mine.inverse.device, box.x0, box.y0).flatten(1)
    flat = mine.inverse.flatten()
    agree, through = 2 * mine.trust.flatten(), torch.zeros_like(flat)
    for other, depth in others.items():
        there, inverse = relation(small, number, other).carry(at, flat)
        found, inside = look_up(depth, there, seen[other])
        off = (found - inverse) / sweep.step
        told = inside & (inverse > 0)
        agree += told * (off.abs() < SAME_PLANES)
        through += told * (off < -BEHIND_PLANES)
    return agree.reshape(mine.inverse.shape), through.reshape(mine.inverse.shape)


def share_around(inverse: torch.Tensor, known: torch.Tensor, within: float) -> torch.Tensor:
    """Of the known depths around each pixel, the share [h, w] that is about as deep as it is; 0 where none is known.

    Args:
        inverse: [h, w] float32, inverse depth.
        known: [h, w] bool.
        within: by how much inverse depths differ at most that count as the same.
    """
    share, told = torch.zeros_like(inverse), torch.zeros_like(known)
    for reach, step in AROUND:
        same, count = torch.zeros_like(inverse), torch.zeros_like(inverse)
        shifted = _shifts(reach, step, inverse.shape)
        depths, there = (F.pad(part[None, None].float(), (reach,) * 4)[0, 0] for part in (inverse, known))
        for cut in shifted:
            count += there[cut]
            same += there[cut] * ((depths[cut] - inverse).abs() < within)
        share = torch.where(told, share, same / count.clamp(min=1))
        told |= count > 0
    return share


def _shifts(reach: int, step: int, size: torch.Size) -> list[tuple[slice, slice]]:
    """Cuts of a picture that was widened by `reach`: each pixel's neighbours, one after the other."""
    offsets = range(0, 2 * reach + 1, step)
    return [(slice(y, y + size[0]), slice(x, x + size[1])) for y in offsets for x in offsets]
