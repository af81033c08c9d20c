"""The pixels near a hole by which frames are matched in exposure."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.shot import crop, hole_box

MOST_PIXELS = 20000
RING = 32  # pixels around the hole, at 1000 px across, in which frames are compared


def ring_around(hole: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
    """Positions [2, N] (x, y) of seen pixels near a hole [H, W] bool, at most MOST_PIXELS, evenly thinned out."""
    radius = max(8, round(RING * hole.shape[1] / 1000))
    box = hole_box(hole, radius)
    size = 2 * radius + 1
    rows_near = F.max_pool2d(crop(hole, box)[None, None].float(), (1, size), stride=1, padding=(0, radius))
    near = F.max_pool2d(rows_near, (size, 1), stride=1, padding=(radius, 0))[0, 0] > 0
    rows, columns = torch.nonzero(near & crop(seen, box), as_tuple=True)
    every = max(1, -(-rows.numel() // MOST_PIXELS))
    return torch.stack([columns + box.x0, rows + box.y0]).float()[:, ::every]
