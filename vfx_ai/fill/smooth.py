"""The last resort: a smooth surface in log light, spanned from the pixels around what nothing else could fill.

It invents no detail; fill.source says so, and confidence is 0. Where surfaces of the background are known it can be
torn where one of them ends: a floor's tone is a floor's, up to the edge of the wall, and a post goes on to its foot.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from vfx_ai.fill import SMOOTH
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.level import level
from vfx_ai.fill.masks import box_sum
from vfx_ai.fill.surfaces import Surface, Surfaces
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.frame import Window
from vfx_ai.motion.membrane import membrane, spread
from vfx_ai.shot import Shot, crop

MARGIN = 2
AROUND = 0.04  # of the width: from how far around a surface's tone may come
EVENED = 0.008  # of the width: over which what is known of it is averaged


def complete(
    shot: Shot, fill: Fill, window_hole: torch.Tensor, surfaces: Surfaces | None = None, sharp: float = 1.0
) -> Fill:
    """Fill what an engine left open.

    Args:
        shot: the plate and its matte.
        fill: from an engine; its box holds the hole.
        window_hole: [h, w] bool, the hole within the fill's box.
        surfaces: of the background, if they are known.
        sharp: how far it is torn at their edges, 0 (the likeliest: not at all) to 1.

    Returns:
        The fill with every pixel of the hole filled, and those made here marked SMOOTH.
    """
    left = window_hole & (fill.source == 0)
    if not bool(left.any()):
        return fill
    view = shot.view(fill.number)
    margin = MARGIN if surfaces is None else max(MARGIN, round(AROUND * shot.width))
    outer = fill.box.grown(margin).intersection(Window(0, 0, shot.width, shot.height))
    inner = fill.box.slices(outer)
    scene, known = crop(view.scene, outer).clone(), crop(view.seen, outer).clone()
    inside = crop(view.valid | view.hole, outer)
    scene[:, inner[0], inner[1]] = torch.where(fill.source > 0, fill.scene, scene[:, inner[0], inner[1]])
    known[inner] |= fill.source > 0
    if not bool(known.any()):
        middle = view.scene[:, view.seen].median(1).values if bool(view.seen.any()) else scene.new_zeros(3)
        scene = middle[:, None, None].expand_as(scene)
    else:
        light, base = to_log(scene), _edges(shot, fill.number, outer)
        tone = membrane(light - base, known, inside)
        surface = surfaces.over(fill.number, outer) if surfaces is not None and sharp > 0 else None
        if surface is not None:
            by_parts = torn(surface, light - base, tone, known, inside, round(EVENED * shot.width))
            tone = tone + sharp * (by_parts - tone)
        scene = from_log(base + tone)
    return replace(
        fill,
        scene=torch.where(left, scene[:, inner[0], inner[1]], fill.scene),
        source=torch.where(left, SMOOTH, fill.source).to(torch.uint8),
    )


def tone(shot: Shot, number: int, box: Window, scene: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """The smoothest log light [3, h, w] over a box, torn nowhere: that of `scene` where it is known.

    Args:
        shot: the plate and its matte.
        number: the frame.
        box: rows and columns of the canvas.
        scene: [3, h, w] float32, scene-linear; read where it is known alone.
        known: [h, w] bool; at least one pixel.
    """
    view, base = shot.view(number), _edges(shot, number, box)
    return base + membrane(to_log(scene) - base, known, crop(view.valid | view.hole, box))


def _edges(shot: Shot, number: int, box: Window) -> torch.Tensor:
    """What a tone is sought as a difference from, [3, h, w]: what goes on level beyond a side of all that is seen."""
    view = shot.view(number)
    base = level(to_log(view.scene), view.seen)
    return view.scene.new_zeros((3, box.height, box.width)) if base is None else crop(base, box)


def torn(
    surface: Surface, light: torch.Tensor, tone: torch.Tensor, known: torch.Tensor, inside: torch.Tensor, reach: int
) -> torch.Tensor:
    """The smoothest light [3, h, w] within each surface; `tone` where nothing is known of one."""
    told = known & surface.known
    if not bool(told.any()):
        return tone
    start, evened = tone.clone(), light.clone()
    for part in torch.unique(surface.part):
        whole = surface.part == part
        own = whole & told
        if bool(own.any()):
            both = box_sum(torch.cat([light * own, own[None].float()]), 2 * (reach // 2) + 1)
            evened = torch.where(own, both[:3] / both[3:].clamp(min=1), evened)
            start = torch.where(whole, spread(evened, own), start)
    return torch.where(known, tone, membrane(evened, told, inside, surface.joined, start))
