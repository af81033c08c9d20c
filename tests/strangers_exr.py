"""EXR files whose headers make sense as far as they are looked at, with any pixels; and other names in a header."""

from __future__ import annotations

import struct
from typing import Any

from hypothesis import strategies as st
from strangers_edits import EDIT, NUMBER, NUMBERS, changed_json, nested
from strangers_good import good_crypto, good_exrs

from vfx_ai.media.exr_header import COMPRESSIONS, MAGIC


def attribute(name: bytes, kind: bytes, value: bytes) -> bytes:
    """One attribute as bytes."""
    return name + b"\0" + kind + b"\0" + struct.pack("<i", len(value)) + value


def channel(name: bytes, kind: int = 1, x: int = 1, y: int = 1) -> bytes:
    """An entry of a list of channels."""
    return name + b"\0" + struct.pack("<iB3xii", kind, 0, x, y)


def exr_head(
    window: tuple[int, int, int, int],
    compression: int = 3,
    channels: bytes = b"".join(channel(name) for name in (b"B", b"G", b"R")),
    extra: bytes = b"",
    version: int = 2,
    **values: bytes,
) -> bytes:
    """Magic, version and the attributes that must be there; `values` stand for theirs."""
    given = {
        "channels": (b"chlist", channels + b"\0"),
        "compression": (b"compression", bytes([compression])),
        "dataWindow": (b"box2i", struct.pack("<4i", *window)),
        "displayWindow": (b"box2i", struct.pack("<4i", *window)),
        "lineOrder": (b"lineOrder", b"\0"),
        "pixelAspectRatio": (b"float", struct.pack("<f", 1)),
        "screenWindowCenter": (b"v2f", struct.pack("<2f", 0, 0)),
        "screenWindowWidth": (b"float", struct.pack("<f", 1)),
    }
    parts = [attribute(name.encode(), kind, values.get(name, value)) for name, (kind, value) in given.items()]
    return MAGIC + struct.pack("<I", version) + b"".join(parts) + extra + b"\0"


def with_chunks(head: bytes, leads: list[bytes], pixels: list[bytes], sizes: list[int]) -> bytes:
    """A file with a table of chunks that fits; each chunk is its lead (line or tile), the size it claims, and bytes."""
    at, table, body = len(head) + 8 * len(pixels), b"", b""
    for lead, data, size in zip(leads, pixels, sizes, strict=True):
        table += struct.pack("<Q", at + len(body))
        body += lead + struct.pack("<i", size) + data
    return head + table + body


VERSIONS = (*(2,) * 16, 2 | 0x200, 2 | 0x400, 2 | 0x800, 2 | 0x1000)
NAMES = (b"R", b"G", b"B", b"A", b"Y", b"RY", b"BY", b"Z", b"a.R", b"a.G", b"a.B", b"\xff", b"\x1b[31m", b"x" * 255)
CHANNEL = st.builds(
    channel,
    st.sampled_from(NAMES),
    st.sampled_from((1,) * 12 + (0, 0, 2, 2, 3)),
    *[st.sampled_from((1,) * 40 + (2, 0, 999))] * 2,
)
RGB = b"".join(channel(name) for name in (b"B", b"G", b"R"))
TILES = st.builds(
    lambda w, h, mode: attribute(b"tiles", b"tiledesc", struct.pack("<IIB", w, h, mode)),
    *[st.sampled_from((1, 8, 16, 64, 1 << 20, 0))] * 2,
    st.sampled_from((0, 0, 1, 2, 0x10, 3)),
)
ATTRIBUTES = (
    *(b"type", b"name", b"chunkCount", b"preview", b"chromaticities", b"colorInteropID", b"\x1b]0;x\a", b"version"),
    *(b"view", b"multiView", b"dwaCompressionLevel", b"dataWindow"),
)
TYPES = (b"string", b"int", b"preview", b"stringvector", b"chromaticities", b"float", b"box2i", b"none")
TEXTS = (b"scanlineimage", b"tiledimage", b"deepscanline", b"deeptile", b"", b"left", b"\xff\xfe")
SIDE = st.sampled_from((1, 4, 1 << 16, 1 << 31))
PREVIEW = st.builds(lambda w, h, data: struct.pack("<II", w, h) + data, SIDE, SIDE, st.binary(max_size=80))
VALUES = st.one_of(st.sampled_from(TEXTS), st.lists(NUMBER, max_size=8).map(b"".join), PREVIEW)
EXTRA = st.builds(attribute, st.sampled_from(ATTRIBUTES), st.sampled_from(TYPES), VALUES)


