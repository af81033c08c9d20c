"""Straight edges that enter a hole on one side and leave it on another go on through it: stripes, sills, horizons.

Where light is steep along one direction beside a hole, an edge runs into it. Two such places belong together if each
points at the other and if, across the line through both, light looks the same at both ends for some way along. The
profile across the line then fades from one end's into the other's, and the smooth tone goes on from there.
How surely a line is one is a matter of degree, so that noise doesn't switch it on and off from frame to frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

LEAST_HOLE, MOST_HOLES = 40, 200  # pixels of a hole that is looked at; how many of them, the largest first
BLUR = 0.0025  # of the width: over which the direction of an edge is measured
COHERENT = 0.5  # of 1, how much of what is steep is so along one direction
STEEP = 0.04  # stops a pixel, below which there is no edge
MOST_ENDS, APART = 80, 3  # places around a hole where edges may enter, and pixels between them
ALIGNED = 0.98  # cosine between an edge's direction and the way to the other end
INSIDE = 0.7  # share of the way that must lie in the hole
FARTHEST = 0.4  # of the width, from end to end
MOST_PAIRS = 80  # that are looked at closely, the steepest first
STEPS_ASIDE = (1.0, 1.0, 0.5, 0.25)  # pixels by which either end is moved aside, to find its place
ASIDE = tuple((a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b)
HOPELESS = (0.2, 0.5)  # as ALIKE: where it is at first, and a pixel aside, below which no line comes of it
OUTWARDS, ACROSS = 0.016, 0.008  # of the width: how far a line is followed beyond its ends, and half of its profile
LEAST_OUTWARDS, LEAST_ACROSS = 8, 4  # pixels
SHOWN, FEWEST = 0.6, 3  # share of what is followed that must be known, and pixels of each part of a profile
KNOWN = 0.99  # of a position between pixels, for it to be known
ALIKE = (0.72, 0.88)  # share of the light that the profile explains: from which a line is one, and surely one
CONTRAST = (0.08, 0.2)  # stops, of the profile
NARROW = 0.3  # of a profile's height, by which light differs beyond its side where something else begins
BETWEEN = 16  # places on the way from end to end that are looked at


@dataclass(frozen=True)
class Line:
    """An edge through a hole.

    Attributes:
        ends: [2, 2] float32, x and y of both places where it meets the hole's rim.
        profiles: [2, 2 * across + 1, C] float32, the light across it at both.
        sure: 0..1.
        wide: whether light goes on as it is beyond the profile, on its first side and on its last: what lies there is
            no narrow stripe, and its tone may spread.
    """

    ends: Floats
    profiles: Floats
    sure: float
    wide: tuple[bool, bool]


@dataclass(frozen=True)
class _Hole:
    """One hole: where labels [h, w] are `label`; the box x0, y0, x1, y1 holds all of it."""

    labels: npt.NDArray[Any]
    label: int
    box: tuple[int, int, int, int]

    def at(self, x: npt.NDArray[Any], y: npt.NDArray[Any]) -> Bools:
        """[N] bool: whether these pixels are in it."""
        found: Bools = self.labels[y, x] == self.label
        return found


def lines(light: Floats, known: Bools, width: int) -> list[Line]:
    """The straight edges through the holes of a picture [h, w, C], known where [h, w] bool says so."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((~known).astype(np.uint8), connectivity=8)
    largest = (np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable") + 1)[:MOST_HOLES].tolist()
    holes = [i for i in largest if stats[i, cv2.CC_STAT_AREA] >= LEAST_HOLE]
    if not holes:
        return []
    steep, along = _directions(light, known, max(1.2, BLUR * width))
    picture = np.dstack([light, known]).astype(np.float32)
    out: list[Line] = []
    for label in holes:
        x, y, wide, tall = (int(part) for part in stats[label, :4])
        out += _through(picture, _Hole(labels, label, (x, y, x + wide, y + tall)), steep, along, width)
    return out


def _directions(light: Floats, known: Bools, sigma: float) -> tuple[Floats, Floats]:
    """How steep [h, w] the light is where that is so along one direction, and the edge's direction [h, w, 2] there."""
    sure = cv2.erode(known.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) > 0
    filled = np.where(known[..., None], light, 0).astype(np.float32)
    dx, dy = (cv2.Scharr(filled, cv2.CV_32F, *way).reshape(light.shape) / 32 for way in ((1, 0), (0, 1)))
    parts = np.stack([(dx * dx).sum(2), (dx * dy).sum(2), (dy * dy).sum(2), np.ones(known.shape)], -1) * sure[..., None]
    blurred = cv2.GaussianBlur(parts.astype(np.float32), (0, 0), sigma)
    xx, xy, yy, there = np.moveaxis(blurred, -1, 0)
    enough = np.maximum(there, 1e-3)
    half, spread = (xx + yy) / 2 / enough, np.hypot((xx - yy) / 2, xy) / enough
    across = 0.5 * np.arctan2(2 * xy, xx - yy)
    coherent = spread > COHERENT * half
    steep = np.where(coherent & known, np.sqrt(half + spread), 0).astype(np.float32)
    return steep, np.stack([-np.sin(across), np.cos(across)], -1).astype(np.float32)


def _through(picture: Floats, hole: _Hole, steep: Floats, along: Floats, width: int) -> list[Line]:
    """The lines through one hole, none of which crosses another; the picture [h, w, C + 1] tells last what is known."""
    at, ways = _ends(hole, steep, along)
    if len(at) < 2:
        return []
    pairs = _pairs(hole, at, ways, FARTHEST * width)
    pairs.sort(key=lambda pair: -min(steep[at[i][1], at[i][0]] for i in pair))
    if not pairs:
        return []
    kept: list[Line] = []
    found = _lines(picture, at[np.array(pairs[:MOST_PAIRS])].astype(np.float64), width)
    for one in sorted(found, key=lambda one: -one.sure * float(one.profiles.std(1).mean())):
        if not any(_in_conflict(one, other) for other in kept):
            kept.append(one)
    return kept


def _ends(hole: _Hole, steep: Floats, along: Floats) -> tuple[npt.NDArray[Any], Floats]:
    """Places [N, 2] beside a hole where an edge runs into it, and their directions [N, 2], pointing into it."""
    (x0, y0, x1, y1), (height, wide), margin = hole.box, steep.shape, 2 * APART
    x0, y0, x1, y1 = max(0, x0 - margin), max(0, y0 - margin), min(wide, x1 + margin), min(height, y1 + margin)
    outside = (hole.labels[y0:y1, x0:x1] != hole.label).astype(np.uint8)
    away = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_5)
    beside = (away > 1.5) & (away <= 3) & (steep[y0:y1, x0:x1] > STEEP)
    rows, columns = np.nonzero(beside)
    rows, columns = rows + y0, columns + x0
    at: list[tuple[int, int]] = []
    for index in np.argsort(-steep[rows, columns], kind="stable"):
        x, y = int(columns[index]), int(rows[index])
        if all(max(abs(x - a), abs(y - b)) >= APART for a, b in at):
            at.append((x, y))
            if len(at) == MOST_ENDS:
                break
    kept, ways = [], []
    for x, y in at:
        for sign in (1, -1):
            way = sign * along[y, x]
            steps = np.round(np.array([x, y]) + np.arange(3, 9)[:, None] * way).astype(int)
            inside = (steps >= 0).all(1) & (steps[:, 0] < wide) & (steps[:, 1] < height)
            if inside.all() and hole.at(*steps.T).sum() >= 4:
                kept.append((x, y))
                ways.append(way)
                break
    return np.array(kept, int).reshape(-1, 2), np.array(ways, np.float32).reshape(-1, 2)


