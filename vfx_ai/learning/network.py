"""The network: a small U-Net, convolutions alone, over stills and short clips of any size.

It has no attention and no norm over the picture: what becomes of a pixel depends on what lies around it and on nothing
else, so that a frame is done whole or in parts, at any size, with the same result.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

MULTIPLE = 4  # height and width must be divisible by it: it halves twice
REACH = 40  # pixels from which a pixel is changed, at most, rounded up
LIGHT, SEEN = 3, 11  # channels of what is made; of what is shown: noise 3, known 3, where known 1, coarse 3, height 1
SPEEDS = 16  # sines and cosines that tell of time


@dataclass(frozen=True)
class Shape:
    """What a network is like.

    Attributes:
        width: channels at full size; twice and four times as many where it is halved.
        levels: how many levels from coarse to fine it knows.
    """

    width: int = 16
    levels: int = 4

    def to_dict(self) -> dict[str, Any]:
        """For a record."""
        return asdict(self)


class Network(nn.Module):
    """Says what direction noise and light differ in (v of Salimans and Ho, "Progressive Distillation", ICLR 2022).

    Args:
        shape: how large it is.
    """

    center: torch.Tensor
    spread: torch.Tensor
    scale: torch.Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        one, two, three = shape.width, 2 * shape.width, 4 * shape.width
        told = 2 * two
        # What light is like in the footage, by which it is brought to about -1..1: its mean and deviation [3], and how
        # far each level is from what the coarser one tells, [levels, 3]; the coarsest is the first.
        self.register_buffer("center", torch.zeros(LIGHT))
        self.register_buffer("spread", torch.ones(LIGHT))
        self.register_buffer("scale", torch.ones(shape.levels, LIGHT))
        self.when = nn.Sequential(nn.Linear(2 * SPEEDS, told), nn.SiLU(), nn.Linear(told, told))
        self.which = nn.Embedding(shape.levels, told)
        self.start = nn.Conv2d(SEEN, one, 3, padding=1)
        self.down = nn.ModuleList([Block(one, one, told), Block(two, two, told)])
        self.smaller = nn.ModuleList(
            [nn.Conv2d(one, two, 3, stride=2, padding=1), nn.Conv2d(two, three, 3, stride=2, padding=1)]
        )
        self.middle = nn.ModuleList([Block(three, three, told), Block(three, three, told)])
        self.larger = nn.ModuleList([nn.Conv2d(three, two, 1), nn.Conv2d(two, one, 1)])
        self.up = nn.ModuleList([Block(2 * two, two, told), Block(2 * one, one, told)])
        self.end = nn.Conv2d(one, LIGHT, 3, padding=1, bias=False)
        nn.init.zeros_(self.end.weight)  # so an untrained one says what the coarser level says

    def forward(self, seen: torch.Tensor, time: torch.Tensor, level: int) -> torch.Tensor:
        """v for clips.

        Args:
            seen: [B, T, SEEN, h, w] float32; h and w divisible by MULTIPLE.
            time: [B], 0 (no noise) to 1 (nothing but noise).
            level: 0 is the coarsest.

        Returns:
            [B, T, 3, h, w].
        """
        clips, frames = seen.shape[:2]
        told = self.when(_waves(time)) + self.which.weight[min(level, self.shape.levels - 1)]
        told = F.silu(told).repeat_interleave(frames, 0)
        x = self.start(seen.flatten(0, 1))
        kept = []
        for block, smaller in zip(self.down, self.smaller, strict=True):
            x = block(x, told, frames)
            kept.append(x)
            x = smaller(x)
        for block in self.middle:
            x = block(x, told, frames)
        for larger, block in zip(self.larger, self.up, strict=True):
            x = F.interpolate(larger(x), scale_factor=2.0, mode="nearest")
            x = block(torch.cat([x, kept.pop()], 1), told, frames)
        made: torch.Tensor = self.end(F.silu(_even(x)))
        return made.reshape(clips, frames, *made.shape[1:])


class Block(nn.Module):
    """Two convolutions beside a way past them; between them each pixel looks at the frames before and after.

    Args:
        before, after: channels.
        told: size of what is told of time and level.
    """

    def __init__(self, before: int, after: int, told: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, padding=1)
        self.second = nn.Conv2d(after, after, 3, padding=1)
        self.told = nn.Linear(told, 2 * after)
        self.past: nn.Module = nn.Identity() if before == after else nn.Conv2d(before, after, 1)
        self.moments = nn.Parameter(torch.zeros(3, after))  # weight of the frame before, the same, the one after
        nn.init.zeros_(self.second.weight)

    def forward(self, x: torch.Tensor, told: torch.Tensor, frames: int) -> torch.Tensor:
        """From [B * T, before, h, w] to [B * T, after, h, w]; told [B * T, n]."""
        stronger, more = self.told(told)[..., None, None].chunk(2, 1)
        y = self.first(F.silu(_even(x)))
        y = _even(y) * (1 + stronger) + more
        if frames > 1:
            clip = y.unflatten(0, (-1, frames))
            around = F.pad(clip, (0, 0, 0, 0, 0, 0, 1, 1))
            weight = self.moments[:, None, None, :, None, None]
            y = (clip + weight[0] * around[:, :-2] + weight[1] * clip + weight[2] * around[:, 2:]).flatten(0, 1)
        else:
            y = y * (1 + self.moments[1][:, None, None])
        out: torch.Tensor = self.past(x) + self.second(F.silu(y))
        return out


def _even(x: torch.Tensor) -> torch.Tensor:
    """Each pixel's channels brought to a mean square of 1."""
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-5)


def _waves(time: torch.Tensor) -> torch.Tensor:
    speeds = torch.exp(torch.linspace(0, math.log(200.0), SPEEDS, device=time.device))
    turned = time[:, None] * speeds
    return torch.cat([turned.sin(), turned.cos()], 1)
