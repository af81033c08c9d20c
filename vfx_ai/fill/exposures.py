"""Scene-linear light for a model that knows pictures of 0..1, and back: an exposure chosen for the hole.

A model learned from pictures for the eye. So light is exposed until the surroundings of the hole lie at mid grey, and
encoded by the reversible log curve over about the range that a picture for the eye has. What comes out brighter than
that range may stand for any light above it. Where the surroundings, or what the hole begins with, are that bright, the
model is asked again for those pixels at a darker exposure, and again, each time with what it made so far around them;
the results are merged softly.
What still lies at the ceiling in the end is counted and told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from vfx_ai.fill.masks import box_sum, dilated
from vfx_ai.media.color import ModelRange, from_model, to_model
from vfx_ai.motion.membrane import membrane

MID = 0.18
RANGE = ModelRange(-0.01, 2.5)  # at the model's exposure: slopes at mid grey are about those of a picture for the eye
STOPS = 4.0  # by which each further exposure is darker
MOST = 5  # exposures; the last one's ceiling is 65536 times the first one's
BRIGHT, CEILING = 0.85, 0.985  # of the code: from where the next exposure is blended in, and what counts as its end
BESIDE = 0.999  # quantile of the known light around that counts as its brightest
EVENED = 9  # pixels over which what the model did to known pixels is averaged
ROUND = 2  # pixels around what is too bright that are made anew with it

# From code [3, h, w] in 0..1 and a mask [h, w] bool the model's code [3, h, w]; the number of the pass seeds it.
Ask = Callable[[torch.Tensor, torch.Tensor, int], torch.Tensor]


@dataclass(frozen=True)
class Exposure:
    """How light is shown to a model: multiplied by `gain`, then encoded over RANGE."""

    gain: float

    @property
    def ceiling(self) -> float:
        """The brightest light that it shows, scene-linear."""
        return RANGE.greatest / self.gain

    def encode(self, scene: torch.Tensor) -> torch.Tensor:
        """Code [3, h, w] in 0..1 of light [3, h, w]; what lies beyond is 0 or 1."""
        return to_model(scene * self.gain, RANGE, channels=0).model * 0.5 + 0.5

    def decode(self, code: torch.Tensor) -> torch.Tensor:
        """Light [3, h, w] of code [3, h, w]; beyond 0..1 the curve goes on."""
        return from_model(code * 2 - 1, RANGE) / self.gain

    def darker(self) -> Exposure:
        """The next one."""
        return replace(self, gain=self.gain * 2.0**-STOPS)


@dataclass(frozen=True)
class Exposed:
    """What a model made.

    Attributes:
        scene: [3, h, w] float32, scene-linear, as it was outside the region.
        passes: how often it was asked.
        over: pixels of the region that lie at the ceiling: what is there may be brighter.
        ceiling: light that the last exposure could show.
    """

    scene: torch.Tensor
    passes: int
    over: int
    ceiling: float


def exposure_for(scene: torch.Tensor, known: torch.Tensor) -> Exposure:
    """The exposure at which the median of known light [3, h, w], [h, w] bool, lies at mid grey; where nothing is known,
    that of all."""
    luma = scene.mean(0)[known if bool(known.any()) else torch.ones_like(known)]
    middle = float(luma[luma > 0].median()) if bool((luma > 0).any()) else MID
    return Exposure(MID / max(middle, 1e-6))


def exposed(scene: torch.Tensor, region: torch.Tensor, known: torch.Tensor, ask: Ask, frames: int = 1) -> Exposed:
    """Let a model fill a region, at one exposure or at several.

    Args:
        scene: [3, h, w] float32, scene-linear.
        region: [h, w] bool, what is read of what it gives.
        known: [h, w] bool, what it may go by; all else is masked.
        ask: the model.
        frames: so many pictures of the same size lie below each other in `scene`.
    """
    exposure = exposure_for(scene, known)
    lights = scene.amax(0)[known | region]  # what a region begins with counts: an edit may be of a lamp itself
    brightest = float(lights.kthvalue(max(1, int(BESIDE * lights.numel()))).values) if lights.numel() else 0.0
    code = ask(exposure.encode(scene), ~known, 0)
    made = exposure.decode(_fitted(code, exposure.encode(scene), known, frames))
    light, passes = torch.where(region, made, scene), 1
    bright = region & (code.amax(0) > BRIGHT)
    while brightest > exposure.ceiling and bool(bright.any()) and passes < MOST:
        beyond = scene.amax(0) > exposure.ceiling  # what is there, and couldn't be shown yet
        exposure = exposure.darker()
        mask = dilated(bright, ROUND) & region
        shown = exposure.encode(torch.where(mask & beyond, scene, light))
        darker = ask(shown, mask, passes)
        share = ((code.amax(0) - BRIGHT) / (CEILING - BRIGHT)).clamp(0, 1) * mask
        fitted = exposure.decode(_fitted(darker, shown, known | (region & ~mask), frames))
        light = torch.where(share > 0, light + share * (fitted - light), light)
        code, passes = torch.where(mask, darker, 0.0), passes + 1
        bright = mask & (share > 0) & (code.amax(0) > BRIGHT)
    over = int((bright & (code.amax(0) > CEILING)).sum())
    return Exposed(light, passes, over, exposure.ceiling)


def _fitted(code: torch.Tensor, shown: torch.Tensor, known: torch.Tensor, frames: int) -> torch.Tensor:
    """A model's code [3, h, w] with its tone put right: by what it did to pixels that it had no business to change."""
    if frames > 1:
        parts = zip(code.chunk(frames, 1), shown.chunk(frames, 1), known.chunk(frames), strict=True)
        return torch.cat([_fitted(*part, 1) for part in parts], 1)
    if not bool(known.any()) or bool(known.all()):
        return code
    off = (shown - code) * known
    both = box_sum(torch.cat([off, known[None].float()]), EVENED)
    return code + membrane(both[:3] / both[3:].clamp(min=1), known, torch.ones_like(known))
