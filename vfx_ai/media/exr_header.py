"""The header of an EXR file, byte for byte.

Read without a library, so that a damaged file is refused before any pixel is touched, and so that attributes can be
compared and carried over exactly. The layout is that of "The OpenEXR File Layout" (openexr.com).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vfx_ai.media.frame import Window

MAGIC = b"\x76\x2f\x31\x01"
MULTI_PART, LONG_NAMES, DEEP, TILED = 0x1000, 0x400, 0x800, 0x200
TYPE_BYTES = {"uint": 4, "half": 2, "float": 4}
_TYPES = ("uint", "half", "float")
_LEVELS = ("one", "mipmap", "ripmap")
_REQUIRED = {"channels": "chlist", "compression": "compression", "dataWindow": "box2i", "displayWindow": "box2i"}
# A file of any size must not keep a program busy with its header; the largest that were seen have some hundreds.
_MOST_ATTRIBUTES, _MOST_CHANNELS = 50_000, 20_000
_LARGEST_HEADER = 256 << 20  # bytes; a cryptomatte's names take some millions of them
_LARGEST_TILE = 1 << 28  # bytes of a tile in memory that is larger than its picture
# Name, lines of a chunk, and the most that the method can shrink; beyond that the header promises too much.
COMPRESSIONS: tuple[tuple[str, int, float], ...] = (
    ("none", 1, 1.0),
    ("RLE", 1, 70.0),
    ("ZIPS", 1, 1100.0),
    ("ZIP", 16, 1100.0),
    ("PIZ", 32, 1100.0),
    ("PXR24", 16, 1500.0),
    ("B44", 32, 3.0),
    ("B44A", 32, 12.0),
    ("DWAA", 32, 1e5),
    ("DWAB", 256, 1e5),
    ("HTJ2K256", 256, 1e5),
    ("HTJ2K32", 32, 1e5),
)


@dataclass(frozen=True)
class Attribute:
    """One attribute as it stands in the file."""

    name: str
    kind: str
    value: bytes


@dataclass(frozen=True)
class Channel:
    """One channel of a part: its type is "half", "float" or "uint"."""

    name: str
    type: str
    x_sampling: int
    y_sampling: int
    linear: int


@dataclass(frozen=True)
class Part:
    """One part of an EXR file, from its header.

    Attributes:
        attributes: all of them, by name, in the file's order.
        levels: "one", "mipmap" or "ripmap" if tiled, else "".
        tile: width and height of a tile, (0, 0) for scanlines.
        chunks: how many entries its chunk table has.
        promised: bytes of its pixels in memory.
    """

    index: int
    name: str
    attributes: dict[str, Attribute]
    channels: tuple[Channel, ...]
    compression: str
    data_window: Window
    display_window: Window
    deep: bool
    levels: str
    tile: tuple[int, int]
    chunks: int

    @property
    def promised(self) -> int:
        """Bytes that the part's pixels take in memory."""
        return self.data_window.width * self.data_window.height * sum(TYPE_BYTES[c.type] for c in self.channels)

    def text(self, name: str) -> str:
        """The value of a string attribute, or ""."""
        found = self.attributes.get(name)
        return found.value.decode("utf-8", "replace") if found and found.kind == "string" else ""


@dataclass(frozen=True)
class Header:
    """All that stands before the pixels.

    Attributes:
        version: the version field with its flags.
        table: where the first chunk table begins, in bytes.
    """

    path: Path
    version: int
    parts: tuple[Part, ...]
    table: int

    @property
    def multi_part(self) -> bool:
        """Whether the file is of the multi-part kind, even with a single part."""
        return bool(self.version & MULTI_PART)


def is_exr(path: Path) -> bool:
    """Whether the file begins as an EXR file does."""
    try:
        with path.open("rb") as file:
            return file.read(4) == MAGIC
    except OSError:
        return False


class DamagedError(Exception):
    """What is wrong with a header, in words; never leaves this package."""


def parse_header(file: BinaryIO, path: Path) -> Header:
    """The header at the start of an open file; the file then stands at the first chunk table.

    Raises:
        DamagedError, struct.error: it makes no sense.
    """
    return _Reader(file, path).header()


