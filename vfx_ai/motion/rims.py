"""Which pixels of a frame lie beside something nearer, and have a share of its light.

A pixel at an edge mixes both sides, as do a lens out of focus and the taps of a resample. For most surfaces that is
half a pixel's blur. A lamp is a hundred times as bright as the wall behind it: a tenth of its light in a pixel of the
wall is a speck, wherever that pixel is lent to.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812

NEARER = 2.0  # planes by which a neighbour must be nearer
STAIN, SHINES = 2.0, 0.5  # stops by which a pixel outshines the darkest beside it, and is outshone by the brightest
BESIDE, STAINED = 1.0, 2.0


def rims(inverse: torch.Tensor, trust: torch.Tensor, luma: torch.Tensor, step: float) -> torch.Tensor:
    """What pixels of a frame have of something nearer beside them.

    Args:
        inverse, trust: [h, w] float32, as in `depths.Depth`.
        luma: [h, w] float32, in stops.
        step: between two planes.

    Returns:
        [h, w] float32: 0 for nothing, BESIDE, or STAINED by its light.
    """
    nearest = _highest(torch.where(trust > 0, inverse, 0.0))
    beside = nearest - inverse > NEARER * step
    stained = beside & (luma + _highest(-luma) > STAIN) & (_highest(luma) - luma > SHINES)
    return torch.where(stained, STAINED, torch.where(beside, BESIDE, 0.0))


def _highest(picture: torch.Tensor) -> torch.Tensor:
    """The highest value of each pixel [h, w] and the eight around it."""
    return F.max_pool2d(picture[None, None], 3, 1, 1)[0, 0]
