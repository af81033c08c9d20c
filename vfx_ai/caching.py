"""What was used last, kept within a number of bytes; and what will be used next, made beforehand."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
import torch

K = TypeVar("K")
T = TypeVar("T")


class Away:
    """How far a frame lies from the one that is worked on: `here`, or None while there is no such one."""

    def __init__(self) -> None:
        self.here: int | None = None

    def __call__(self, number: int) -> int:
        """In frames; 0 for all while none is worked on."""
        return 0 if self.here is None else abs(number - self.here)


class Kept(Generic[K, T]):
    """Values that were used, at most `most` of them and within `budget` bytes; at least the last one.

    Those go first that `away` says are farthest, and among equals those that weren't used for longest. Where each frame
    asks for a few more than can be kept, in the same order each time, it would else have to make all of them anew.
    """

    def __init__(self, budget: int, most: int, away: Callable[[K], int] = lambda _key: 0) -> None:
        self._budget, self._most, self._bytes, self._away = budget, most, 0, away
        self._values: OrderedDict[K, T] = OrderedDict()

    @property
    def room(self) -> int:
        """Bytes of the budget that are free."""
        return self._budget - self._bytes

    def peek(self, key: K) -> T | None:
        """The value of `key` if it is kept, which doesn't count as a use."""
        return self._values.get(key)

    def get(self, key: K, make: Callable[[K], T]) -> T:
        """The value of `key`, made if it isn't kept."""
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key]
        value = make(key)
        self._bytes += _size(value)
        self._values[key] = value
        while (self._bytes > self._budget or len(self._values) > self._most) and len(self._values) > 1:
            farthest = max((other for other in self._values if other != key), key=self._away)
            self._bytes -= _size(self._values.pop(farthest))
        return value


class Ahead(Generic[K, T]):
    """Values that threads make while something else goes on, until they are taken."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, "ahead")
        self._coming: dict[K, Future[T]] = {}

    def want(self, keys: Collection[K], make: Callable[[K], T]) -> None:
        """Have these made, and none of those any more that were wanted before and weren't taken."""
        for key in [key for key in self._coming if key not in keys]:
            self._coming.pop(key).cancel()
        for key in keys:
            if key not in self._coming:
                self._coming[key] = self._pool.submit(make, key)

    def take(self, key: K) -> T | None:
        """The value of `key`, once it is there; None if it wasn't wanted. Raises what making it raised."""
        coming = self._coming.pop(key, None)
        return None if coming is None else coming.result()


class Waiting(Generic[K, T]):
    """Values that wait, within a number of bytes, for the one who will take each; threads may bring them.

    What there is no room for is not kept: those that came first are taken first.
    """

    def __init__(self, budget: int) -> None:
        self._budget, self._lock = budget, Lock()
        self._expected: set[K] = set()
        self._values: dict[K, tuple[T, int]] = {}

    def expect(self, keys: Iterable[K]) -> None:
        """The values of these will be taken, once each."""
        self._expected = set(keys)

    def keep(self, key: K, value: T, size: int) -> None:
        """A value of `size` bytes has come."""
        with self._lock:
            held = sum(size for _, size in self._values.values())
            if key in self._expected and held + size <= self._budget:
                self._values[key] = value, size

    def take(self, key: K) -> T | None:
        """The value of `key`, which doesn't wait any longer; None if it isn't there."""
        with self._lock:
            self._expected.discard(key)
            return self._values.pop(key, (None, 0))[0]


def _size(value: object) -> int:
    """Bytes of the arrays in a value: an array, a tuple of them, or a dataclass that has them."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return int(value.nbytes)
    if is_dataclass(value):
        return sum(_size(getattr(value, part.name)) for part in fields(value))
    return sum(_size(part) for part in value) if isinstance(value, tuple) else 0
