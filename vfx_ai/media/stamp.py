"""The short record that a result carries in its own header: which job made it, with what, and of what its pixels are.

In an EXR these are attributes of the filled part, beside the plate's own; in a PNG they are lines of text. DPX and TIFF
have no place for them that is not the plate's.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from vfx_ai.media.exr_header import Attribute, Header, Part

PREFIX = "vfxai:"
BEFORE = f"{PREFIX}before"
MOST_BEFORE = 16  # records of earlier results that are handed on; more than that is no chain that anybody follows
MOST_LETTERS = 1 << 15
_TEXTS = ("version", "job", "engine")
_NUMBER = "pixels"
SHARES = ("real", "patch", "painted", "generated", "smooth")
APART = "apart"  # 1 in a file that holds what a model made by itself, beside a result
NAMES = frozenset({*(PREFIX + name for name in (*_TEXTS, _NUMBER, *SHARES, APART)), BEFORE})


@dataclass(frozen=True)
class Stamp:
    """What a frame's header says of how it was made. It depends on the job and on this frame alone.

    Attributes:
        version: of the program, e.g. "vfx-ai 0.1.0".
        job: SHA-256 of what was asked, without where files lie; the sidecar has the same.
        engine: the engine's name.
        pixels: how many were made; all others are the plate's.
        shares: of those, what share each of SHARES is, 0..1; they add up to 1 unless `pixels` is 0.
    """

    version: str
    job: str
    engine: str
    pixels: int
    shares: Mapping[str, float]

    def values(self) -> dict[str, str | int | float]:
        """Names of attributes and what they hold: text, a whole number, numbers."""
        return {
            PREFIX + "version": self.version,
            PREFIX + "job": self.job,
            PREFIX + "engine": self.engine,
            PREFIX + _NUMBER: self.pixels,
            **{PREFIX + name: float(self.shares.get(name, 0.0)) for name in SHARES},
        }


def stamped(header: Header, part: int, stamp: Stamp) -> Header:
    """A header whose part carries the stamp. One that was there already goes into `vfxai:before`, the newest first."""
    old = header.parts[part]
    attributes = {name: a for name, a in old.attributes.items() if name not in NAMES}
    values: dict[str, Any] = stamp.values()
    if earlier := _chain(old):
        values[BEFORE] = json.dumps(earlier[:MOST_BEFORE], ensure_ascii=True)
    attributes |= {name: _attribute(name, value) for name, value in values.items()}
    parts = list(header.parts)
    parts[part] = replace(old, attributes=attributes)
    return replace(header, parts=tuple(parts))


def read_stamp(part: Part) -> dict[str, Any]:
    """What a part's header says of how it was made, without the prefix of the names; {} if it says nothing.

    What is there in another type than it is written in is left out: it is not ours.
    """
    found = {name: _value(a) for name, a in part.attributes.items() if name in NAMES and name != BEFORE}
    return {name.removeprefix(PREFIX): value for name, value in found.items() if value is not None}


def _chain(part: Part) -> list[Any]:
    """The stamp of a part and those before it, the newest first."""
    if not (newest := read_stamp(part)):
        return []
    try:
        text = part.text(BEFORE)
        older = json.loads(text if 0 < len(text) <= MOST_LETTERS else "[]")
    except (ValueError, RecursionError):
        older = []
    return [newest, *(one for one in older if isinstance(one, dict))] if isinstance(older, list) else [newest]


def _attribute(name: str, value: str | int | float) -> Attribute:
    if isinstance(value, str):
        return Attribute(name, "string", value.encode("utf-8", "replace"))
    if isinstance(value, int):
        return Attribute(name, "int", struct.pack("<i", min(value, 2**31 - 1)))
    return Attribute(name, "float", struct.pack("<f", value))


def _value(attribute: Attribute) -> str | int | float | None:
    if attribute.kind == "string":
        return attribute.value.decode("utf-8", "replace")
    if attribute.kind in ("int", "float") and len(attribute.value) == 4:
        return struct.unpack("<i" if attribute.kind == "int" else "<f", attribute.value)[0]  # type: ignore[no-any-return]
    return None
