"""Planes of one value, of which a frame changes a part: put back afterwards, and kept for the thread's next frame.

Memory that is fetched anew for each frame costs as much as what is written to it.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

Blank = Callable[[tuple[int, int], float, Any], npt.NDArray[Any]]

_spare = threading.local()


def new(shape: tuple[int, int], value: float, dtype: Any) -> npt.NDArray[Any]:
    """A plane [h, w] of one value that nobody else has."""
    return np.full(shape, value, dtype)


@contextmanager
def lent(changed: tuple[slice, slice]) -> Iterator[Blank]:
    """Lends planes as `new` makes them, until it is left.

    Args:
        changed: all that is changed of them lies within.
    """
    spare: dict[Any, list[npt.NDArray[Any]]] = _spare.__dict__.pop("planes", {})
    given: list[tuple[Any, npt.NDArray[Any]]] = []

    def blank(shape: tuple[int, int], value: float, dtype: Any) -> npt.NDArray[Any]:
        key = shape, value, np.dtype(dtype)
        plane = spare[key].pop() if spare.get(key) else new(shape, value, dtype)
        given.append((key, plane))
        return plane

    yield blank
    kept = defaultdict(list)
    for key, plane in given:
        plane[changed] = key[1]
        kept[key].append(plane)
    _spare.planes = kept