def _pairs(hole: _Hole, at: npt.NDArray[Any], ways: Floats, farthest: float) -> list[tuple[int, int]]:
    """Ends that point at each other through the hole."""
    found = []
    share = np.linspace(0.1, 0.9, BETWEEN)[:, None]
    for i, j in combinations(range(len(at)), 2):
        way = at[j] - at[i]
        length = float(np.hypot(*way))
        if not 2 * APART <= length <= farthest:
            continue
        unit = way / length
        if min(float(ways[i] @ unit), float(-ways[j] @ unit)) < ALIGNED:
            continue
        x, y = np.round(at[i] + share * way).astype(int).T
        if hole.at(x, y).mean() >= INSIDE:
            found.append((i, j))
    return found


def _lines(picture: Floats, ends: Doubles, width: int) -> list[Line]:
    """Near each of the pairs of ends [N, 2, 2] the line along which light is most alike at both, if it is one."""
    size = max(LEAST_OUTWARDS, round(OUTWARDS * width)), max(LEAST_ACROSS, round(ACROSS * width))
    best = _alike(picture, ends, size)
    left = best.alike > HOPELESS[0]
    ends, best = ends[left], best.of(left)
    for step in STEPS_ASIDE:  # finer and finer around the best
        if not len(ends):
            return []
        way = (ends[:, 1] - ends[:, 0]) / np.hypot(*(ends[:, 1] - ends[:, 0]).T)[:, None]
        beside, start = np.stack([-way[:, 1], way[:, 0]], 1), ends
        for a, b in ASIDE:
            moved = start + step * np.array([[a], [b]]) * beside[:, None]
            told = _alike(picture, moved, size)
            better = told.alike > best.alike
            ends, best = np.where(better[:, None, None], moved, ends), told.over(best, better)
        left = best.alike > HOPELESS[1]
        ends, best = ends[left], best.of(left)
    out = []
    for each, alike, contrast, profiles in zip(ends, best.alike, best.contrast, best.profiles, strict=True):
        sure = _eased(float(alike), *ALIKE) * _eased(float(contrast), *CONTRAST)
        if sure > 0:
            wide = _wide(picture, each, profiles, size)
            out.append(Line(each.astype(np.float32), profiles.astype(np.float32), sure, wide))
    return out


