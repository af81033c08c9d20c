"""The background's motion from each frame to its neighbours, also where the matte hides it.

What is seen is measured by dense flow. What is hidden isn't smeared in from the hole's edge: a point of the background
was seen before it went behind the object, and will be seen after it came out. Its motion beside the global one
(parallax, or its own) is carried through the hole from both sides; how that motion changes from frame to frame is
learned from all points that are in sight over three frames.

Everything is kept as the part of the motion that the global homography doesn't explain, at the working size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from vfx_ai.motion.flow import dense_flow
from vfx_ai.motion.homography import Matrix, homography_positions
from vfx_ai.motion.membrane import membrane
from vfx_ai.motion.pyramid import median
from vfx_ai.motion.sampling import pixel_grid, sample, sees, within

AGREE_PIXELS = 0.6  # there and back again: a larger error means that the point is hidden in one of the two frames
AGREE_SHARE = 0.05  # of the motion itself
INVERSE_STEPS = 6
ARRIVED_PIXELS = 0.5
GUESS = 250.0  # age of what neither past nor future tells


@dataclass(frozen=True)
class Step:
    """Motion from one frame to a neighbour, at the working size.

    Attributes:
        global_: homography [3, 3] that carries the frame's pixels to the neighbour's.
        beside: [2, h, w] float32, the motion beside the homography's, in pixels.
        age: [h, w] float32: 0 where measured, else over how many frames it was carried; GUESS where nothing tells.
    """

    global_: Matrix
    beside: torch.Tensor
    age: torch.Tensor

    def positions(self, at: torch.Tensor) -> torch.Tensor:
        """Where `at` [2, h, w] lies in the neighbour: the same shape."""
        return homography_positions(self.global_, at) + sample(self.beside, at)

    def follow(self, at: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Where `at` [2, h, w] lies in the neighbour, and the age [h, w] of the motion there."""
        carried = sample(torch.cat([self.beside, self.age[None]]), at)
        return homography_positions(self.global_, at) + carried[:2], carried[2]


Picture = tuple[torch.Tensor, torch.Tensor]  # features [3, h, w] and seen [h, w], as Shot.small gives them


def measure(first: Picture, second: Picture, global_: Matrix, inverse: Matrix) -> tuple[Step, Step]:
    """Motion from `first` to `second` and back, known where both agree and both ends are seen."""
    (a, seen_a), (b, seen_b) = first, second
    grid = pixel_grid(seen_a.shape, a.device)
    there = homography_positions(global_, grid) - grid
    back = homography_positions(inverse, grid) - grid
    b = b - _exposure(a, sample(b, grid + there), seen_a & sees(seen_b, grid + there))
    forward = dense_flow(a, b, seen_a, seen_b, there)
    backward = dense_flow(b, a, seen_b, seen_a, back)
    return (
        Step(global_, forward - there, _age(forward, backward, seen_a, seen_b, grid)),
        Step(inverse, backward - back, _age(backward, forward, seen_b, seen_a, grid)),
    )


def _exposure(a: torch.Tensor, b: torch.Tensor, both: torch.Tensor) -> torch.Tensor:
    if int(both.sum()) < 100:
        return a.new_zeros((3, 1, 1))
    return (b - a)[:, both].median(1).values[:, None, None]


def _age(
    flow: torch.Tensor, back: torch.Tensor, seen: torch.Tensor, other_seen: torch.Tensor, grid: torch.Tensor
) -> torch.Tensor:
    target = grid + flow
    error = (flow + sample(back, target)).norm(dim=0)
    agrees = error < AGREE_PIXELS + AGREE_SHARE * flow.norm(dim=0)
    known = seen & sees(other_seen, target) & agrees & within(target, seen.shape[0], seen.shape[1])
    return torch.where(known, 0.0, GUESS)


