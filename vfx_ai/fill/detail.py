"""What of a picture can lend its texture: fine detail and tone parted, and where neither lamps nor edges are in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill.blur import blurred
from vfx_ai.fill.masks import box_mean, dilated, eroded
from vfx_ai.media.color import to_log

FINEST, LEAST_FINEST = 0.0045, 2.0  # of the picture's width, and pixels: the blur that parts tone from detail
BROAD = 6.0  # times that blur: what lies between both is lent as well, where tone from beside the hole has none of it
AROUND = 9  # pixels over which detail is compared with grain
LAMP_STOPS = 2.0  # detail that is stronger, or light so far above its surroundings, is a lamp and stays the only one
EDGE = 2.5  # times the slope of tone around: where it is steeper two things meet, and no texture is taken

Noise = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Looks:
    """A picture that may lend its texture.

    Attributes:
        scene: [3, H, W] float32, scene-linear.
        tone, detail: [3, H, W] float32 in log code, which add up to it where it is seen.
        texture: [3, H, W], what of the detail isn't grain.
        broad: [3, H, W] in log code, what is coarser than detail and yet texture.
        calm: [H, W] bool, where no lamp is.
        usable: [H, W] bool, where no edge is either.
    """

    scene: torch.Tensor
    tone: torch.Tensor
    detail: torch.Tensor
    texture: torch.Tensor
    broad: torch.Tensor
    calm: torch.Tensor
    usable: torch.Tensor


def looks_of(scene: torch.Tensor, seen: torch.Tensor, sigma: float, noise: Noise | None) -> Looks:
    """What a picture has to lend.

    Args:
        scene: [3, H, W] float32, scene-linear.
        seen: [H, W] bool.
        sigma: of the blur that parts tone from detail, in pixels.
        noise: from light [3, H, W] the standard deviation of grain in log code, which isn't lent; None: it is.
    """
    detail, tone = split(to_log(scene), seen, sigma)
    sure = eroded(seen, math.ceil(2 * sigma))
    calm = sure & ~_lamps(detail, tone, seen, sigma)
    usable = calm & ~_edges(tone, sure, sigma)
    broad = _broad(tone, detail, usable, sigma)
    texture = detail if noise is None else detail * more_than(noise(scene), detail, seen)
    return Looks(scene, tone, detail, texture, broad, calm, usable)


def side_by_side(left: Looks, right: Looks, column: int) -> Looks:
    """Two pictures as one, the right one from a column on; between and below them is nothing."""
    tall = max(left.calm.shape[0], right.calm.shape[0])

    def both(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        one = F.pad(one, (0, column - one.shape[-1], 0, tall - one.shape[-2]))
        return torch.cat([one, F.pad(other, (0, 0, 0, tall - other.shape[-2]))], -1)

    return Looks(*(both(getattr(left, name), getattr(right, name)) for name in Looks.__dataclass_fields__))


def split(light: torch.Tensor, known: torch.Tensor, sigma: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Log light [3, H, W] as fine detail and tone, [3, H, W] each, of what is known [H, W] bool; elsewhere 0."""
    both = torch.cat([light * known, known[None].float()])
    soft = blurred(both, sigma)
    tone = soft[:3] / soft[3:].clamp(min=1e-3)
    return (light - tone) * known, tone


def _broad(tone: torch.Tensor, detail: torch.Tensor, usable: torch.Tensor, sigma: float) -> torch.Tensor:
    """[3, H, W]: of tone what is finer than a broad blur, where it is texture and not things.

    Texture is about as strong at one scale as at the next; where the broad one is stronger than the fine, things and
    shadows are in it, of which a piece would only puzzle.
    """
    broad = split(tone, usable, BROAD * sigma)[0]
    both = torch.cat([torch.stack([part.square().sum(0) for part in (detail, broad)]) * usable, usable[None].float()])
    fine, coarse, there = blurred(both, BROAD * sigma)
    share: torch.Tensor = (fine / coarse.clamp(min=1e-12)).sqrt().clamp(max=1) * (there > 0)
    return broad * share


def finest(width: int) -> float:
    """The blur, in pixels, that parts tone from detail in a picture so wide."""
    return max(LEAST_FINEST, FINEST * width)


def more_than(noise: torch.Tensor, detail: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """[H, W]: the share of detail that isn't noise of a known standard deviation, by the strength of both around."""
    both = torch.cat([torch.stack([detail.square().sum(0), noise.square().sum(0)]) * seen, seen[None].float()])
    strength, grain, there = box_mean(both, AROUND)
    share: torch.Tensor = (1 - grain / strength.clamp(min=1e-12)).clamp(min=0) * (there > 0)
    return share


def _lamps(detail: torch.Tensor, tone: torch.Tensor, seen: torch.Tensor, sigma: float) -> torch.Tensor:
    """[H, W] bool: light that is far above, or detail that is far off, what is around it."""
    size = 2 * math.ceil(8 * sigma) + 1
    around = box_mean(torch.cat([tone * seen, seen[None].float()]), size)
    above = (tone - around[:3] / around[3:].clamp(min=1e-3)).amax(0) > LAMP_STOPS
    return dilated(above | (detail.abs().amax(0) > LAMP_STOPS), math.ceil(2 * sigma))


def _edges(tone: torch.Tensor, sure: torch.Tensor, sigma: float) -> torch.Tensor:
    """[H, W] bool: where one thing ends and another begins: tone is much steeper than it usually is."""
    steep = torch.zeros_like(tone[0])
    steep[1:-1, 1:-1] = torch.maximum(
        (tone[:, 1:-1, 2:] - tone[:, 1:-1, :-2]).abs().amax(0), (tone[:, 2:, 1:-1] - tone[:, :-2, 1:-1]).abs().amax(0)
    )
    usual = box_mean(torch.stack([steep * sure, sure.float()]), 2 * math.ceil(12 * sigma) + 1)
    return dilated((steep * usual[1] > EDGE * usual[0]) & sure, math.ceil(sigma))
