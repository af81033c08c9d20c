"""Which pixels of a frame lie beside something nearer, and have a share of its light.

A pixel at an edge mixes both sides, as do a lens out of focus and the taps of a resample. For most surfaces that is
half a pixel's blur. A lamp is a hundred times as bright as the wall behind it: a tenth of its light in a pixel of the
wall is a speck, wherever that pixel is lent to.
"""

from __future__ import annotations

import torch

from vfx_ai.fill.fused import Ready
from vfx_ai.fill.masks import highest
from vfx_ai.media.frame import Window
from vfx_ai.motion.depths import Depth
from vfx_ai.motion.ideal_picture import ideal_picture
from vfx_ai.shot import Shot

NEARER = 2.0  # planes by which a neighbour must be nearer
STAIN, SHINES = 2.0, 0.5  # stops by which a pixel outshines the darkest beside it, and is outshone by the brightest
BESIDE, STAINED = 1.0, 2.0


def rims_of(shot: Shot, known: Ready, number: int, depth: Depth) -> torch.Tensor:
    """The `rims` [h, w] of a frame, whose depth has a box that isn't empty; found once."""

    def found(number: int) -> torch.Tensor:
        luma = ideal_picture(shot, known.small, number)[0][0]
        there = depth.box.slices(Window(0, 0, luma.shape[1], luma.shape[0]))
        return rims(depth.inverse, depth.trust, luma[there], known.depths.sweep.step)

    return known.rims.get(number, found)


def rims(inverse: torch.Tensor, trust: torch.Tensor, luma: torch.Tensor, step: float) -> torch.Tensor:
    """What pixels of a frame have of something nearer beside them.

    Args:
        inverse, trust: [h, w] float32, as in `depths.Depth`.
        luma: [h, w] float32, in stops.
        step: between two planes.

    Returns:
        [h, w] float32: 0 for nothing, BESIDE, or STAINED by its light.
    """
    nearest, brightest, darkest = highest(torch.stack([torch.where(trust > 0, inverse, 0.0), luma, -luma]))
    beside = nearest - inverse > NEARER * step
    stained = beside & (luma + darkest > STAIN) & (brightest - luma > SHINES)
    return torch.where(stained, STAINED, torch.where(beside, BESIDE, 0.0))
