"""What files hold, by hash, and whether they are still as they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from vfx_ai.errors import InputError
from vfx_ai.media.hashing import hash_file


@dataclass(frozen=True)
class Signed:
    """A file as it was.

    Attributes:
        number: of the frame; of a movie 0.
        size: in bytes.
        mtime_ns: when it was written.
        sha256: of its contents, in hex.
    """

    number: int
    size: int
    mtime_ns: int
    sha256: str


def sign(path: Path, number: int, check: Callable[[], None] = lambda: None) -> Signed:
    """Hash a file.

    Args:
        path: of it.
        number: of its frame.
        check: called now and then; may raise to stop.

    Raises:
        InputError: it can't be read, or was written to meanwhile.
    """
    try:
        before = path.stat()
        found = hash_file(path, number, lambda _bytes: check())
        after = path.stat()
    except OSError as error:
        raise InputError(
            f"the file can't be read: {error.strerror or error}", file=path, frame=number, remedy="Check its rights."
        ) from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise InputError("the file is being written", file=path, frame=number, remedy="Add it when it is whole.")
    return Signed(number, before.st_size, before.st_mtime_ns, found.sha256)


def content_of(files: tuple[Signed, ...], span: tuple[int, int] | None = None) -> str:
    """What a shot holds: one hash of its files' contents in order; of a movie, its hash and which frames of it.

    Names and frame numbers don't count, so that the same footage is known under other names.
    """
    if span is not None:
        return f"{files[0].sha256}:{span[0]}-{span[1]}"
    return content_of_hashes([one.sha256 for one in files])


def content_of_hashes(hashes: Iterable[str]) -> str:
    """The same, of the files' hashes in order."""
    return hashlib.sha256("\n".join(hashes).encode("ascii", "replace")).hexdigest()


def footage(content: str) -> str:
    """The part of a content that says which files it is of: of all shots of a movie the same."""
    return content.partition(":")[0]


def as_text(files: tuple[Signed, ...]) -> str:
    """For the database."""
    return json.dumps([[one.number, one.size, one.mtime_ns, one.sha256] for one in files], separators=(",", ":"))


def from_text(text: str) -> tuple[Signed, ...]:
    """Of the database.

    Raises:
        InputError: the catalogue is damaged.
    """
    try:
        return tuple(Signed(*row) for row in json.loads(text))
    except (ValueError, TypeError):
        raise InputError(
            "the catalogue is damaged: a list of files can't be read", remedy="Remove the shot and add it again."
        ) from None
