"""Fetched pixels as soft as what surrounds the hole: motion blur and focus of another frame may not be this one's.

How sharp a frame is beside the hole is compared with how sharp the frame that lent pixels is at the same places, by the
power of their detail, frequency by frequency. Where this frame is softer beyond doubt, what was fetched is blurred.
What is too soft stays so: detail that a frame doesn't have would have to be made up. See
docs/decisions/018-light-and-focus.md.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.fill.contract import Fill
from vfx_ai.finish.beside import beside
from vfx_ai.finish.sharpness import PATCH, SAME, Blur, agreement, blurred, decided, softer, spectra
from vfx_ai.media.color import in_stops, to_log
from vfx_ai.media.frame import Window
from vfx_ai.motion.sampling import resample, sees
from vfx_ai.shot import Shot, crop

SKIP = 2  # pixels beside the matte that may hold a rest of the object
REACH = 40  # pixels beside the hole at which the middle of a patch may lie
APART = 8  # pixels between the middles of patches
MOST_PIXELS = 1_000_000
MOST_PATCHES, FEWEST_PATCHES = 48, 8  # of each frame that lent pixels
APART_STOPS = 0.5  # a pixel beside the hole that differs by more from the plate is another thing
Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


Blurs = dict[int, Blur | None]  # by the number of the frame that is sharper; None: it isn't, beyond doubt


def focused(shot: Shot, fill: Fill, blurs: Blurs) -> Fill:
    """The fill with fetched pixels as soft as what surrounds the hole, where they are measurably sharper.

    Args:
        shot: the plate and its matte.
        fill: complete: every pixel of the hole has a source.
        blurs: from `measured`.

    Returns:
        The same fill where there is no such difference; else `scene` changed.
    """
    came = fill.fetched & crop(shot.view(fill.number).hole, fill.box)
    parts = [(blur, came & (fill.origin[2] == number)) for number, blur in blurs.items() if blur]
    if not parts:
        return fill
    laid, there, outer = _laid(shot, fill, blurs, max(blur.kernel().shape[0] // 2 for blur, _ in parts))
    scene, inner = fill.scene, (..., *fill.box.slices(outer))
    for blur, mask in parts:
        scene = torch.where(mask, blurred(laid, there, blur)[inner], scene)
    return replace(fill, scene=scene)


def measured(shot: Shot, fill: Fill) -> Blurs:
    """By what pixels of each frame that lent some must be blurred to be as soft as this frame beside the hole.

    Args:
        shot: the plate and its matte.
        fill: from the engines.

    Returns:
        Frames whose detail could be compared; None for one that isn't sharper beyond doubt.
    """
    found = _beside(shot, fill)
    if not any(found.values()):
        return found
    # What nobody is nearest to beside the hole may lie within it all the same.
    for number in sorted(set(_lenders(shot, fill)) - set(found)):
        found |= _beside(shot, fill, number)
    return found


def _lenders(shot: Shot, fill: Fill) -> list[int]:
    """Every frame that lent pixels."""
    came = fill.fetched & crop(shot.view(fill.number).hole, fill.box)
    return [int(number) for number in torch.unique(fill.origin[2, came]).tolist()]


def _beside(shot: Shot, fill: Fill, lender: int | None = None) -> Blurs:
    """As `measured`, for frames that lent the nearest pixels, or for one of the others."""
    ring = beside(shot, fill, SKIP, REACH, MOST_PIXELS, APART, lender)
    if ring is None:
        return {}
    order = _around(ring.points.cpu().numpy())
    points, at, frame = (part.cpu().numpy()[..., order] for part in (ring.points, ring.at, ring.frame))
    view = shot.view(fill.number)
    found: Blurs = {}
    whole = _whole(view.seen, points)
    points, at, frame = points[:, whole], at[:, whole], frame[whole]
    for number in np.unique(frame).tolist():
        mine, theirs, other = points[:, frame == number], at[:, frame == number], shot.view(number)
        both = _whole(other.seen, np.round(theirs).astype(np.int64))
        fit = _compared(view.scene, other.scene, mine[:, both], theirs[:, both])
        if fit is not None:
            found[number] = decided(*fit)
    return found


def _compared(mine: torch.Tensor, theirs: torch.Tensor, points: Ints, at: Floats) -> tuple[Doubles, Doubles] | None:
    """`softer` of a picture [3, H, W] around points [2, P] than another around `at`, by patches that agree."""
    every = max(1, -(-points.shape[1] // MOST_PATCHES))
    points, at = points[:, ::every], at[:, ::every]
    if points.shape[1] < FEWEST_PATCHES:
        return None
    nearest = np.round(at).astype(np.int64)
    with np.errstate(invalid="ignore", over="ignore"):  # light without a number agrees with nothing
        sides = [spectra(_patches(mine, points)), spectra(_patches(theirs, nearest))]
        same = agreement(sides[0], sides[1], at.astype(np.float64) - nearest) > SAME
    if int(same.sum()) < FEWEST_PATCHES:
        return None
    return softer(*(np.abs(side[same]) ** 2 for side in sides))


def _around(points: Ints) -> Ints:
    """The order of points [2, N] by the way around their middle: what comes one after the other lies together."""
    x, y = points - points.mean(1, keepdims=True)
    order: Ints = np.argsort(np.arctan2(y, x), kind="stable")
    return order


def _whole(good: torch.Tensor, middles: Ints) -> npt.NDArray[np.bool_]:
    """Which patches [P] around pixels [2, P] lie in a picture and hold nothing but good pixels of it [H, W] bool."""
    corners = middles - PATCH // 2
    height, width = good.shape
    inside = np.asarray(((corners >= 0) & (corners + PATCH <= [[width], [height]])).all(0), np.bool_)
    if inside.any():
        box = _box(corners[:, inside])
        total = cv2.integral(crop(good, box).cpu().numpy().astype(np.uint8))
        x, y = corners[:, inside] - [[box.x0], [box.y0]]
        far_x, far_y = x + PATCH, y + PATCH
        inside[inside] = total[far_y, far_x] - total[y, far_x] - total[far_y, x] + total[y, x] == PATCH**2
    return inside


def _patches(scene: torch.Tensor, middles: Ints) -> Doubles:
    """The log light [P, PATCH, PATCH] of a picture [3, H, W] around pixels [2, P]."""
    corners = middles - PATCH // 2
    box = _box(corners)
    luma = in_stops(crop(scene, box))[0].cpu().double().numpy()
    x, y = corners - [[box.x0], [box.y0]]
    patches: Doubles = np.lib.stride_tricks.sliding_window_view(luma, (PATCH, PATCH))[y, x]
    return patches


def _box(corners: Ints) -> Window:
    """The box that holds all patches with these upper left corners [2, P]."""
    (x0, y0), (x1, y1) = corners.min(1).tolist(), (corners.max(1) + PATCH).tolist()
    return Window(x0, y0, x1, y1)


def _laid(shot: Shot, fill: Fill, blurs: Blurs, reach: int) -> tuple[torch.Tensor, torch.Tensor, Window]:
    """The fill amid surroundings as sharp as it is [3, h, w], what of that is known [h, w], and the box of both.

    What the frames that lent pixels show beside the hole stands in for the plate, which is blurred already: the light
    of a lamp on the hole's rim would be counted twice. It does so only where, blurred, it is what the plate shows: what
    moves there must not shine into the hole.
    """
    view = shot.view(fill.number)
    outer = fill.box.grown(reach).intersection(Window(0, 0, shot.width, shot.height))
    inner = (..., *fill.box.slices(outer))
    plate = crop(view.scene, outer)
    scene, there = torch.zeros_like(plate), torch.zeros_like(plate[0], dtype=torch.bool)
    made = fill.source > 0
    scene[inner], there[inner] = torch.where(made, fill.scene, 0), made
    ring = beside(shot, fill, 0, reach, MOST_PIXELS)
    if ring is None:
        return scene, there, outer
    lender = torch.full_like(there, -1, dtype=torch.int64)
    for number in torch.unique(ring.frame).tolist():
        mine, other = ring.frame == number, shot.view(number)
        shown = sees(other.seen, ring.at[:, mine][:, None])[0]
        (x, y), (column, row) = ring.points[:, mine][:, shown], ring.inner[:, mine][:, shown]
        light = resample(other.scene, ring.at[:, mine][:, shown][:, None])[:, 0]
        at = (y - outer.y0, x - outer.x0)
        scene[:, at[0], at[1]], lender[at] = light * fill.matched[:, row, column], number
    soft, known = scene, there | (lender >= 0)
    for one, blur in blurs.items():
        if blur:
            soft = torch.where(lender == one, blurred(scene, known, blur), soft)
    off = (to_log(soft) - to_log(plate)).abs().amax(0)
    return scene, there | ((lender >= 0) & (off < APART_STOPS)), outer
