"""What is done to good files, as hypothesis strategies: bytes and values that are others, for all kinds of files."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

NUMBERS = (0, 1, -1, 2, 7, 16, 255, 256, 1024, 65535, 65536, 1 << 20, 1 << 24, (1 << 31) - 1, -(1 << 31), -2, 1 << 30)


def _number(order: str, code: str, value: int) -> bytes:
    return struct.pack(f"{order}{code}", value & (1 << 8 * struct.calcsize(code)) - 1)


NUMBER = st.builds(_number, st.sampled_from("<>"), st.sampled_from("BHIQ"), st.sampled_from(NUMBERS))
WORDS = (
    *(b"nan", b"-inf", b"1e400", b"-1", b"0", b"9" * 25, b"9" * 5000, b"((((", b"[" * 3000, b'"', b"}", b"\n", b"None"),
    *(b"@/etc/passwd@", b"../..", b"#", b"\x1b[2J", b"</world/camera>", b"timeSamples"),
)
PIECE = st.one_of(NUMBER, st.binary(min_size=1, max_size=12), st.sampled_from(WORDS))


@dataclass(frozen=True)
class Edit:
    """One change: `how`, at `where` (0..1 of the file, by its square where `early`: headers stand first)."""

    how: str
    where: float
    early: bool
    piece: bytes

    def of(self, data: bytes) -> bytes:
        """The changed file."""
        share = self.where**3 if self.early else self.where
        at, size = int(share * len(data)), len(self.piece)
        at -= at % 4 if size == 4 else 0  # where numbers of headers mostly stand
        changes = {
            "set": lambda: data[:at] + self.piece + data[at + size :],
            "insert": lambda: data[:at] + self.piece + data[at:],
            "delete": lambda: data[:at] + data[at + size :],
            "cut": lambda: data[:at],
            "repeat": lambda: data[:at] + data[max(0, at - 64) : at] * 3 + data[at:],
        }
        return changes[self.how]()


EDIT = st.builds(
    Edit,
    st.sampled_from(("set", "set", "set", "set", "insert", "delete", "cut", "repeat")),
    st.integers(0, (1 << 32) - 1).map(lambda number: number * 0x9E3779B1 % (1 << 32) / (1 << 32)),
    st.booleans(),
    PIECE,
)


def summed(data: bytes) -> bytes:
    """A PNG with checksums that fit, so that more than those is tried; others as they are."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        return data
    made, at = data[:8], 8
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        body = data[at + 4 : at + 8 + size]
        made += data[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + size
    return made


@st.composite
def changed(draw: Any, good: Any) -> bytes:
    """One of the good files with up to three changes."""
    data = draw(st.sampled_from(good()))
    for edit in [draw(EDIT) for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3))))]:
        data = edit.of(data)
    return summed(data)


PHRASES = (
    *("", "../../etc/passwd", "/etc/passwd", "C:\\x", "a\0b", "\ud800", "x" * 5000, "####", "p.####.exr", "auto"),
    *("1-999999999999", "1-10x0", "1001-1004", "\x1b[2J", "%s%s%n", "{0}", "a" * 300 + ".exr"),
)
SCALAR = st.one_of(
    st.none(), st.booleans(), st.sampled_from(NUMBERS), st.floats(), st.just(10**400), st.sampled_from(PHRASES)
)
VALUE = st.recursive(
    SCALAR, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=5), one, max_size=3)
)


@st.composite
def changed_json(draw: Any, good: Any) -> bytes:
    """JSON in which some values, anywhere, are others; now and then as text that is broken."""
    data = json.loads(json.dumps(good))
    for _ in range(draw(st.integers(1, 3))):
        place = data
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and draw(st.integers(0, 4)):
                place = place[key]
                continue
            place[key] = draw(VALUE)
            break
        if not isinstance(data, dict | list) or not data:
            break
    text = json.dumps(data).encode()
    return draw(EDIT).of(text) if draw(st.integers(0, 3)) == 0 else text


def nested(depth: int, opened: str = "[", closed: str = "]") -> bytes:
    """Brackets within brackets."""
    return (opened * depth + closed * depth).encode()
