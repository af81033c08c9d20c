"""What was measured into the database and the ledger, whole or not at all."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from vfx_ai.errors import JobError
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue_base import Catalogue, changing
from vfx_ai.studio.catalogue_change import rights_change
from vfx_ai.studio.catalogue_words import forget_words, keep_words, words_of
from vfx_ai.studio.contents import Signed, as_text, from_text
from vfx_ai.studio.found import Found
from vfx_ai.studio.measure import Measured
from vfx_ai.studio.rights_file import rights_from
from vfx_ai.studio.rights_terms import Rights


@dataclass(frozen=True)
class Asked:
    """What all shots of one call have in common; see `catalogue_add.add`."""

    title: str
    rights: Rights | None
    tags: tuple[str, ...]
    notes: str
    colorspace: str
    cuts: bool


@dataclass(frozen=True)
class Row:
    """A shot that is there already.

    Attributes:
        id, name, content: see `catalogue.Shot`.
        span: its first and last frame.
        files: as they were.
        colorspace: as it was given; "": the files say it.
    """

    id: int
    name: str
    content: str
    span: tuple[int, int]
    files: tuple[Signed, ...]
    colorspace: str


def rows_of(catalogue: Catalogue, found: Found, title: str) -> tuple[Row, ...]:
    """The shots of a title that come from a path, by their first frame.

    Raises:
        JobError: they are part of another title.
    """
    rows = catalogue.base.execute(
        "SELECT shots.id, shots.name, shots.content, shots.first, shots.last, files.listing, titles.title, "
        "shots.colorspace FROM shots "
        "JOIN files ON files.shot_id = shots.id JOIN titles ON titles.id = shots.title_id "
        "WHERE shots.path = ? ORDER BY shots.first",
        (str(found.path),),
    ).fetchall()
    for row in rows:
        if row[6] != title:
            raise JobError(
                f"it is in the catalogue as {row[1]}, part of {row[6]}",
                file=found.path,
                remedy=f"Remove it there first: vfx-ai catalogue remove {row[1]!r}.",
            )
    return tuple(Row(row[0], row[1], row[2], (row[3], row[4]), from_text(row[5]), row[7]) for row in rows)


def keep(
    catalogue: Catalogue, asked: Asked, found: Found, shots: tuple[Measured, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Put a sequence's or a movie's shots into the catalogue, as one change.

    Returns:
        Names of shots that are new, and of those that were there and are other ones now.
    """
    new: list[str] = []
    changed: list[str] = []
    with changing(catalogue):
        # Another process may have added it since it was looked for.
        there = {(row.span if found.files is None else None): row for row in rows_of(catalogue, found, asked.title)}
        title, rights, entries = _title(catalogue, asked)
        for index, shot in enumerate(shots, 1):
            old = there.pop(shot.span if found.files is None else None, None)
            same = old is not None and (old.content, old.files) == (shot.content, shot.files)
            if old is not None and same and old.colorspace == asked.colorspace:
                continue
            part = f"/{index:0{max(3, len(str(len(shots))))}d}" if len(shots) > 1 else ""
            name = old.name if old else _free_name(catalogue, f"{asked.title}/{found.name}{part}")
            _write(catalogue, old.id if old else None, title, name, asked, shot)
            (changed if old else new).append(name)
            what: dict[str, Any] = {"shot": name, "title": asked.title, "content": shot.content}
            what |= {"path": shot.path, "frames": list(shot.span), "rights": rights}
            entries.append(("shot", what))
        if there:
            gone = list(there.values())
            entries.append(("removal", {"title": asked.title, "shots": [row.name for row in gone]}))
            forget_words(catalogue, [row.id for row in gone])
            catalogue.base.executemany("DELETE FROM shots WHERE id = ?", [(row.id,) for row in gone])
        if entries:
            # Before the database's own end: an entry without its shot harms nobody, a shot without its entry would.
            ledger.record_all(catalogue.folder, entries)
    return tuple(new), tuple(changed)


