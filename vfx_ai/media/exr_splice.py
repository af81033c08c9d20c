"""Exchanges the header of an EXR file and leaves its chunks as they are.

The OpenEXR package turns attributes into Python values and back, which loses some (an empty vector, text that is not
UTF-8, a fraction that isn't in lowest terms). Their bytes are carried past it here.
"""

from __future__ import annotations

import shutil
import struct
from dataclasses import replace
from pathlib import Path

from vfx_ai.media.exr_header import LONG_NAMES, MAGIC, Attribute, Header, Part
from vfx_ai.media.frame import Window

# What the package must see to lay out the pixels; all else is carried over as bytes.
STRUCTURAL = frozenset(
    {
        "channels",
        "chunkCount",
        "compression",
        "dataWindow",
        "displayWindow",
        "lineOrder",
        "name",
        "pixelAspectRatio",
        "screenWindowCenter",
        "screenWindowWidth",
        "tiles",
        "type",
        "version",
        "view",
    }
)
# Follow from how the pixels were written, so they are those of the new file.
_OF_THE_PIXELS = frozenset({"channels", "chunkCount", "compression", "lineOrder", "tiles"})


def without_extras(header: Header) -> list[list[Attribute]]:
    """Each part's attributes without those that don't matter for the pixels."""
    return [[a for a in part.attributes.values() if a.name in STRUCTURAL] for part in header.parts]


def carried_over(original: Header, written: Header) -> list[list[Attribute]]:
    """Each part's attributes: the original's, save for those that describe how the pixels were written."""
    pairs = zip(original.parts, written.parts, strict=True)
    return [[_carried(attribute, new) for attribute in part.attributes.values()] for part, new in pairs]


def _carried(attribute: Attribute, new: Part) -> Attribute:
    return new.attributes.get(attribute.name, attribute) if attribute.name in _OF_THE_PIXELS else attribute


def with_windows(header: Header, data: dict[int, Window] | None = None, display: Window | None = None) -> Header:
    """A header whose attributes name other windows: the data windows of some parts, the display window of all."""
    parts = []
    for part in header.parts:
        attributes = dict(part.attributes)
        for name, window in (("dataWindow", (data or {}).get(part.index)), ("displayWindow", display)):
            if window is not None:
                value = struct.pack("<4i", window.x0, window.y0, window.x1 - 1, window.y1 - 1)
                attributes[name] = Attribute(name, "box2i", value)
        parts.append(replace(part, attributes=attributes))
    return replace(header, parts=tuple(parts))


def exchange_header(source: Path, header: Header, parts: list[list[Attribute]], target: Path) -> None:
    """Writes `source` to `target` with other attributes; `header` is that of `source`.

    Raises:
        OSError: a file can't be read or written.
    """
    texts = [text for part in parts for a in part for text in (a.name, a.kind)]
    texts += [channel.name for part in header.parts for channel in part.channels]
    long_names = LONG_NAMES if any(len(_bytes(text)) > 31 for text in texts) else 0
    head = MAGIC + struct.pack("<I", header.version & ~LONG_NAMES | long_names)
    head += b"".join(b"".join(map(_packed, part)) + b"\0" for part in parts)
    # A multi-part header ends with an empty one; whether it does is seen from the version alone.
    head += b"\0" if header.multi_part else b""
    count = sum(part.chunks for part in header.parts)
    with source.open("rb") as old, target.open("wb") as new:
        old.seek(header.table)
        offsets = struct.unpack(f"<{count}Q", old.read(8 * count))
        shift = len(head) - header.table
        new.write(head)
        new.write(struct.pack(f"<{count}Q", *(offset + shift for offset in offsets)))
        shutil.copyfileobj(old, new, 1 << 20)


def _packed(attribute: Attribute) -> bytes:
    size = struct.pack("<i", len(attribute.value))
    return _bytes(attribute.name) + b"\0" + _bytes(attribute.kind) + b"\0" + size + attribute.value


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
