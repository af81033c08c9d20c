"""The pixels near a hole by which frames are matched in exposure."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812

MOST_PIXELS = 20000
RING = 32  # pixels around the hole, at 1000 px across, in which frames are compared


def ring_around(hole: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """Positions [2, N] (x, y) of seen pixels near a hole [H, W] bool, at most MOST_PIXELS, evenly thinned out."""
    radius = max(8, round(RING * hole.shape[1] / 1000))
    near = F.max_pool2d(hole[None, None].float(), 2 * radius + 1, stride=1, padding=radius)[0, 0] > 0
    rows, columns = torch.nonzero(near & seen, as_tuple=True)
    every = max(1, -(-rows.numel() // MOST_PIXELS))
    return torch.stack([columns, rows]).float()[:, ::every]
