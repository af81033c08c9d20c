"""Work cut into parts that threads do, so that the number of threads changes no bit of the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

Item = TypeVar("Item")
Made = TypeVar("Made")


class Spread:
    """Does parts in order of their numbers, in as many threads as were given; each part computes in one of them."""

    def __init__(self, pool: ThreadPoolExecutor | None) -> None:
        self._pool = pool

    def over(self, work: Callable[[Item], Made], items: Iterable[Item]) -> list[Made]:
        """`work` of each item, in order."""
        return list(map(work, items)) if self._pool is None else list(self._pool.map(work, items))


@contextmanager
def spreading(device: torch.device, threads: int = 0) -> Iterator[Spread]:
    """Within it every operation of torch on the CPU takes one thread, and parts are spread over several.

    Args:
        device: a GPU does one part after the other.
        threads: how many; 0: as many as torch would have taken.
    """
    before = torch.get_num_threads()
    count = threads or before
    torch.set_num_threads(1)
    try:
        if device.type != "cpu" or count == 1:
            yield Spread(None)
        else:
            with ThreadPoolExecutor(count, "plates", initializer=torch.set_num_threads, initargs=(1,)) as pool:
                yield Spread(pool)
    finally:
        torch.set_num_threads(before)
