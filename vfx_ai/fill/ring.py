"""The pixels near a hole by which frames are matched in exposure."""

from __future__ import annotations

import torch

from vfx_ai.fill.masks import dilated
from vfx_ai.shot import crop, hole_box

MOST_PIXELS = 20000
RING = 32  # pixels around the hole, at 1000 px across, in which frames are compared
PATCH, LEAST_PATCH = 12, 8  # pixels along the side of a patch of it: at 1000 px across, and at least


def ring_around(hole: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """Positions [2, N] (x, y) of seen pixels near a hole [H, W] bool, at most MOST_PIXELS, evenly thinned out."""
    radius = max(8, round(RING * hole.shape[1] / 1000))
    box = hole_box(hole, radius)
    near = dilated(crop(hole, box), radius)
    rows, columns = torch.nonzero(near & crop(seen, box), as_tuple=True)
    every = max(1, -(-rows.numel() // MOST_PIXELS))
    return torch.stack([columns + box.x0, rows + box.y0]).float()[:, ::every]


def patch_side(width: int) -> float:
    """Pixels along the side of a patch of a ring, in a picture of so many pixels across."""
    return max(LEAST_PATCH, PATCH * width / 1000)
