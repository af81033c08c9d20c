"""The last resort: a smooth surface in log light, spanned from the pixels around what nothing else could fill.

It invents no detail; fill.source says so, and confidence is 0.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from vfx_ai.fill import SMOOTH
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.level import level
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.frame import Window
from vfx_ai.motion.membrane import membrane
from vfx_ai.shot import Shot, crop

MARGIN = 2


def complete(shot: Shot, fill: Fill, window_hole: torch.Tensor) -> Fill:
    """Fill what an engine left open.

    Args:
        shot: the plate and its matte.
        fill: from an engine; its box holds the hole.
        window_hole: [h, w] bool, the hole within the fill's box.

    Returns:
        The fill with every pixel of the hole filled, and those made here marked SMOOTH.
    """
    left = window_hole & (fill.source == 0)
    if not bool(left.any()):
        return fill
    view = shot.view(fill.number)
    outer = fill.box.grown(MARGIN).intersection(Window(0, 0, shot.width, shot.height))
    inner = fill.box.slices(outer)
    scene, known = crop(view.scene, outer).clone(), crop(view.seen, outer).clone()
    inside = crop(view.valid | view.hole, outer)
    scene[:, inner[0], inner[1]] = torch.where(fill.source > 0, fill.scene, scene[:, inner[0], inner[1]])
    known[inner] |= fill.source > 0
    if not bool(known.any()):
        middle = view.scene[:, view.seen].median(1).values if bool(view.seen.any()) else scene.new_zeros(3)
        scene = middle[:, None, None].expand_as(scene)
    else:
        scene = from_log(_surface(to_log(scene), known, inside, level(to_log(view.scene), view.seen), outer))
    return replace(
        fill,
        scene=torch.where(left, scene[:, inner[0], inner[1]], fill.scene),
        source=torch.where(left, SMOOTH, fill.source).to(torch.uint8),
    )


def _surface(
    light: torch.Tensor, known: torch.Tensor, inside: torch.Tensor, base: torch.Tensor | None, box: Window
) -> torch.Tensor:
    """The smooth surface through what is known; on a tone [3, H, W] that goes on level it is the difference from it."""
    if base is None:
        return membrane(light, known, inside)
    tone = crop(base, box)
    return tone + membrane(light - tone, known, inside)
