"""The one place where a fill becomes part of its plate, and where the rest of the plate is kept out of reach.

The Patch made here is all that a file is changed by: a pixel whose matte is 0 isn't in it,
unless what the object leaves there was asked for and found.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from vfx_ai.fill import PLATE
from vfx_ai.fill.contract import Fill
from vfx_ai.finish.edges import kept
from vfx_ai.media.frame import Apart, BoolArray, Patch, Window
from vfx_ai.shot import Shot, crop


def composite(shot: Shot, fill: Fill, *, soft: bool = True) -> Patch:
    """Lay a fill over its plate, in scene-linear light, softly where the matte is soft.

    Where the matte is below 1 the plate keeps its share, as far as it holds nothing of what must go; see `edges`.

    Args:
        shot: the plate and its matte.
        fill: complete: every pixel of the hole has a source.
        soft: whether the plate keeps its share; else the hole is the fill alone.
    """
    view = shot.view(fill.number)
    hole, plate = crop(view.hole, fill.box), crop(view.scene, fill.box)
    if fill.effects is not None:
        hole = hole | (fill.effects > 0)
    scene = fill.scene + kept(shot, fill) * (plate - fill.scene) if soft else fill.scene
    window = Window(
        fill.box.x0 + shot.canvas.x0,
        fill.box.y0 + shot.canvas.y0,
        fill.box.x1 + shot.canvas.x0,
        fill.box.y1 + shot.canvas.y0,
    )
    return Patch(
        window,
        torch.where(hole, scene, 0.0).permute(1, 2, 0).contiguous().cpu().numpy(),
        hole.cpu().numpy(),
        torch.where(hole, fill.source, PLATE).to(torch.uint8).cpu().numpy(),
        torch.where(hole, fill.confidence, 1.0).cpu().numpy(),
        effects=None if fill.effects is None else fill.effects.cpu().numpy(),
    )


def over(patch: Patch, other: Patch, where: BoolArray) -> Patch:
    """A patch with a model's pixels, their sources and confidence, of another one over the same window.

    Args:
        patch: as it is without the model.
        other: with it.
        where: [h, w] bool, what the model made; the patch remembers what was there.
    """
    return replace(
        patch,
        pixels=np.where(where[..., None], other.pixels, patch.pixels),
        source=np.where(where, other.source, patch.source),
        confidence=np.where(where, other.confidence, patch.confidence),
        apart=Apart(patch.window, where.astype(np.float32), under=patch.pixels),
    )
