"""All frames of a shot laid onto one of them, the anchor: nothing moves, or one homography a frame does it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.errors import JobError
from vfx_ai.motion.homography import Matrix, find_features, inverse, match_features, scaled
from vfx_ai.motion.survey import Motion, align, survey
from vfx_ai.shot import Shot

Step = Callable[[int, int], None]

ENOUGH = 0.5  # of a frame's area: with less in common, a frame is laid onto one that is nearer to it
PAIRS = 5  # far apart, by which it is judged whether one homography will do
MOST_OFF = 1.5  # pixels at the working size that FITTING per cent of what matches may be off; the rest may move
FITTING = 65
WILD = 0.08  # of the width: what is off by more was matched wrongly
FEWEST_MATCHES = 24


class Bare(Shot):
    """A plate without a matte: everything counts as background."""

    def coverage(self, number: int) -> npt.NDArray[np.float32]:
        """Nothing, [H, W] float32."""
        del number
        return np.zeros((self.height, self.width), np.float32)


@dataclass(frozen=True)
class Registered:
    """Where each frame lies on the anchor.

    Attributes:
        locked: nothing moves.
        anchor: number of the frame onto which all are laid.
        onto: homography [3, 3] by frame, from its pixels to those of the anchor; both on the shot's canvas.
        size: (height, width) of that canvas.
    """

    locked: bool
    anchor: int
    onto: dict[int, Matrix]
    size: tuple[int, int]

    def between(self, first: int, second: int) -> Matrix:
        """Homography [3, 3] from frame `first` to frame `second`."""
        if self.locked or first == second:
            return np.eye(3)
        chain = inverse(self.onto[second]) @ self.onto[first]
        return np.asarray(chain / chain[2, 2])

    def common(self, first: int, second: int) -> float:
        """Which share, 0..1, of frame `first` is also in frame `second`."""
        return _common(self.between(first, second), self.size)


def register(shot: Shot, tell: Step) -> Registered:
    """Lay all frames of a shot onto its middle one.

    Args:
        shot: the shot; its matte, if it has one, isn't looked at.
        tell: called with (done, total).

    Raises:
        JobError: one homography a frame isn't enough: the camera travels past things near and far, or nothing matches.
    """
    found, _, off = laid_onto_one(shot, tell)
    if off > MOST_OFF:
        raise JobError(
            "the camera travels past things near and far, or it can't be told how it moves: one picture of the "
            f"background doesn't fit all frames ({FITTING} % of it are off by up to {off:.1f} px)",
            file=shot.plate.path(shot.plate.present[0]),
            remedy="Give what has to go with --matte.",
        )
    return found


def laid_onto_one(shot: Shot, tell: Step) -> tuple[Registered, Motion, float]:
    """As `register`, also where one homography a frame isn't enough; with the survey, and by how many pixels it is off.

    Beyond MOST_OFF pixels what was found is worth nothing.
    """
    motion = survey(shot, tell)
    there = list(shot.plate.present)
    anchor, size = there[len(there) // 2], (shot.height, shot.width)
    onto = {anchor: np.eye(3)}
    if motion.kind == "locked":
        return Registered(True, anchor, {n: np.eye(3) for n in shot.numbers}, size), motion, 0.0
    middle = shot.numbers.index(anchor)
    for side in (shot.numbers[middle + 1 :], shot.numbers[:middle][::-1]):
        base = last = anchor
        for number in side:
            if _common(motion.between(number, base), size) < ENOUGH:
                base = last
            chain = onto[base] @ _aligned(shot, motion, number, base)
            onto[number] = np.asarray(chain / chain[2, 2])
            last = number
    found = Registered(False, anchor, onto, size)
    return found, motion, _off(shot, found, there)


def _aligned(shot: Shot, motion: Motion, first: int, second: int) -> Matrix:
    if first in shot.plate.missing:
        return motion.between(first, second)
    return align(shot, motion, first, second)


def _common(matrix: Matrix, size: tuple[int, int]) -> float:
    """Which share of a picture's pixels a homography leaves within a picture of the same size."""
    height, width = size
    x, y = np.meshgrid(np.linspace(0, width - 1, 17), np.linspace(0, height - 1, 17))
    moved = cv2.perspectiveTransform(np.stack([x.ravel(), y.ravel()], 1)[:, None], matrix)[:, 0]
    inside = (moved >= -0.5).all(1) & (moved[:, 0] <= width - 0.5) & (moved[:, 1] <= height - 0.5)
    return float(inside.mean())


def _off(shot: Shot, found: Registered, there: list[int]) -> float:
    """What FITTING per cent of the features that match between frames far apart are off, in the median of the pairs."""
    factor = shot.working_size[1] / shot.width
    off = []
    for index in np.linspace(0, len(there) - 1, PAIRS).round().astype(int):
        first = there[int(index)]
        far = [n for n in there if n != first and found.common(first, n) >= ENOUGH]
        if not far:
            continue
        second = max(far, key=lambda n, first=first: abs(n - first))  # type: ignore[misc]
        pair = [find_features(small, seen.cpu().numpy()) for small, seen in map(shot.small, (first, second))]
        a, b = match_features(*pair)
        if len(a) < FEWEST_MATCHES:
            continue
        moved = cv2.perspectiveTransform(a[:, None].astype(np.float64), scaled(found.between(first, second), factor))
        apart = np.linalg.norm(moved[:, 0] - b, axis=1)
        apart = apart[apart < WILD * shot.working_size[1]]
        off.append(float(np.percentile(apart, FITTING)) if len(apart) else np.inf)
    return float(np.median(off)) if off else 0.0
