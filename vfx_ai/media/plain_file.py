"""Files that are read whole, and that others name: a pipe would never end, and a device has no end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def open_plain(path: Path) -> BinaryIO:
    """A plain file, open to be read as bytes, also by way of links.

    Raises:
        OSError: it can't be opened, or is a folder, a pipe, a socket or a device.
    """
    # Opened first and looked at then, so that nothing can take its place between.
    number = os.open(path, os.O_RDONLY | _AT_ONCE)
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file, but a folder, a pipe or a device", str(path))
        return os.fdopen(number, "rb")
    except BaseException:
        os.close(number)
        raise
