"""Outlines of a shot on disk while it is worked on, a bit per pixel: memory doesn't grow with the shot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]


class Outlines:
    """Masks [h, w] bool by frame.

    Args:
        folder: an empty one, that the caller makes and deletes.
        size: (h, w).
    """

    def __init__(self, folder: Path, size: tuple[int, int]) -> None:
        self._folder, self._size = folder, size

    def keep(self, number: int, mask: BoolArray) -> None:
        """Keep a frame's mask; one that was there is replaced."""
        (self._folder / str(number)).write_bytes(np.packbits(mask).tobytes())

    def get(self, number: int) -> BoolArray | None:
        """A frame's mask, or None."""
        path = self._folder / str(number)
        if not path.is_file():
            return None
        bits = np.unpackbits(np.frombuffer(path.read_bytes(), np.uint8), count=self._size[0] * self._size[1])
        return bits.astype(bool).reshape(self._size)
