"""The pixels by which frames are matched in exposure: near a hole, or of the whole picture."""

from __future__ import annotations

import math

import torch

from vfx_ai.fill.masks import dilated
from vfx_ai.shot import crop, hole_box

MOST_PIXELS = 20000
RING = 32  # pixels around the hole, at 1000 px across, in which frames are compared
SQUARE = 8  # pixels along the side of a square of the whole picture, at 1000 px across, and at least
PATCH, LEAST_PATCH = 12, 8  # pixels along the side of a patch of it: at 1000 px across, and at least


def ring_around(hole: torch.Tensor, seen: torch.Tensor, most: int = MOST_PIXELS) -> torch.Tensor:
    """Positions [2, N] (x, y) of seen pixels near a hole [H, W] bool, at most so many, evenly thinned out."""
    radius = max(8, round(RING * hole.shape[1] / 1000))
    box = hole_box(hole, radius)
    near = dilated(crop(hole, box), radius)
    rows, columns = torch.nonzero(near & crop(seen, box), as_tuple=True)
    return torch.stack([columns + box.x0, rows + box.y0]).float()[:, :: _every(rows.numel(), most)]


def all_over(seen: torch.Tensor, most: int, side: int) -> torch.Tensor:
    """Positions [2, N] (x, y) of seen pixels [H, W] bool in squares all over the picture, `most` or a few more.

    Squares are whole, `side` pixels each: light that a lens spreads stays in one, and not on single pixels.
    """
    apart = max(1, math.ceil((seen.numel() / most) ** 0.5))
    rows, columns = ((torch.arange(n, device=seen.device) // side + 1 + apart // 2) % apart == 0 for n in seen.shape)
    rows, columns = torch.nonzero(seen & rows[:, None] & columns, as_tuple=True)
    return torch.stack([columns, rows]).float()


def _every(count: int, most: int) -> int:
    return max(1, -(-count // most))


def square_side(width: int) -> int:
    """Pixels along the side of a square of `all_over`, in a picture of so many pixels across."""
    return max(SQUARE, round(SQUARE * width / 1000))


def patch_side(width: int) -> float:
    """Pixels along the side of a patch of a ring, in a picture of so many pixels across."""
    return max(LEAST_PATCH, PATCH * width / 1000)
