"""Which parts of an outline stay: those with a click, and those that move as the object does."""

from __future__ import annotations

import numpy as np
import pytest

from vfx_ai.matte.outline import _supported

SIZE = (60, 90)
OBJECT, LEFT_BEHIND = (slice(10, 40), slice(50, 80)), (slice(20, 45), slice(5, 30))


@pytest.fixture
def parts():
    """An outline in two parts, motion that speaks for the one and neither for nor against the other, and no clicks."""
    mask, pull = np.zeros(SIZE, bool), np.zeros(SIZE, np.float32)
    mask[OBJECT] = mask[LEFT_BEHIND] = True
    pull[OBJECT], pull[LEFT_BEHIND] = -3.0, 0.1
    return mask, pull, np.zeros(SIZE, bool)


def test_what_stays_behind_when_the_object_moves_on_is_dropped(parts):
    mask, pull, clicked = parts
    kept = _supported(mask, pull, clicked)
    assert kept[OBJECT].all() and not kept[LEFT_BEHIND].any()


def test_a_part_with_a_click_stays(parts):
    mask, pull, clicked = parts
    clicked[30, 20] = True
    assert np.array_equal(_supported(mask, pull, clicked), mask)


def test_two_parts_that_move_as_the_object_both_stay(parts):
    mask, pull, clicked = parts
    pull[LEFT_BEHIND] = -1.0
    assert np.array_equal(_supported(mask, pull, clicked), mask)


def test_where_motion_tells_nothing_nothing_is_dropped(parts):
    mask, pull, clicked = parts
    assert np.array_equal(_supported(mask, np.zeros_like(pull), clicked), mask)
    assert np.array_equal(_supported(mask, np.abs(pull), clicked), mask)
