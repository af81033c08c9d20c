"""Light as the model sees it, and the levels from coarse to fine.

Light is luma and two color differences in log code (`media.color`), so it has no end: a lamp of 60 is 11.6, white 5.7.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.learning.network import MULTIPLE
from vfx_ai.media.color import from_log, in_stops
from vfx_ai.motion.membrane import membrane

COARSEST = 32  # pixels: a picture is halved until its shorter side has no more
MOST_LEVELS = 8


@dataclass(frozen=True)
class Level:
    """Frames at one level, the same size for all.

    Attributes:
        light: [F, 3, h, w] float32, luma and color differences in log code; 0 where nothing is known.
        known: [F, h, w] bool.
    """

    light: torch.Tensor
    known: torch.Tensor


def to_light(scene: torch.Tensor) -> torch.Tensor:
    """Light [..., 3, H, W] of scene-linear [..., 3, H, W] float32, unbounded."""
    return in_stops(scene, -3)


def from_light(light: torch.Tensor) -> torch.Tensor:
    """Scene-linear light [..., 3, H, W] of what `to_light` gives; nothing is clamped."""
    luma, red, blue = light.unbind(-3)
    green = luma - (red + blue) / 2
    return from_log(torch.stack([green + 2 * red, green, green + 2 * blue], -3))


def levels_of(height: int, width: int) -> int:
    """How many levels a picture of this size has, the finest included."""
    count = 1
    while min(height, width) / 2 ** (count - 1) > COARSEST and count < MOST_LEVELS:
        count += 1
    return count


def padding(height: int, width: int, levels: int) -> tuple[int, int]:
    """Rows below and columns on the right by which a picture grows so that it can be halved that often."""
    step = MULTIPLE * 2 ** (levels - 1)
    return -height % step, -width % step


def pyramid(light: torch.Tensor, known: torch.Tensor, levels: int) -> list[Level]:
    """The levels of frames, the finest first; they are made larger by what isn't known so that they can be halved.

    Args:
        light: [F, 3, H, W]; what isn't known isn't read.
        known: [F, H, W] bool.
        levels: how many.
    """
    below, beside = padding(light.shape[-2], light.shape[-1], levels)
    known = F.pad(known, (0, beside, 0, below))
    light = F.pad(light, (0, beside, 0, below))
    out = [Level(torch.where(known[:, None], light, 0.0), known)]
    for _ in range(levels - 1):
        finer = out[-1]
        share = F.avg_pool2d(finer.known[:, None].float(), 2)
        mean = F.avg_pool2d(finer.light, 2) / share.clamp(min=0.25)
        there = share[:, 0] >= 0.5
        out.append(Level(torch.where(there[:, None], mean, 0.0), there))
    return out


def larger(coarse: torch.Tensor) -> torch.Tensor:
    """What the next finer level is expected to be: [F, 3, h, w] at twice the size."""
    return F.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)


def upon(coarse: torch.Tensor, light: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """What a level is expected to be, [F, 3, h, w]: the coarser one made larger, and brought smoothly to what is known.

    Args:
        coarse: [F, 3, h / 2, w / 2], the coarser level, whole.
        light: [F, 3, h, w], read where it is known alone.
        known: [F, h, w] bool.
    """
    tone = larger(coarse)
    return tone + smoothed(light - tone, known)


def smoothed(light: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """The smoothest surface [F, 3, h, w] through what is known [F, h, w]; 0 in frames where nothing is."""
    some = known.flatten(1).any(1)
    if not bool(some.any()):
        return torch.zeros_like(light)
    if len(light) == 1:
        return membrane(light[0], known[0], torch.ones_like(known[0]))[None]
    # All at once, below each other, with a row between that no surface crosses: small ones cost next to nothing then.
    apart = F.pad(torch.ones_like(known), (0, 0, 0, 1)).flatten(0, 1)
    below, there = F.pad(light, (0, 0, 0, 1)).transpose(0, 1).flatten(1, 2), F.pad(known, (0, 0, 0, 1)).flatten(0, 1)
    made = (
        membrane(below, there, apart)
        .reshape(light.shape[1], len(light), light.shape[2] + 1, -1)
        .transpose(0, 1)[..., :-1, :]
    )
    return torch.where(some[:, None, None, None], made, 0.0)