@st.composite
def built_exr(draw: Any) -> bytes:
    """A file of a header that is nearly right, a table that fits it, and any pixels."""
    width, height = draw(st.sampled_from((1, 2, 5, 17, 33, 70))), draw(st.sampled_from((1, 2, 16, 17, 33, 300)))
    x, y = draw(st.sampled_from((0,) * 8 + (-3, (1 << 31) - 80, -(1 << 31) + 9))), draw(st.sampled_from((0, 0, 0, 5)))
    window = tuple(max(-(1 << 31), min(v, (1 << 31) - 1)) for v in (x, y, x + width - 1, y + height - 1))
    plain = draw(st.integers(0, 3)) == 0  # as far as its pixels go
    compression = 0 if plain else draw(st.integers(0, len(COMPRESSIONS) - 1))
    channels = (
        RGB
        if plain
        else draw(st.one_of(st.just(RGB), st.just(RGB), st.lists(CHANNEL, min_size=1, max_size=8).map(b"".join)))
    )
    version = draw(st.sampled_from(VERSIONS))
    extra = b"".join(draw(st.lists(EXTRA, max_size=2)) if draw(st.integers(0, 2)) == 0 else [])
    lines = COMPRESSIONS[compression][1]
    leads = [struct.pack("<i", y + line) for line in range(0, height, lines)]
    if version & 0x200 or draw(st.integers(0, 5)) == 0:
        extra += draw(TILES)
        side = draw(st.sampled_from((8, 16, 64)))
        across, down = -(-width // side), -(-height // side)
        leads = [struct.pack("<4i", tx, ty, 0, 0) for ty in range(down) for tx in range(across)][:400]
        if draw(st.booleans()):
            extra = attribute(b"tiles", b"tiledesc", struct.pack("<IIB", side, side, 0))
            extra += attribute(b"type", b"string", b"tiledimage")
    if version & 0x1000:
        extra += attribute(b"name", b"string", b"a") + attribute(b"type", b"string", b"scanlineimage")
        extra += attribute(b"chunkCount", b"int", struct.pack("<i", len(leads)))
        leads = [struct.pack("<i", 0) + lead for lead in leads]
    head = exr_head(window, compression, channels, extra, version) + (b"\0" if version & 0x1000 else b"")
    one = bytes(range(1, 7)) * width if plain else draw(st.one_of(PIXELS))
    size = draw(st.sampled_from(NUMBERS)) if draw(st.integers(0, 7)) == 0 else len(one)
    return with_chunks(head, leads, [one] * len(leads), [size] * len(leads))


def _chunks_of(data: bytes) -> list[bytes]:
    """Pieces of a file's pixels, as they are compressed."""
    first = _table(data)[1]
    return [data[at : at + 400] for at in (first + 8, first + 108, first + 308)]


PIXELS = (
    st.binary(max_size=60),
    st.lists(NUMBER, max_size=30).map(b"".join),
    st.builds(
        lambda data, at, edit: edit.of(_chunks_of(data)[at]),
        st.deferred(lambda: st.sampled_from(good_exrs())),
        st.integers(0, 2),
        EDIT,
    ),
)


@st.composite
def manifest(draw: Any) -> bytes:
    """A cryptomatte whose header has another manifest or other metadata of the same length or not."""
    names = {**{f"bunny{i}": i for i in range(3)}, "bunny": 0x13851A76}
    text = draw(
        st.one_of(
            changed_json({name: f"{number:08x}" for name, number in names.items()}),
            st.sampled_from(
                (nested(100000), nested(50000, '{"a":', ""), b'{"a":"' + b"f" * 100000 + b'"}', b"\xff\xfe")
            ),
            st.binary(max_size=40),
        )
    )
    data = good_crypto()
    mark = b"cryptomatte/1a2b3c4/manifest\0string\0"
    at = data.index(mark) + len(mark)
    (size,) = struct.unpack_from("<i", data, at)
    shift = len(text) - size
    table = _table(data)
    count = (table[1] - table[0]) // 8
    head = data[:at] + struct.pack("<i", len(text)) + text + data[at + 4 + size : table[0]]
    offsets = [offset + shift for offset in struct.unpack_from(f"<{count}Q", data, table[0])]
    whole = head + struct.pack(f"<{count}Q", *offsets) + data[table[1] :]
    return draw(EDIT).of(whole) if draw(st.integers(0, 2)) == 0 else whole


def _table(data: bytes) -> tuple[int, int]:
    """Where the table of chunks begins and ends, of a file of one part."""
    at = 8
    while data[at]:
        at = data.index(0, data.index(0, at) + 1) + 1
        at += 4 + struct.unpack_from("<i", data, at)[0]
    (first,) = struct.unpack_from("<Q", data, at + 1)
    return at + 1, first
