"""What was used last, kept within a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Generic, TypeVar

import numpy as np
import torch

K = TypeVar("K")
T = TypeVar("T")


class Kept(Generic[K, T]):
    """The most recently used values, at most `most` of them and within `budget` bytes; at least the last one."""

    def __init__(self, budget: int, most: int) -> None:
        self._budget, self._most, self._bytes = budget, most, 0
        self._values: OrderedDict[K, T] = OrderedDict()

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
            _, old = self._values.popitem(last=False)
            self._bytes -= _size(old)
        return value


def _size(value: object) -> int:
    """Bytes of the arrays in a value: an array, a tuple of them, or a dataclass that has them."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return int(value.nbytes)
    if is_dataclass(value):
        return sum(_size(getattr(value, part.name)) for part in fields(value))
    return sum(_size(part) for part in value) if isinstance(value, tuple) else 0
