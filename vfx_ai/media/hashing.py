"""What a file holds, as one SHA-256, read in pieces."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vfx_ai.errors import InputError

PIECE = 1 << 20


@dataclass(frozen=True)
class FileHash:
    """What a file held: its size in bytes, and the SHA-256 of them in hexadecimal."""

    bytes: int
    sha256: str


def hash_file(path: Path, frame: int | None = None, step: Callable[[int], None] = lambda _bytes: None) -> FileHash:
    """Size and SHA-256 of a file; no more than a piece of it is in memory.

    Args:
        path: a plain file; what isn't one (a pipe, a device) is refused before it is opened.
        frame: for messages.
        step: called with the bytes of each piece before it counts; may raise to stop.

    Raises:
        InputError: it can't be read.
    """
    digest, size = hashlib.sha256(), 0
    try:
        if not path.is_file():
            raise InputError("there is no such file", file=path, frame=frame, remedy="Check the path.")
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                step(len(piece))
                digest.update(piece)
                size += len(piece)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"it can't be read: {why}", file=path, frame=frame, remedy="Check its rights.") from None
    return FileHash(size, digest.hexdigest())