def carry(step: Step, previous: Step) -> Step:
    """Complete a step by what the step before it knew: points of the background, followed into the hole.

    Args:
        step: measured, from frame t to its neighbour u.
        previous: complete, from frame s to t, on the other side of t, in the same direction of time.
    """
    h, w = step.age.shape
    grid = pixel_grid((h, w), step.age.device)
    origin, arrived = _origin(previous, grid)
    age = sample(previous.age[None], origin)[0] + 1
    told = arrived & (age < GUESS / 2)
    before = sample(previous.beside, origin)
    predicted = _learn(before, step.beside, told & (age < 1.5) & (step.age == 0), grid)(before, grid)
    known = step.age == 0
    beside = torch.where(known, step.beside, torch.where(told, predicted, 0.0))
    age = torch.where(known, 0.0, torch.where(told, age, GUESS))
    return Step(step.global_, beside, age)


def _origin(previous: Step, grid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Where in frame s each pixel of frame t was, and whether that was found: the inverse of a step."""
    h, w = previous.age.shape
    origin = homography_positions(torch.linalg.inv(torch.tensor(previous.global_)).numpy(), grid)
    for _ in range(INVERSE_STEPS):
        origin = origin + (grid - previous.positions(origin))
    off = (previous.positions(origin) - grid).norm(dim=0)
    return origin, (off < ARRIVED_PIXELS) & within(origin, h, w)


def _learn(
    before: torch.Tensor, after: torch.Tensor, known: torch.Tensor, grid: torch.Tensor
) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """How the motion beside the homography becomes the next frame's: a robust affine map of motion and place."""
    h, w = known.shape

    def terms(motion: torch.Tensor, place: torch.Tensor) -> torch.Tensor:
        x, y = place[0] / w - 0.5, place[1] / w - 0.5 * h / w
        u, v = motion
        return torch.stack([u, v, torch.ones_like(u), x, y, u * x, u * y])

    inputs, outputs = terms(before, grid)[:, known].double(), after[:, known].double()
    if inputs.shape[1] < 200:
        return lambda motion, _place: motion
    weight = torch.ones(inputs.shape[1], dtype=torch.float64, device=inputs.device)
    identity = torch.zeros((7, 2), dtype=torch.float64, device=inputs.device)
    identity[0, 0] = identity[1, 1] = 1
    ridge = 1e-4 * inputs.shape[1] * torch.eye(7, dtype=torch.float64, device=inputs.device)
    solution = identity
    for _ in range(5):
        weighted = inputs * weight
        solution = torch.linalg.solve(weighted @ inputs.T + ridge, weighted @ outputs.T + ridge @ identity)
        residual = (outputs - solution.T @ inputs).norm(dim=0)
        weight = 1 / (1 + (residual / (0.1 + residual.median())) ** 2)
    matrix = solution.T.float()
    return lambda motion, place: torch.einsum("ok,khw->ohw", matrix, terms(motion, place))


def settle(step: Step, opposite: Step | None) -> Step:
    """The final step from t to u: what the past told, and what the future did, each the more the fresher it is.

    Args:
        step: from t to u, completed from t's side.
        opposite: from u to t, completed from u's side; its inverse tells the same motion.
    """
    h, w = step.age.shape
    grid = pixel_grid((h, w), step.age.device)
    beside, age = step.beside, step.age
    if opposite is not None:
        target, arrived = _origin(opposite, grid)
        other_age = torch.where(arrived, sample(opposite.age[None], target)[0], GUESS)
        other = target - homography_positions(step.global_, grid)
        mine, theirs = 1 / (0.5 + age) ** 2, 1 / (0.5 + other_age) ** 2
        theirs = torch.where((age == 0) | (other_age > GUESS / 2), 0.0, theirs)
        mine = torch.where(age > GUESS / 2, 0.0, mine)
        share = theirs / (mine + theirs).clamp(min=1e-9)
        beside = beside * (1 - share) + other * share
        age = torch.minimum(age, torch.where(theirs > 0, other_age, GUESS))
    guessed = age > GUESS / 2
    if bool(guessed.any()) and not bool(guessed.all()):
        beside = membrane(beside, ~guessed, torch.ones_like(guessed))
    smoothed = median(beside)
    return Step(step.global_, torch.where(age == 0, beside, smoothed), age)
