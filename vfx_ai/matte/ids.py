"""What stands for a name in a cryptomatte: 32 bits, and how they are written.

Source: Cryptomatte Specification 1.2.0 (Psyop), "ID Generation"; MurmurHash3_x86_32 by Austin Appleby, public domain.
"""

from __future__ import annotations

import re
import struct

_MASK = 0xFFFFFFFF
_HEX = re.compile(r"[0-9a-fA-F]{8}")


def murmur3_32(data: bytes) -> int:
    """MurmurHash3_x86_32 of some bytes, with seed 0."""
    value, whole = 0, len(data) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        value = (_rotated(value ^ _scrambled(word), 13) * 5 + 0xE6546B64) & _MASK
    value ^= _scrambled(int.from_bytes(data[whole:], "little"))
    value ^= len(data)
    value = ((value ^ (value >> 16)) * 0x85EBCA6B) & _MASK
    value = ((value ^ (value >> 13)) * 0xC2B2AE35) & _MASK
    return value ^ (value >> 16)


def _scrambled(word: int) -> int:
    return (_rotated((word * 0xCC9E2D51) & _MASK, 15) * 0x1B873593) & _MASK


def _rotated(word: int, by: int) -> int:
    return ((word << by) | (word >> (32 - by))) & _MASK


def id_of_name(name: str) -> int:
    """The id of a name: the bits of the float that stands in the pixels.

    The name's UTF-8 bytes are hashed.
    """
    return id_of_hash(murmur3_32(name.encode("utf-8", "backslashreplace")))


def id_of_hash(value: int) -> int:
    """The id that a hash becomes (the specification's conversion "uint32_to_float32"); an id stays as it is.

    A hash that would be a float of 0, denormal, NaN or Inf has the lowest bit of its exponent turned over.
    """
    return value ^ (1 << 23) if (value >> 23) & 0xFF in (0, 255) else value


def id_as_text(number: int) -> str:
    """An id as it is written where it has no name: "<1a2b3c4d>", the float's bits in hexadecimal."""
    return f"<{number:08x}>"


def id_from_text(text: str) -> int | None:
    """The id that "<1a2b3c4d>" means, or "<-0.0123>", as Nuke writes it: the float itself. None: neither of them."""
    inner = text[1:-1].strip()
    if not (text.startswith("<") and text.endswith(">")):
        return None
    if _HEX.fullmatch(inner):
        return int(inner, 16)
    try:
        return int(struct.unpack("<I", struct.pack("<f", float(inner)))[0])
    except (ValueError, OverflowError):
        return None
