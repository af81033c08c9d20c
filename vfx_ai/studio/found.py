"""What there is to add: sequences, stills and movies of a folder, or one that is named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vfx_ai.errors import InputError
from vfx_ai.media.sequence import Sequence, find_sequence, sequences_in
from vfx_ai.studio.catalogue_base import NAME
from vfx_ai.studio.movies import is_movie

_OWN_FOLDER = ".vfx-ai"  # ends what runs keep beside results


@dataclass(frozen=True)
class Found:
    """Something to add.

    Attributes:
        files: the sequence or still; None: a movie.
        path: the pattern, or the movie.
        name: what it is called below the folder that was named, with "/" between its parts, without its ending.
    """

    files: Sequence | None
    path: Path
    name: str


def footage_in(what: str | Path) -> Iterator[Found]:
    """What a folder, pattern or file names, by name; folders within it too, hidden ones and those of runs left out.

    Raises:
        InputError: nothing is there by that name.
    """
    # Without "..", and with links as they are: what a mount is called is what other machines know it by.
    path = Path(os.path.abspath(Path(what).expanduser()))  # noqa: PTH100
    if not path.is_dir():
        yield _movie(path, path.parent) if is_movie(path) else _sequence(_one(path), path.parent)
        return
    for folder, folders, names in os.walk(path):
        if NAME in names:  # a catalogue: footage isn't in it
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not name.endswith(_OWN_FOLDER))
        place = Path(folder)
        yield from (_sequence(one, path) for one in sequences_in(place))
        movies = sorted(name for name in names if is_movie(Path(name)) and not name.startswith("."))
        yield from (_movie(place / name, path) for name in movies)


def _one(path: Path) -> Sequence:
    """The sequence that a pattern or a file names. One file of a sequence means that file alone."""
    return find_sequence(str(path), missing="hold", role="footage")


def _movie(path: Path, root: Path) -> Found:
    if not path.is_file():
        raise InputError("there is no such movie", file=path, remedy="Check the path.")
    return Found(None, path, path.relative_to(root).with_suffix("").as_posix())


def _sequence(files: Sequence, root: Path) -> Found:
    path = Path(files.pattern)
    stem = path.stem if files.single else path.stem.replace("#", "").rstrip("._- ") or path.parent.name
    return Found(files, path, (path.relative_to(root).parent / stem).as_posix())
