"""Steps that go on beside each other: in order, bounded, and nothing that was made is lost."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from vfx_ai.steps.overlap import overlapped, shared_cores


def test_results_come_in_order_although_the_first_takes_longest():
    def finish(number: int) -> int:
        time.sleep(0.05 if number == 0 else 0)
        return number * 10

    assert list(overlapped(range(6), lambda n: n, finish, 3)) == [0, 10, 20, 30, 40, 50]


def test_finishing_goes_on_beside_making():
    made_next, finished = threading.Event(), []

    def make(number: int) -> int:
        if number == 1:
            made_next.set()
        return number

    def finish(number: int) -> int:
        finished.append(made_next.wait(10))  # would wait in vain if the next were made only after this
        return number

    assert list(overlapped(range(2), make, finish, 1)) == [0, 1]
    assert finished == [True, True]


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_no_more_is_held_than_is_promised(workers):
    held, most, lock = 0, 0, threading.Lock()

    def make(number: int) -> int:
        nonlocal held, most
        with lock:
            held += 1
            most = max(most, held)
        return number

    def finish(number: int) -> int:
        nonlocal held
        time.sleep(0.01)
        with lock:
            held -= 1
        return number

    assert len(list(overlapped(range(12), make, finish, workers))) == 12
    assert most <= workers + 1


def test_what_was_made_before_a_failure_is_finished_and_given_first():
    def make(number: int) -> int:
        if number == 2:
            raise ValueError("the third")
        return number

    given = []
    with pytest.raises(ValueError, match="the third"):
        for number in overlapped(range(5), make, lambda n: n, 2):
            given.append(number)
    assert given == [0, 1]


def test_a_failure_in_finishing_is_raised_in_its_turn():
    def finish(number: int) -> int:
        if number == 1:
            raise OSError("no space")
        return number

    given = []
    with pytest.raises(OSError, match="no space"):
        for number in overlapped(range(5), lambda n: n, finish, 2):
            given.append(number)
    assert given == [0]


def test_closing_waits_for_what_is_under_way():
    finished = []

    def finish(number: int) -> int:
        time.sleep(0.05)
        finished.append(number)
        return number

    made = []
    steps = overlapped(range(9), lambda n: made.append(n) or n, finish, 2)
    next(steps)
    steps.close()
    assert sorted(finished) == made


def test_torch_has_its_threads_back_afterwards():
    before = torch.get_num_threads()
    with shared_cores() as workers:
        assert workers >= 1
        assert torch.get_num_threads() <= before
    assert torch.get_num_threads() == before