def tell_more(catalogue: Catalogue, asked: Asked, rows: tuple[Row, ...]) -> None:
    """Give shots that are there more tags, and other notes where any are given."""
    if not (asked.tags or asked.notes):
        return
    with changing(catalogue):
        for row in rows:
            had = catalogue.base.execute("SELECT tags, notes FROM shots WHERE id = ?", (row.id,)).fetchone()
            if had is None:  # taken out meanwhile
                continue
            tags = tuple(dict.fromkeys([*json.loads(had[0]), *asked.tags]))
            notes = asked.notes or str(had[1])
            words = words_of(asked.title, row.name, *tags, notes)
            told = (json.dumps(tags), notes, words, row.id)
            catalogue.base.execute("UPDATE shots SET tags = ?, notes = ?, words = ? WHERE id = ?", told)
            catalogue.base.executemany(
                "INSERT OR IGNORE INTO tags VALUES (?, ?)", [(tag, row.id) for tag in asked.tags]
            )
            keep_words(catalogue, row.id, words)


def _title(catalogue: Catalogue, asked: Asked) -> tuple[int, str, list[tuple[str, dict[str, Any]]]]:
    """A title's number, the hash of its rights ("": it has none), and the ledger's entries if it is new."""
    row = catalogue.base.execute("SELECT id FROM titles WHERE title = ?", (asked.title,)).fetchone()
    entries = []
    if row is None:
        catalogue.base.execute("INSERT INTO titles (title) VALUES (?)", (asked.title,))
        entries = rights_change(catalogue, asked.title, asked.rights) if asked.rights else []
    query = "SELECT id, rights FROM titles WHERE title = ?"
    number, text = catalogue.base.execute(query, (asked.title,)).fetchone()
    return int(number), rights_from(text).identity if text else "", entries


def _free_name(catalogue: Catalogue, wanted: str) -> str:
    name, number = wanted, 1
    while catalogue.base.execute("SELECT 1 FROM shots WHERE name = ?", (name,)).fetchone():
        number += 1
        name = f"{wanted}-{number}"
    return name


def _write(catalogue: Catalogue, number: int | None, title: int, name: str, asked: Asked, shot: Measured) -> None:
    if number is not None:  # measured anew, it keeps what was said of it
        had = catalogue.base.execute("SELECT tags, notes FROM shots WHERE id = ?", (number,)).fetchone()
        tags = tuple(dict.fromkeys([*json.loads(had[0]), *asked.tags]))
        asked = replace(asked, tags=tags, notes=asked.notes or str(had[1]))
    words = words_of(asked.title, name, *asked.tags, asked.notes)
    values: dict[str, Any] = {
        "title_id": title, "name": name, "kind": shot.kind, "path": shot.path, "first": shot.span[0],
        "last": shot.span[1], "count": shot.count, "width": shot.width, "height": shot.height, "fps": shot.fps,
        "colorspace": asked.colorspace, "bytes": shot.bytes, "content": shot.content, "motion": shot.looks.motion,
        "light": json.dumps(shot.looks.light), "tags": json.dumps(asked.tags), "notes": asked.notes, "words": words,
        "added": ledger.now(),
    }  # fmt: skip
    if number is not None:
        values = {"id": number, **values}
    names, places = ", ".join(values), ", ".join("?" * len(values))
    # REPLACE takes the old row and all that hangs on it out first.
    row = catalogue.base.execute(f"INSERT OR REPLACE INTO shots ({names}) VALUES ({places})", [*values.values()])  # noqa: S608
    made = row.lastrowid
    assert made is not None
    looks = shot.looks
    catalogue.base.execute(
        "INSERT OR REPLACE INTO looks VALUES (?, ?, ?, ?)",
        (made, looks.thumbnail, looks.palette.tobytes(), looks.layout.tobytes()),
    )
    catalogue.base.execute("INSERT OR REPLACE INTO files VALUES (?, ?)", (made, as_text(shot.files)))
    catalogue.base.execute("DELETE FROM tags WHERE shot_id = ?", (made,))
    catalogue.base.executemany("INSERT INTO tags VALUES (?, ?)", [(tag, made) for tag in asked.tags])
    keep_words(catalogue, made, words)
