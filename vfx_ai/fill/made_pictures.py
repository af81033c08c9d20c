"""Pictures of what makers made: what of a frame is to be made, how it is laid into a fill, and how it is kept."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from vfx_ai.fill import MADE, PATCH, SMOOTH
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.detail import Noise, finest, more_than, split
from vfx_ai.fill.makers import Known
from vfx_ai.fill.smooth import complete
from vfx_ai.fill.surfaces import Surfaces
from vfx_ai.media.atomic import replacing
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.frame import Window
from vfx_ai.motion.arrays import read_array
from vfx_ai.shot import Shot, crop


@dataclass(frozen=True)
class Picture:
    """A key frame, as far as it is needed.

    Attributes:
        box: rows and columns of the canvas.
        scene: [3, h, w] float32, scene-linear.
        made: [h, w] bool, what was made, here or in a key frame before.
        real: [h, w] bool, what is real.
        tone: [3, h, w] float32, the smoothest log light through what is real; None where it isn't needed.
    """

    box: Window
    scene: torch.Tensor
    made: torch.Tensor
    real: torch.Tensor
    tone: torch.Tensor | None = None


def bare_of(shot: Shot, fill: Fill) -> torch.Tensor:
    """[H, W] bool: where a complete fill has no real pixel in its hole."""
    hole = shot.view(fill.number).hole
    bare = torch.zeros_like(hole)
    made_up = (fill.source == PATCH) | (fill.source == SMOOTH)
    bare[slices(fill.box)] = crop(hole, fill.box) & made_up
    return bare


def put(fill: Fill, light: torch.Tensor, found: torch.Tensor, source: int) -> Fill:
    """A fill with light [3, H, W] where [H, W] bool there is some, of a maker's source, told as made up."""
    light, found = crop(light, fill.box), crop(found, fill.box)
    return replace(
        fill,
        scene=torch.where(found, light, fill.scene),
        source=torch.where(found, source, fill.source).to(torch.uint8),
        confidence=torch.where(found, 0.0, fill.confidence),
        origin=torch.where(found, 0.0, fill.origin),
        matched=torch.where(found, 1.0, fill.matched),
        depth_ratio=torch.where(found, 1.0, fill.ratio()),
    )


def without_grain(
    shot: Shot, noise: Noise | None, scene: torch.Tensor, region: torch.Tensor, there: torch.Tensor
) -> torch.Tensor:
    """What was made in a region without detail that is no stronger than grain: every frame gets grain of its own.

    Args:
        shot: the plate.
        noise: see `Made`.
        scene: [3, H, W], a whole frame.
        region, there: [H, W] bool, what was made, and what of the frame is background at all.
    """
    if noise is None:
        return scene
    detail, tone = split(to_log(scene), there, finest(shot.width))
    share = more_than(noise(scene), detail, there)
    return torch.where(region, from_log(tone + share * detail), scene)


def known(shot: Shot, surfaces: Surfaces, number: int, fill: Fill | None) -> Known:
    """A frame with all of its real pixels, and a smooth tone where there are none.

    Args:
        shot, surfaces: of the run.
        number: the frame.
        fill: as far as real pixels go; None: it has no hole.
    """
    view = shot.view(number)
    scene, bare = view.scene.clone(), torch.zeros_like(view.hole)
    if fill is None:
        return Known(number, scene, view.seen, bare)
    inside, own = (..., *slices(fill.box)), crop(view.hole, fill.box)
    bare[inside] = own & (fill.source == 0)
    whole = complete(shot, fill, own, surfaces)
    scene[inside] = torch.where(whole.source > 0, whole.scene, scene[inside])
    return Known(number, scene, view.seen | (view.hole & ~bare), bare)


def slices(box: Window) -> tuple[slice, slice]:
    """Rows and columns of a box of the canvas."""
    return slice(box.y0, box.y1), slice(box.x0, box.x1)


def is_made(source: torch.Tensor) -> torch.Tensor:
    """[h, w] bool: what a maker made, from a map of sources [h, w]."""
    return (source == MADE[0]) | (source == MADE[1])


def write_picture(path: Path, picture: Picture) -> None:
    """Keep a picture, unless it is there: of two processes the first one's counts."""
    if path.exists():
        return
    box = picture.box
    parts = {name: getattr(picture, name) for name in ("scene", "made", "real", "tone")}
    arrays = {name: part.cpu().numpy() for name, part in parts.items() if part is not None}
    with replacing(path) as beside, beside.open("wb") as file:
        np.savez(file, box=np.array([box.x0, box.y0, box.x1, box.y1]), **arrays)


def read_picture(path: Path, device: torch.device) -> Picture:
    """A picture that was kept.

    Raises:
        InputError: it is damaged.
    """
    names = ("box", "scene", "made", "real", "tone")
    box, *parts = read_array(path, lambda file: [file[name] for name in names if name != "tone" or name in file])
    tensors = [torch.from_numpy(part).to(device) for part in parts]
    return Picture(Window(*(math.floor(side) for side in box)), *tensors)
