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


def match_gain(target: torch.Tensor, fetched: torch.Tensor, both_seen: torch.Tensor) -> torch.Tensor:
    """The factor [3] by which `fetched` becomes as bright as `target`.

    The median of the ratios: what moved between the frames has no say as long as it is less than half.

    Args:
        target, fetched: [3, N] float32, scene-linear, the same points in two frames.
        both_seen: [N] bool; points that count.
    """
    bright = both_seen & (target > DARKEST).all(0) & (fetched > DARKEST).all(0)
    if int(bright.sum()) < FEWEST_PIXELS:
        return torch.ones(3, device=target.device)
    return (target[:, bright] / fetched[:, bright]).log2().median(1).values.exp2()


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
    gain = match_gain(resample(second.scene, to)[..., 0], resample(first.scene, at)[..., 0], both)
    return gain.log2().cpu().double().numpy()
