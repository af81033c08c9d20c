"""Memory that runs out while a picture is read is told with the file: it may be the picture's own doing."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from vfx_ai.errors import ResourceError

Rest = ParamSpec("Rest")
Read = TypeVar("Read")


def told(read: Callable[Concatenate[Path, int, Rest], Read]) -> Callable[Concatenate[Path, int, Rest], Read]:
    """A function that reads a frame's file, given its path and number, with a ResourceError for a MemoryError."""

    def reads(path: Path, frame: int, /, *rest: Rest.args, **more: Rest.kwargs) -> Read:
        try:
            return read(path, frame, *rest, **more)
        except MemoryError:
            raise ResourceError(
                "memory ran out while the picture was read",
                file=path,
                frame=frame,
                remedy="Check its size, close other programs, or use a machine with more memory.",
            ) from None

    functools.update_wrapper(reads, read)
    return reads
