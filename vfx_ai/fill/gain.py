"""Exposure and white balance between frames: by what factor a fetched pixel must be multiplied."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812

DARKEST = 0.004  # scene-linear; darker pixels are noise and tell nothing of a factor
FEWEST_PIXELS = 64
MOST_PIXELS = 20000
RING = 32  # pixels around the hole, at 1000 px across, in which frames are compared


def ring_around(hole: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """Positions [2, N] (x, y) of seen pixels near a hole [H, W] bool, at most MOST_PIXELS, evenly thinned out."""
    height, width = hole.shape
    radius = max(8, round(RING * width / 1000))
    near = F.max_pool2d(hole[None, None].float(), 2 * radius + 1, stride=1, padding=radius)[0, 0] > 0
    rows, columns = torch.nonzero(near & seen, as_tuple=True)
    every = max(1, -(-rows.numel() // MOST_PIXELS))
    return torch.stack([columns, rows]).float()[:, ::every]


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
