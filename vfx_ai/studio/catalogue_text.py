"""Shots by what they show, in words: the direction of each thumbnail is kept in the catalogue, for each model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np

from vfx_ai.errors import InputError
from vfx_ai.job import Event, Progress, silent
from vfx_ai.media.frame import FloatArray
from vfx_ai.studio.catalogue_base import Catalogue, changing

_BATCH = 16
_TABLE = (
    "CREATE TABLE IF NOT EXISTS vectors (shot_id INTEGER NOT NULL REFERENCES shots(id) ON DELETE CASCADE, "
    "model TEXT NOT NULL, vector BLOB NOT NULL, PRIMARY KEY (shot_id, model)) WITHOUT ROWID"
)


class Compares(Protocol):
    """A model of words and pictures; see `text_model.TextModel`."""

    identity: str
    length: int  # of its directions

    def of_text(self, text: str) -> FloatArray: ...  # noqa: D102
    def of_pictures(self, pictures: Any) -> FloatArray: ...  # noqa: D102


@dataclass(frozen=True)
class Directions:
    """What a model saw of a catalogue's shots.

    Attributes:
        numbers: of the shots.
        vectors: [N, n] float32, each of length 1.
    """

    numbers: tuple[int, ...]
    vectors: FloatArray

    def scores(self, text: str, model: Compares) -> dict[int, float]:
        """How well each shot shows what a text says, by its number: -1 to 1, as the model compares them."""
        if not self.numbers:
            return {}
        return dict(zip(self.numbers, (self.vectors @ model.of_text(text)).tolist(), strict=True))


def directions(
    catalogue: Catalogue,
    model: Compares,
    progress: Progress = silent,
    check: Callable[[], None] = lambda: None,
) -> Directions:
    """What a model sees of all shots, read once for however many texts.

    Shots that this model hasn't seen are shown to it first, by their thumbnails; that is kept.

    Args:
        catalogue: where.
        model: that compares.
        progress: is told how many were seen.
        check: is called between some; may raise to stop, and what was seen stays.

    Raises:
        InputError: the catalogue is damaged. OutputError: it can't be written.
    """
    catalogue.base.execute(_TABLE)
    _see(catalogue, model, progress, check)
    rows = catalogue.base.execute(
        "SELECT shot_id, vector FROM vectors WHERE model = ? ORDER BY shot_id", (model.identity,)
    ).fetchall()
    long = 4 * model.length
    if any(len(data) != long for _, data in rows):
        raise InputError(
            "the catalogue is damaged: a picture's direction has another length",
            file=catalogue.folder,
            remedy="Remove the shot and add it again.",
        )
    vectors = np.frombuffer(b"".join(data for _, data in rows), np.float32).reshape(len(rows), model.length)
    return Directions(tuple(int(number) for number, _ in rows), vectors)


def _see(catalogue: Catalogue, model: Compares, progress: Progress, check: Callable[[], None]) -> None:
    rows = catalogue.base.execute(
        "SELECT shot_id FROM looks WHERE shot_id NOT IN (SELECT shot_id FROM vectors WHERE model = ?) ORDER BY shot_id",
        (model.identity,),
    ).fetchall()
    for start in range(0, len(rows), _BATCH):
        check()
        progress(Event("stage" if not start else "step", "analyse", "what shots show", start, len(rows)))
        some = [number for (number,) in rows[start : start + _BATCH]]
        seen = [(number, picture) for number in some if (picture := _thumbnail(catalogue, number)) is not None]
        if not seen:
            continue
        directions = model.of_pictures([picture for _, picture in seen])
        kept = [
            (number, model.identity, one.astype(np.float32).tobytes())
            for (number, _), one in zip(seen, directions, strict=True)
        ]
        with changing(catalogue):
            catalogue.base.executemany(
                # A shot may have been taken out meanwhile.
                "INSERT OR REPLACE INTO vectors SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM shots WHERE id = ?1)",
                kept,
            )


def _thumbnail(catalogue: Catalogue, number: int) -> Any:
    """RGB [h, w, 3] uint8; None of one that can't be read, which is never found."""
    row = catalogue.base.execute("SELECT thumbnail FROM looks WHERE shot_id = ?", (number,)).fetchone()
    if row is None or not row[0]:
        return None
    picture = cv2.imdecode(np.frombuffer(row[0], np.uint8), cv2.IMREAD_COLOR)
    return None if picture is None else np.ascontiguousarray(picture[..., ::-1])
