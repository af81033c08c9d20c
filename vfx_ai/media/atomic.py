"""Files that are whole or not there: written beside their place under another name, then renamed."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TypeVar

import psutil

from vfx_ai.errors import OutputError

# A leftover of a killed run on another machine is only known by its age.
_ABANDONED_SECONDS = 3600.0
# Where a reader of another process holds a file, Windows refuses to replace it until that reader is done.
_TRIES, _TRY_SECONDS = 50, 0.1
Result = TypeVar("Result")
# What follows ".<target>." in the name of a file that is being written: machine, process, and what kind it is.
_LEFT = re.compile(r"(?:([0-9a-f]{8})-)?(\d+)\.(?:part|pixels)(?:\.\w+)?")
_SAME_TIME_NS = 2000  # by which copying a file to another machine may round its time


@cache
def this_machine() -> str:
    """Eight characters that tell this machine, or container, from others that write to the same disk."""
    inside = ""
    with suppress(OSError):  # processes of two containers may have the same number
        inside = str(Path("/proc/self/ns/pid").readlink())
    return hashlib.sha256(f"{platform.node()} {inside}".encode()).hexdigest()[:8]


def unchanged(stat: os.stat_result, size: int, modified_ns: int) -> bool:
    """Whether a file still has a size and a time of change that were written down, also after it was copied."""
    return stat.st_size == size and abs(stat.st_mtime_ns - modified_ns) <= _SAME_TIME_NS


@contextmanager
def replacing(target: Path, frame: int | None = None) -> Iterator[Path]:
    """Gives a path beside `target` to write to, and renames it to `target` if the block ends well.

    Whatever fails, what was at `target` stays and the other file is removed. Leftovers of killed runs are removed too.
    Several processes, also of several machines, may do this to one target: the last one's file is there whole.

    Raises:
        OutputError: the folder or the file can't be written.
    """
    temporary = target.with_name(f".{target.name}.{this_machine()}-{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        yield temporary
        patiently(lambda: os.replace(temporary, target))  # noqa: PTH105
    except OSError as error:
        raise OutputError(
            f"the result can't be written: {error.strerror or error}",
            file=target,
            frame=frame,
            remedy="Check the folder, its rights and the space left.",
        ) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def patiently(change: Callable[[], Result]) -> Result:
    """Change a file that somebody may just be reading, or giving up: Windows refuses until they are done.

    Raises:
        OSError: of the change; where a right is missing on another system at once.
    """
    for left in range(_TRIES, -1, -1):
        try:
            return change()
        except PermissionError:
            if sys.platform != "win32" or not left:
                raise
            time.sleep(_TRY_SECONDS)
    raise AssertionError


def _sweep(target: Path) -> None:
    start = f".{target.name}."
    for entry in os.scandir(target.parent):
        found = _LEFT.fullmatch(entry.name, len(start)) if entry.name.startswith(start) else None
        here = found is not None and found[1] in (None, this_machine())
        if not found or (here and int(found[2]) == os.getpid()):
            continue
        with suppress(OSError):
            abandoned = time.time() - entry.stat().st_mtime > _ABANDONED_SECONDS
            if abandoned or (here and not psutil.pid_exists(int(found[2]))):
                Path(entry.path).unlink()
