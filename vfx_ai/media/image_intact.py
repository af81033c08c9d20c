"""Whether a picture that is no EXR can hold what its header promises, found out before OpenImageIO believes it.

OpenImageIO reads on without a word where some files were cut off, and reserves memory for headers, lines and pictures
that a file can't hold: two kilobytes of Cineon cost gigabytes, and the process where there are none.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CINEON = b"\x80\x2a\x5f\xd7"
# By a file's first four bytes: the order of its numbers.
_ORDERS = {_CINEON: ">", _CINEON[::-1]: "<", b"SDPX": ">", b"XPDS": "<"}
# Where headers have sizes in bytes: of headers that follow, beside a line, beside the picture. Cineon 4.5; and SMPTE ST
# 268, in which each of up to eight elements of 72 bytes has its own.
_SIZES = {
    True: (4, 8, 12, 16, 684, 688),
    False: (4, 24, 28, 32, *(808 + 72 * element + place for element in range(8) for place in (0, 4, 8))),
}
_UNDEFINED = 0xFFFFFFFF
# The end marker can't occur within the picture; some writers append a little after it.
_JPEG_END, _JPEG_TAIL = b"\xff\xd9", 4096
# The most that a format can shrink a picture, generously: those of plain or run-length encoded codes, and all others
# (a PNG of one bit in one color, by a thousand for its zip, times 24 for its palette).
_RUNS = frozenset({"bmp", "cineon", "dpx", "fits", "hdr", "ico", "iff", "pnm", "rla", "sgi", "softimage", "targa"})
_MOST_BY_RUNS, _MOST = 400, 30_000
_NEVER_TOO_MUCH = 16 << 20  # bytes; tiny pictures are cheap to try
_LARGEST_TILE = 256 << 20  # bytes of a tile that is larger than its picture


@dataclass(frozen=True)
class Ends:
    """What a file begins and ends with, and its size in bytes."""

    head: bytes
    tail: bytes
    size: int


def ends_of(path: Path) -> Ends:
    """The ends of a file.

    Raises:
        OSError: it can't be read.
    """
    with path.open("rb") as file:
        head = file.read(2048)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _JPEG_TAIL))
        return Ends(head, file.read(), size)


def wrong_before(file: Ends) -> str:
    """Why a file must not even be opened by OpenImageIO; "" where nothing speaks against it."""
    order = _ORDERS.get(file.head[:4])
    if order is None:
        return ""
    places = _SIZES[file.head[:4] in (_CINEON, _CINEON[::-1])]
    told = [struct.unpack_from(f"{order}I", file.head, place)[0] for place in places if place + 4 <= len(file.head)]
    if any(file.size < size != _UNDEFINED for size in told):
        return "its header promises more bytes than the file holds"
    return ""


def wrong_within(file: Ends, spec: Any, kind: str, bits: int) -> str:
    """Why a file can't hold the picture of its header; "" where nothing speaks against it.

    Args:
        file: its ends.
        spec: OpenImageIO's ImageSpec of it.
        kind: OpenImageIO's name of the format.
        bits: of a code.
    """
    promised = spec.width * spec.height * spec.nchannels * spec.format.size()
    if promised > _NEVER_TOO_MUCH and promised > file.size * (_MOST_BY_RUNS if kind in _RUNS else _MOST):
        return "its header promises more pixels than the file can hold"
    tile = spec.tile_width * spec.tile_height * spec.nchannels * spec.format.size()
    if tile > max(_LARGEST_TILE, promised):
        return "its tiles are larger than its picture"
    whole = True
    if kind == "cineon" and bits == 10 and spec.nchannels == 3:
        # Ten-bit color takes 4 bytes a pixel, from where the header says.
        (start,) = struct.unpack(f"{_ORDERS.get(file.head[:4], '>')}I", file.head[4:8])
        whole = file.size >= start + 4 * spec.width * spec.height
    elif kind == "jpeg":
        whole = _JPEG_END in file.tail
    return "" if whole else "it was cut off"
