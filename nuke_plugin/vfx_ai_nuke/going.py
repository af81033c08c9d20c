"""A file by which others see that this process lives: it holds a lock on it, which goes with it however it ends."""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Dict

try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

LOOK_SECONDS = 0.5  # between two looks whether another process lives
_held: Dict[str, IO[Any]] = {}


def hold(path: str) -> bool:
    """Hold a file until this process ends or lets it go; whether it is held now. False: another process does.

    Raises:
        OSError: the file can't be made, or its disk knows no locks.
    """
    if path in _held and Path(path).exists():
        return True
    let_go(path)
    for _ in range(3):
        file = Path(path).open("a+b")  # noqa: SIM115 - it is held
        if not _locked(file):
            file.close()
            return False
        if Path(path).exists() and os.path.samestat(os.fstat(file.fileno()), Path(path).stat()):
            _held[path] = file
            return True
        file.close()  # it was taken away between both
    return False


def let_go(path: str, remove: bool = False) -> None:
    """Hold a file no more; it stays unless it is to be removed."""
    if path in _held:
        _held.pop(path).close()
    if remove:
        with suppress(OSError):
            Path(path).unlink()


def is_free(path: str) -> bool:
    """Whether a file is there, and no process holds it."""
    with suppress(OSError), Path(path).open("r+b") as file:
        return _locked(file)
    return False


def end_with(path: str) -> None:
    """End this process as soon as nobody holds a file; a file that isn't there means nothing."""
    threading.Thread(target=_follow, args=(path,), name="vfx-ai going", daemon=True).start()


def _follow(path: str) -> None:
    while Path(path).exists():
        if is_free(path):
            os._exit(1)
        time.sleep(LOOK_SECONDS)


def _locked(file: IO[Any]) -> bool:
    """Lock a file if nobody else does; whether that worked.

    Raises:
        OSError: there are no locks on its disk.
    """
    try:
        if os.name == "nt":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX + fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
