"""Engine `flow`: pixels of other frames carried along dense motion, for what has parallax or moves on its own.

Each pixel of the hole is followed along the background's motion, into the past and into the future, until a frame
shows it. Beside edges in depth a neighbor's way may fit better, see `jumps`. What past and future show is then laid
over each other and mixed, see `looks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from vfx_ai.fill.contract import Fill
from vfx_ai.fill.jumps import sorted_out
from vfx_ai.fill.looks import LOOKS, MARGIN, Look, mixed
from vfx_ai.motion import carried
from vfx_ai.motion.background import GUESS
from vfx_ai.motion.carried import CarriedMotion
from vfx_ai.motion.sampling import pixel_grid, sees, within
from vfx_ai.motion.survey import Motion
from vfx_ai.shot import Shot, crop, hole_box

LONGEST = 250  # steps that a point is followed
DRIFT = 0.5  # power by which the error grows with the frames on the way, fitted as in `claims`: each step adds its own
LOST = 0.25  # of the width: a point so far out of the picture is not waited for


def analyse(shot: Shot, motion: Motion, folder: Path, progress: Callable[[int, int], None]) -> None:
    """Find the dense motion of the whole shot and write it to `folder`, unless it is there."""
    carried.analyse(shot, motion, folder / "flow", progress)


def ready(shot: Shot, motion: Motion, folder: Path) -> CarriedMotion:
    """What `fill` needs, read from where `analyse` wrote it."""
    return CarriedMotion(shot, motion, folder / "flow")


def farther(
    shot: Shot, motion: Motion, folder: Path, share: float, progress: Callable[[int, int], None]
) -> CarriedMotion:
    """What `fill` needs to rebuild what lies around the hole too, by a share of the width; found unless it is there."""
    there = folder / f"flow-{share:g}"
    carried.analyse(shot, motion, there, progress, share)
    return CarriedMotion(shot, motion, there)


def hidden(shot: Shot, motion: CarriedMotion, numbers: Sequence[int]) -> CarriedMotion:
    """The same for a shot some of whose pixels are hidden for a trial: their motion is carried there from others."""
    return carried.Recarried(shot, motion, numbers)


def fill(shot: Shot, motion: CarriedMotion, number: int, blend: int = 0, region: torch.Tensor | None = None) -> Fill:
    """Fill the hole of one frame with pixels carried along the background's motion.

    Args:
        shot: the plate and its matte.
        motion: from `ready`.
        number: which frame.
        blend: 1 takes each pixel from a single frame; else up to LOOKS frames of each side are mixed.
        region: [H, W] bool on the canvas, the part of the hole to fill; None: all of it.
    """
    whole = shot.view(number).hole
    box = hole_box(whole if region is None else whole & region, MARGIN)
    hole = crop(whole if region is None else whole & region, box)
    grid = pixel_grid((box.height, box.width), shot.device, box.x0, box.y0)
    past, future = (follow(shot, motion, number, grid, sign) for sign in (-1, 1))

    def gain(other: int) -> torch.Tensor:
        return motion.gain(number, other)

    past, future = sorted_out(shot, hole, past, future, gain)
    return mixed(shot, number, box, hole, past, future, gain, DRIFT, blend)


def follow(shot: Shot, motion: CarriedMotion, number: int, grid: torch.Tensor, sign: int) -> list[Look]:
    """Follow points until LOOKS frames have shown them.

    Args:
        shot: the plate and its matte.
        motion: the background's motion, complete.
        number: the frame that the points are of.
        grid: [2, h, w] float32, positions on the canvas.
        sign: 1 into the future, -1 into the past.

    Returns:
        The first look, the second look...
    """
    index, size = shot.numbers.index(number), grid.shape[1:]
    at = grid.reshape(2, -1)
    positions = at.expand(LOOKS, 2, -1).clone()
    frame = torch.full((LOOKS, at.shape[1]), -1, device=grid.device)
    steps = torch.zeros((LOOKS, at.shape[1]), device=grid.device)
    guess = torch.zeros((LOOKS, at.shape[1]), dtype=torch.bool, device=grid.device)
    # Only the points that are still looked for are carried on.
    left = torch.arange(at.shape[1], device=grid.device)
    guessed, count = guess[0].clone(), torch.zeros_like(left)
    for step in range(1, LONGEST + 1):
        there = index + sign * step
        if not 0 <= there < len(shot.numbers) or left.numel() == 0:
            break
        moved, age = motion.advance(shot.numbers[there - sign], sign, at[:, None])
        at, guessed = moved[:, 0], guessed | ((age[0] > GUESS / 2) & (count == 0))
        shown = sees(shot.seen(shot.numbers[there]), moved)[0]
        look, point = count[shown], left[shown]
        positions[look, :, point] = at[:, shown].T
        frame[look, point], steps[look, point], guess[look, point] = there, float(step), guessed[shown]
        count = count + shown
        on = (count < LOOKS) & within(moved, shot.height, shot.width, -LOST * shot.width)[0]
        at, left, guessed, count = at[:, on], left[on], guessed[on], count[on]
    return [
        Look(p.reshape(2, *size), f.reshape(size), s.reshape(size), g.reshape(size), torch.zeros_like(g).reshape(size))
        for p, f, s, g in zip(positions, frame, steps, guess, strict=True)
    ]
