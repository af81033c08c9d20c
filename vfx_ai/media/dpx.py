"""DPX files with some codes changed, and every other bit as it was: the header, padding, byte order, what makers add.

The layout is that of SMPTE ST 268. Those that cameras and compositing programs write are known here: one element of
RGB or RGBA, not run-length encoded, with 8 or 16 bits, 12 bits in words of 16, or 10 bits of RGB in words of 32.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

_BIG, _LITTLE = b"SDPX", b"XPDS"
_COMPONENTS = {50: 3, 51: 4}
_UNDEFINED = 0xFFFFFFFF
# By bits and packing: type of a word, and by how much each code in it is shifted. Packing 1 and 2 are the standard's
# methods A and B: codes towards the high or the low end of their word.
_WORDS: dict[tuple[int, int], tuple[str, tuple[int, ...]]] = {
    **{(8, packing): ("u1", (0,)) for packing in (0, 1, 2)},
    **{(16, packing): ("u2", (0,)) for packing in (0, 1, 2)},
    (12, 1): ("u2", (4,)),
    (12, 2): ("u2", (0,)),
    (10, 1): ("u4", (22, 12, 2)),
    (10, 2): ("u4", (20, 10, 0)),
}


@dataclass(frozen=True)
class Layout:
    """How a file's codes lie.

    Attributes:
        offset: of the first line, in bytes.
        line: bytes from one line to the next.
        shape: height, width, components.
        word: numpy's type of a word.
        shifts: of the codes in a word.
        bits: of a code.
    """

    offset: int
    line: int
    shape: tuple[int, int, int]
    word: np.dtype[Any]
    shifts: tuple[int, ...]
    bits: int

    def words(self, data: bytearray) -> npt.NDArray[Any]:
        """The words [H, W, words of a pixel] as a view of the file's bytes."""
        height, width, components = self.shape
        count, size = components // len(self.shifts), self.word.itemsize
        strides = (self.line, count * size, size)
        return np.ndarray((height, width, count), self.word, data, self.offset, strides)


def changed(data: bytes, old: npt.NDArray[Any], new: npt.NDArray[Any]) -> bytes | None:
    """A DPX file with other codes.

    Args:
        data: the file.
        old: [H, W, C] its codes as they were read, of an unsigned type whose high bits are the file's.
        new: [H, W, C] the codes that it is to have.

    Returns:
        The file, or None if its layout isn't known, or `old` isn't what it holds.
    """
    layout = find_layout(data)
    if layout is None or layout.shape != old.shape:
        return None
    made = bytearray(data)
    words, spare = layout.words(made), 8 * old.dtype.itemsize - layout.bits
    mask = (1 << layout.bits) - 1
    for index in range(old.shape[2]):
        place, shift = (index, layout.shifts[0]) if len(layout.shifts) == 1 else (0, layout.shifts[index])
        codes = words[..., place].astype(np.int64)
        if not np.array_equal((codes >> shift) & mask, old[..., index] >> spare):
            return None
        words[..., place] = (codes & ~(mask << shift)) | ((new[..., index].astype(np.int64) >> spare) << shift)
    return bytes(made)


def find_layout(data: bytes) -> Layout | None:
    """How the codes of a DPX file lie, or None if it isn't known."""
    order = {_BIG: ">", _LITTLE: "<"}.get(data[:4])
    if order is None or len(data) < 820:
        return None
    (start,) = struct.unpack_from(f"{order}I", data, 4)
    elements, width, height = struct.unpack_from(f"{order}HII", data, 770)
    descriptor, bits = data[800], data[803]
    packing, encoding, own_start, padding = struct.unpack_from(f"{order}HHII", data, 804)
    components = _COMPONENTS.get(descriptor, 0)
    word, shifts = _WORDS.get((bits, packing), ("", ()))
    if elements != 1 or encoding or not components or not word or len(shifts) not in (1, components):
        return None
    kind = np.dtype(f"{order}{word}")
    line = width * components // len(shifts) * kind.itemsize
    offset = start if own_start in (0, _UNDEFINED) else own_start
    step = line + (0 if padding == _UNDEFINED else padding)
    if not width or not height or offset + height * step > len(data) + step - line:
        return None
    return Layout(offset, step, (height, width, components), kind, shifts, bits)