class _Reader:
    """Walks through the header; each method reads what comes next."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self.file, self.path = file, path
        self.size, self.count = os.fstat(file.fileno()).st_size, 0

    def header(self) -> Header:
        if self.size == 0:
            raise DamagedError("it is empty")
        if self.take(4) != MAGIC:
            raise DamagedError("it is no EXR file")
        (version,) = struct.unpack("<I", self.take(4))
        if version & 0xFF != 2:
            raise DamagedError(f"version {version & 0xFF} is unknown")
        parts: list[Part] = []
        while attributes := self.attributes():
            parts.append(_part(len(parts), attributes, version))
            if not version & MULTI_PART:
                break
        if not parts:
            raise DamagedError("it has no part")
        return Header(self.path, version, tuple(parts), self.file.tell())

    def attributes(self) -> dict[str, Attribute]:
        found: dict[str, Attribute] = {}
        while name := self.name():
            kind = self.name()
            (size,) = struct.unpack("<i", self.take(4))
            if size < 0:
                raise DamagedError(f"attribute {name} has a size below 0")
            found[name] = Attribute(name, kind, self.take(size))
            self.count += 1
            if self.count > _MOST_ATTRIBUTES:
                raise DamagedError(f"it has more than {_MOST_ATTRIBUTES} attributes")
        return found

    def name(self) -> str:
        letters = bytearray()
        while (letter := self.take(1)) != b"\0":
            letters += letter
            if len(letters) > 255:
                raise DamagedError("a name has no end")
        return letters.decode("utf-8", "surrogateescape")

    def take(self, count: int) -> bytes:
        at = self.file.tell()
        if count > self.size - at:
            raise DamagedError("it ends within the header")
        if at + count > _LARGEST_HEADER:
            raise DamagedError(f"its header is larger than {_LARGEST_HEADER >> 20} MB")
        return self.file.read(count)


def _part(index: int, attributes: dict[str, Attribute], version: int) -> Part:
    lacking = [name for name, kind in _REQUIRED.items() if name not in attributes or attributes[name].kind != kind]
    if lacking:
        raise DamagedError(f"the header lacks {', '.join(lacking)}")
    text = {name: a.value.decode("utf-8", "replace") for name, a in attributes.items() if a.kind == "string"}
    storage = text.get("type", "tiledimage" if version & TILED else "scanlineimage")
    # Without a part's own type the version's flags speak.
    deep = storage.startswith("deep") or bool(version & DEEP and not version & MULTI_PART)
    data, display = _window(attributes["dataWindow"]), _window(attributes["displayWindow"])
    if data.empty:
        raise DamagedError("its data window is empty")
    number = attributes["compression"].value[0] if attributes["compression"].value else 255
    if number >= len(COMPRESSIONS):
        raise DamagedError(f"compression {number} is unknown")
    tile, levels = _tiling(attributes) if storage in ("tiledimage", "deeptile") else ((0, 0), "")
    computed = _chunk_count(data, number, tile) if levels in ("", "one") else 0
    chunks = struct.unpack("<i", attributes["chunkCount"].value)[0] if "chunkCount" in attributes else computed
    if computed and not deep and chunks != computed:
        raise DamagedError("its chunk count does not match its size")
    name = text.get("name", "")
    channels = _channels(attributes["channels"].value)
    bytes_of_tile = tile[0] * tile[1] * sum(TYPE_BYTES[channel.type] for channel in channels)
    if bytes_of_tile > _LARGEST_TILE and tile[0] * tile[1] > data.width * data.height:
        raise DamagedError("its tiles are larger than its picture")
    return Part(index, name, attributes, channels, COMPRESSIONS[number][0], data, display, deep, levels, tile, chunks)


def _window(attribute: Attribute) -> Window:
    x0, y0, x1, y1 = struct.unpack("<4i", attribute.value)
    return Window(x0, y0, x1 + 1, y1 + 1)


def _channels(value: bytes) -> tuple[Channel, ...]:
    found, position = [], 0
    while position < len(value) and value[position]:
        end = value.find(b"\0", position)
        end = len(value) if end < 0 else end
        kind, linear, x, y = struct.unpack_from("<iB3xii", value, end + 1)
        if kind not in range(len(_TYPES)) or x < 1 or y < 1:
            raise DamagedError("its channel list makes no sense")
        name = value[position:end].decode("utf-8", "surrogateescape")
        found.append(Channel(name, _TYPES[kind], x, y, linear))
        position = end + 17
        if len(found) > _MOST_CHANNELS:
            raise DamagedError(f"it has more than {_MOST_CHANNELS} channels")
    if not found:
        raise DamagedError("it has no channels")
    return tuple(found)


def _tiling(attributes: dict[str, Attribute]) -> tuple[tuple[int, int], str]:
    if "tiles" not in attributes:
        raise DamagedError("it is tiled but has no tile size")
    width, height, mode = struct.unpack("<IIB", attributes["tiles"].value)
    if not 0 < width < 1 << 24 or not 0 < height < 1 << 24 or mode & 15 >= len(_LEVELS):
        raise DamagedError("its tiles make no sense")
    return (width, height), _LEVELS[mode & 15]


def _chunk_count(window: Window, compression: int, tile: tuple[int, int]) -> int:
    if tile != (0, 0):
        return -(-window.width // tile[0]) * -(-window.height // tile[1])
    return -(-window.height // COMPRESSIONS[compression][1])
