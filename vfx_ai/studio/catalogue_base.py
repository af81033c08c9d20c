"""The catalogue's file: one SQLite database in the catalogue's folder, opened, made and locked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from urllib.parse import quote

from vfx_ai.errors import InputError, Interrupted, OutputError

NAME = "catalogue.sqlite"
VERSION = 1
_APPLICATION = 0x76667861  # "vfxa"
BUSY_SECONDS = 60.0

_SCHEMA = """
CREATE TABLE titles (
    id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE, rights TEXT NOT NULL DEFAULT '',
    rights_file TEXT NOT NULL DEFAULT '', withdrawn TEXT NOT NULL DEFAULT '', why TEXT NOT NULL DEFAULT '');
CREATE TABLE shots (
    id INTEGER PRIMARY KEY, title_id INTEGER NOT NULL REFERENCES titles(id), name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL, path TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL,
    width INTEGER NOT NULL, height INTEGER NOT NULL, fps REAL NOT NULL, colorspace TEXT NOT NULL,
    bytes INTEGER NOT NULL, content TEXT NOT NULL, motion REAL NOT NULL, light TEXT NOT NULL, tags TEXT NOT NULL,
    notes TEXT NOT NULL, words TEXT NOT NULL, added TEXT NOT NULL, UNIQUE (path, first, last));
CREATE INDEX shots_by_title ON shots(title_id, name);
CREATE INDEX shots_by_content ON shots(content);
CREATE TABLE tags (tag TEXT NOT NULL, shot_id INTEGER NOT NULL REFERENCES shots(id) ON DELETE CASCADE,
    PRIMARY KEY (tag, shot_id)) WITHOUT ROWID;
CREATE INDEX tags_by_shot ON tags(shot_id);
CREATE TABLE looks (shot_id INTEGER PRIMARY KEY REFERENCES shots(id) ON DELETE CASCADE,
    thumbnail BLOB NOT NULL, palette BLOB NOT NULL, layout BLOB NOT NULL);
CREATE TABLE files (shot_id INTEGER PRIMARY KEY REFERENCES shots(id) ON DELETE CASCADE, listing TEXT NOT NULL);
CREATE TABLE rights (sha256 TEXT PRIMARY KEY, text TEXT NOT NULL, file TEXT NOT NULL);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_FULL_TEXT = "CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'unicode61 remove_diacritics 2')"


@dataclass(frozen=True)
class Catalogue:
    """An open catalogue.

    Attributes:
        folder: where it lies.
        base: its database, in which every statement is its own unless `changing` holds several.
    """

    folder: Path
    base: sqlite3.Connection

    def facts(self, name: str) -> str:
        """What is kept of the catalogue itself; "": nothing."""
        row = self.base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""


@contextmanager
def opened(folder: str | Path, *, make: bool = False) -> Iterator[Catalogue]:
    """The catalogue in a folder, open for as long as the context lasts.

    Args:
        folder: of the catalogue.
        make: it is made if it isn't there, and can be written to.

    Raises:
        InputError: there is none, it is damaged, or it was made by a later version.
        OutputError: it can't be made, or another process holds it for too long.
    """
    place = Path(folder).expanduser().absolute()
    path = place / NAME
    if not path.is_file():
        if not make:
            raise InputError(
                "there is no catalogue", file=place, remedy="Make one: vfx-ai catalogue add FOOTAGE --catalogue DIR."
            )
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"the folder can't be made: {error.strerror or error}", file=place) from None
    with told(path), closing(_connected(path, make=make)) as base:
        _prepared(base, path, make=make)
        yield Catalogue(place, base)


@contextmanager
def changing(catalogue: Catalogue) -> Iterator[None]:
    """Several statements as one: all of them, or, if anything is raised, none. Others wait until it is over."""
    catalogue.base.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        catalogue.base.execute("ROLLBACK")
        raise
    catalogue.base.execute("COMMIT")


def stopper(cancelled: Callable[[], bool], words: Callable[[], str] = lambda: "stopped") -> Callable[[], None]:
    """What is called between two steps of long work: it raises Interrupted, in these words, once it is to stop."""

    def check() -> None:
        if cancelled():
            raise Interrupted(words(), remedy="The same command goes on from here.")

    return check


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Within it what SQLite raises ends as an error for people."""
    try:
        yield
    except sqlite3.OperationalError as error:
        words = str(error)
        if "locked" in words or "busy" in words:
            raise OutputError(
                "another process has held the catalogue for too long", file=path, remedy="Try again."
            ) from None
        if "malformed" in words or "no such" in words:
            raise _damaged(path, words) from None
        raise OutputError(
            f"the catalogue can't be used: {words}", file=path, remedy="Check the folder, its rights and the space."
        ) from None
    except sqlite3.DatabaseError as error:
        raise _damaged(path, str(error)) from None


def _damaged(path: Path, words: str) -> InputError:
    return InputError(
        f"the catalogue is damaged: {words}",
        file=path,
        remedy="Bring the file back from a backup, or move it away and add the footage again; footage isn't in it.",
    )


def uri_of(path: PurePath) -> str:
    """A path from the root of its disk as SQLite takes it: with no host, also where it is on another machine."""
    whole = path.as_posix()
    return "file://" + quote(whole if whole.startswith("/") else f"/{whole}", safe="/:")


def _connected(path: Path, *, make: bool) -> sqlite3.Connection:
    base = sqlite3.connect(
        f"{uri_of(path)}?mode={'rwc' if make else 'rw'}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    base.execute("PRAGMA foreign_keys = ON")
    return base


def _prepared(base: sqlite3.Connection, path: Path, *, make: bool) -> None:
    version, application = _marks(base)
    if version == 0 and application == 0 and make:
        _make(base)
        version, application = _marks(base)
    if application != _APPLICATION:
        raise InputError("this is no catalogue of vfx-ai", file=path, remedy="Name another folder.")
    if version > VERSION:
        raise InputError("the catalogue was made by a later version", file=path, remedy="Install that version.")


def _marks(base: sqlite3.Connection) -> tuple[int, int]:
    version, application = (base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id"))
    return int(version), int(application)


def _make(base: sqlite3.Connection) -> None:
    base.execute("BEGIN IMMEDIATE")
    try:
        if not base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in _SCHEMA.split(";\n"):
                base.execute(statement)
            try:
                base.execute(_FULL_TEXT)
            except (
                sqlite3.OperationalError
            ):  # this Python's SQLite was built without it: words are looked for one by one
                base.execute("INSERT INTO facts VALUES ('words', 'stale')")
            base.execute(f"PRAGMA application_id = {_APPLICATION}")
            base.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        base.execute("ROLLBACK")
        raise
    base.execute("COMMIT")
