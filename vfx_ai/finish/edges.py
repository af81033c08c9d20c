"""Soft edges of a matte: how much of what must go its pixels hold, and so what share the plate keeps there.

A softly matted pixel is either covered in part by the object, or clean and only feathered. Which of the two a matte
has shows in the plate: its pixels lie between what the fill shows and what the object shows. See
docs/decisions/004-soft-edges.md.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill.contract import Fill
from vfx_ai.fill.masks import dilated
from vfx_ai.media.color import to_log
from vfx_ai.shot import Shot, crop

SOLID = 0.99  # matte value from which a pixel shows the object alone
REACHES = (1, 2, 4, 8, 16)  # pixels around a soft one in which the object's own light is looked for, nearest first
BINS = 6  # of matte values, for each of which the object's share is measured
FEWEST = 30  # pixels of a bin that tell
APART = 0.05  # squared difference of object and fill, as a share of their sum, that is enough to tell them apart
DARK = 0.02  # scene-linear; added to that sum, so that noise in blacks doesn't count
HELD_STOPS = 0.02  # what the object adds to a pixel's light, at most, for the plate to be kept there
ALIKE_STOPS = 0.5  # plate and fill farther apart aren't the same thing, whatever the matte's other pixels say
SHADED = 4  # pixels around an effect in which the plate isn't kept
UNTOLD_STOPS = 0.25  # the same, where nothing tells what the object adds


def kept(shot: Shot, fill: Fill) -> torch.Tensor:
    """The plate's share [h, w] float32, 0..1, of each pixel of a fill's box; 0 outside matte and data window."""
    view = shot.view(fill.number)
    valid, plate, coverage = (crop(part, fill.box) for part in (view.valid, view.scene, view.coverage))
    kept = share(plate, fill.scene, coverage, valid & (fill.source > 0)) * crop(view.hole, fill.box)
    if fill.effects is None:
        return kept
    return kept * ~dilated(fill.effects > 0, SHADED)  # a clean pixel lies in the same shadow there


def share(plate: torch.Tensor, fill: torch.Tensor, coverage: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """The plate's share where a matte is soft.

    Args:
        plate, fill: [3, h, w] float32, scene-linear.
        coverage: [h, w] float32, 0..1, the matte.
        valid: [h, w] bool, both plate and fill are known.

    Returns:
        [h, w] float32, 0..1: at most 1 - coverage, less where the plate holds some of the object.
    """
    if not bool(((coverage > 0) & (coverage < 1)).any()):
        return (1 - coverage) * valid
    apart = _stops(plate, fill)
    unknown = torch.exp(-((apart / UNTOLD_STOPS) ** 2))
    beside, found = object_light(plate, valid & (coverage >= SOLID))
    told = held(plate, fill, coverage, valid, beside, found)
    if told is None:
        return (1 - coverage) * unknown * valid
    added = _stops(fill + told * (beside - fill), fill)
    clean = torch.exp(-((added / HELD_STOPS) ** 2) - (apart / ALIKE_STOPS) ** 2)
    return (1 - coverage) * torch.where(found, clean, unknown) * valid


def object_light(plate: torch.Tensor, solid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The light of the object nearest to each pixel.

    Args:
        plate: [3, h, w] float32, scene-linear.
        solid: [h, w] bool, pixels that show the object alone.

    Returns:
        [3, h, w] float32, the mean over the nearest such pixels, and where [h, w] there are any.
    """
    light, found = torch.zeros_like(plate), torch.zeros_like(solid)
    stacked = torch.cat([torch.where(solid, plate, 0.0), solid[None].float()])[None]
    for reach in REACHES:
        side = 2 * reach + 1  # down, then across: a square at once takes ten times as long
        near = F.avg_pool2d(F.avg_pool2d(stacked, (side, 1), 1, (reach, 0)), (1, side), 1, (0, reach))[0]
        new = (near[3] > 0.5 / side**2) & ~found
        light = torch.where(new, near[:3] / near[3].clamp(min=1e-6), light)
        found = found | new
    return light, found


def held(
    plate: torch.Tensor,
    fill: torch.Tensor,
    coverage: torch.Tensor,
    valid: torch.Tensor,
    beside: torch.Tensor,
    found: torch.Tensor,
) -> torch.Tensor | None:
    """How much of the object each softly matted pixel holds, as this frame's own pixels tell by the matte's value.

    Args:
        plate, fill, coverage, valid: as for `share`.
        beside, found: from `object_light`.

    Returns:
        [h, w] float32, 0 for a clean pixel, 1 for the object alone; None where too few pixels tell.
    """
    scale = fill.abs() + beside.abs() + DARK
    whole, part = (beside - fill) / scale, (plate - fill) / scale
    contrast = (whole * whole).sum(0)
    tells = valid & found & (coverage > 0) & (coverage < SOLID) & (contrast > APART)
    measured = ((whole * part).sum(0) / contrast.clamp(min=1e-6))[tells].clamp(-0.5, 1.5)
    bins = (coverage[tells] * BINS).long().clamp(max=BINS - 1)
    known = [
        ((i + 0.5) / BINS, max(float(measured[bins == i].median()), 0.0))
        for i in range(BINS)
        if int((bins == i).sum()) >= FEWEST
    ]
    return _between(coverage, known) if known else None


def _between(coverage: torch.Tensor, known: list[tuple[float, float]]) -> torch.Tensor:
    """A line through known points (matte value, share), level beyond the first and the last."""
    out = torch.full_like(coverage, known[0][1])
    for (x, y), (x_next, y_next) in pairwise(known):
        out = torch.where(coverage > x, y + (y_next - y) * (coverage - x) / (x_next - x), out)
    return torch.where(coverage > known[-1][0], known[-1][1], out)


def _stops(light: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """The difference [h, w] of two lights [3, h, w] in stops, in the channel where it is largest."""
    return (to_log(light) - to_log(other)).abs().amax(0)
