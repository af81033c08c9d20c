"""Where a panel's picture comes from: a row for each kind of source, asked one after the other.

A further source is one function and one row: it is given a shot and what the board is made of, and says what it found,
or None. It must not load a picture before `picture` is called.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vfx_ai.board import pictures
from vfx_ai.board.camera import read_camera
from vfx_ai.board.placeholder import placeholder
from vfx_ai.board.record import BY_HAND
from vfx_ai.board.shots import Shot
from vfx_ai.errors import InputError
from vfx_ai.media.frame import ByteArray
from vfx_ai.media.hashing import hash_file

if TYPE_CHECKING:
    from vfx_ai.board.generated import Maker
    from vfx_ai.board.library import Library

_UNSEEN = re.compile(r"\((?:V\.?O|O\.?S|O\.?C)\b", re.IGNORECASE)  # heard alone
GIVEN, MADE, SEEN, CATALOGUE, PLACEHOLDER = "given", "made up", "catalogue, seen", "catalogue", "placeholder"


@dataclass(frozen=True)
class Found:
    """A picture for a shot.

    Attributes:
        identity: changes when the picture would.
        title: what the picture is called, for its label; empty: it has no name.
        picture: gives it, [H, W, 3] uint8.
        whole: all of it must be seen; else the frame is filled, and its edges are cut off.
        drawn: it is a drawing already, and isn't sketched.
    """

    identity: str
    title: str
    picture: Callable[[], ByteArray]
    whole: bool = False
    drawn: bool = False


@dataclass(frozen=True)
class Setting:
    """What a board is made of.

    Attributes:
        size: of a panel: width and height.
        given: pictures of the folder `panels`, by their names without ending, in small letters.
        cast: the names of all who speak.
        maker: the model that makes pictures up; None: none was named.
        library: the studio's footage; None: there is none to look through.
    """

    size: tuple[int, int]
    given: dict[str, Path] = field(default_factory=dict)
    cast: frozenset[str] = frozenset()
    maker: Maker | None = None
    library: Library | None = None


@dataclass(frozen=True)
class Source:
    """A row of the table: what it is called beside a panel, and what looks for a picture: of an id and its shot."""

    label: str
    find: Callable[[str, Shot, Setting], Found | None]


def _given(one: str, shot: Shot, setting: Setting) -> Found | None:
    path = next((setting.given[name] for name in (one, shot.number.lower()) if name in setting.given), None)
    if path is None:
        return None
    return Found(hash_file(path).sha256, path.name, partial(pictures.load, path), whole=True)


def _made(_one: str, shot: Shot, setting: Setting) -> Found | None:
    if setting.maker is None:
        return None
    from vfx_ai.board.generated import make

    made = make(shot, setting.maker)
    return Found(made.identity, setting.maker.told, made.picture)


def _seen(_one: str, shot: Shot, setting: Setting) -> Found | None:
    if setting.library is None or setting.library.sight is None:
        return None
    from vfx_ai.board.library import find_seen

    fit = find_seen(shot, setting.library)
    return None if fit is None else Found(fit.identity, fit.title, fit.picture)


def _catalogue(_one: str, shot: Shot, setting: Setting) -> Found | None:
    if setting.library is None:
        return None
    from vfx_ai.board.library import find_footage

    fit = find_footage(shot, setting.library)
    return None if fit is None else Found(fit.identity, fit.title, fit.picture)


def _placeholder(_one: str, shot: Shot, setting: Setting) -> Found:
    framing = read_camera(shot.camera).framing
    count = people(shot, setting.cast)
    return Found(
        f"{framing}|{shot.slug}|{count}",
        "",
        partial(placeholder, setting.size, framing=framing, slug=shot.slug, people=count),
        drawn=True,
    )


SOURCES: dict[str, Source] = {
    GIVEN: Source("picture", _given),
    MADE: Source("made up by a model", _made),
    SEEN: Source("from the catalogue, by what it shows", _seen),
    CATALOGUE: Source("from the catalogue, by its words", _catalogue),
    PLACEHOLDER: Source("no picture yet", _placeholder),
}
LABELS = {BY_HAND: "drawn by hand", **{name: row.label for name, row in SOURCES.items()}}


def find(one: str, shot: Shot, setting: Setting) -> tuple[str, Found]:
    """The first source that has a picture for a shot, and what it found; the last one always has.

    Raises:
        InputError: a file can't be read.
    """
    for name, row in SOURCES.items():
        found = row.find(one, shot, setting)
        if found is not None:
            return name, found
    raise AssertionError("the placeholder is always there")


def given_pictures(folder: Path) -> dict[str, Path]:
    """The pictures of a folder, by their names in small letters without ending.

    Raises:
        InputError: it is no folder, or two pictures have one name.
    """
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(
            f"the folder of panels can't be read: {error.strerror or error}", file=folder, remedy="Check --panels."
        ) from None
    found: dict[str, Path] = {}
    for path in entries:
        if path.suffix.lower() not in pictures.ENDINGS or path.name.startswith(".") or not path.is_file():
            continue
        if path.stem.lower() in found:
            raise InputError(
                f"two pictures have one name: {found[path.stem.lower()].name}", file=path, remedy="Remove one of them."
            )
        found[path.stem.lower()] = path
    return found


def people(shot: Shot, cast: frozenset[str]) -> int:
    """How many of a cast are seen to speak in a shot or are named in its action."""
    named = {speaker(one.who) for one in shot.dialogue if not _UNSEEN.search(one.who)}
    action = shot.action.casefold()
    named |= {name for name in cast if re.search(rf"\b{re.escape(name)}\b", action)}
    return len(named - {""})


def speaker(who: str) -> str:
    """A name without what stands in brackets behind it, in small letters."""
    return who.partition("(")[0].strip().casefold()
