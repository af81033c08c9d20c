"""Which part of a picture is hidden for an exercise: holes as the shot has them, and others."""

from __future__ import annotations

import numpy as np

from vfx_ai.media.frame import BoolArray

# How often each kind is hidden: the shot's own matte elsewhere, an ellipse, a band along an edge, and all of it.
OWN, ROUND, BAND, ALL = 0.65, 0.2, 0.1, 0.05


def hidden(size: tuple[int, int], own: BoolArray, rng: np.random.Generator) -> BoolArray:
    """What is hidden, [h, w] bool.

    Args:
        size: (h, w).
        own: [F, h, w], the shot's own holes; they may be empty.
        rng: decides.
    """
    kind = rng.random()
    if kind < OWN and own.any():
        return _moved(own, rng)
    if kind < OWN + ROUND or kind < OWN:
        return _ellipse(size, rng)
    if kind < OWN + ROUND + BAND:
        return _band(size, rng)
    return np.ones(size, bool)


def _moved(own: BoolArray, rng: np.random.Generator) -> BoolArray:
    """One of the holes, somewhere else, perhaps mirrored."""
    filled = np.nonzero(own.any((1, 2)))[0]
    hole = own[rng.choice(filled)]
    hole = hole[:, ::-1] if rng.random() < 0.5 else hole
    return np.roll(hole, (rng.integers(hole.shape[0]), rng.integers(hole.shape[1])), (0, 1))


def _ellipse(size: tuple[int, int], rng: np.random.Generator) -> BoolArray:
    height, width = size
    y, x = np.mgrid[:height, :width]
    a, b = (rng.uniform(0.08, 0.3) * min(size) for _ in range(2))
    turn, cy, cx = rng.uniform(0, np.pi), rng.uniform(0, height), rng.uniform(0, width)
    u = (x - cx) * np.cos(turn) + (y - cy) * np.sin(turn)
    v = (y - cy) * np.cos(turn) - (x - cx) * np.sin(turn)
    return np.asarray((u / a) ** 2 + (v / b) ** 2 <= 1, bool)


def _band(size: tuple[int, int], rng: np.random.Generator) -> BoolArray:
    out = np.zeros(size, bool)
    side, share = int(rng.integers(4)), rng.uniform(0.05, 0.3)
    length = max(1, round(share * size[side % 2]))
    turned = out.T if side % 2 else out
    turned[slice(None, length) if side < 2 else slice(-length, None)] = True
    return out
