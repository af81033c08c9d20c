"""What an EXR's header says: size and channels. Blender tells neither of a file with layers. Standard library alone."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_MAGIC = 20000630
_MULTIPART = 0x1000
_MOST = 1 << 24  # bytes of an attribute; a header with more is none


class Head(NamedTuple):
    """A header.

    Attributes:
        width, height: of the display window.
        channels: full names; behind the name of their part if there are several parts.
    """

    width: int
    height: int
    channels: tuple[str, ...]


def read(file: str) -> Head | None:
    """The header of an EXR; None if it can't be read as one."""
    try:
        with Path(file).open("rb") as source:
            magic, version = struct.unpack("<ii", source.read(8))
            return _heads(source, bool(version & _MULTIPART)) if magic == _MAGIC else None
    except (OSError, struct.error, ValueError, KeyError):
        return None


def layer_of(channels: tuple[str, ...]) -> str:
    """Which layer is the picture: "" for plain R, G, B; else that of a render, as "ViewLayer.Combined"."""
    names = set(channels)
    if {"R", "G", "B"} <= names:
        return ""
    layers = [name[:-2] for name in channels if name.endswith(".R") and {f"{name[:-2]}.G", f"{name[:-2]}.B"} <= names]
    combined = [name for name in layers if name.split(".")[-1] == "Combined"]
    return (combined or layers or [""])[0]


def has_cryptomatte(channels: tuple[str, ...]) -> bool:
    """Whether there are layers of a Cryptomatte."""
    return any("crypto" in name.lower() for name in channels)


def _heads(source: BinaryIO, several: bool) -> Head:
    size, channels = (0, 0), []
    while True:
        attributes = dict(_attributes(source))
        if not attributes:
            break
        part = f"{attributes['name'].decode('utf-8', 'replace')}." if several and "name" in attributes else ""
        x0, y0, x1, y1 = struct.unpack("<4i", attributes["displayWindow"])
        size = size if any(size) else (x1 - x0 + 1, y1 - y0 + 1)
        # Blender names a part as the layer that its channels name already.
        channels += [name if name.startswith(part) else f"{part}{name}" for name in _names(attributes["channels"])]
        if not several:
            break
    return Head(*size, tuple(channels))


def _attributes(source: BinaryIO) -> Iterator[tuple[str, bytes]]:
    while name := _text(source):
        _text(source)  # its type
        (size,) = struct.unpack("<i", source.read(4))
        if not 0 <= size <= _MOST:
            raise ValueError(name)
        yield name, source.read(size)


def _names(data: bytes) -> list[str]:
    found = []
    while data[:1] not in (b"", b"\0"):
        end = data.index(b"\0")
        found.append(data[:end].decode("utf-8", "replace"))
        data = data[end + 17 :]  # type, linearity, sampling
    return found


def _text(source: BinaryIO) -> str:
    found = b""
    while (letter := source.read(1)) not in (b"", b"\0"):
        found += letter
        if len(found) > 255:
            raise ValueError("no header")
    return found.decode("utf-8", "replace")
