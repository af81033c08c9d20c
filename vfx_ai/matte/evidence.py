"""What speaks for a pixel being the object's: how it moves between frames, and what color it has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.matte.layers import Pair, carried, layer_motion, misfit
from vfx_ai.matte.masks import grown
from vfx_ai.matte.mixtures import Mixture, learn
from vfx_ai.matte.stills import Still, shrunk
from vfx_ai.media.frame import FloatArray

BoolArray = npt.NDArray[np.bool_]

BEHIND_ANY, BEHIND_MOST, OWN_ANY, OWN_MOST = 1.8, 2.2, 2.3, 1.9  # of log misfits
STRANGEST_BEHIND, STRANGEST_OWN = 30.0, 12.0
UNSEEN = 3.0  # the misfit that a background is given which is never seen
CLOSE = 2  # frames
CLEAR_SHARE = 0.3
ALIKE = 0.4  # of the object's own motion: what moves by less of it may be background with parallax
FEWEST = 30  # pixels whose motion tells something
FEWEST_COLORS = 8  # and whose colors do: a tracking mark may have no more
FARTHEST = 24  # pixels beyond it in which the object may be


@dataclass(frozen=True)
class Neighbor:
    """Another frame, and the motion to it; `mask` [h, w] bool is the object there, None while it isn't known."""

    still: Still
    pair: Pair
    mask: BoolArray | None = None

    def smaller(self, factor: int) -> Neighbor:
        """The same with `factor` pixels, along each side, in one."""
        if factor == 1:
            return self
        pair = Pair(shrunk(self.pair.there, factor) / np.float32(factor), shrunk(self.pair.sure, factor) > 0.5)
        mask = None if self.mask is None else shrunk(self.mask, factor) > 0.5
        return Neighbor(self.still.smaller(factor), pair, mask)


@dataclass(frozen=True)
class Looks:
    """The colors of an object and of what is around it."""

    object: Mixture
    background: Mixture

    def pull(self, still: Still) -> FloatArray:
        """[h, w]: how much better a pixel's color fits the background, natural logarithm."""
        values = torch.from_numpy(still.features.reshape(-1, 3))
        better = self.background.log_likelihood(values) - self.object.log_likelihood(values)
        return np.asarray(better.reshape(still.shape).numpy(), np.float32)

    def fit(self, still: Still, mask: BoolArray) -> float:
        """How well the pixels of a mask fit the object, in the mean; natural logarithm of a density."""
        return float(self.object.log_likelihood(torch.from_numpy(still.features[mask])).mean())


def learn_looks(still: Still, mask: BoolArray, near: BoolArray) -> Looks | None:
    """The colors on both sides of an outline; None where one side has too few pixels."""
    inside = grown(mask, -1) & still.valid
    inside = inside if inside.sum() > FEWEST else mask & still.valid
    outside = near & ~grown(mask, 2) & still.valid
    if min(inside.sum(), outside.sum()) < FEWEST_COLORS:
        return None
    return Looks(*(learn(torch.from_numpy(still.features[side])) for side in (inside, outside)))


def motion_pull(
    still: Still, neighbors: Sequence[Neighbor], mask: BoolArray, seed: BoolArray, border: int, least: float
) -> FloatArray:
    """[h, w]: how much better a pixel fits the background's motion than the object's, natural logarithm.

    Args:
        neighbors: frames to compare with, the nearest first; those beside which the object moves as the background
            does tell nothing.
        mask: the object, as far as it is known.
        seed: pixels that are the object.
        border: pixels beside the outline where motion counts for neither side.
        least: pixels of motion below which it tells nothing.
    """
    inner, outer = grown(mask, -border), ~grown(mask, border) & still.valid
    inner = inner if inner.sum() >= FEWEST else mask
    behind, own, close, speeds = [], [], [], []
    for neighbor in neighbors:
        there, sure = neighbor.pair.there, neighbor.pair.sure
        below = layer_motion(neighbor.pair, outer)
        apart = np.linalg.norm(there - below, axis=2)
        away, clear = abs(neighbor.still.number - still.number), seed & sure
        if clear.sum() > CLEAR_SHARE * seed.sum():
            typical = float(np.percentile(apart[clear], 75))
            speeds.append(typical / away)
        else:
            # Too far to be followed: as fast as nearby.
            typical = away * float(np.median(speeds)) if speeds else 0.0
        if typical < least:
            continue
        like = sure & (apart < ALIKE * typical)
        below = np.where(like[..., None], there, below)
        above = layer_motion(neighbor.pair, inner & (apart > ALIKE * typical))
        off_below, off_above = (_misfit(still, neighbor.still, motion, outer & sure) for motion in (below, above))
        usual = max(1.0, _median(off_below[outer & sure]))
        if neighbor.mask is not None:
            # The object hides the background there.
            off_below[(carried(neighbor.mask.astype(np.float32), below) > 0.5) & ~like] = np.inf
        behind.append(off_below / usual)
        own.append(off_above / usual)
        if away <= CLOSE:
            close.append(off_above / usual)
    if not behind:
        return np.zeros(mask.shape, np.float32)
    below, above = np.sort(np.stack(behind), 0), np.sort(np.stack(own), 0)
    beside = np.sort(np.stack(close), 0) if close else above
    fits_below = BEHIND_ANY * _strange(below[0], STRANGEST_BEHIND) + BEHIND_MOST * _strange(
        _middle(below), STRANGEST_BEHIND
    )
    fits_above = OWN_ANY * _strange(above[0], STRANGEST_OWN) + OWN_MOST * _strange(_middle(beside), STRANGEST_OWN)
    # Where the background is hidden in all other frames, only how well the object is found again tells.
    usual_below = (BEHIND_ANY + BEHIND_MOST) * np.log1p(UNSEEN**2 / 4)
    pull = fits_above - np.where(np.isfinite(below[0]), fits_below, usual_below)
    told = np.isfinite(below[0]) | np.isfinite(above[0])
    return np.where(told, pull, 0).astype(np.float32)


def _strange(off: FloatArray, most: float) -> FloatArray:
    return np.log1p(np.minimum(off, most) ** 2 / 4)


def _middle(ordered: FloatArray) -> FloatArray:
    """The median of what is finite, along the first axis, in which values are in order."""
    count = np.isfinite(ordered).sum(0)
    index = np.maximum(count - 1, 0) // 2
    return np.asarray(np.take_along_axis(ordered, index[None], 0)[0], np.float32)


def _median(values: FloatArray) -> float:
    values = values[:: max(1, values.size // 20000)]
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else 0.0


def agreement(mask: BoolArray, pull: FloatArray) -> float | None:
    """How far motion alone would draw the same object, 0..1; None where it tells nothing.

    Intersection over union of `mask` with those pixels in it and near it that move as the object, not the background.
    """
    if not mask.any() or not pull.any():
        return None
    near = grown(mask, FARTHEST)
    moves = near & (pull < 0)
    return float((mask & moves).sum() / (mask | moves).sum())


def _misfit(still: Still, other: Still, motion: FloatArray, judge: BoolArray) -> FloatArray:
    off = misfit(still.features, other.features, motion, still.steep, judge)
    off[carried(other.valid.astype(np.float32), motion) < 0.99] = np.inf
    return off
