"""Where motion jumps: which of two things a hidden pixel belongs to, told by what past and future show.

At the edge between a near and a far thing, motion that was carried behind the object lies a pixel or two beside its
place, or is a mean of both things' motions. A pixel that is followed by the wrong motion shows one thing in the past
and another in the future. Followed as a neighbor is, it shows the same in both, if that neighbor belongs to the same
thing. (PatchMatch passes good answers on to neighbors in the same way: Barnes et al., SIGGRAPH 2009.)
"""

from __future__ import annotations

from dataclasses import replace

import torch

from vfx_ai.fill.looks import Gain, Look
from vfx_ai.fill.masks import dilated
from vfx_ai.media.color import to_log
from vfx_ai.motion.sampling import length, pixel_grid, sample, sees
from vfx_ai.shot import Shot

RADII = (6, 3, 1)  # pixels to the neighbors that are asked, one round each
AROUND = tuple((x, y) for y in (-1, 0, 1) for x in (-1, 0, 1))
JUMP_PIXELS = 1.0  # by which the ways of two pixels side by side differ at a jump
NEAR_JUMP = 7  # pixels
SUSPECT_STOPS = 0.2  # by which past and future must differ before a neighbor is asked
CLEARLY = 0.6  # of that difference: what a neighbor's way must come down to
MOST_STOPS = 1.5  # that one pixel of a patch can count


def sorted_out(
    shot: Shot, hole: torch.Tensor, past: list[Look], future: list[Look], gain: Gain
) -> tuple[list[Look], list[Look]]:
    """The looks into the past and the future, those beside a jump of motion along a neighbor's way where that fits.

    Args:
        shot: the plate and its matte.
        hole: [h, w] bool, pixels that may change their way.
        past, future: looks [h, w], the nearest first.
        gain: by what pixels of another frame are multiplied to be compared.
    """
    whose = _chosen(shot, hole, past[0], future[0], gain)
    if whose is None:
        return past, future
    back, on = ([_along(look, whose) for look in side] for side in (past, future))
    return back, on


def _chosen(shot: Shot, hole: torch.Tensor, past: Look, future: Look, gain: Gain) -> torch.Tensor | None:
    """Whose way each pixel is to take [h, w] int64, as an index (row * w + column); None: its own, everywhere."""
    height, width = hole.shape
    whose = torch.arange(height * width, device=hole.device)
    found = past.found & future.found
    jumps = dilated(_jumps(past.positions, found) | _jumps(future.positions, found), NEAR_JUMP)
    pixels = torch.nonzero((hole & found & jumps).flatten())[:, 0]
    if pixels.numel() == 0:
        return None
    off = _apart(shot, gain, past, future, pixels, pixels)
    pixels, off = pixels[off > SUSPECT_STOPS], off[off > SUSPECT_STOPS] * CLEARLY
    x, y, found = pixels % width, pixels // width, found.flatten()
    for dx, dy in ((dx * radius, dy * radius) for radius in RADII for dx, dy in AROUND if dx or dy):
        inside = (x + dx >= 0) & (y + dy >= 0) & (x + dx < width) & (y + dy < height)
        other = whose[torch.where(inside, (y + dy) * width + x + dx, pixels)]
        asked = torch.nonzero(inside & found[other])[:, 0]
        theirs = _apart(shot, gain, past, future, pixels[asked], other[asked])
        better = theirs < off[asked]
        off[asked[better]] = theirs[better]
        whose[pixels[asked[better]]] = other[asked[better]]
    return whose.reshape(height, width)


def _along(look: Look, whose: torch.Tensor) -> Look:
    """A look of pixels that go the way of the pixels `whose` [h, w], as far beside it as they lie."""
    grid = pixel_grid(whose.shape, whose.device)
    positions = (look.positions - grid).flatten(1)[:, whose] + grid
    parts = {name: getattr(look, name).flatten()[whose] for name in ("frame", "steps", "guessed")}
    return replace(look, positions=positions, **parts)


def _jumps(positions: torch.Tensor, found: torch.Tensor) -> torch.Tensor:
    """Where [h, w] bool pixels side by side go different ways to `positions` [2, h, w]."""
    steps = positions - pixel_grid(found.shape, found.device)
    out = torch.zeros_like(found)
    out[:, 1:] |= (length(steps[:, :, 1:] - steps[:, :, :-1]) > JUMP_PIXELS) & found[:, 1:] & found[:, :-1]
    out[1:] |= (length(steps[:, 1:] - steps[:, :-1]) > JUMP_PIXELS) & found[1:] & found[:-1]
    return out


def _apart(shot: Shot, gain: Gain, past: Look, future: Look, pixels: torch.Tensor, whose: torch.Tensor) -> torch.Tensor:
    """How far apart, in stops, past and future are around `pixels` [N] that go the way of `whose` [N]: [N] float32.

    Infinite where the matte hides the pixel on that way.
    """
    width = past.frame.shape[1]
    beside = torch.stack([pixels % width - whose % width, pixels // width - whose // width]).float()
    around = torch.tensor(AROUND, device=pixels.device, dtype=torch.float32).T
    shown, light = torch.ones_like(pixels, dtype=torch.bool), []
    for way in (past, future):
        at, frame = way.positions.flatten(1)[:, whose] + beside, way.frame.flatten()[whose]
        values = at.new_zeros((3, pixels.numel(), len(AROUND)))
        for index in torch.unique(frame).tolist():
            mask, number = frame == index, shot.numbers[index]
            here = at[:, mask, None]
            values[:, mask] = sample(shot.view(number).scene, here + around[:, None]) * gain(number)[:, None, None]
            shown[mask] &= sees(shot.seen(number), here)[:, 0]
        light.append(to_log(values))
    apart = (light[0] - light[1]).abs().mean(0).clamp(max=MOST_STOPS).mean(1)
    return torch.where(shown, apart, torch.inf)
