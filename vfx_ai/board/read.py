"""A script read in, whatever it is written in: a table of endings, and text that is what it says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vfx_ai.board import fountain, fountain_shots
from vfx_ai.board.shots import Script, check_shots
from vfx_ai.errors import InputError, UnsupportedFileError
from vfx_ai.media.plain_file import open_plain

LARGEST = 8 * 1024 * 1024  # bytes; a long film's screenplay has 300,000
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8-sig"))
# What people have instead, and how it becomes something that is read.
_OTHERS = {
    ".fdx": "Export it as Fountain, from Final Draft by way of Highland, Fade In or Beat.",
    ".pdf": "Export the screenplay as Fountain.",
    ".docx": "Save it as plain text, in Fountain.",
    ".xlsx": "Save the sheet as CSV.",
    ".edl": "Turn it into OpenTimelineIO: otioconvert -i cut.edl -o cut.otio",
    ".xml": "Turn it into OpenTimelineIO: otioconvert -i cut.xml -o cut.otio",
    ".aaf": "Turn it into OpenTimelineIO: otioconvert -i cut.aaf -o cut.otio",
}


def read_script(path: Path, split: str = fountain_shots.BEATS) -> Script:
    """The shots of a script.

    Args:
        path: Fountain (.fountain, .spmd, .txt), a table (.csv, .tsv), or OpenTimelineIO (.otio).
        split: how a Fountain is cut into shots, see `fountain_shots.shots_of`.

    Raises:
        InputError: the file can't be read; the message names the line.
        UnsupportedFileError: it is of another kind.
        VfxAiError: the package that reads it isn't installed.
    """
    ending = path.suffix.lower()
    if ending not in _READERS:
        raise UnsupportedFileError(
            f"a script of this kind isn't read: {ending or 'no ending'}",
            file=path,
            remedy=_OTHERS.get(ending, f"Give one of {', '.join(sorted(_READERS))}."),
        )
    return _READERS[ending](path, text_of(path), split)


def text_of(path: Path) -> str:
    """The text of a file, in UTF-8 or marked UTF-16.

    Raises:
        InputError: it isn't there, is larger than LARGEST, or is in another encoding.
    """
    try:
        with open_plain(path) as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(
            f"the script can't be read: {error.strerror or error}", file=path, remedy="Check its name and its rights."
        ) from None
    if len(data) > LARGEST:
        raise InputError(f"it is larger than {LARGEST // 1024**2} MB", file=path, remedy="Check that it is a script.")
    encoding = next(name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark))
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"line {line} is not in {encoding.removesuffix('-sig').upper()}: byte 0x{data[error.start]:02x}",
            file=path,
            remedy="Save the file as UTF-8.",
        ) from None


def _fountain(path: Path, text: str, split: str) -> Script:
    play = fountain.parse(text)
    page = play.title_page
    return Script(
        page.get("title", "") or path.stem,
        page.get("author", "") or page.get("authors", ""),
        check_shots(fountain_shots.shots_of(play, split), path),
        play.warnings,
    )


def _table(path: Path, text: str, _split: str) -> Script:
    from vfx_ai.board.table_shots import read_table

    return read_table(path, text)


def _timeline(path: Path, text: str, _split: str) -> Script:
    from vfx_ai.board.timeline_read import read_timeline

    return read_timeline(path, text)


_READERS: dict[str, Callable[[Path, str, str], Script]] = {
    ".fountain": _fountain,
    ".spmd": _fountain,
    ".txt": _fountain,
    ".csv": _table,
    ".tsv": _table,
    ".otio": _timeline,
}
