"""A file by which others see that this process lives: it holds a lock on it, which goes with it however it ends."""

import os
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Dict, Iterator, Set

try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

LOOK_SECONDS = 0.5  # between two looks whether another process lives
_held: Dict[str, IO[Any]] = {}
_once_held: Set[str] = set()  # by this process


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
        if _is_there(file, path):
            _held[path] = file
            _once_held.add(path)
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
    with while_free(path) as free:
        return free


@contextmanager
def while_free(path: str) -> Iterator[bool]:
    """Within it this process alone holds a file that was there and free; whether that is so."""
    try:
        file = Path(path).open("r+b")  # noqa: SIM115 - it is held
    except OSError:
        yield False
        return
    with file:
        free = False
        with suppress(OSError):
            free = _locked(file) and _is_there(file, path)
        yield free


def end_with(path: str) -> None:
    """End this process as soon as nobody holds a file; a file that isn't there means nothing.

    What has held it itself isn't meant: a Nuke whose own background Nuke is to end.
    """
    if path in _once_held:
        return
    threading.Thread(target=_follow, args=(path,), name="vfx-ai going", daemon=True).start()


def _follow(path: str) -> None:
    while Path(path).exists():
        if is_free(path):
            os._exit(1)
        time.sleep(LOOK_SECONDS)


def _is_there(file: IO[Any], path: str) -> bool:
    """Whether an open file is the one of that name, and wasn't taken away since."""
    return Path(path).exists() and os.path.samestat(os.fstat(file.fileno()), Path(path).stat())


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
