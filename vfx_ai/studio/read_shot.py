"""Frames of the catalogue's shots as light, whatever they lie in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vfx_ai.errors import JobError
from vfx_ai.media import plate as plates
from vfx_ai.media.color_names import named
from vfx_ai.media.color_space import VIDEO, Space
from vfx_ai.media.frame import BoolArray, FloatArray
from vfx_ai.media.sequence import Sequence, find_sequence
from vfx_ai.studio.catalogue import Shot
from vfx_ai.studio.movies import frames_of_movie


def numbers_of(shot: Shot) -> tuple[int, ...]:
    """The frame numbers of a shot that have a picture, rising.

    Raises:
        InputError: its files are gone.
    """
    if shot.kind == "movie":
        return tuple(range(shot.first, shot.last + 1))
    files = files_of(shot)
    return files.present


def files_of(shot: Shot) -> Sequence:
    """The files of a shot that is a sequence or a still.

    Raises:
        InputError: its files are gone. JobError: it is a movie.
    """
    if shot.kind == "movie":
        raise JobError(
            "a movie has no files for its frames",
            file=shot.path,
            remedy="Make frames of it with ffmpeg, and add those.",
        )
    return find_sequence(shot.path, missing="hold", role="shot")


def space_of(shot: Shot) -> Space:
    """What a shot's numbers mean."""
    if shot.kind == "movie":
        return movie_space(shot.colorspace)
    files = files_of(shot)
    number = files.present[0]
    return plates.probe(files.path(number), number, "RGB", shot.colorspace).space


def movie_space(colorspace: str) -> Space:
    """What a movie's codes mean.

    Raises:
        JobError: there is no such space.
    """
    return named(colorspace, "as asked") if colorspace else VIDEO


def light_of(shot: Shot, numbers: tuple[int, ...]) -> Iterator[tuple[FloatArray, BoolArray]]:
    """Frames of a shot, one after the other: [H, W, 3] float32 scene-linear, and where [H, W] there is a picture.

    Args:
        shot: which.
        numbers: of frames, rising.

    Raises:
        VfxAiError: a frame isn't there or can't be read.
    """
    if shot.kind == "movie":
        for light in frames_of_movie(Path(shot.path), numbers, movie_space(shot.colorspace)):
            yield light, np.ones(light.shape[:2], np.bool_)
        return
    yield from light_of_files(files_of(shot), numbers, shot.colorspace)


def light_of_files(
    files: Sequence, numbers: tuple[int, ...], colorspace: str
) -> Iterator[tuple[FloatArray, BoolArray]]:
    """The same of a sequence."""
    for number in numbers:
        info = plates.probe(files.path(number), number, "RGB", colorspace)
        frame = plates.read(files.path(number), number, info.layers[0], info.space)
        yield frame.pixels, frame.valid
