"""How coarse the coarsest level is, and whether time is shrunk or held: by how the reference looks and moves."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from vfx_ai.plates.levels import Clip
from vfx_ai.plates.synthesis import Recipe

WAVE = 4.0  # pixels that the usual structure has at the coarsest level
COARSEST, FINEST = 14.0, 32.0  # pixels of the shorter side there, at least and at most
FAST = 0.4  # of the light that frame t + 2 has in common with frame t: less, and time isn't shrunk
PACE = 0.85
SLOW = 0.5  # the same over half of the clip: more, and time is held
HELD = 4.0  # stops that the clip's length then counts


@dataclass(frozen=True)
class Nature:
    """What a reference is like.

    Attributes:
        wave: pixels, the usual wave length in the picture.
        soon: what frames have in common with those two later, -1..1.
        late: with those half of the clip later.
    """

    wave: float
    soon: float
    late: float

    @property
    def slow(self) -> bool:
        """Whether a place looks half the clip later much as it does now."""
        return self.late > SLOW

    @property
    def words(self) -> str:
        """For a report."""
        kind = "slow" if self.slow else "fast" if self.soon < FAST else "in between"
        return f"{kind}: two frames later {self.soon:.2f} is the same, half the clip later {self.late:.2f}"


def nature_of(clip: Clip) -> Nature:
    """What a reference is like, without what is always the same at one height."""
    luma = clip.light.mean(-1)
    # What lies on all of a row at all times: the ground, the sky.
    luma = luma - luma.mean((0, 2), keepdim=True)
    if clip.hidden is not None:
        luma = luma * (1 - clip.hidden)
    count = len(luma)
    return Nature(_wave(luma), _common(luma, min(2, count - 1)), _common(luma, count // 2))


def recipe_for(nature: Nature, clip: Clip) -> Recipe:
    """How a new one is made."""
    side = min(clip.light.shape[1:3])
    coarse = min(FINEST, max(COARSEST, side * WAVE / nature.wave))
    if nature.slow:
        return Recipe(coarse, PACE, held=HELD)
    return Recipe(coarse, 1.0 if nature.soon < FAST else PACE)


def _common(luma: torch.Tensor, lag: int) -> float:
    if lag < 1:
        return 0.0
    early, late = luma[:-lag], luma[lag:]
    power = (early.square().mean() * late.square().mean()).sqrt()
    return float((early * late).mean() / power.clamp(min=1e-9))


def _wave(luma: torch.Tensor) -> float:
    """The wave length that parts the light's power in two halves."""
    frames = luma[:: max(1, len(luma) // 8)]
    height, width = luma.shape[1:]
    bell = torch.hann_window(height)[:, None] * torch.hann_window(width)[None]
    power = torch.fft.rfft2(frames.cpu() * bell).abs().square().mean(0)
    frequency = (torch.fft.fftfreq(height)[:, None] ** 2 + torch.fft.rfftfreq(width)[None] ** 2).sqrt()
    order = frequency.reshape(-1).argsort()
    passed = power.reshape(-1)[order].cumsum(0)
    middle = int((passed < passed[-1] / 2).sum())
    return float(1 / frequency.reshape(-1)[order][min(middle, len(order) - 1)].clamp(min=1 / max(height, width)))
