"""File names with a place for the frame number, parsed and filled in by fileseq."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import fileseq

from vfx_ai.errors import JobError

# "####" is four digits, as Nuke and OpenImageIO count; a lone "#" takes whatever padding lies on disk.
STYLE = fileseq.PAD_STYLE_HASH1
ANY_PADDING = ("#", "@", "%d")
_TOKEN = re.compile(r"#+|@+|%\d*d|\$F\d*")
_WIDTH = re.compile(r"(?:%|\$F)(\d+)")
_LONGEST_NAME = 255  # letters of a file's name, on all systems


@lru_cache(maxsize=64)
def parse_name(name: str) -> Any:
    """The fileseq.FileSequence of a file name (without its folder), which is shared: not to be changed."""
    return fileseq.FileSequence(name, pad_style=STYLE, allow_subframes=False)


def has_frame_token(name: str) -> bool:
    """Whether a file name holds a place for the frame number: "#", "@", "%04d" or "$F4".

    Raises:
        JobError: a place for more digits than a file's name can have.
    """
    for found in _TOKEN.findall(name):
        width = _WIDTH.match(found)
        # Before anybody writes so many zeros.
        if width and (len(width[1]) > 3 or int(width[1]) > _LONGEST_NAME):
            raise JobError(
                f"the frame number is to have {width[1]} digits",
                file=name,
                remedy="Give as many as the files have, e.g. %04d or ####.",
            )
    return bool(_TOKEN.search(name)) and bool(parse_name(name).padding())


def output_path(pattern: str, number: int) -> Path:
    """The file of frame `number` by a pattern such as "out/clean.####.exr"; the pattern itself if it holds no frame."""
    path = Path(pattern)
    return path.parent / str(parse_name(path.name).frame(number)) if has_frame_token(path.name) else path


def numbers_between(names: Iterable[str], head: str, tail: str) -> list[str]:
    """The digits that stand between `head` and `tail` in each name that has both, as they are written."""
    length = len(head) + len(tail)
    middles = (
        name[len(head) : len(name) - len(tail)]
        for name in names
        if len(name) > length and name.startswith(head) and name.endswith(tail)
    )
    return [text for text in middles if re.fullmatch(r"-?[0-9]+", text)]


def common_padding(numbers: list[str]) -> int:
    """The one padding by which fileseq would have written all of these numbers; 0 if there is none."""
    padding = min(len(text) for text in numbers)
    written = parse_name(f"x.{'#' * padding}.exr")
    agree = all(str(written.frame(int(text))) == f"x.{text}.exr" for text in numbers)
    return padding if agree else 0


def ranges(numbers: Iterable[int], *, shorten: bool = True) -> str:
    """Frame numbers in words for a message: "1001-1010,1015"; cut off where it grows long, if it may be."""
    text = str(fileseq.FrameSet(sorted(numbers)))
    return text if len(text) <= 80 or not shorten else f"{text[:80].rpartition(',')[0]} and more"
