"""What the catalogue holds: titles and their shots, by name and in order. Footage stays where it is."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from vfx_ai.errors import InputError, JobError
from vfx_ai.studio.catalogue_base import Catalogue, opened
from vfx_ai.studio.rights_file import rights_from
from vfx_ai.studio.rights_terms import Rights

__all__ = ["Catalogue", "Shot", "Title", "find_shot", "opened", "shot_named", "shots_of", "title_of", "titles_of"]

COLUMNS = (
    "shots.id, shots.name, titles.title, shots.kind, shots.path, shots.first, shots.last, shots.count, shots.width, "
    "shots.height, shots.fps, shots.colorspace, shots.bytes, shots.content, shots.motion, shots.light, shots.tags, "
    "shots.notes, shots.added, titles.withdrawn"
)
FROM_SHOTS = f"SELECT {COLUMNS} FROM shots JOIN titles ON titles.id = shots.title_id"  # noqa: S608 - no input in it


@dataclass(frozen=True)
class Shot:
    """A shot of the catalogue.

    Attributes:
        id: its number.
        name: what it is called, unlike all others.
        title: what it is part of.
        kind: "sequence", "still" or "movie".
        path: the pattern of its files, or the movie.
        first, last, count: frame numbers, and how many there are. A movie's first frame is 0.
        width, height: in pixels, of the data window.
        fps: frames a second; 0: not known.
        colorspace: as it was given; "": the files say it.
        bytes: of its files together; of a movie, of all of it.
        content: what its files hold, by hash (see `contents.content_of`).
        motion: what a place of the picture moves by from frame to frame, as a share of the width; the median.
        light: {"mean": [3], "spread": [3], "low", "middle", "high", "brightest"}: log light (`media.color.to_log`);
            brightest is scene-linear.
        tags, notes: as given.
        added: when, ISO 8601, UTC.
        withdrawn: when its title was withdrawn; "": it wasn't.
    """

    id: int
    name: str
    title: str
    kind: str
    path: str
    first: int
    last: int
    count: int
    width: int
    height: int
    fps: float
    colorspace: str
    bytes: int
    content: str
    motion: float
    light: dict[str, Any]
    tags: tuple[str, ...]
    notes: str
    added: str
    withdrawn: str


@dataclass(frozen=True)
class Title:
    """What shots are part of.

    Attributes:
        title: its name.
        shots: how many.
        rights: what it may be used for; None: no rights file was given.
        withdrawn, why: when and why it was withdrawn; "": it wasn't.
    """

    title: str
    shots: int
    rights: Rights | None
    withdrawn: str
    why: str


_FIELDS = tuple(field.name for field in fields(Shot))


def shots_of(
    catalogue: Catalogue, *, title: str = "", tag: str = "", kind: str = "", most: int = 0
) -> tuple[Shot, ...]:
    """Shots by title and name, in one query.

    Args:
        catalogue: where.
        title, tag, kind: only those; "": any.
        most: so many; 0: all.

    Raises:
        JobError: there is no such title.
    """
    if title:
        title_of(catalogue, title)
    asked = [("titles.title = ?", title), ("shots.kind = ?", kind)]
    asked.append(("shots.id IN (SELECT shot_id FROM tags WHERE tag = ?)", tag.casefold()))
    asked = [(words, value) for words, value in asked if value]
    where = f" WHERE {' AND '.join(words for words, _ in asked)}" if asked else ""
    limit = f" LIMIT {int(most)}" if most else ""
    rows = catalogue.base.execute(
        f"{FROM_SHOTS}{where} ORDER BY titles.title, shots.name{limit}", [value for _, value in asked]
    )
    return tuple(shot_from(row) for row in rows)


def shot_from(row: tuple[Any, ...]) -> Shot:
    """A shot from a row of COLUMNS."""
    values = dict(zip(_FIELDS, row, strict=True))
    try:
        values["light"], values["tags"] = json.loads(values["light"]), tuple(json.loads(values["tags"]))
    except (ValueError, TypeError):
        raise InputError(
            f"the catalogue is damaged: what it says of {values['name']} can't be read",
            remedy="Remove the shot and add it again.",
        ) from None
    return Shot(**values)


def shot_named(catalogue: Catalogue, name: str) -> Shot | None:
    """The shot of that name, or number (as "#12"); None: there is none."""
    column, value = ("shots.id", name[1:]) if name.startswith("#") and name[1:].isdecimal() else ("shots.name", name)
    row = catalogue.base.execute(f"{FROM_SHOTS} WHERE {column} = ?", (value,)).fetchone()
    return shot_from(row) if row else None


def find_shot(catalogue: Catalogue, name: str) -> Shot:
    """The shot of that name or number.

    Raises:
        JobError: there is none.
    """
    found = shot_named(catalogue, name)
    if found is None:
        raise no_such(catalogue, name, "shot")
    return found


def titles_of(catalogue: Catalogue) -> tuple[Title, ...]:
    """All titles."""
    rows = catalogue.base.execute(f"{_FROM_TITLES} GROUP BY titles.id ORDER BY titles.title")
    return tuple(_title_from(row) for row in rows)


def title_of(catalogue: Catalogue, title: str) -> Title:
    """A title.

    Raises:
        JobError: there is none of that name.
    """
    row = catalogue.base.execute(f"{_FROM_TITLES} WHERE titles.title = ? GROUP BY titles.id", (title,)).fetchone()
    if row is None:
        raise no_such(catalogue, title, "title")
    return _title_from(row)


def no_such(catalogue: Catalogue, name: str, what: str) -> JobError:
    """The error for a name that isn't there, with what it might have meant."""
    column = "title FROM titles" if what == "title" else "name FROM shots"
    names = [row[0] for row in catalogue.base.execute(f"SELECT {column} LIMIT 20000")]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or names[:3]
    remedy = f"There is {', '.join(near)}." if near else "The catalogue is empty."
    return JobError(f"the catalogue has no {what} {name!r}", file=catalogue.folder, remedy=remedy)


_FROM_TITLES = (
    "SELECT titles.title, count(shots.id), titles.rights, titles.rights_file, titles.withdrawn, titles.why "
    "FROM titles LEFT JOIN shots ON shots.title_id = titles.id"
)


@lru_cache(maxsize=512)
def _parsed(text: str, file: str) -> Rights:
    return rights_from(text, file)


def _title_from(row: tuple[Any, ...]) -> Title:
    title, count, text, file, withdrawn, why = row
    return Title(title, count, _parsed(text, file) if text else None, withdrawn, why)
