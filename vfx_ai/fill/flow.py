"""Engine `flow`: pixels of other frames carried along dense motion, for what has parallax or moves on its own.

Each pixel of the hole is followed along the background's motion, into the past and into the future, until a frame
shows it. Past and future are laid over each other in the hole and aligned once more, half of what is left of the way
each, so that errors of the chains don't double edges. Where both agree they are mixed by their distance in time, so
that a source fades into the next rather than switches; where they don't, the fresher one is taken. What came about by a
guess and doesn't fit into its surroundings is left open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill import OTHER_FRAME
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.plausible import implausible
from vfx_ai.media.color import to_log
from vfx_ai.motion import carried
from vfx_ai.motion.background import GUESS
from vfx_ai.motion.carried import CarriedMotion
from vfx_ai.motion.flow import dense_flow
from vfx_ai.motion.pyramid import resized
from vfx_ai.motion.sampling import length, pixel_grid, resample, sample, sees, within
from vfx_ai.motion.survey import Motion
from vfx_ai.shot import Shot, crop, features, hole_box

LONGEST = 250  # steps that a point is followed
LOST = 0.25  # of the width: a point so far out of the picture is not waited for
LOOKS = 2  # frames that are asked on each side, once the point is in sight
MARGIN = 12  # pixels around the hole's box; what is seen there holds the alignment of past and future in place
AGREE_STOPS = 0.35  # past and future that differ less are mixed
FARTHEST = 4.0  # pixels; what past and future are farther apart is another thing, not an error of the chains
STRICT = 4.0  # exponent that is added to the weights where past and future disagree
GUESS_WEIGHT = 0.1
HALF_LIFE = 12.0  # steps of a chain after which its confidence is half
UNSURE_STOPS = 0.25


@dataclass(frozen=True)
class Look:
    """What one look into the past or the future shows, over a box.

    Attributes:
        positions: [2, h, w] float32 on the canvas, in the frame that shows the point.
        frame: [h, w] int64, that frame's index in the shot; -1 where none shows it.
        steps: [h, w] float32, how many frames away.
        guessed: [h, w] bool, a step on the way was a guess.
    """

    positions: torch.Tensor
    frame: torch.Tensor
    steps: torch.Tensor
    guessed: torch.Tensor

    @property
    def found(self) -> torch.Tensor:
        """[h, w] bool: some frame shows the point."""
        return self.frame >= 0


def analyse(shot: Shot, motion: Motion, folder: Path, progress: Callable[[int, int], None]) -> None:
    """Find the dense motion of the whole shot and write it to `folder`, unless it is there."""
    carried.analyse(shot, motion, folder / "flow", progress)


def ready(shot: Shot, motion: Motion, folder: Path) -> CarriedMotion:
    """What `fill` needs, read from where `analyse` wrote it."""
    return CarriedMotion(shot, motion, folder / "flow")


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
    off, agreed = _disagreement(shot, motion, number, past[0], future[0])
    share = past[0].steps / (past[0].steps + future[0].steps).clamp(min=1)
    past = [replace(look, positions=look.positions - share * off) for look in past]
    future = [replace(look, positions=look.positions + (1 - share) * off) for look in future]
    looks = past + future
    values = torch.stack([fetch(shot, motion, number, look) for look in looks])
    found = torch.stack([look.found for look in looks])
    weights = _weights(past, future, agreed, blend)
    scene = (values * weights[:, None]).sum(0) / weights.sum(0).clamp(min=1e-9)
    reached = hole & found.any(0)
    doubtful = reached & _guessed(past[0], future[0])
    around = torch.where(hole, scene, crop(shot.view(number).scene, box))
    reached &= ~implausible(around, crop(shot.seen(number), box) | (reached & ~doubtful), doubtful)
    return Fill(
        number,
        box,
        scene,
        torch.where(reached, OTHER_FRAME, 0).to(torch.uint8),
        torch.where(reached, _confidence(values, past[0], future[0]), 0.0),
        hole & ~found.any(0),
        _shares(shot, looks, weights, reached),
        _mean_gain(shot, motion, number, looks, reached),
    )


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
        Look(p.reshape(2, *size), f.reshape(size), s.reshape(size), g.reshape(size))
        for p, f, s, g in zip(positions, frame, steps, guess, strict=True)
    ]


def fetch(shot: Shot, motion: CarriedMotion, number: int, look: Look) -> torch.Tensor:
    """The pixels [3, h, w] that a look shows, matched in exposure to frame `number`; 0 where it shows none."""
    out = torch.zeros((3, *look.frame.shape), device=shot.device)
    for index in torch.unique(look.frame).tolist():
        if index < 0:
            continue
        other, mask = shot.numbers[index], look.frame == index
        pixels = resample(shot.view(other).scene, look.positions[:, mask][:, None])[:, 0]
        out[:, mask] = pixels * motion.gain(number, other)[:, None]
    return out


def _disagreement(
    shot: Shot, motion: CarriedMotion, number: int, past: Look, future: Look
) -> tuple[torch.Tensor, torch.Tensor]:
    """How far [2, h, w] what the past shows must be moved to lie on what the future shows, and how alike [h, w] they
    are then (0..1)."""
    both = past.found & future.found
    if not bool(both.any()):
        return torch.zeros_like(past.positions), torch.zeros_like(past.steps)
    before, after = (features(fetch(shot, motion, number, look)) for look in (past, future))
    off = _apart(before, after, past.found, future.found, shot.working_size[1] / shot.width)
    off = torch.where(both & (length(off) < FARTHEST), off, 0.0)
    moved = sample(after, pixel_grid(both.shape, shot.device) + off)
    apart = F.avg_pool2d((moved - before).abs().amax(0)[None], 5, 1, 2, count_include_pad=False)[0]
    return off, torch.where(both, torch.exp(-((apart / AGREE_STOPS) ** 2)), 0.0)


def _apart(
    before: torch.Tensor, after: torch.Tensor, found: torch.Tensor, other_found: torch.Tensor, factor: float
) -> torch.Tensor:
    """The motion [2, h, w] between two pictures [3, h, w] of a box, found at the working size."""
    full = (before.shape[1], before.shape[2])
    size = (max(1, round(full[0] * factor)), max(1, round(full[1] * factor)))
    if size == full:
        return dense_flow(before, after, found, other_found)
    both = F.interpolate(torch.cat([before, after, found[None], other_found[None]])[None], size=size, mode="area")[0]
    return resized(dense_flow(both[:3], both[3:6], both[6] > 0.99, both[7] > 0.99), full)


def _weights(past: list[Look], future: list[Look], agreed: torch.Tensor, blend: int) -> torch.Tensor:
    """Weight of each look [L, h, w]: the nearer in time the more, and the more exclusively the less they agree."""
    looks = past + future
    nearness = torch.stack([look.found / look.steps.clamp(min=1) for look in looks])
    trust = torch.stack([torch.where(look.guessed, GUESS_WEIGHT, 1.0) for look in looks])
    strictness = 1 + STRICT * (1 - agreed) if blend != 1 else torch.full_like(agreed, 1 + STRICT)
    weights = nearness * trust
    weights = (weights / weights.amax(0).clamp(min=1e-9)) ** strictness
    if blend == 1:
        weights = weights * F.one_hot(weights.argmax(0), len(looks)).permute(2, 0, 1)
    return weights


def _confidence(values: torch.Tensor, past: Look, future: Look) -> torch.Tensor:
    light = to_log(values)
    apart = (light[0] - light[LOOKS]).abs().amax(0)
    both = past.found & future.found
    agreement = torch.where(both, UNSURE_STOPS / (UNSURE_STOPS + apart), 0.5)
    far = torch.full_like(past.steps, float(LONGEST))
    steps = torch.minimum(torch.where(past.found, past.steps, far), torch.where(future.found, future.steps, far))
    return agreement * 0.5 ** (steps / HALF_LIFE) * torch.where(_guessed(past, future), GUESS_WEIGHT, 1.0)


def _guessed(past: Look, future: Look) -> torch.Tensor:
    """Where [h, w] no look came about without a guess on the way."""
    return (past.guessed | ~past.found) & (future.guessed | ~future.found)


def _shares(shot: Shot, looks: list[Look], weights: torch.Tensor, reached: torch.Tensor) -> dict[int, int]:
    """How many pixels each frame gave: those in which its weight is the largest."""
    main = torch.stack([look.frame for look in looks]).gather(0, weights.argmax(0)[None])[0]
    indices, counts = torch.unique(main[reached], return_counts=True)
    return {shot.numbers[int(i)]: int(n) for i, n in zip(indices, counts, strict=True) if i >= 0}


def _mean_gain(
    shot: Shot, motion: CarriedMotion, number: int, looks: list[Look], reached: torch.Tensor
) -> tuple[float, float, float]:
    frames = torch.cat([look.frame[reached & look.found] for look in looks])
    if frames.numel() == 0:
        return (1.0, 1.0, 1.0)
    indices, counts = torch.unique(frames, return_counts=True)
    gains = torch.stack([motion.gain(number, shot.numbers[int(i)]) for i in indices])
    red, green, blue = ((gains * counts[:, None]).sum(0) / counts.sum()).tolist()
    return (red, green, blue)
