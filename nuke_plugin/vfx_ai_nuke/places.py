"""Folders that no two Nukes write into at the same time, although their scripts name the same."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Dict

from vfx_ai_nuke import going
from vfx_ai_nuke.errors import NodeError

MARK = ".in-use"  # in each such folder; held by the Nuke that writes there
MOST = 50
_sweeping: Dict[str, threading.Thread] = {}  # by folder


def own(folder: str) -> str:
    """A folder for this Nuke alone, as long as it runs: the one that is named, or while another has it, name-2 and on.

    Those with a number that nobody uses any more are removed meanwhile, by a thread: they may be large, and far away.

    Raises:
        NodeError: it can't be made.
    """
    try:
        for number in range(1, MOST):
            place = _numbered(folder, number)
            if _ours(place):
                _sweep(folder, place)
                return place
    except OSError as error:
        raise NodeError(f"{folder} can't be written to: {error.strerror or error}. Name another place.") from None
    raise NodeError(f"{folder} and {MOST} folders beside it are in use. Name another place.")


def _numbered(folder: str, number: int) -> str:
    return folder if number == 1 else f"{folder}-{number}"


def _ours(place: str) -> bool:
    Path(place).mkdir(parents=True, exist_ok=True)
    try:
        return going.hold(f"{place}/{MARK}")
    except FileNotFoundError:  # another Nuke removed the folder at this very moment
        Path(place).mkdir(parents=True, exist_ok=True)
        return going.hold(f"{place}/{MARK}")
    except OSError:
        if not Path(place, MARK).is_file():
            raise
        return True  # a disk without locks: nobody can tell who is there


def _sweep(folder: str, kept: str) -> None:
    before = _sweeping.get(folder)
    if before is None or not before.is_alive():
        _sweeping[folder] = threading.Thread(target=_remove, args=(folder, kept), name="vfx-ai sweep", daemon=True)
        _sweeping[folder].start()


def _remove(folder: str, kept: str) -> None:
    """Remove the folders with a number that nobody holds. Each is held meanwhile, so that no Nuke begins in it."""
    for number in range(2, MOST):
        place = _numbered(folder, number)
        mark = Path(place, MARK)
        if place == kept:
            continue
        unmarked = False
        with going.while_free(str(mark)) as free:
            if free:
                _empty(Path(place))
                unmarked = _unlinked(mark)
        if free:  # Windows takes no open file away, and one that another Nuke has opened by now stays
            if not unmarked:
                _unlinked(mark)
            with suppress(OSError):
                Path(place).rmdir()


def _unlinked(path: Path) -> bool:
    try:
        path.unlink()
    except OSError:
        return False
    return True


def _empty(place: Path) -> None:
    """Remove all but the mark, which goes last: as long as it is held, the folder is nobody else's."""
    import shutil  # takes longer to load than all of this

    with suppress(OSError):
        for path in place.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != MARK:
                _unlinked(path)
