"""What the numbers of a rendered layer of depth mean, by points whose depth is known, and whether they are believed.

Renderers count depth along the camera's axis or along each pixel's ray, as a distance or its inverse, in units of the
scene or from 0 to 1; and a layer may be of another version than the picture. So nothing is taken for granted: of all
these meanings the one is looked for under which the layer explains the points that the camera was solved with (or that
the frames' matches give), and without one the layer isn't used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vfx_ai.motion.camera import Array

SKY = 1e9  # a distance beyond is no distance: renderers write 1e10 or Inf where there is nothing
FEWEST_POINTS = 30
EXPLAINED, HIDDEN = 1.0, 2.0  # planes: a point so near to the layer is explained; one so far behind it is hidden there
LEAST_EXPLAINED = 0.8  # of the points that aren't hidden
MOST_HIDDEN = 0.4  # of all points
TYPICAL = 0.5  # planes that the median point may be off
SIMPLER = 0.1  # planes by which a meaning with more freedom must be better
ROUNDS, DRAWS, DRAWN_OF = 4, 300, 1500  # draws of two points, judged by so many


@dataclass(frozen=True)
class Meaning:
    """What the numbers of a layer of depth mean to a camera.

    Attributes:
        along_ray: they count along each pixel's ray, not along the camera's axis.
        inverse: they are inverse distances.
        scale, offset: number * scale + offset is the distance (or its inverse) in units of the camera's world.
    """

    along_ray: bool
    inverse: bool
    scale: float
    offset: float = 0.0

    def read(self, values: Array, rays: Array) -> Array:
        """Inverse depth along the camera's axis; NaN where a number means none, 0 for sky.

        Args:
            values: of the layer, any shape.
            rays: the same shape, the length of each pixel's direction (a, b, 1).
        """
        with np.errstate(all="ignore"):
            told = values * self.scale + self.offset
            if self.inverse:
                inverse = told * rays if self.along_ray else told
                return np.asarray(np.where(np.isfinite(inverse) & (inverse >= 0), inverse, np.nan))
            inverse = (rays if self.along_ray else 1.0) / told
            sky = np.isinf(values) | (np.abs(values) >= SKY)
            return np.asarray(np.where(sky, 0.0, np.where(told > 0, inverse, np.nan)))


@dataclass(frozen=True)
class Points:
    """What is known of depth at points of frames, beside what the layer says there; all [N] float64.

    Attributes:
        frames: the number of the frame.
        values: of the layer, at the nearest pixel.
        rays: length of the pixel's direction (a, b, 1).
        inverse: inverse depth along the camera's axis.
    """

    frames: Array
    values: Array
    rays: Array
    inverse: Array

    def of(self, mask: npt.NDArray[np.bool_]) -> Points:
        """Some of the points."""
        return Points(self.frames[mask], self.values[mask], self.rays[mask], self.inverse[mask])


def find_meaning(points: Points, step: float, *, given: bool) -> tuple[Meaning | None, str]:
    """Under which meaning a layer explains points.

    Args:
        points: of several frames.
        step: inverse depth between two planes.
        given: the camera is a matchmove's, so that its units may be the layer's.

    Returns:
        the meaning; or None, and why not.
    """
    if len(points.values) < FEWEST_POINTS:
        return None, f"it has a number at only {len(points.values)} points of known depth"
    best: tuple[float, Meaning] | None = None
    for along_ray in (False, True):
        for inverse in (False, True):
            for freedom, meaning in _fitted(points, step, along_ray, inverse, given=given):
                cost = _cost(points, meaning, step) + SIMPLER * freedom
                if best is None or cost < best[0]:
                    best = cost, meaning
    if best is None:
        return None, "its numbers are all alike, or none"
    off = judged(points, best[1], step)
    if explains(off):
        return best[1], ""
    share = float((np.abs(off) < EXPLAINED).sum() / max(len(off), 1))
    return None, f"under no meaning of its numbers does it explain more than {100 * share:.0f} % of the points"


def explains(off: Array) -> bool:
    """Whether a layer explains points: nearly all that it doesn't hide, and in the middle exactly.

    Args:
        off: [N], by how many planes the layer lies before each point; NaN where it has no depth.
    """
    hidden = off > HIDDEN
    told = np.abs(np.nan_to_num(off[~hidden], nan=np.inf))
    if len(told) < FEWEST_POINTS or hidden.mean() > MOST_HIDDEN:
        return False
    return bool((told < EXPLAINED).mean() >= LEAST_EXPLAINED and np.median(told) <= TYPICAL)


def _fitted(points: Points, step: float, along_ray: bool, inverse: bool, *, given: bool) -> list[tuple[int, Meaning]]:
    """Meanings of one kind, each with how much freedom it has: none, a scale, a scale and an offset."""
    far = points.inverse / points.rays if along_ray else points.inverse
    wanted = far if inverse else 1 / np.maximum(far, 1e-12)
    usable = np.isfinite(points.values) & (np.abs(points.values) < SKY)
    some = points.of(usable)
    wanted, weight = wanted[usable], (np.ones(len(some.values)) if inverse else far[usable] ** 2)
    found: list[tuple[int, Meaning]] = []
    nonzero = some.values != 0
    if nonzero.sum() < FEWEST_POINTS:
        return found
    if given:
        found.append((0, Meaning(along_ray, inverse, float(np.sign(np.median(some.values[nonzero]))))))
    meaning = Meaning(along_ray, inverse, float(np.median(wanted[nonzero] / some.values[nonzero])))
    for _ in range(ROUNDS):
        near = nonzero & (np.abs(_off(some, meaning, step)) < HIDDEN)
        if near.sum() >= FEWEST_POINTS:
            meaning = Meaning(along_ray, inverse, float(np.median(wanted[near] / some.values[near])))
    found.append((1, meaning))
    drawn = _drawn(some, wanted, step, along_ray, inverse)
    if drawn is not None:
        for _ in range(ROUNDS):
            near = np.abs(_off(some, drawn, step)) < HIDDEN
            if near.sum() >= FEWEST_POINTS and np.ptp(some.values[near]) > 0:
                scale, offset = np.polyfit(some.values[near], wanted[near], 1, w=weight[near])
                drawn = Meaning(along_ray, inverse, float(scale), float(offset))
        found.append((2, drawn))
    return found


def _drawn(points: Points, wanted: Array, step: float, along_ray: bool, inverse: bool) -> Meaning | None:
    """Scale and offset that two of the points give, and that explain the most of all (RANSAC)."""
    every = -(-len(wanted) // DRAWN_OF)
    points, wanted = points.of(np.arange(len(wanted)) % every == 0), wanted[::every]
    rng = np.random.default_rng(len(wanted))
    best: tuple[float, Meaning] | None = None
    for i, j in rng.integers(0, len(points.values), (DRAWS, 2)):
        apart = points.values[j] - points.values[i]
        if apart == 0:
            continue
        scale = (wanted[j] - wanted[i]) / apart
        meaning = Meaning(along_ray, inverse, float(scale), float(wanted[i] - scale * points.values[i]))
        cost = _cost(points, meaning, step)
        if best is None or cost < best[0]:
            best = cost, meaning
    return best[1] if best else None


def _cost(points: Points, meaning: Meaning, step: float) -> float:
    """Planes by which a meaning is off, at the mean; a point that is far off counts for no more than that."""
    off = judged(points, meaning, step)
    return float(np.minimum(np.abs(np.nan_to_num(off, nan=np.inf)), HIDDEN).mean()) if len(off) else HIDDEN


def judged(points: Points, meaning: Meaning, step: float) -> Array:
    """By how many planes [M] the layer lies before each point; NaN where its number means no depth.

    Points where the layer says nothing are left out: renderers write 0 where there is nothing.
    """
    nothing = (points.values == 0) & (not meaning.inverse and meaning.offset == 0)
    return _off(points.of(~nothing), meaning, step)


def _off(points: Points, meaning: Meaning, step: float) -> Array:
    """By how many planes [N] the layer lies before each point; NaN where its number means no depth."""
    return np.asarray((meaning.read(points.values, points.rays) - points.inverse) / step)


def described(meaning: Meaning) -> str:
    """What a meaning is, in words."""
    what = "its numbers are inverse distances" if meaning.inverse else "its numbers are distances"
    along = "along each pixel's ray" if meaning.along_ray else "along the camera's axis"
    offset = f" and {meaning.offset:+.4g}" if meaning.offset else ""
    return f"{what} {along}, times {meaning.scale:.4g}{offset}"
