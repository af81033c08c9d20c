"""A table of shots (CSV) read in: a header, and a row for each shot."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from vfx_ai.board.camera import in_action
from vfx_ai.board.shots import Script, Shot, Speech, check_shots, timed
from vfx_ai.errors import InputError

# A column, and what else it may be called; letters alone count.
COLUMNS: dict[str, tuple[str, ...]] = {
    "shot": ("number", "shotnumber", "shotname", "code", "name", "id"),
    "scene": ("scenenumber",),
    "slug": ("slugline", "heading", "sceneheading", "location"),
    "action": ("description", "whatisseen"),
    "character": ("who", "speaker"),
    "dialogue": ("dialog", "line", "text"),
    "camera": ("cameranote", "framing", "move"),
    "duration": ("seconds", "length", "time"),
    "notes": ("note", "comment", "comments"),
    "transition": (),
}
DELIMITERS = (",", ";", "\t", "|")
_NAMES = {other: name for name, others in COLUMNS.items() for other in (name, *others)}
_SECONDS = re.compile(r"(\d{1,5}(?:[.,]\d{1,6})?) *(?:s|sec|seconds?)?", re.IGNORECASE)
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2}(?:\.\d{1,6})?)")
_CUE = re.compile(r"([^\s:a-z][^:a-z]{0,40}):\s*(.+)")


def read_table(path: Path, text: str) -> Script:
    """The shots of a table.

    Raises:
        InputError: no column is known, a shot's name is there twice, or a duration is none; the message names the line.
    """
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    shots: list[Shot] = []
    named: dict[str, int] = {}
    header: list[str] | None = None
    warnings: tuple[str, ...] = ()
    at = 1
    try:
        for row in rows:
            line, at = at, rows.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header, warnings = _header(path, row)
                continue
            shot = _shot(path, line, len(shots) + 1, {k: v.strip() for k, v in zip(header, row, strict=False) if k})
            if shot.code and shot.code in named:
                raise InputError(
                    f"line {line}: the shot {shot.code} is there twice, first in line {named[shot.code]}",
                    file=path,
                    remedy="Give each shot a name of its own.",
                )
            named[shot.code] = line
            shots.append(shot)
    except csv.Error as error:
        raise InputError(
            f"line {rows.line_num}: the table can't be read: {error}", file=path, remedy="Save it as CSV again."
        ) from None
    return Script(path.stem, "", check_shots(shots, path), warnings)


def _delimiter(text: str) -> str:
    """What the header's names are parted by: that by which most of them are known."""
    first = next((line for line in text.splitlines() if line.strip()), "")[:4096]

    def known(mark: str) -> int:
        return sum(_name(cell) in _NAMES for cell in first.split(mark))

    return max(DELIMITERS, key=known)


def _name(cell: str) -> str:
    return "".join(letter for letter in cell.lower() if letter.isalpha())


def _header(path: Path, row: list[str]) -> tuple[list[str], tuple[str, ...]]:
    names = [_NAMES.get(_name(cell), "") for cell in row]
    if not {"action", "dialogue", "slug"} & set(names):
        raise InputError(
            "line 1: the header names neither action, dialogue nor slug",
            file=path,
            remedy=f"Its columns are {', '.join(COLUMNS)}; see docs/storyboards.md.",
        )
    for name in names:
        if name and names.count(name) > 1:
            raise InputError(f"line 1: two columns are {name}", file=path, remedy="Rename or remove one.")
    left = [cell.strip() for cell, name in zip(row, names, strict=True) if not name and cell.strip()]
    return names, (f"columns that aren't read: {', '.join(left)}",) if left else ()


def _shot(path: Path, line: int, index: int, cells: dict[str, str]) -> Shot:
    action, given = cells.get("action", ""), cells.get("duration", "")
    seconds = _seconds(given) if given else 0.0
    if given and not seconds:
        raise InputError(
            f"line {line}: {given!r} is no duration",
            file=path,
            remedy="Write seconds, as 3.5, or minutes and seconds, as 0:03.5.",
        )
    camera = cells.get("camera", "") or in_action(action)
    code = cells.get("shot", "")
    return timed(
        Shot(
            slug=cells.get("slug", ""),
            scene=cells.get("scene", ""),
            number=code or (f"{cells['scene']}.{index}" if cells.get("scene") else str(index)),
            action=action,
            dialogue=speeches(cells.get("dialogue", ""), cells.get("character", "")),
            camera=camera,
            notes=(cells["notes"],) if cells.get("notes") else (),
            transition=cells.get("transition", ""),
            seconds=seconds,
            estimated=not seconds,
            code=code,
            line=line,
        )
    )


def _seconds(text: str) -> float:
    """Seconds above 0; 0.0: it says none."""
    if found := _SECONDS.fullmatch(text):
        return float(found[1].replace(",", "."))
    if found := _CLOCK.fullmatch(text):
        return int(found[1] or 0) * 3600 + int(found[2]) * 60 + float(found[3])
    return 0.0


def speeches(text: str, who: str = "") -> tuple[Speech, ...]:
    """What is said, from a cell: a line a speech, each "NAME: words", or all of one whose name stands elsewhere."""
    if who:
        return (Speech(who, text),) if text else ()
    made: list[Speech] = []
    for line in filter(None, (part.strip() for part in text.splitlines())):
        found = _CUE.fullmatch(line)
        if found or not made:
            made.append(Speech(found[1].strip(), found[2]) if found else Speech("", line))
        else:
            made[-1] = Speech(made[-1].who, f"{made[-1].words}\n{line}")
    return tuple(made)
