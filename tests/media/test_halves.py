"""Halves become the floats that numpy makes of them, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

from vfx_ai.media import halves
from vfx_ai.media.halves import as_floats

EVERY = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
FINITE = EVERY[np.isfinite(EVERY)]


def bits(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values).view(np.uint32)


@pytest.mark.parametrize("values", [EVERY, FINITE, FINITE[:1], FINITE[:0]], ids=["every", "finite", "one", "none"])
@pytest.mark.parametrize("at_once", [1 << 16, 1000])
def test_every_half_is_the_float_that_numpy_makes_of_it(values, at_once, monkeypatch):
    monkeypatch.setattr(halves, "AT_ONCE", at_once)
    assert np.array_equal(bits(as_floats(values)), bits(values.astype(np.float32)))


def test_what_is_not_finite_in_one_part_leaves_the_others_right(monkeypatch):
    monkeypatch.setattr(halves, "AT_ONCE", 7)
    plane = np.linspace(-70, 70, 60, dtype=np.float16).reshape(6, 10)
    plane[2, 3], plane[4, 4], plane[5, 9] = np.inf, np.nan, -np.inf
    assert np.array_equal(bits(as_floats(plane)), bits(plane.astype(np.float32)))


@pytest.mark.parametrize(
    "plane",
    [
        np.linspace(0, 60, 12, dtype=np.float16).reshape(3, 4).T,
        np.linspace(0, 60, 12, dtype=">f2").reshape(3, 4),
        np.arange(12, dtype=np.uint32).reshape(3, 4),
        np.linspace(0, 60, 24, dtype=np.float16).reshape(3, 8)[:, ::2],
    ],
    ids=["turned", "big-endian", "uint", "every other"],
)
def test_what_lies_otherwise_or_is_of_another_type_comes_out_the_same(plane):
    assert np.array_equal(as_floats(plane), plane.astype(np.float32))
    out = np.full((2, *plane.shape), -1, np.float32)
    as_floats(plane, out[1])
    assert np.array_equal(out[1], plane.astype(np.float32)) and (out[0] == -1).all()


def test_floats_are_not_copied():
    plane = np.ones((2, 3), np.float32)
    assert as_floats(plane) is plane
