"""What error is claimed of pixels that other frames lent, from how the looks at them differ.

A claim is an expected error in stops, against what the frame itself would show. It is a product of powers: what makes
a pixel worse by a share makes its claim larger by a share. The powers were fitted to rendered shots whose answer is
known, each with a scale of its own, as the trial finds one in a run; docs/decisions/010-claimed-error.md tells how.
"""

from __future__ import annotations

import torch

from vfx_ai.fill.masks import box_sum, highest
from vfx_ai.media.color import LOG_PIVOT, to_log

SMALLEST_STOPS = 0.02  # what is added to a difference: a file's own rounding
WIDE, NEAR = 9, 5  # pixels across, over which the looks' spread, and the difference of two of one side, are averaged
LONE_SHARE = 0.1  # of the contrast: what looks usually differ by, where there is one alone
AT_PIXEL, AROUND, ONE_SIDE = 0.15, 0.5, 0.35  # powers of how the looks differ
CONTRAST = 0.3  # power of the contrast: a pixel beside its place is the more wrong the more the picture changes there
MIXED = -0.45  # power of how many looks are mixed; errors that know nothing of each other would have -0.5
GUESS_ERROR = 1.6  # how many times larger the error of a guess is
DARKNESS = -0.1  # power of the light itself: noise is more stops in the dark
SCALE = 1.05
# The same for a camera that doesn't travel. Against a frame with grain of its own an average of n looks is off by
# sqrt(1 + 1 / n) of it.
AVERAGE_SCALE, AVERAGE_PIXEL, AVERAGE_AROUND, AVERAGED = 0.85, 0.4, 0.6, 0.5
AGREEING, LEAST_SHARE = -0.5, 0.05  # power of the share of looks that agree


def claimed_by_looks(
    values: torch.Tensor,
    found: torch.Tensor,
    weights: torch.Tensor,
    steps: torch.Tensor,
    guessed: torch.Tensor,
    picture: torch.Tensor,
    known: torch.Tensor,
    drift: float,
) -> torch.Tensor:
    """The error that is claimed of a mix of looks into the past and the future.

    Args:
        values: [L, 3, h, w] float32, scene-linear; the nearest look into the past and the next one, and so on, then
            the same of the future.
        found: [L, h, w] bool, where a look shows the point.
        weights: [L, h, w] float32, what each look has in the mix.
        steps: [L, h, w] float32, how many frames away.
        guessed: [L, h, w] bool, a step on the way was a guess.
        picture: [3, h, w] float32, scene-linear, the mix and what lies around it.
        known: [h, w] bool, where `picture` means anything.
        drift: power of the distance in frames: 0 if the way to a look doesn't become worse with it.

    Returns:
        [h, w] float32, stops.
    """
    light, several = to_log(values), found.sum(0) > 1
    contrast = local_contrast(to_log(picture), known)
    spread = spread_of(light, found)
    alone = LONE_SHARE * _mean(contrast, known, WIDE, torch.zeros_like(contrast))
    wide = _mean(spread, several, WIDE, alone)
    sides = found[::2] & found[1::2]
    one_side = ((light[::2] - light[1::2]).abs().mean(1) * sides).sum(0) / sides.sum(0).clamp(min=1)
    near = _mean(one_side, sides.any(0), NEAR, wide)
    share = weights / weights.sum(0).clamp(min=1e-9)
    mixed = 1 / (share**2).sum(0).clamp(min=1 / len(values))
    away = (share * steps).sum(0).clamp(min=1)
    return (
        SCALE
        * (torch.where(several, spread, wide) + SMALLEST_STOPS) ** AT_PIXEL
        * (wide + SMALLEST_STOPS) ** AROUND
        * (near + SMALLEST_STOPS) ** ONE_SIDE
        * (contrast + SMALLEST_STOPS) ** CONTRAST
        * mixed**MIXED
        * away**drift
        * GUESS_ERROR ** (share * guessed).sum(0)
        * (picture.clamp(min=0).mean(0) + LOG_PIVOT) ** DARKNESS
    )


def claimed_by_average(
    spread: torch.Tensor,
    agreeing: torch.Tensor,
    share: torch.Tensor,
    averaged: torch.Tensor,
    picture: torch.Tensor,
    known: torch.Tensor,
) -> torch.Tensor:
    """The error that is claimed of an average of looks, for a camera that doesn't travel.

    Args:
        spread: [h, w] float32, `spread_of` the looks that agree.
        agreeing: [h, w] float32, how many agree; 0 where there is nothing.
        share: [h, w] float32, 0..1, theirs of all looks.
        averaged: [h, w] float32, how many of them were averaged.
        picture: [3, h, w] float32, scene-linear, the average and what lies around it.
        known: [h, w] bool, where `picture` means anything.

    Returns:
        [h, w] float32, stops.
    """
    contrast, several = local_contrast(to_log(picture), known), agreeing > 1
    wide = _mean(spread, several, NEAR, LONE_SHARE * contrast)
    return (
        AVERAGE_SCALE
        * (torch.where(several, spread, wide) + SMALLEST_STOPS) ** AVERAGE_PIXEL
        * (wide + SMALLEST_STOPS) ** AVERAGE_AROUND
        * (contrast + SMALLEST_STOPS) ** CONTRAST
        * (1 + 1 / averaged.clamp(min=1)) ** AVERAGED
        * share.clamp(min=LEAST_SHARE) ** AGREEING
        * (picture.clamp(min=0).mean(0) + LOG_PIVOT) ** DARKNESS
    )


def spread_of(light: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """How far looks are from their mean, on average: [...] of [L, 3, ...] log light and [L, ...] bool; 0 for one."""
    share = valid[:, None] / valid.sum(0).clamp(min=1)
    mean = (light * share).sum(0)
    return (light - mean).abs_().mul_(share).sum(0).mean(0)


def local_contrast(light: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """From the darkest to the brightest of a pixel and its neighbors, [h, w] of [3, h, w] log light, where known."""
    edges = [highest(torch.where(known, v, -torch.inf)) for v in (light, -light)]
    return (edges[0] + edges[1]).mean(0).clamp(min=0)


def _mean(values: torch.Tensor, counts: torch.Tensor, size: int, otherwise: torch.Tensor) -> torch.Tensor:
    """Mean [h, w] over a square of those that count, and `otherwise` as one more of them."""
    both = box_sum(torch.stack([values * counts, counts.float()]), size)
    return (both[0] + otherwise) / (both[1] + 1)
