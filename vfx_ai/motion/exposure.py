"""How exposure and white balance change between two frames, from points that both show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.motion.background import Step
from vfx_ai.motion.sampling import resample, sees
from vfx_ai.shot import Shot

DARKEST = 0.004  # scene-linear; darker pixels are noise and tell nothing of a factor
FEWEST_PIXELS = 64
MOST_PIXELS = 20000
FEWEST_PATCHES, FEWEST_IN_PATCH = 16, 4
UNSURE, SURE = 2.0, 4.0  # standard errors by which patches must contradict pixels to be asked at all, and alone
SLIGHT, PLAIN = 0.02, 0.05  # and stops: what is less comes from compression, and would flicker
PATCH = 25  # pixels along the side of a patch of a whole picture, at 1000 px across


def match_gain(
    target: torch.Tensor, fetched: torch.Tensor, both_seen: torch.Tensor, at: torch.Tensor, side: float
) -> torch.Tensor:
    """The factor [3] by which `fetched` becomes as bright as `target`.

    The median of the ratios: what moved between the frames has no say as long as it is less than half. But the median
    of texture rises as it is blurred, so that a frame that is out of focus seems brighter. The light of a whole patch
    stays: where the median over patches contradicts that over pixels beyond doubt, it is taken.

    Args:
        target, fetched: [3, N] float32, scene-linear, the same points in two frames.
        both_seen: [N] bool; points that count.
        at: [2, N] float32, where in the target they lie, in pixels.
        side: pixels along a patch's side.
    """
    bright = torch.nonzero(both_seen & (torch.minimum(target, fetched).amin(0) > DARKEST))[:, 0]
    if bright.numel() < FEWEST_PIXELS:
        return torch.ones(3, device=target.device)
    told = torch.cat([part.index_select(1, bright) for part in (target, fetched, at)]).cpu().numpy()
    upper, lower, stops = told[:3], told[3:6], _median_stops(told[:3] / told[3:6])
    column, row = np.floor(told[6:] / np.float32(side)).astype(np.int64)
    column, row = column - column.min(), row - row.min()
    patch = row * (column.max() + 1) + column
    enough = np.bincount(patch) >= FEWEST_IN_PATCH
    if int(enough.sum()) >= FEWEST_PATCHES:
        ratios = np.log2(_sums(upper, patch)[:, enough] / _sums(lower, patch)[:, enough])
        middle = np.median(ratios, 1)
        spread = 1.4826 * np.median(np.abs(ratios - middle[:, None]), 1)
        apart = np.abs(middle - stops) / (1.2533 * spread / np.sqrt(ratios.shape[1]) + 1e-6)
        # One share for all three, so that none is tinted by its own noise.
        sure = np.clip((np.median(apart) - UNSURE) / (SURE - UNSURE), 0, 1)
        plain = np.clip((np.median(np.abs(middle - stops)) - SLIGHT) / (PLAIN - SLIGHT), 0, 1)
        stops += sure * plain * (middle - stops)
    return torch.from_numpy(np.exp2(stops)).float().to(target.device)


def _median_stops(ratios: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """The median [3] of the logs of ratios [3, N]."""
    low, high = (ratios.shape[1] - 1) // 2, ratios.shape[1] // 2
    ordered = np.partition(ratios, (low, high), 1)
    middle: npt.NDArray[np.float64] = np.log2(ordered[:, [low, high]].astype(np.float64)).mean(1)
    return middle


def _sums(light: npt.NDArray[np.float32], patch: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    return np.stack([np.bincount(patch, row) for row in light])


def exposure_step(shot: Shot, here: int, there: int, step: Step) -> npt.NDArray[np.float64]:
    """By how many stops [3] (R, G, B) frame `there` is brighter than frame `here`, along a measured step."""
    rows, columns = torch.nonzero(step.age == 0, as_tuple=True)
    every = max(1, -(-rows.numel() // MOST_PIXELS))
    points = torch.stack([columns, rows]).float()[:, ::every, None]
    if points.shape[1] == 0:
        return np.zeros(3)
    factor = shot.working_size[1] / shot.width
    at, to = (points + 0.5) / factor - 0.5, (step.follow(points)[0] + 0.5) / factor - 0.5
    first, second = shot.view(here), shot.view(there)
    both = (sees(first.seen, at) & sees(second.seen, to))[:, 0]
    here_light, there_light = resample(first.scene, at)[..., 0], resample(second.scene, to)[..., 0]
    gain = match_gain(there_light, here_light, both, at[..., 0], PATCH * shot.width / 1000)
    return gain.log2().cpu().double().numpy()
