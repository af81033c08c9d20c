"""What an object leaves beside itself: where its surroundings are darker or lighter than other frames say they are.

Plate over prediction, in stops, is made smooth without losing its edges, as by a Wiener filter with local statistics
(Lee, "Digital image enhancement and noise filtering by use of local statistics", 1980). What then stands out of the
frame's own noise, has one sign, and hangs together with the object is its shadow, its reflection or its light.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from vfx_ai.fill.masks import box_sum, dilated, eroded
from vfx_ai.motion.membrane import spread
from vfx_ai.motion.pyramid import median

RADIUS = 3  # pixels at the working size, over which the ratio is made smooth
DARK = 0.001  # scene-linear; added to both lights, so that their ratio is finite
DIM = 0.01  # scene-linear; pixels below it count the less, since noise is most of them
MOST_STOPS = 4.0  # of a single pixel's ratio; more is noise, or another thing
OUTLIER_STOPS = 0.5  # a pixel so far from those around it counts half
LEAST_STOPS = 0.04  # a deviation below this is no effect, however quiet the frame is
SPREADS = 2.5  # nor one of fewer times the spread of what is no effect
TOUCHING = 0.5  # of the least deviation: so much of one must lead from an effect to the object
SURE = 2.0  # an effect must reach so many times the least deviation somewhere
TOUCHES = 4  # pixels at the working size between the matte and an effect, at most
SHARE = 0.25  # of a pixel's surroundings that must be known
STRONG = 0.25  # of the strongest stops that are foretold: from there on it is asked whether they are measured
AGREEING = 0.5  # of what is foretold must be measured, where both are known
CARRIED = 0.5  # of what is foretold: by so much at most it is put right by what is measured elsewhere
EXPECTED_ERROR = 0.1  # stops, at least, of what is foretold
MADDEN = 1.4826  # makes a standard deviation of a median of absolute values


@dataclass(frozen=True)
class Effects:
    """What an object leaves beside its matte, over a box.

    Attributes:
        stops: [3, h, w] float32, plate over background, log2, smooth; 0 where there is no effect.
        coverage: [h, w] float32, 0..1: the share of the light that is missing, or that was added: 1 - ratio, or
            1 - 1 / ratio where the plate is lighter; 0 where there is no effect.
        error: [h, w] float32, by how many stops `stops` is expected to be off.
        ratio: [3, h, w] float32, the same stops before it was asked what of them is an effect.
        there: [h, w] bool, where anything is known of them.
        expected: [h, w] bool, where that comes from what other frames' effects lead to expect.
        darker, lighter: how many pixels are.
    """

    stops: torch.Tensor
    coverage: torch.Tensor
    error: torch.Tensor
    ratio: torch.Tensor
    there: torch.Tensor
    expected: torch.Tensor
    darker: int
    lighter: int


@dataclass(frozen=True)
class Foretold:
    """What other frames' effects lead to expect of this one's, over a box.

    Attributes:
        stops: [3, h, w] float32, plate over background, log2.
        where: [h, w] bool, where that says anything, and the frame itself shows the place.
    """

    stops: torch.Tensor
    where: torch.Tensor


def measured(
    plate: torch.Tensor,
    made: torch.Tensor,
    claimed: torch.Tensor,
    known: torch.Tensor,
    hole: torch.Tensor,
    scale: float = 1.0,
    foretold: Foretold | None = None,
) -> Effects:
    """Measure the effects around a hole.

    Args:
        plate, made: [3, h, w] float32, scene-linear: what is there, and what other frames say.
        claimed: [h, w] float32, the error of `made` in stops, as it is claimed.
        known: [h, w] bool, where both are known and `hole` isn't set.
        hole: [h, w] bool, the matte.
        scale: pixels of the plate per pixel of the working size.
        foretold: what is expected where nothing is known.
    """
    radius = max(1, round(RADIUS * scale))
    stops, error, there = smoothed(plate, made, claimed, known, 2 * radius + 1)
    ratio, seen, expected = stops, there, torch.zeros_like(there)
    if foretold is not None:
        stops, error, expected = settled(stops, error, there, foretold, 2 * radius + 1)
        there = there | expected
    mean = stops.mean(0)
    usual = usual_spread(mean, there, hole)
    least = max(LEAST_STOPS, SPREADS * usual)
    near, gap = dilated(hole, max(1, round(TOUCHES * scale))), dilated(hole, max(2, round(2 * TOUCHES * scale)))
    # Faded out where it ends, so that what is taken away leaves no edge.
    faded = stops * ((mean.abs() / least - TOUCHING) / (1 - TOUCHING)).clamp(0, 1)
    kept = {}
    for sign in (-1, 1):
        beside = near if foretold is None else near | (foretold.where & (sign * foretold.stops.mean(0) > SURE * least))
        may = broad((sign * mean > TOUCHING * least) & there, near, radius)
        kept[sign] = attached(may, (sign * mean > SURE * least) & ~gap, beside)
    faded = torch.where(kept[-1] | kept[1], faded, 0.0)
    coverage = 1 - torch.exp2(-faded.mean(0).abs())
    coverage = torch.where(coverage >= 2.0**-10, coverage, 0.0)  # a half of it is more than 0
    effect = coverage > 0
    return Effects(
        torch.where(effect, faded, 0.0),
        coverage,
        error + usual,
        ratio,
        seen,
        expected & effect,
        int((effect & (mean < 0)).sum()),
        int((effect & (mean > 0)).sum()),
    )


def smoothed(
    plate: torch.Tensor, made: torch.Tensor, claimed: torch.Tensor, known: torch.Tensor, size: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The ratio in stops, smooth but for its edges.

    Args:
        plate, made, claimed, known: as for `measured`.
        size: of the square over which it is made smooth, odd.

    Returns:
        stops [3, h, w], the error [h, w] that noise leaves in them, and where [h, w] bool they are known.
    """
    light = made.clamp(min=0).amax(0)
    weight = known / (1 + (claimed / OUTLIER_STOPS) ** 2) * light**2 / (light**2 + DIM**2)
    raw = torch.log2((plate.clamp(min=0) + DARK) / (made.clamp(min=0) + DARK)).clamp(-MOST_STOPS, MOST_STOPS)
    around = _mean(raw, weight, size)
    raw = torch.where(weight > 0, raw, around)
    middle = _mean(median(raw), weight, size)
    weight = weight / (1 + ((raw - middle).mean(0) / OUTLIER_STOPS) ** 2)
    around = _mean(raw, weight, size)
    variance = (_mean(raw * raw, weight, size) - around * around).clamp(min=0)
    there = box_sum(weight[None], size)[0] > SHARE * size**2 * weight.amax().clamp(min=1e-6)
    if not bool(there.any()):
        return torch.zeros_like(raw), torch.zeros_like(light), there
    noise = variance[:, there].median(1).values[:, None, None]
    share = (1 - noise / variance.clamp(min=1e-12)).clamp(0, 1)
    # Each pixel is explained by all squares that it lies in.
    flat = _mean(torch.cat([share, (1 - share) * around]), there.float(), size)
    raw = _mean(raw, weight, 3)
    return flat[:3] * raw + flat[3:], (noise.mean().sqrt() / size).expand_as(light), there & known


