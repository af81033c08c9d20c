"""The background's motion from each frame to its neighbours, also where the matte hides it.

What is seen is measured by dense flow. What is hidden isn't smeared in from the hole's edge: a point of the background
was seen before it went behind the object, and will be seen after it came out. Its motion beside the global one
(parallax, or its own) is carried through the hole from both sides; how that motion changes from frame to frame is
learned from all points that are in sight over three frames.

Everything is kept as the part of the motion that the global homography doesn't explain, at the working size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from vfx_ai.media.frame import Window
from vfx_ai.motion.flow import dense_flow
from vfx_ai.motion.homography import Matrix, homography_positions, inverse
from vfx_ai.motion.membrane import membrane
from vfx_ai.motion.pyramid import median
from vfx_ai.motion.sampling import length, pixel_grid, sample, sees, within

AGREE_PIXELS = 0.6  # there and back again: a larger error means that the point is hidden in one of the two frames
AGREE_SHARE = 0.05  # of the motion itself
INVERSE_STEPS = 6
ARRIVED_PIXELS = 0.5
GUESS = 250.0  # age of what neither past nor future tells
FEWEST_TEACHERS = 200  # points below which nothing is learned of how motion changes


@dataclass(frozen=True)
class Step:
    """Motion from one frame to a neighbour, around the hole, at the working size.

    Attributes:
        global_: homography [3, 3] that carries the frame's pixels to the neighbour's.
        box: where the arrays lie, as rows and columns of the working picture; beyond it, its border goes on.
        beside: [2, h, w] float32, the motion beside the homography's, in pixels.
        age: [h, w] float32: 0 where measured, else over how many frames it was carried; GUESS where nothing tells.
    """

    global_: Matrix
    box: Window
    beside: torch.Tensor
    age: torch.Tensor

    @property
    def grid(self) -> torch.Tensor:
        """Positions [2, h, w] of the box's pixels."""
        return pixel_grid(self.age.shape, self.age.device, self.box.x0, self.box.y0)

    @property
    def start(self) -> torch.Tensor:
        """The homography's motion alone, [2, h, w]."""
        return homography_positions(self.global_, self.grid) - self.grid

    def follow(self, at: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Where `at` [2, h, w] lies in the neighbour, and the age [h, w] of the motion there."""
        carried = sample(torch.cat([self.beside, self.age[None]]), self.inside(at))
        return homography_positions(self.global_, at) + carried[:2], carried[2]

    def inside(self, at: torch.Tensor) -> torch.Tensor:
        """Positions [2, h, w] counted from the box's corner."""
        return at - torch.tensor([self.box.x0, self.box.y0], device=at.device)[:, None, None]


Picture = tuple[torch.Tensor, torch.Tensor]  # features [3, h, w] and seen [h, w], as Shot.small gives them
Told = tuple[torch.Tensor | None, torch.Tensor | None]


@dataclass(frozen=True)
class Pair:
    """Two frames in a box, ready to be compared.

    Attributes:
        first, second: features [3, h, w]; the second as bright as the first.
        seen, other_seen: [h, w] bool.
        there, back: steps with the homography's motion alone.
    """

    first: torch.Tensor
    second: torch.Tensor
    seen: torch.Tensor
    other_seen: torch.Tensor
    there: Step
    back: Step

    def turned(self) -> Pair:
        """The same, from the second to the first."""
        return Pair(self.second, self.first, self.other_seen, self.seen, self.back, self.there)


def paired(first: Picture, second: Picture, global_: Matrix, box: Window) -> Pair:
    """Two frames and the homography between them, in a box."""
    (a, seen_a), (b, seen_b) = (_cropped(picture, box) for picture in (first, second))
    there, back = (
        Step(m, box, a.new_zeros((2, *seen_a.shape)), a.new_zeros(seen_a.shape)) for m in (global_, inverse(global_))
    )
    at = there.inside(there.follow(there.grid)[0])
    b = b - _exposure(a, sample(b, at), seen_a & sees(seen_b, at))
    return Pair(a, b, seen_a, seen_b, there, back)


def measure(pair: Pair, told: Told = (None, None)) -> tuple[Step, Step]:
    """Motion from a pair's first frame to its second and back, known where both agree and both ends are seen.

    Args:
        pair: of frames.
        told: motion there and back, [2, h, w] with NaN where it isn't known, that need not be measured.
    """
    ways, flows = (pair, pair.turned()), []
    for way, flow in zip(ways, told, strict=True):
        flows.append(
            dense_flow(way.first, way.second, way.seen, way.other_seen, way.there.start) if flow is None else flow
        )
    steps = []
    for way, flow, back in zip(ways, flows, reversed(flows), strict=True):
        known = torch.isfinite(flow).all(0)
        beside = torch.where(known, flow - way.there.start, 0.0)
        age = _age(way, way.there.start + beside, back, known)
        steps.append(replace(way.there, beside=beside, age=age))
    return steps[0], steps[1]


def _cropped(picture: Picture, box: Window) -> Picture:
    return tuple(part[..., box.y0 : box.y1, box.x0 : box.x1] for part in picture)  # type: ignore[return-value]


def _exposure(a: torch.Tensor, b: torch.Tensor, both: torch.Tensor) -> torch.Tensor:
    if int(both.sum()) < FEWEST_TEACHERS:
        return a.new_zeros((3, 1, 1))
    return (b - a)[:, both].median(1).values[:, None, None]


def _age(way: Pair, flow: torch.Tensor, back: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    target = way.there.inside(way.there.grid) + flow
    error = length(flow + sample(back, target))
    differs = error >= AGREE_PIXELS + AGREE_SHARE * length(flow)  # never where the way back isn't known
    return torch.where(way.seen & known & sees(way.other_seen, target) & ~differs, 0.0, GUESS)


def carry(step: Step, previous: Step) -> Step:
    """Complete a step by what the step before it knew: points of the background, followed into the hole.

    Args:
        step: measured, from frame t to its neighbour u.
        previous: complete, from frame s to t, on the other side of t, in the same direction of time.
    """
    grid = step.grid
    origin, arrived = _origin(previous, grid)
    age = sample(previous.age[None], previous.inside(origin))[0] + 1
    told = arrived & (age < GUESS / 2)
    before = sample(previous.beside, previous.inside(origin))
    known = step.age == 0
    predicted = _learn(before, step.beside, told & (age < 1.5) & known)(before)
    beside = torch.where(known, step.beside, torch.where(told, predicted, 0.0))
    return replace(step, beside=beside, age=torch.where(known, 0.0, torch.where(told, age, GUESS)))


def _origin(previous: Step, grid: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Where in frame s each pixel of frame t was, and whether that was found: the inverse of a step."""
    origin = homography_positions(inverse(previous.global_), grid)
    for _ in range(INVERSE_STEPS):
        origin = origin + (grid - previous.follow(origin)[0])
    off = length(previous.follow(origin)[0] - grid)
    return origin, (off < ARRIVED_PIXELS) & within(previous.inside(origin), previous.box.height, previous.box.width)


def _learn(before: torch.Tensor, after: torch.Tensor, known: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    """How the motion beside the homography becomes the next frame's: a robust affine map of motion and place."""
    h, w = known.shape
    x, y = (pixel_grid((h, w), before.device) - torch.tensor([w / 2, h / 2], device=before.device)[:, None, None]) / w

    def terms(motion: torch.Tensor) -> torch.Tensor:
        u, v = motion
        return torch.stack([u, v, torch.ones_like(u), x, y, u * x, u * y])

    # A few hundred equations in double precision: not every device has that, the CPU does.
    inputs, outputs = (values[:, known].cpu().double() for values in (terms(before), after))
    if inputs.shape[1] < FEWEST_TEACHERS:
        return lambda motion: motion
    identity = torch.zeros((7, 2), dtype=torch.float64)
    identity[0, 0] = identity[1, 1] = 1
    ridge = 1e-4 * inputs.shape[1] * torch.eye(7, dtype=torch.float64)
    weight, solution = torch.ones(inputs.shape[1], dtype=torch.float64), identity
    for _ in range(5):
        weighted = inputs * weight
        solution = torch.linalg.solve(weighted @ inputs.T + ridge, weighted @ outputs.T + ridge @ identity)
        residual = length(outputs - solution.T @ inputs)
        weight = 1 / (1 + (residual / (0.1 + residual.median())) ** 2)
    matrix = solution.T.float().to(before.device)
    return lambda motion: torch.einsum("ok,khw->ohw", matrix, terms(motion))


def settle(step: Step, opposite: Step) -> Step:
    """The final step from t to u: what the past told, and what the future did, each the more the fresher it is.

    Args:
        step: from t to u, completed from t's side.
        opposite: from u to t, completed from u's side; its inverse tells the same motion.
    """
    grid = step.grid
    target, arrived = _origin(opposite, grid)
    other_age = torch.where(arrived, sample(opposite.age[None], opposite.inside(target))[0], GUESS)
    other = target - homography_positions(step.global_, grid)
    mine = torch.where(step.age > GUESS / 2, 0.0, 1 / (0.5 + step.age) ** 2)
    theirs = torch.where((step.age == 0) | (other_age > GUESS / 2), 0.0, 1 / (0.5 + other_age) ** 2)
    share = theirs / (mine + theirs).clamp(min=1e-9)
    beside = step.beside * (1 - share) + other * share
    age = torch.minimum(step.age, torch.where(theirs > 0, other_age, GUESS))
    guessed = age > GUESS / 2
    if bool(guessed.any()) and not bool(guessed.all()):
        beside = membrane(beside, ~guessed, torch.ones_like(guessed))
    return replace(step, beside=torch.where(age == 0, beside, median(beside)), age=age)
