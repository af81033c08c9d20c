"""All poses, points and the lens of a sketch at once, so that points lie where they were seen: bundle adjustment.

The focal length is one number, or a curve over time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from vfx_ai.motion.equations import ROBUST_PIXELS, Equations, Lens
from vfx_ai.motion.sketch import LEAST_DEPTH, Floats, Sketch

STEPS = 12
LESS = 1e-5  # of the cost: the last step
LEAST_DAMPING, MOST_DAMPING = 1e-9, 1e2
SETTLING = 2  # steps
MOST_KNOTS = 96
PER_KNOT = 0.05  # how much the focal length's logarithm may change from knot to knot, as a deviation
JERK = 0.01  # and how much this change may change


def fixed_lens(count: int, *, free: bool, bend: bool = False) -> Lens:
    """One focal length for `count` frames."""
    return Lens(np.ones((count, 1)), np.zeros((0, 1)), free, bend)


def zoom_lens(count: int, *, bend: bool = False) -> Lens:
    """A focal length that changes smoothly over `count` frames: straight between knots."""
    knots = min(count, MOST_KNOTS)
    at = np.linspace(0, knots - 1, count)
    basis = np.clip(1 - np.abs(at[:, None] - np.arange(knots)[None]), 0, None)
    step = np.diff(np.eye(knots), axis=0)
    return Lens(basis, np.concatenate([step / PER_KNOT, np.diff(step, axis=0) / JERK]), True, bend)


@dataclass(frozen=True)
class Adjusted:
    """What came out.

    Attributes:
        sketch: the better one.
        cost: the sum of robust squares in pixels, without the prior.
        numbers: [K], of the lens.
    """

    sketch: Sketch
    cost: float
    numbers: Floats


def adjust(sketch: Sketch, lens: Lens, steps: int = STEPS) -> Adjusted:
    """Levenberg and Marquardt's least squares, from where the sketch is; the same sketch gives the same bytes.

    Args:
        sketch: its points must be seen by two frames that are known, at least.
        lens: which focal lengths there are; the sketch's is taken for its nearest.
        steps: at most.
    """
    numbers = np.asarray(np.linalg.lstsq(lens.basis, np.log(sketch.focal), rcond=None)[0], np.float64)
    sketch = replace(sketch, focal=np.exp(lens.basis @ numbers))
    damping, cost, equations = LEAST_DAMPING, _cost(sketch, lens, numbers), None
    for _ in range(steps):
        equations = equations or Equations(sketch)
        moved, other, new = _tried(equations, lens, numbers, damping)
        if new < cost:
            last = cost - new < LESS * cost
            sketch, numbers, cost, damping, equations = moved, other, new, max(damping / 10, LEAST_DAMPING), None
            if last:
                break
        else:
            damping *= 100
            if damping > MOST_DAMPING:
                break
    return Adjusted(sketch, _cost(sketch, replace(lens, prior=lens.prior[:0]), numbers), numbers)


def _tried(equations: Equations, lens: Lens, numbers: Floats, damping: float) -> tuple[Sketch, Floats, float]:
    """A step's sketch, its lens's numbers and cost; infinite where the equations have no answer."""
    try:
        moved, other = equations.step(lens, numbers, damping)
        if lens.free:
            moved = _settled(moved, lens, other)
    except np.linalg.LinAlgError:
        return equations.sketch, numbers, np.inf
    return moved, other, _cost(moved, lens, other)


def _settled(sketch: Sketch, lens: Lens, numbers: Floats) -> Sketch:
    """Poses and points that fit the lens, which is held.

    With another focal length the world becomes deeper and the turns smaller, and not in a straight line: what is left
    after a step along the line would be taken for a bad lens.
    """
    held = replace(lens, free=False, bend=False)
    for _ in range(SETTLING):
        moved, _ = Equations(sketch).step(held, numbers, LEAST_DAMPING)
        if not _cost(moved, lens, numbers) < _cost(sketch, lens, numbers):
            break
        sketch = moved
    return sketch


def _cost(sketch: Sketch, lens: Lens, numbers: Floats) -> float:
    at, depth = sketch.projected()
    if (depth <= LEAST_DEPTH).any() or not np.isfinite(at).all():
        return np.inf
    square = ((at - sketch.where) ** 2).sum(1)
    return float((ROBUST_PIXELS**2 * np.log1p(square / ROBUST_PIXELS**2)).sum() + ((lens.prior @ numbers) ** 2).sum())
