"""Folders that no two Nukes write into at the same time, although their scripts name the same."""

import shutil
from pathlib import Path

from vfx_ai_nuke import going
from vfx_ai_nuke.errors import NodeError

MARK = ".in-use"  # in each such folder; held by the Nuke that writes there
MOST = 50


def own(folder: str) -> str:
    """A folder for this Nuke alone, as long as it runs: the one that is named, or while another has it, name-2 and on.

    Those with a number that nobody uses any more are removed.

    Raises:
        NodeError: it can't be made.
    """
    try:
        for number in range(1, MOST):
            place = folder if number == 1 else f"{folder}-{number}"
            Path(place).mkdir(parents=True, exist_ok=True)
            if _ours(place):
                _sweep(folder, number)
                return place
    except OSError as error:
        raise NodeError(f"{folder} can't be written to: {error.strerror or error}. Name another place.") from None
    raise NodeError(f"{folder} and {MOST} folders beside it are in use. Name another place.")


def _ours(place: str) -> bool:
    try:
        return going.hold(f"{place}/{MARK}")
    except OSError:
        if not Path(place, MARK).is_file():
            raise
        return True  # a disk without locks: nobody can tell who is there


def _sweep(folder: str, number: int) -> None:
    for other in range(2, MOST):
        place = f"{folder}-{other}"
        if other != number and going.is_free(f"{place}/{MARK}"):
            shutil.rmtree(place, ignore_errors=True)
