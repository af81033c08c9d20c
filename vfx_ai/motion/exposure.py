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
    told = torch.cat([target, fetched, at, both_seen[None]]).cpu().numpy()  # from a GPU all at once
    told = told.take(np.flatnonzero((told[:6].min(0) > DARKEST) & (told[8] > 0)), 1)
    upper, lower, at_bright = told[:3], told[3:6], told[6:8]
    if upper.shape[1] < FEWEST_PIXELS:
        return torch.ones(3, device=target.device)
    stops = np.log2(_middle_two(upper / lower)).mean(1)
    column, row = np.floor(at_bright / np.float32(side)).astype(np.int64)
    column, row = column - column.min(), row - row.min()
    patch = row * (column.max() + 1) + column
    enough = np.bincount(patch) >= FEWEST_IN_PATCH
    if np.count_nonzero(enough) >= FEWEST_PATCHES:
        ratios = np.log2(_sums(upper, patch)[:, enough] / _sums(lower, patch)[:, enough])
        middle = _middle_two(ratios).mean(1)
        spread = 1.4826 * _middle_two(np.abs(ratios - middle[:, None])).mean(1)
        away = np.abs(middle - stops)
        apart = away / (1.2533 * spread / np.sqrt(ratios.shape[1]) + 1e-6)
        # One share for all three, so that none is tinted by its own noise.
        stops += _share(apart, UNSURE, SURE) * _share(away, SLIGHT, PLAIN) * (middle - stops)
    return torch.from_numpy(np.exp2(stops)).float().to(target.device)


def _middle_two(values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """The two values [n, 2] in the middle of each row [n, N], whose mean is its median."""
    low, high = (values.shape[1] - 1) // 2, values.shape[1] // 2
    return np.partition(values, (low, high), 1)[:, [low, high]].astype(np.float64)


def _share(values: npt.NDArray[np.float64], none: float, whole: float) -> float:
    """How far the middle one of three values has come from where it counts nothing to where it counts wholly, 0..1."""
    return min(max((float(np.sort(values)[1]) - none) / (whole - none), 0.0), 1.0)


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
