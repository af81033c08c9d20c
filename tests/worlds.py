"""Tracks of made-up shots: points that a camera passes, seen with some noise, missed and mismatched at times."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from vfx_ai.motion.chains import Tracks
from vfx_ai.motion.sketch import Picture
from vfx_ai.motion.tracks import GAPS

SIZE = (360, 640)
MIDDLE = ((SIZE[1] - 1) / 2, (SIZE[0] - 1) / 2)
NOISE, DETECTED, MATCHED, WRONG = 0.15, 0.6, 0.8, 0.02  # pixels; shares


@dataclass(frozen=True)
class World:
    """Tracks and the camera that saw them: focal length [T], rotation [T, 3, 3], place [T, 3]."""

    tracks: Tracks
    focal: np.ndarray
    rotation: np.ndarray
    place: np.ndarray

    @property
    def picture(self) -> Picture:
        return Picture(SIZE, MIDDLE)


def ramp(frames: int, start: float, end: float) -> np.ndarray:
    """A focal length [T] that eases from one to another."""
    share = np.linspace(0, 1, frames)
    return start * (end / start) ** (share**2 * (3 - 2 * share))


def seen(
    focal: np.ndarray,
    *,
    aside: float = 0.06,
    onward: float = 0.0,
    density: float = 4.0,
    depth: tuple[float, float] = (4.0, 14.0),
    blurred: Collection[int] = (),
    blind: Collection[int] = (),
    seed: int = 0,
) -> World:
    """What a camera sees that sways a little on its way.

    Args:
        focal: [T] in pixels.
        aside, onward: how far it travels per frame.
        density: points per unit of the way, times ten.
        depth: of the points.
        blurred: frames (from 0 on) that match few others: those next to them alone.
        blind: frames that match none.
        seed: of the points and the noise.
    """
    rng, count = np.random.default_rng(seed), len(focal)
    t = np.arange(count)
    place = np.stack([aside * t, 0.15 * np.sin(t / 9), onward * t + 0.1 * np.sin(t / 13)], 1)
    rotation = np.stack([_turned(0.015 * np.sin(i / 17), 0.01 * np.sin(i / 11)) for i in t])
    low, high = place[:, 0].min() - 8, place[:, 0].max() + 8
    n = int(density * (high - low) * 10)
    points = np.stack([rng.uniform(low, high, n), rng.uniform(-4, 4, n), rng.uniform(*depth, n)], 1)
    points[:, 2] += max(place[-1, 2], 0) * rng.uniform(0, 1, n)
    positions, names = [], []
    for i in t:
        local = (points - place[i]) @ rotation[i].T
        at = local[:, :2] / local[:, 2:] * focal[i] + MIDDLE
        inside = (local[:, 2] > 0.5) & (at > 0).all(1) & (at[:, 0] < SIZE[1] - 1) & (at[:, 1] < SIZE[0] - 1)
        name = rng.permutation(np.nonzero(inside & (rng.random(n) < DETECTED))[0])
        positions.append(at[name] + rng.normal(0, NOISE, (len(name), 2)))
        names.append(name)
    pairs = {}
    for j in range(count):
        for i in [j - gap for gap in GAPS if j >= gap]:
            if {i, j} & set(blind) or ({i, j} & set(blurred) and j - i > 1):
                continue
            _, a, b = np.intersect1d(names[i], names[j], return_indices=True)
            kept = rng.random(len(a)) < MATCHED
            a, b = a[kept], b[kept].copy()
            wrong = rng.random(len(b)) < WRONG
            b[wrong] = rng.integers(0, len(names[j]), wrong.sum())
            _, once = np.unique(b, return_index=True)
            if len(once) >= 25:
                pairs[int(i), int(j)] = np.stack([a[once], b[once]], 1).astype(np.int64)
    return World(Tracks(tuple(range(1001, 1001 + count)), tuple(positions), pairs), focal, rotation, place)


def _turned(pan: float, tilt: float) -> np.ndarray:
    c, s = np.cos(pan), np.sin(pan)
    d, u = np.cos(tilt), np.sin(tilt)
    return np.array([[1, 0, 0], [0, d, -u], [0, u, d]]) @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])


def off_path(place: np.ndarray, world: World, frames: np.ndarray) -> float:
    """The largest distance between solved places [T, 3] and the true ones, as a share of the path, of `frames`.

    The similarity between the two is the best one (Umeyama, "Least-squares estimation of transformation parameters
    between two point patterns", PAMI 1991).
    """
    a, b = place[frames], world.place[frames]
    x, y = a - a.mean(0), b - b.mean(0)
    u, d, v = np.linalg.svd(y.T @ x)
    sign = np.diag([1, 1, np.sign(np.linalg.det(u @ v))])
    turn = u @ sign @ v
    scale = np.trace(np.diag(d) @ sign) / (x**2).sum()
    return float(
        np.linalg.norm(scale * x @ turn.T - y, axis=1).max() / np.linalg.norm(np.diff(b, axis=0), axis=1).sum()
    )
