"""SHA-256 of files, each read once: it is remembered beside the results, as long as a file stays as it was."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vfx_ai.errors import InputError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.hashing import FileHash, hash_file

# A file that was written so shortly before could have changed once more within the same tick of its disk's clock.
SETTLED_SECONDS = 2.0
KEPT_EVERY_SECONDS = 5.0


class Hashes:
    """Hashes of files, remembered in a file.

    What is remembered counts only while size, time of change and, where the system has it, time of the last change of
    any kind are the same to the tick, and only if the file had been left alone for SETTLED_SECONDS before it was read.

    Args:
        memory: the file; one that makes no sense is begun anew. None: nothing is remembered.
        check: called between pieces of a file; may raise to stop. What was hashed stays remembered.
    """

    def __init__(self, memory: Path | None, check: Callable[[], None] = lambda: None) -> None:
        self._memory, self._check = memory, check
        self._known = _loaded(memory)
        self._used: dict[str, list[Any]] = {}
        self._kept = time.monotonic()
        self.read_bytes = 0

    def of(self, path: Path, frame: int | None = None) -> FileHash:
        """Size and SHA-256 of a file.

        Raises:
            InputError: it can't be read.
        """
        name = str(path.absolute())
        if name in self._used:
            return FileHash(self._used[name][0], self._used[name][-1])
        before = _signature(path, frame)
        known = self._known.get(name)
        if known is not None and known[:-1] == before:
            self._used[name] = known
            return FileHash(known[0], known[-1])
        started = time.time_ns()
        found = hash_file(path, frame, lambda _bytes: self._check())
        self.read_bytes += found.bytes
        if _signature(path, frame) == before and started - max(before[1:]) > SETTLED_SECONDS * 1e9:
            self._known[name] = [*before, found.sha256]
        self._used[name] = [*before, found.sha256]
        if time.monotonic() - self._kept > KEPT_EVERY_SECONDS:
            self.keep()
        return found

    def keep(self) -> None:
        """Write down what is known, so that the next run needn't read these files again."""
        self._kept = time.monotonic()
        if self._memory is not None and self._memory.parent.is_dir():
            with replacing(self._memory) as beside:
                beside.write_text(json.dumps(self._known), encoding="utf-8")


def _signature(path: Path, frame: int | None) -> list[int]:
    try:
        stat = path.stat()
    except (OSError, ValueError):
        raise InputError("there is no such file", file=path, frame=frame, remedy="Check the path.") from None
    # On Windows the last is when it was made, which does no harm.
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def _loaded(memory: Path | None) -> dict[str, list[Any]]:
    try:
        data = json.loads(memory.read_text(encoding="utf-8")) if memory is not None else {}
    except (OSError, ValueError, RecursionError):
        return {}
    whole = isinstance(data, dict)
    return {name: entry for name, entry in data.items() if _is_entry(entry)} if whole else {}


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, list)
        and len(entry) == 4
        and all(type(number) is int for number in entry[:3])
        and isinstance(entry[3], str)
        and len(entry[3]) == 64
    )
