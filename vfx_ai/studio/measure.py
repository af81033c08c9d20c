"""Footage measured: what it holds by hash, how large it is, what it looks like."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vfx_ai.errors import InputError
from vfx_ai.media import plate as plates
from vfx_ai.media.sequence import Sequence, spread
from vfx_ai.studio.contents import Signed, content_of, sign
from vfx_ai.studio.found import Found
from vfx_ai.studio.looks import Looks, Seen, looks_of, seen
from vfx_ai.studio.movies import cuts_of, frames_of_movie, movie_of
from vfx_ai.studio.read_shot import light_of_files, movie_space

LOOKS = 3  # frames of a shot that are looked at, each with the one after it


@dataclass(frozen=True)
class Measured:
    """A shot that can be added; see `catalogue.Shot` for what isn't told here.

    Attributes:
        kind, path, count, width, height, fps, bytes, content: as there.
        span: first and last frame.
        files: what its files are.
        looks: what it looks like.
    """

    kind: str
    path: str
    span: tuple[int, int]
    count: int
    width: int
    height: int
    fps: float
    bytes: int
    content: str
    files: tuple[Signed, ...]
    looks: Looks


def measured(found: Found, colorspace: str, *, cuts: bool, check: Callable[[], None]) -> tuple[Measured, ...]:
    """The shots of what was found: one of a sequence, one or several of a movie.

    Args:
        found: what.
        colorspace: what the numbers mean; "": the files say it.
        cuts: a movie is split.
        check: called often; raises to stop.

    Raises:
        VfxAiError: a file can't be read.
    """
    if found.files is not None:
        return (_sequence(found.files, colorspace, check),)
    return tuple(_movie(found.path, colorspace, check, cuts=cuts))


def unchanged(found: Found, files: tuple[Signed, ...]) -> bool:
    """Whether what was found is on disk as it was, by size and time."""
    try:
        now = [(number, path.stat()) for number, path in _paths(found)]
    except OSError:
        return False
    return [(number, stat.st_size, stat.st_mtime_ns) for number, stat in now] == [
        (one.number, one.size, one.mtime_ns) for one in files
    ]


def _paths(found: Found) -> Iterable[tuple[int, Path]]:
    if found.files is None:
        return [(0, found.path)]
    return [(number, found.files.path(number)) for number in found.files.present]


def _sequence(files: Sequence, colorspace: str, check: Callable[[], None]) -> Measured:
    numbers = files.present
    info = plates.probe(files.path(numbers[0]), numbers[0], "RGB", colorspace)
    firsts = spread(numbers, LOOKS)
    wanted = sorted({n for first in firsts for n in (first, first + 1) if n in firsts or n in frozenset(numbers)})
    looked: dict[int, Seen] = {}
    for number, (pixels, valid) in zip(wanted, light_of_files(files, tuple(wanted), colorspace), strict=True):
        check()
        looked[number] = seen(pixels, valid)
    signed = []
    for number in numbers:
        check()
        signed.append(sign(files.path(number), number, check))
    window = info.data_window
    return Measured(
        "sequence" if len(numbers) > 1 else "still",
        files.pattern,
        (numbers[0], numbers[-1]),
        len(numbers),
        window.width,
        window.height,
        0.0,
        sum(one.size for one in signed),
        content_of(tuple(signed)),
        tuple(signed),
        looks_of([looked[n] for n in firsts], _pairs(firsts, looked), info.space),
    )


def _movie(path: Path, colorspace: str, check: Callable[[], None], *, cuts: bool) -> Iterable[Measured]:
    movie, space = movie_of(path), movie_space(colorspace)
    file = sign(path, 0, check)
    spans = cuts_of(movie, lambda _done, _total: check()) if cuts else ((0, movie.frames - 1),)
    for first, last in spans:
        check()
        firsts = spread(tuple(range(first, last + 1)), LOOKS)
        wanted = tuple(sorted({n for f in firsts for n in (f, f + 1) if n <= last}))
        looked: dict[int, Seen] = {}
        try:
            for number, light in zip(wanted, frames_of_movie(path, wanted, space), strict=True):
                looked[number] = seen(light, np.ones(light.shape[:2], np.bool_))
        except InputError:
            # Some movies promise a last frame or two that aren't there.
            if len(looked) < 1:
                raise
        firsts = tuple(n for n in firsts if n in looked)
        yield Measured(
            "movie",
            str(path),
            (first, last),
            last - first + 1,
            movie.width,
            movie.height,
            movie.fps,
            file.size,
            content_of((file,), (first, last)),
            (file,),
            looks_of([looked[n] for n in firsts], _pairs(firsts, looked), space),
        )


def _pairs(firsts: tuple[int, ...], looked: dict[int, Seen]) -> list[tuple[Seen, Seen]]:
    # A frame of another size has no motion to the one before.
    pairs = [(looked[n], looked[n + 1]) for n in firsts if n + 1 in looked]
    return [(a, b) for a, b in pairs if a.code.shape == b.code.shape]
