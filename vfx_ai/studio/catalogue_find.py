"""Shots found by words, by a color, by a picture that they are like, or by what they show."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vfx_ai.errors import InputError, JobError
from vfx_ai.job import Progress, silent
from vfx_ai.media.frame import FloatArray
from vfx_ai.media.sequence import find_sequence
from vfx_ai.studio.catalogue import FROM_SHOTS, Shot, shot_from
from vfx_ai.studio.catalogue_base import Catalogue, opened, stopper
from vfx_ai.studio.catalogue_text import Compares, directions
from vfx_ai.studio.catalogue_words import find_words
from vfx_ai.studio.looks import CELLS, LAYOUT, likeness, looks_of, palette_of_color, seen
from vfx_ai.studio.movies import frame_of_movie, is_movie
from vfx_ai.studio.read_shot import light_of_files

MOST = 20
# Display colors, as people name them.
NAMED: dict[str, tuple[int, int, int]] = {
    "black": (12, 12, 12),
    "white": (245, 245, 245),
    "grey": (128, 128, 128),
    "gray": (128, 128, 128),
    "red": (190, 40, 40),
    "orange": (225, 125, 40),
    "yellow": (225, 205, 60),
    "green": (65, 140, 60),
    "teal": (40, 130, 130),
    "cyan": (80, 190, 200),
    "blue": (50, 90, 180),
    "purple": (115, 65, 150),
    "pink": (225, 140, 170),
    "brown": (110, 75, 45),
    "skin": (200, 150, 125),
    "sky": (135, 180, 220),
}
_BATCH = 4096  # shots whose looks are held at once


@dataclass(frozen=True)
class Match:
    """A shot that was found.

    Attributes:
        shot: which.
        score: how well it fits, 0 to 1; of words 1; of a text -1 to 1, as the model compares them.
    """

    shot: Shot
    score: float


def find(
    catalogue: Catalogue,
    words: str = "",
    *,
    color: str = "",
    like: str | Path = "",
    text: str = "",
    model: Compares | None = None,
    most: int = MOST,
    progress: Progress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[Match, ...]:
    """Shots that have all the words, the best first; among these, or all, by a color, a picture, or what a text says.

    Args:
        catalogue: where.
        words: that title, name, tags or notes have; "": any.
        color: "#c86432", "200,100,50" (0 to 255) or one of NAMED, as on the display; "": any.
        like: a picture, a frame of a sequence, or a movie (its first frame); "": none.
        text: what the shots are to show, e.g. "a harbour at night"; "": anything. It goes with words alone.
        model: that compares text with pictures; see `text_model`.
        most: so many; 0: all.
        progress, cancelled: of the shots that the model sees for the first time.

    Raises:
        JobError: nothing was asked, or what doesn't go together, or the color is none.
        Interrupted: it was stopped; what the model saw is kept.
        InputError: the picture can't be read.
    """
    if not (words or color or like or text):
        raise JobError("nothing was asked", remedy="Give words, --color, --like or --text.")
    if text and (color or like):
        raise JobError("a text goes with words alone, not with a color or a picture", remedy="Leave one of them out.")
    if not (color or like or text):
        return tuple(Match(shot, 1.0) for shot in find_words(catalogue, words, most))
    among = {shot.id for shot in find_words(catalogue, words)} if words else None
    if text:
        assert model is not None
        scores = directions(catalogue, model, progress, stopper(cancelled)).scores(text, model)
    else:
        scores = _scored(catalogue, _scorer(color, like))
    ranked = sorted(
        ((score, number) for number, score in scores.items() if among is None or number in among),
        key=lambda pair: (-pair[0], pair[1]),
    )
    chosen = ranked[:most] if most else ranked
    shots = _by_number(catalogue, [number for _, number in chosen])
    return tuple(Match(shots[number], round(score, 4)) for score, number in chosen)


def find_in(
    folder: str | Path,
    words: str = "",
    *,
    text: str = "",
    model: str = "",
    use: str = "commercial",
    policy: str = "",
    models_dir: str = "",
    **asked: Any,
) -> tuple[Match, ...]:
    """The same in the catalogue of a folder, with the model that is opened for a text.

    Args:
        folder: of the catalogue.
        words, text: see `find`.
        model, use, policy, models_dir: which model of the registry; "": the only one of its kind.
        asked: the other fields of `find`.

    Raises:
        VfxAiError: see `find`; or a model is named without a text, isn't there, or may not be used so.
    """
    if model and not text:
        raise JobError("a model was named, and no --text for it", remedy='Give --text "what it shows".')
    if text:
        from vfx_ai.studio.text_model import TextModel, search_model

        asked["model"] = TextModel(search_model(model, use=use, policy=policy, models_dir=models_dir))
    with opened(folder) as catalogue:
        return find(catalogue, words, text=text, **asked)


def color_of(text: str) -> tuple[float, float, float]:
    """A display color, 0 to 1 each.

    Raises:
        JobError: it is none.
    """
    named = NAMED.get(text.strip().casefold())
    hexed = re.fullmatch(r"\s*#?([0-9a-fA-F]{6})\s*", text)
    parts = [part.strip() for part in text.split(",")]
    if named is None and hexed:
        named = tuple(int(hexed[1][i : i + 2], 16) for i in (0, 2, 4))  # type: ignore[assignment]
    elif named is None and len(parts) == 3 and all(re.fullmatch(r"\d{1,3}", part, re.ASCII) for part in parts):
        named = tuple(int(part) for part in parts)  # type: ignore[assignment]
    if named is None or max(named) > 255:
        raise JobError(f"color is {text!r}", remedy=f"Write #c86432, 200,100,50 or one of {', '.join(NAMED)}.")
    red, green, blue = (value / 255 for value in named)
    return red, green, blue


def _scorer(color: str, like: str | Path) -> Callable[[FloatArray, FloatArray], FloatArray]:
    """What gives each of N shots a score of its palette [N, CELLS] and layout [N, LAYOUT, LAYOUT, 3]."""
    near = palette_of_color(color_of(color)) if color else None
    picture = _looked_at(Path(like).expanduser()) if like else None

    def score(palettes: FloatArray, layouts: FloatArray) -> FloatArray:
        parts = []
        if near is not None:
            parts.append(palettes @ near)
        if picture is not None:
            parts.append(likeness(palettes, layouts, *picture))
        return np.asarray(np.mean(parts, axis=0), np.float32)

    return score


def _scored(catalogue: Catalogue, score: Callable[[FloatArray, FloatArray], FloatArray]) -> dict[int, float]:
    scores: dict[int, float] = {}
    rows = catalogue.base.execute("SELECT shot_id, palette, layout FROM looks")
    while batch := rows.fetchmany(_BATCH):
        numbers, palettes, layouts = zip(*batch, strict=True)
        try:
            colors = np.frombuffer(b"".join(palettes), np.float16).reshape(len(batch), CELLS)
            places = np.frombuffer(b"".join(layouts), np.float16).reshape(len(batch), LAYOUT, LAYOUT, 3)
        except (ValueError, TypeError):
            raise InputError(
                "the catalogue is damaged: looks of another size",
                file=catalogue.folder,
                remedy="Remove the shots and add them again.",
            ) from None
        found = score(colors.astype(np.float32), places.astype(np.float32))
        scores |= {number: float(value) for number, value in zip(numbers, found, strict=True)}
    return scores


def _by_number(catalogue: Catalogue, numbers: list[int]) -> dict[int, Shot]:
    found: dict[int, Shot] = {}
    for start in range(0, len(numbers), 500):  # SQLite takes so many places in one statement at the least
        some = numbers[start : start + 500]
        places = ", ".join("?" * len(some))
        for row in catalogue.base.execute(f"{FROM_SHOTS} WHERE shots.id IN ({places})", some):
            shot = shot_from(row)
            found[shot.id] = shot
    return found


def _looked_at(path: Path) -> tuple[FloatArray, FloatArray]:
    """Palette and layout of a picture."""
    if is_movie(path):
        light = frame_of_movie(path, 0)
        one = seen(light, np.ones(light.shape[:2], np.bool_))
    else:
        files = find_sequence(str(path), missing="hold", role="picture")
        number = files.present[0]
        one = seen(*next(iter(light_of_files(files, (number,), ""))))
    looks = looks_of([one], [])
    return looks.palette.astype(np.float32), looks.layout.astype(np.float32)
