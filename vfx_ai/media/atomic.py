"""Files that are whole or not there: written beside their place under another name, then renamed."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from vfx_ai.errors import OutputError

# A leftover of a killed run on another machine is only known by its age.
_ABANDONED_SECONDS = 3600.0


@contextmanager
def replacing(target: Path, frame: int | None = None) -> Iterator[Path]:
    """Gives a path beside `target` to write to, and renames it to `target` if the block ends well.

    Whatever fails, what was at `target` stays and the other file is removed. Leftovers of killed runs are removed too.

    Raises:
        OutputError: the folder or the file can't be written.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        yield temporary
        os.replace(temporary, target)  # noqa: PTH105
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


def _sweep(target: Path) -> None:
    mine = re.compile(re.escape(f".{target.name}.") + r"(\d+)\.(?:part|pixels)(?:\.\w+)?")
    for entry in os.scandir(target.parent):
        found = mine.fullmatch(entry.name)
        if not found or int(found[1]) == os.getpid():
            continue
        with suppress(OSError):
            abandoned = time.time() - entry.stat().st_mtime > _ABANDONED_SECONDS
            if abandoned or not psutil.pid_exists(int(found[1])):
                Path(entry.path).unlink()