def settled(
    stops: torch.Tensor, error: torch.Tensor, there: torch.Tensor, foretold: Foretold, size: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What was measured and what is foretold, put together; the latter alone where nothing was measured.

    What is foretold was seen by several frames, so it knows less noise. By how much the two differ is made smooth like
    the ratio itself: where that is more than noise, the frame's own measurement counts.

    Args:
        stops, error, there: from `smoothed`.
        foretold: what is expected.
        size: of the square over which they are compared, odd.

    Returns:
        stops [3, h, w], error [h, w], and where [h, w] bool they are foretold alone: nowhere, if what was measured says
        otherwise.
    """
    told, where = foretold.stops, foretold.where
    both, new = where & there, where & ~there
    strong = both & (told.mean(0).abs() > STRONG * told.mean(0).abs().amax())
    # The slope of what is measured over what is foretold, 1 where they agree.
    slope = float((told * stops)[:, strong].sum() / (told * told)[:, strong].sum()) if bool(strong.any()) else 1.0
    if not bool(told.any()) or slope < AGREEING:
        return stops, error, torch.zeros_like(there)
    off, weight = torch.where(both, stops - told, 0.0), both.float()
    variance = _mean(off * off, weight, size).mean(0)
    noise = float(variance[both].median()) if bool(both.any()) else 0.0
    own = off * (1 - noise / variance.clamp(min=1e-12)).clamp(0, 1)
    carried = spread(own, both) if bool(both.any()) else torch.zeros_like(off)
    carried = carried.clamp(-CARRIED * told.abs(), CARRIED * told.abs())
    return (
        torch.where(both, told + own, torch.where(new, told + carried, stops)),
        torch.where(new, error + max(noise**0.5, EXPECTED_ERROR), error),
        new,
    )


def broad(mask: torch.Tensor, near: torch.Tensor, radius: int) -> torch.Tensor:
    """A mask [h, w] bool without what is thinner than 2 radius + 1, unless it lies along the object, at `near`.

    The picture of an edge that other frames show beside its place is thin; a shadow isn't, but for one at the feet.
    """
    return mask & dilated(eroded(mask | near, radius), radius)


def usual_spread(mean: torch.Tensor, there: torch.Tensor, hole: torch.Tensor) -> float:
    """By how many stops the ratio [h, w] is off where there is no effect: in the second quietest quarter around.

    A shadow falls to one side, mostly; its quarter then tells nothing of the noise.
    """
    rows, columns = torch.nonzero(hole, as_tuple=True)
    if rows.numel() == 0:
        return 0.0
    y, x = torch.meshgrid(*(torch.arange(n, device=mean.device) for n in mean.shape), indexing="ij")
    lower, right = y > rows.float().mean(), x > columns.float().mean()
    quarters = [there & (lower == bool(i & 1)) & (right == bool(i & 2)) for i in range(4)]
    spreads = sorted(MADDEN * float(mean[q].abs().median()) for q in quarters if bool(q.any()))
    return spreads[min(1, len(spreads) - 1)] if spreads else 0.0


def attached(mask: torch.Tensor, sure: torch.Tensor, near: torch.Tensor) -> torch.Tensor:
    """The connected parts of a mask [h, w] bool that hold a pixel of `sure` and one of `near`, each [h, w] bool."""
    count, labels = cv2.connectedComponents(mask.cpu().numpy().astype(np.uint8), connectivity=4)
    both = np.zeros(count, bool)
    first, second = (np.unique(labels[part.cpu().numpy()]) for part in (mask & sure, mask & near))
    both[np.intersect1d(first, second)] = True
    both[0] = False
    return torch.from_numpy(both[labels]).to(mask.device)


def _mean(values: torch.Tensor, weight: torch.Tensor, size: int) -> torch.Tensor:
    """The weighted mean [C, h, w] over the square around each pixel; 0 where nothing has weight."""
    both = box_sum(torch.cat([values * weight, weight[None]]), size)
    return both[:-1] / both[-1:].clamp(min=1e-9)
