"""Fetched pixels follow the light around the hole: exposure that drifts, vignettes, light that rolls over the picture.

The engines match each frame by one factor. What is left is measured beside the hole, where the frames that lent its
pixels show what the plate shows: a smooth field of stops, as far as it is surer than its own noise. See
docs/decisions/018-light-and-focus.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.fill.contract import Fill
from vfx_ai.finish.beside import beside
from vfx_ai.motion.exposure import DARKEST
from vfx_ai.motion.sampling import resample, sees
from vfx_ai.shot import Shot, crop

SKIP = 2  # pixels beside the matte that may hold a rest of the object
REACH = 48  # pixels beside the hole in which light is compared, at 1000 px across: more than a shadow of the object
CELL = 12  # pixels along the side of a patch, at 1000 px across, whose sums are one measurement
LEAST_REACH, LEAST_CELL = 20, 6  # pixels, whatever the width
MOST_PIXELS = 16000
FEWEST_PIXELS, FEWEST_CELLS = 16, 12  # of a patch, and of patches around a hole
TOGETHER = 4  # pixels beside each other that err together, since texture lies beside its place
FLOOR = 0.005  # stops; a patch is no surer than this
ROUNDS, CUT = 6, 4.685  # of reweighting, and Tukey's constant: a patch farther off than this many spreads has no say
DOUBT, SURE = 8.0, 16.0  # log evidence for any field, below which nothing is done, and from which all of it is
FOLDS = 5  # parts of the patches, each foretold by a field that was fitted to the others
EXPLAINED = (
    0.15,
    0.35,
)  # share of what patches left out are off by, below which nothing is done, and from which all is
SLIGHT, PLAIN = 0.02, 0.05  # stops beside the hole: less comes from compression or a wake, and would flicker
WIDER = 3  # times as far as that, light is asked for where the camera stands still
AS_FAR = (0.7, 0.9)  # of what is off beside the hole, in what is farther: less is no light, and from more it all is
STILL = 0.5  # pixels by which a lender shows things elsewhere, at most, where the camera stands still
OUTERMOST = 0.05  # of the patches at either end: what the field is there bounds what it may be in the hole
MOST_STOPS = 2.0  # no light is changed by more
# What a field is made of, and how strong each is usually, in stops at half the picture's width from its middle.
STATIC = (1.0, 1.0, 1.0, 1.0, 1.0)  # x y xx xy yy, fixed to the picture: a vignette, here less there
HERE = (0.2, 0.5, 0.5, 1.0, 1.0, 1.0)  # 1 x y xx xy yy, around the hole's middle
PASSING = (0.2, 0.5, 0.5)  # 1 x y, times how much later: light that changes with time
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """Patches beside a hole, one measurement each.

    Attributes:
        here, there: [2, M] their middles on the canvas, in this frame and in the one that was compared.
        frame: [M] that frame's number.
        stops: [3, M] by how many stops the plate is brighter than what the fill would have there.
        variance: [3, M] of `stops`.
        lent: [3, M] by how many stops it is brighter than the frame that was compared.
    """

    here: Doubles
    there: Doubles
    frame: Doubles
    stops: Doubles
    variance: Doubles
    lent: Doubles


def lit(shot: Shot, fill: Fill) -> Fill:
    """The fill with fetched pixels as bright as what surrounds the hole, where a difference can be measured.

    Args:
        shot: the plate and its matte.
        fill: from the engines.

    Returns:
        The same fill where there is no such difference; else `scene`, `matched` and `gain` changed.
    """
    reach = max(LEAST_REACH, round(REACH * shot.width / 1000))
    cells = _measured(shot, fill, SKIP, reach)
    if len(cells.frame) < FEWEST_CELLS:
        return fill
    still = bool(np.abs(cells.here - cells.there).max() < STILL)
    came = fill.fetched & crop(shot.view(fill.number).hole, fill.box)
    rows, columns = (part.cpu().numpy() for part in torch.nonzero(came, as_tuple=True))
    origin = fill.origin[:, came].cpu().double().numpy()
    here = np.stack([columns + fill.box.x0, rows + fill.box.y0]).astype(np.float64)
    middle, span = here.mean(1), max(1.0, float(np.abs(cells.frame - fill.number).max()))

    def features(at: Doubles, there: Doubles, frame: Doubles) -> Doubles:
        size = (shot.width, shot.height)
        return _features(at, there, (frame - fill.number) / span, middle, size)

    stops = _field(
        features(cells.here, cells.there, cells.frame),
        features(here, origin[:2], origin[2]),
        cells.stops,
        cells.variance,
        still=still,
    )
    if stops is not None and still:
        share = _share_seen_farther(cells, _measured(shot, fill, reach, WIDER * reach))
        stops = share * stops if share > 0 else None
    if stops is None:
        return fill
    factor = torch.ones_like(fill.scene)
    factor[:, came] = torch.from_numpy(np.exp2(stops)).float().to(factor.device)
    mean = np.exp2(stops).mean(1)
    return replace(
        fill,
        scene=fill.scene * factor,
        matched=fill.matched * factor,
        gain=(fill.gain[0] * float(mean[0]), fill.gain[1] * float(mean[1]), fill.gain[2] * float(mean[2])),
    )


def _measured(shot: Shot, fill: Fill, skip: int, reach: int) -> Cells:
    """Patches from `skip` to `reach` pixels beside the hole, and by how many stops the plate is brighter there.

    Each is of one lender. A fill may be a mix of several frames: what it differs by from its lender, just within the
    hole, is taken off.
    """
    ring = beside(shot, fill, skip, reach, MOST_PIXELS)
    if ring is None:
        return Cells(np.empty((2, 0)), np.empty((2, 0)), np.empty(0), *np.empty((3, 3, 0)))
    plate = shot.view(fill.number).scene[:, ring.points[1], ring.points[0]]
    made = fill.scene[:, ring.inner[1], ring.inner[0]]
    from_at = fill.origin[:2, ring.inner[1], ring.inner[0]]
    outside, inside = torch.zeros_like(plate), torch.zeros_like(plate)
    good = torch.zeros_like(ring.frame, dtype=torch.bool)
    for number in torch.unique(ring.frame).tolist():
        mask, view = ring.frame == number, shot.view(number)
        at = ring.at[:, mask][:, None]
        good[mask] = sees(view.seen, at)[0]
        outside[:, mask] = resample(view.scene, at)[:, 0]
        inside[:, mask] = resample(view.scene, from_at[:, mask][:, None])[:, 0]
    lights = (plate, outside, made, inside)
    for light in lights:
        good &= (light > DARKEST).all(0)
    four = [light[:, good].cpu().double().numpy() for light in lights]
    here, there, frame = (part[..., good].cpu().double().numpy() for part in (ring.points, ring.at, ring.frame))
    return _cells(four, here, there, frame, max(LEAST_CELL, round(CELL * shot.width / 1000)))


def _share_seen_farther(near: Cells, far: Cells) -> float:
    """What share of a field around a hole is light, where lenders show everything in its own place.

    Light changes over more of the picture than around a hole; a shadow or a wake of what must go does not. What the
    plate itself is off by from its lenders tells, not what the fill would be: a mix that leaves a shadow out differs
    from a lender that holds it, and would seem to as far as one looks.
    """
    if len(far.frame) < FEWEST_CELLS:
        return 1.0
    off = [float(np.median(np.abs(np.median(cells.lent, 0)))) for cells in (near, far)]
    low, high = AS_FAR
    return min(1.0, max(0.0, (off[1] / max(off[0], SLIGHT) - low) / (high - low)))


def _cells(lights: list[Doubles], here: Doubles, there: Doubles, frame: Doubles, cell: int) -> Cells:
    """Ratios of light in patches of `cell` pixels, of each frame by itself.

    A lens that is out of focus mixes lights, which leaves their sum in a patch but not their median, nor that of their
    ratios: sharp and soft would seem to differ in exposure.
    """
    column, row = (here // cell).astype(np.int64)
    key = (np.unique(frame, return_inverse=True)[1] << 40) + (row << 20) + column
    _, index, counts = np.unique(key, return_inverse=True, return_counts=True)
    total = len(counts)

    def sums(values: Doubles) -> Doubles:
        return np.stack([np.bincount(index, row, total) for row in values])

    def compared(upper: Doubles, lower: Doubles) -> tuple[Doubles, Doubles]:
        whole = sums(lower)
        ratio = sums(upper) / whole
        error = TOGETHER * sums((upper - ratio[:, index] * lower) ** 2) / (ratio * whole * np.log(2)) ** 2
        return np.log2(ratio), error

    (lent, doubt), (mixed, more) = compared(*lights[:2]), compared(*lights[2:])
    enough = counts >= FEWEST_PIXELS
    where = [sums(part)[:, enough] / counts[enough] for part in (here, there, frame[None])]
    variance = FLOOR**2 + doubt + more
    return Cells(where[0], where[1], where[2][0], *(part[:, enough] for part in (lent - mixed, variance, lent)))


def _features(here: Doubles, there: Doubles, later: Doubles, middle: Doubles, size: tuple[int, int]) -> Doubles:
    """What a field is made of [N, 14] at positions `here` [2, N], shown at `there` [2, N] of a frame `later` [N]."""
    half = size[0] / 2
    center = np.array([[size[0] / 2], [size[1] / 2]])
    x, y = (here - middle[:, None]) / half
    static = [a - b for a, b in zip(_bent((here - center) / half), _bent((there - center) / half), strict=True)]
    own = [np.ones_like(x), *_bent(np.stack([x, y]))]
    return np.stack([*static, *own, later, later * x, later * y], 1)


def _bent(at: Doubles) -> list[Doubles]:
    x, y = at
    return [x, y, x * x, x * y, y * y]


def _field(measured: Doubles, wanted: Doubles, stops: Doubles, variance: Doubles, *, still: bool) -> Doubles | None:
    """A field of stops [3, N] where it is wanted, from what was measured; None where no field is surer than noise.

    Bayes' linear regression (Bishop, "Pattern Recognition and Machine Learning", 2006, 3.3 and 3.5): each part of a
    field is 0 unless patches say otherwise, and they must say so by more than they contradict each other.

    Args:
        measured: [M, F] features of the patches.
        wanted: [N, F] features where the field is wanted.
        stops, variance: [3, M].
        still: lenders show all in its own place, so that no lens can make a difference: a slight one is no light.
    """
    usual = np.array([*STATIC, *HERE, *PASSING])
    a, b = measured * usual, wanted * usual
    fits = [_fitted(a, values, noise) for values, noise in zip(stops, variance, strict=True)]
    # Noise is much the same in all three, so that they are no three witnesses.
    evidence = sum(told for _, _, told in fits) / 3
    trust = min(1.0, max(0.0, (evidence - DOUBT) / (SURE - DOUBT)))
    if trust > 0:
        low, high = EXPLAINED
        trust *= min(1.0, max(0.0, (_explained(a, stops, variance) - low) / (high - low)))
    if still:
        light = float(np.median([np.abs(a @ mean).mean() for mean, _, _ in fits]))
        trust *= min(1.0, max(0.0, (light - SLIGHT) / (PLAIN - SLIGHT)))
    if trust == 0:
        return None
    out = np.empty((3, len(b)))
    for channel, (mean, cover, _) in enumerate(fits):
        value, doubt = b @ mean, ((b @ cover) * b).sum(1)
        least, most = np.quantile(a @ mean, [OUTERMOST, 1 - OUTERMOST])
        value = np.clip(value, least, most)
        out[channel] = trust * value * value**2 / (value**2 + doubt + 1e-12)
    return np.clip(out, -MOST_STOPS, MOST_STOPS)


def _explained(a: Doubles, stops: Doubles, variance: Doubles) -> float:
    """By what share a field foretells patches [3, M] that it wasn't fitted to; the least of the channels, below 1.

    A few patches that show something else can pull a field far where there are no others to contradict them, and look
    like strong evidence. The median of what is left doesn't hear them.
    """
    fold, shares = np.arange(len(a)) % FOLDS, []
    for values, noise in zip(stops, variance, strict=True):
        left = values.copy()
        for one in range(FOLDS):
            mean, _, _ = _fitted(a[fold != one], values[fold != one], noise[fold != one])
            left[fold == one] -= a[fold == one] @ mean
        shares.append(1 - float(np.median(np.abs(left))) / max(float(np.median(np.abs(values))), 1e-9))
    return min(shares)


def _fitted(a: Doubles, values: Doubles, variance: Doubles) -> tuple[Doubles, Doubles, float]:
    """Mean [F] and covariance [F, F] of a field's parts, and the log evidence for them against there being no field."""
    trust, noise = np.ones_like(values), variance
    for _ in range(ROUNDS):
        weight = trust / noise
        precision = (a * weight[:, None]).T @ a + np.eye(a.shape[1])
        mean = np.linalg.solve(precision, a.T @ (weight * values))
        off = (values - a @ mean) / np.sqrt(variance)
        # Where patches contradict each other by more than each by itself is unsure, all are less sure.
        noise = variance * max(1.0, (1.4826 * float(np.median(np.abs(off)))) ** 2)
        apart = (off * np.sqrt(variance / noise) / CUT) ** 2
        trust = np.clip(1 - apart, 0, None) ** 2
    told = a.T @ (trust / noise * values)
    precision = (a * (trust / noise)[:, None]).T @ a + np.eye(a.shape[1])
    final = np.asarray(np.linalg.inv(precision), np.float64)
    evidence = 0.5 * float(told @ final @ told) - 0.5 * float(np.linalg.slogdet(precision)[1])
    return final @ told, final, evidence
