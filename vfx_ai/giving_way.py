"""How far a process stands behind other programs: above all the host, whose windows are to stay fluid."""

from __future__ import annotations

import errno
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

LEAST = 19  # the nicest that there is
AUTOGROUP = Path("/proc/self/autogroup")  # Linux, where it is built so
_TRIES, _TRY_SECONDS = 12, 0.1  # Linux lets users write one in so long, all of them together


def give_way(by: int) -> None:
    """Take processors only where no program wants them that is less nice; what this process starts does the same.

    Args:
        by: how much nicer it becomes than it is, 0: nothing is done; on Windows it is below normal. Where the system
            doesn't allow it, all goes on as it is.
    """
    if not by:
        return
    this = psutil.Process()
    with suppress(OSError, psutil.Error):
        if sys.platform == "win32":
            this.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            this.nice(min(LEAST, this.nice() + by))
    session_gives_way()


def session_gives_way() -> None:
    """Let a session that this process leads be as nice as the process.

    Linux counts a process's niceness within its session alone, and shares processors among sessions by a niceness that
    each has of its own; a new one begins at 0. A session that another process leads isn't touched: it may be a host's.
    """
    if not hasattr(os, "getsid") or os.getsid(0) != os.getpid() or not AUTOGROUP.is_file():
        return
    wanted = str(os.getpriority(os.PRIO_PROCESS, 0))
    for _ in range(_TRIES):
        try:
            AUTOGROUP.write_text(wanted, encoding="ascii")
            return
        except OSError as error:
            if error.errno != errno.EAGAIN:
                return
        time.sleep(_TRY_SECONDS)
