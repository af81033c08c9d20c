"""Two steps for each of many things, the second in threads beside the first of the next ones; and the cores shared.

Two kinds of threads that both take all cores wait for each other more than they work: on two cores a fill beside its
files took a third longer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

from vfx_ai.media.exr_load import use_threads
from vfx_ai.threads import cores

MOST_WORKERS = 4  # things that are finished at the same time; each holds its memory

Item = TypeVar("Item")
Made = TypeVar("Made")
Done = TypeVar("Done")


@contextmanager
def shared_cores() -> Iterator[int]:
    """Within it, half of the cores compute in torch and the rest is left to others; gives how many may finish things.

    Where there are few cores, a file is read and written by one of them alone, and more than one file at a time.
    """
    before, count = torch.get_num_threads(), cores()
    torch.set_num_threads(max(1, min(before, count // 2)))
    use_threads(0 if count <= MOST_WORKERS else count)
    try:
        yield min(count, MOST_WORKERS)
    finally:
        torch.set_num_threads(before)


def overlapped(
    items: Iterable[Item], make: Callable[[Item], Made], finish: Callable[[Made], Done], workers: int
) -> Generator[Done]:
    """`finish(make(item))` of each item, in order.

    `make` runs in the caller's thread, one item after the other; `finish` in threads. At most `workers` + 1 things that
    were made wait or are being finished, so that memory doesn't grow. If a call fails, what was made before it is still
    finished and given, and then its error is raised; an iteration that is closed waits for what is under way.

    Args:
        items: what is to be done.
        make, finish: the two steps.
        workers: how many threads finish.
    """
    failure: Exception | None = None
    waiting: deque[Future[Done]] = deque()
    with ThreadPoolExecutor(workers, "finish") as pool:
        for item in items:
            try:
                made = make(item)
            except Exception as error:
                failure = error
                break
            waiting.append(pool.submit(finish, made))
            del made
            while waiting and (len(waiting) > workers or waiting[0].done()):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    if failure is not None:
        raise failure
