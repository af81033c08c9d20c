"""How a shot's background moves as a whole: not at all, as by a camera that turns, or with parallax.

One homography per step from frame to frame; a shot stands still if frames far apart fit without any.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import reduce
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import torch

from vfx_ai.motion.homography import (
    Features,
    Matrix,
    farthest_move,
    find_features,
    inverse,
    match_homography,
    misfit,
    refine_homography,
    scaled,
)
from vfx_ai.shot import Shot

LOCKED_PIXELS = 0.2  # at the working size: a corner of a locked camera's picture moves less, between any frames
LOCKED_MISFIT = 1.05  # or, where little is to be seen that could tell, moving it doesn't make it fit better
LOCKED_PROBES = 6  # frames, spread over the shot, that are held against the first


@dataclass(frozen=True)
class Motion:
    """The background's motion as a whole.

    Attributes:
        kind: "locked" or "moving".
        numbers: the shot's frames.
        steps: [T - 1] homographies [3, 3] in pixels of the canvas, each from a frame to the next.
        unknown: frames whose step to the next could not be found; identity stands for it.
        farthest: how far a corner moves, at most, between the probed frames; pixels of the canvas.
    """

    kind: Literal["locked", "moving"]
    numbers: tuple[int, ...]
    steps: tuple[Matrix, ...]
    unknown: tuple[int, ...]
    farthest: float

    def between(self, first: int, second: int) -> Matrix:
        """Homography [3, 3] from frame `first` to frame `second`, along the chain of steps."""
        a, b = self.numbers.index(first), self.numbers.index(second)
        if self.kind == "locked" or a == b:
            return np.eye(3)
        chain: Matrix = reduce(lambda done, step: step @ done, self.steps[min(a, b) : max(a, b)], np.eye(3))
        chain = chain if a < b else inverse(chain)
        return np.asarray(chain / chain[2, 2])

    def to_dict(self) -> dict[str, Any]:
        """The motion as plain JSON types."""
        return {**asdict(self), "steps": [step.tolist() for step in self.steps]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Motion:
        """The motion from what `to_dict` made of it; exact, since JSON keeps every digit of a double."""
        return cls(
            data["kind"],
            tuple(data["numbers"]),
            tuple(np.array(step, np.float64) for step in data["steps"]),
            tuple(data["unknown"]),
            float(data["farthest"]),
        )


def survey(shot: Shot, progress: Callable[[int, int], None]) -> Motion:
    """Find the motion of a whole shot; `progress(done, total)` is called once a frame.

    Raises:
        InputError: a frame can't be read.
    """
    numbers = shot.numbers
    still, farthest = stands_still(shot)
    if still:
        return Motion("locked", numbers, (), (), farthest)
    steps, unknown = [], []
    features = _features(shot, numbers[0])
    for done, (here, there) in enumerate(pairwise(numbers), 1):
        features_there = _features(shot, there)
        step = match_homography(features, features_there)
        if step is None:
            unknown.append(here)
        refined = refine_homography(*_pair(shot, here, there), np.eye(3) if step is None else step)
        steps.append(scaled(refined, shot.width / shot.working_size[1]))
        features = features_there
        progress(done, len(numbers) - 1)
    return Motion("moving", numbers, tuple(steps), tuple(unknown), farthest)


def _features(shot: Shot, number: int) -> Features:
    compared, seen = shot.small(number)
    return find_features(compared, seen.cpu().numpy())


def _pair(shot: Shot, first: int, second: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    (a, seen_a), (b, seen_b) = shot.small(first), shot.small(second)
    return a, b, seen_a, seen_b


def stands_still(shot: Shot) -> tuple[bool, float]:
    """Whether frames spread over the shot fit the first one as they are, and how many pixels a corner moves at most."""
    picks = np.linspace(0, len(shot.numbers) - 1, LOCKED_PROBES + 1).round().astype(int)
    first, *probes = sorted({shot.numbers[i] for i in picks} | set(shot.numbers[:2]))
    there = _features(shot, first)
    factor = shot.width / shot.working_size[1]
    farthest, still = 0.0, True
    for number in reversed(probes):
        if not still:
            break
        pair = _pair(shot, first, number)
        matched = match_homography(there, _features(shot, number))
        refined = refine_homography(*pair, np.eye(3) if matched is None else matched)
        move = farthest_move(refined, *shot.working_size)
        farthest = max(farthest, move * factor)
        if move > LOCKED_PIXELS:
            still = misfit(*pair, np.eye(3)) <= LOCKED_MISFIT * misfit(*pair, refined) + 1e-6
    return still, farthest


def align(shot: Shot, motion: Motion, first: int, second: int) -> Matrix:
    """Homography [3, 3] from frame `first` to frame `second` on the canvas, refined between just these two."""
    start = motion.between(first, second)
    if motion.kind == "locked" or first == second:
        return start
    factor = shot.width / shot.working_size[1]
    return scaled(refine_homography(*_pair(shot, first, second), scaled(start, 1 / factor)), factor)