@dataclass(frozen=True)
class _Told:
    """Of each of N lines: what share of the light at its ends a profile explains, its contrast, and both profiles."""

    alike: Doubles
    contrast: Doubles
    profiles: Doubles

    def of(self, which: Bools) -> _Told:
        return _Told(self.alike[which], self.contrast[which], self.profiles[which])

    def over(self, other: _Told, which: Bools) -> _Told:
        return _Told(
            np.where(which, self.alike, other.alike),
            np.where(which, self.contrast, other.contrast),
            np.where(which[:, None, None, None], self.profiles, other.profiles),
        )


def _alike(picture: Floats, ends: Doubles, size: tuple[int, int]) -> _Told:
    """How alike light is beyond both ends of lines [N, 2, 2]."""
    profiles, noise, told = _profiles(picture, ends, size)
    level = profiles.mean(2, keepdims=True)  # light may be a little stronger at one of them
    both = (profiles - level).mean(1, keepdims=True)
    signal = np.square(both).sum(3).mean((1, 2))
    apart = np.square(np.ptp(level, axis=1)).sum((1, 2)) / 4
    off = np.square(profiles - level - both).sum(3).mean((1, 2)) + apart + noise.mean(1)
    return _Told(np.where(told.all(1), signal / np.maximum(signal + off, 1e-12), 0.0), np.sqrt(signal), profiles)


def _profiles(picture: Floats, ends: Doubles, size: tuple[int, int]) -> tuple[Doubles, Doubles, Bools]:
    """Light across lines, from each of their ends outwards.

    Args:
        picture: [h, w, C + 1], last what is known.
        ends: [N, 2, 2] x and y of both.
        size: how far outwards, and to either side.

    Returns:
        The means [N, 2, 2 * across + 1, C], what light varies by along them, squared [N, 2], and whether enough [N, 2]
        of it is known.
    """
    length, across = size
    way = (ends[:, 1] - ends[:, 0]) / np.hypot(*(ends[:, 1] - ends[:, 0]).T)[:, None]
    normal, out = np.stack([-way[:, 1], way[:, 0]], 1), np.stack([-way, way], 1)
    along, beside = np.arange(length)[:, None, None], np.arange(-across, across + 1)[:, None]
    at = ends[:, :, None, None] + along * out[:, :, None, None] + beside * normal[:, None, None, None]
    x, y = (np.ascontiguousarray(at[..., i].reshape(-1, 2 * across + 1), np.float32) for i in (0, 1))
    seen = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    seen = seen.reshape(*at.shape[:-1], -1)
    there = seen[..., -1:] > KNOWN
    told = (there.mean((2, 3, 4)) >= SHOWN) & (there.sum(2).min((2, 3)) >= FEWEST)
    values = np.where(there, seen[..., :-1], 0)
    mean = values.sum(2) / np.maximum(there.sum(2), 1)
    noise = (np.square(values - mean[:, :, None]) * there).sum((2, 3, 4)) / np.maximum(there.sum((2, 3, 4)), 1)
    return mean, noise, told


def _wide(picture: Floats, ends: Doubles, profiles: Doubles, size: tuple[int, int]) -> tuple[bool, bool]:
    """Whether light stays what it is at a profile's sides as far again beyond them, at both ends of a line."""
    across, height = size[1], float(np.ptp(profiles, axis=1).max())
    means, _, told = _profiles(picture, ends[None], (size[0], 2 * across))
    whole = means[0][told[0]]
    first = np.abs(whole[:, :across] - whole[:, across : across + 1]).mean(1)
    last = np.abs(whole[:, -across:] - whole[:, -across - 1 : -across]).mean(1)
    return bool((first < NARROW * height).all()), bool((last < NARROW * height).all())


def _in_conflict(one: Line, other: Line) -> bool:
    """Whether two lines cross, or are much the same."""
    near = np.hypot(*(one.ends[:, None] - other.ends[None]).transpose(2, 0, 1))
    if min(max(near[0, 0], near[1, 1]), max(near[0, 1], near[1, 0])) < APART:
        return True
    a, b = one.ends
    c, d = other.ends
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Floats, b: Floats, point: Floats) -> float:
    return float((b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]))


def _eased(value: float, low: float, high: float) -> float:
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return share * share * (3 - 2 * share)
