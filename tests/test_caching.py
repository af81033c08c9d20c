"""What will be used next is made by others, and given to the one who asks."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from vfx_ai.caching import Ahead, Kept


def test_what_was_wanted_is_made_once_and_taken_once():
    made = []
    ahead: Ahead[int, int] = Ahead(2)

    def make(key: int) -> int:
        made.append((key, threading.current_thread() is threading.main_thread()))
        return 10 * key

    ahead.want([1, 2], make)
    ahead.want([1, 2], make)
    assert (ahead.take(2), ahead.take(1), ahead.take(1), ahead.take(3)) == (20, 10, None, None)
    assert sorted(made) == [(1, False), (2, False)]


def test_what_is_no_longer_wanted_is_let_go():
    ahead: Ahead[int, int] = Ahead(1)
    ahead.want([1, 2], abs)
    ahead.want([2], abs)
    assert ahead.take(1) is None and ahead.take(2) == 2


def test_an_error_is_raised_for_the_one_who_asks_and_no_other():
    ahead: Ahead[int, float] = Ahead(1)
    ahead.want([0, 1], lambda key: 1 / key)
    with pytest.raises(ZeroDivisionError):
        ahead.take(0)
    assert ahead.take(1) == 1


def test_room_is_what_the_budget_has_left():
    kept: Kept[int, np.ndarray] = Kept(100, 9)
    assert kept.room == 100
    kept.get(1, lambda _key: np.zeros(60, np.uint8))
    assert kept.room == 40
    kept.get(2, lambda _key: np.zeros(60, np.uint8))  # the first must go
    assert kept.room == 40 and kept.peek(1) is None
