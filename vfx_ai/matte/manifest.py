"""The names of a cryptomatte: a JSON text in the header, or in a file beside the picture.

Source: Cryptomatte Specification 1.2.0 (Psyop), "Metadata" and "Manifest".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath

from vfx_ai.matte.ids import id_of_hash

# The largest that were seen, of hundred thousands of names, have some ten million bytes.
_MOST_BYTES = 256 << 20


@dataclass(frozen=True)
class Manifest:
    """Which ids have which names.

    Attributes:
        ids: by name.
        gap: why there are none, as half a sentence; "" if there are.
    """

    ids: Mapping[str, int] = field(default_factory=dict)
    gap: str = ""

    def names(self) -> dict[int, str]:
        """The names by their ids; of several with the same id the first by the alphabet."""
        return {number: name for name, number in sorted(self.ids.items(), reverse=True)}


def read_manifest(picture: Path, text: str, sidecar: str) -> Manifest:
    """The manifest of one cryptomatte; one that can't be read is empty and says why.

    Args:
        picture: the EXR file.
        text: the JSON in its header, or "".
        sidecar: the path of a file with JSON, relative to the picture's folder, or "".
    """
    if text.strip():
        return _parsed(text, "its manifest")
    if not sidecar.strip():
        return Manifest(gap="it has no manifest")
    try:
        file = sidecar_of(picture, sidecar)
        stat = file.stat()
        return _from_file(file, stat.st_size, stat.st_mtime_ns)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        return Manifest(gap=f"its manifest {sidecar!r} can't be read: {why}")


def sidecar_of(picture: Path, sidecar: str) -> Path:
    """The file that a header names as its manifest.

    Raises:
        ValueError: it isn't a path within the picture's folder, also by way of links; or there is no such file.
    """
    where = PurePosixPath(sidecar)
    if "\\" in sidecar or PureWindowsPath(sidecar).drive or where.is_absolute() or ".." in where.parts:
        raise ValueError("it must lie in the picture's own folder, or below it")
    folder = picture.parent.resolve()
    file = (folder / where).resolve()
    if not file.is_relative_to(folder):
        raise ValueError("it leads out of the picture's folder")
    if not file.is_file():
        raise ValueError("there is no such file")
    return file


@lru_cache(maxsize=8)
def _from_file(file: Path, size: int, _changed: int) -> Manifest:
    """A shot's frames mostly share one file; it is known by its size and time."""
    if size > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES >> 20} MiB")
    return _parsed(file.read_text(encoding="utf-8"), f"the manifest {file.name}")


def _parsed(text: str, called: str) -> Manifest:
    try:
        found = json.loads(text)
        # Blender writes the hash itself, which now and then isn't the id.
        ids = {str(name): id_of_hash(int(value, 16)) for name, value in found.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return Manifest(gap=f"{called} is not JSON of names and ids")
    if any(not 0 <= number <= 0xFFFFFFFF for number in ids.values()):
        return Manifest(gap=f"{called} has ids of more than 32 bits")
    return Manifest(ids) if ids else Manifest(gap=f"{called} is empty")
