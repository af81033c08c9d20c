"""The words that shots are found by: SQLite's full-text index where there is one, one by one where there isn't."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress

from vfx_ai.errors import JobError
from vfx_ai.studio.catalogue import FROM_SHOTS, Shot, shot_from
from vfx_ai.studio.catalogue_base import Catalogue

STALE = "stale"  # the index lacks shots: a Python whose SQLite has none wrote them


def words_of(*texts: str) -> str:
    """Texts as they are looked through: small letters without accents."""
    plain = unicodedata.normalize("NFKD", " ".join(texts).casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[\W_]+", " ", bare).strip()


def keep_words(catalogue: Catalogue, shot: int, words: str) -> None:
    """Put a shot's words into the index, in place of those that it had."""
    try:
        catalogue.base.execute("DELETE FROM words WHERE rowid = ?", (shot,))
        catalogue.base.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (shot, words))
    except sqlite3.OperationalError as error:
        if "no such" not in str(error):
            raise
        catalogue.base.execute("INSERT OR REPLACE INTO facts VALUES ('words', ?)", (STALE,))


def forget_words(catalogue: Catalogue, shots: Iterable[int]) -> None:
    """Take shots out of the index."""
    with suppress(sqlite3.OperationalError):  # without an index there is nothing to take out
        catalogue.base.executemany("DELETE FROM words WHERE rowid = ?", [(shot,) for shot in shots])


def find_words(catalogue: Catalogue, asked: str, most: int = 0) -> tuple[Shot, ...]:
    """Shots whose title, name, tags or notes have all of some words, or longer ones that begin so; the best first.

    Raises:
        JobError: there is no word.
    """
    words = words_of(asked).split()
    if not words:
        raise JobError(f"{asked!r} has no word to look for", remedy="Give one, e.g. vfx-ai catalogue find harbour.")
    limit = f" LIMIT {int(most)}" if most else ""
    if catalogue.facts("words") != STALE:
        query = " ".join(f'"{word}"*' for word in words)
        with suppress(sqlite3.OperationalError):
            return _shots(
                catalogue,
                f"{FROM_SHOTS} JOIN words ON words.rowid = shots.id WHERE words MATCH ? "
                f"ORDER BY words.rank, shots.name{limit}",
                [query],
            )
    patterns = [f"% {word}%" for word in words]
    like = " AND ".join(["' ' || shots.words LIKE ?"] * len(words))
    return _shots(catalogue, f"{FROM_SHOTS} WHERE {like} ORDER BY shots.name{limit}", patterns)


def _shots(catalogue: Catalogue, query: str, values: Sequence[str]) -> tuple[Shot, ...]:
    return tuple(shot_from(row) for row in catalogue.base.execute(query, values))
