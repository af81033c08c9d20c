"""What lies in a folder: its files, and the sequences among their names."""

from __future__ import annotations

import os
import re
from pathlib import Path

import fileseq

from vfx_ai.errors import InputError
from vfx_ai.media.pattern import STYLE

NUMBER_OF_FILE = re.compile(r"(?:^|[._])(-?\d+)$")
# A run of more digits is a hash or a time, and no frame's number.
MOST_DIGITS = 15
_NO_NUMBER = re.compile(rf"[0-9]{{{MOST_DIGITS + 1},}}$")
_PICTURES = frozenset(
    f".{kind}"
    for kind in (
        *("exr", "dpx", "cin", "tif", "tiff", "png", "jpg", "jpeg", "hdr", "tga", "bmp", "sgi", "rgb", "jp2"),
        *("webp", "psd", "pnm", "ppm", "pgm", "pfm", "iff"),
    )
)
NO_FILE = "it is a folder, a pipe, a device, or a link that leads nowhere"


def patterns_in(folder: Path) -> list[str]:
    """Patterns of the pictures in a folder, by name.

    Raises:
        InputError: it can't be read.
    """
    return sorted(found_in(names_in(folder)))


def found_in(every: list[str]) -> dict[str, tuple[int, ...] | None]:
    """Patterns of pictures among names, and their frame numbers; None: the name of a still without a number."""
    names = [name for name in every if Path(name).suffix.lower() in _PICTURES]
    patterns: dict[str, tuple[int, ...] | None] = {name: None for name in names if _NO_NUMBER.search(Path(name).stem)}
    numbered = [name for name in names if name not in patterns]
    for found in fileseq.FileSequence.findSequencesInList(numbered, pad_style=STYLE):
        head, padding, frames = str(found.basename()), int(found.zfill()), found.frameSet()
        if frames is None or (len(frames) == 1 and not NUMBER_OF_FILE.search(f"{head}{'0' * padding}")):
            patterns[str(found.frame(next(iter(frames)))) if frames else f"{head}{found.extension()}"] = None
            continue
        # "shot-1001.exr" is frame 1001 of "shot-", not frame -1001 of "shot".
        dashed = head[-1:].isalnum() and max(frames) < 0
        name = f"{head}{'-' if dashed else ''}{'#' * max(1, padding - dashed)}{found.extension()}"
        numbers = {abs(int(n)) if dashed else int(n) for n in frames}
        patterns[name] = tuple(sorted(numbers.union(patterns.get(name) or ())))
    return patterns


def names_in(folder: Path) -> list[str]:
    """Names of a folder's files that aren't hidden; what is no file (a pipe, a device, a link to itself) is left out.

    Raises:
        InputError: it can't be read.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if not entry.name.startswith(".") and _is_file(entry))
    except OSError as error:
        why = error.strerror or error
        raise InputError(f"the folder can't be read: {why}", file=folder, remedy="Check it and its rights.") from None


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads to itself
        return False


def is_no_file(path: Path) -> bool:
    """Whether there is something by that name that is no file; see NO_FILE."""
    return os.path.lexists(path) and not path.is_file()
