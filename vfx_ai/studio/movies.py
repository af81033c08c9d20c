"""Movies, decoded by OpenCV: what they are, where they cut (PySceneDetect), and single frames as light.

A movie's first frame is 0. Its codes are taken for video (Rec.709) unless another space is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vfx_ai.errors import InputError, ResourceError
from vfx_ai.media.color_space import VIDEO, Space
from vfx_ai.media.frame import FloatArray

SUFFIXES = frozenset({".mov", ".mp4", ".m4v", ".mxf", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv"})
SHORTEST = 8  # frames of a shot; what is shorter is a flash
LOOKED_AT = 256  # pixels of the longer side, for cuts
STEP, USUAL_RATE = 48, 24.0


@dataclass(frozen=True)
class Movie:
    """What a movie is.

    Attributes:
        path: its file.
        frames: how many it says that it has.
        width, height: in pixels.
        fps: frames a second; 0: it doesn't say.
    """

    path: Path
    frames: int
    width: int
    height: int
    fps: float


def is_movie(path: Path) -> bool:
    """Whether a file's name is a movie's."""
    return path.suffix.lower() in SUFFIXES


def movie_of(path: Path) -> Movie:
    """What a movie is.

    Raises:
        InputError: it can't be read, or OpenCV can't decode it.
    """
    with _reading(path) as reader:
        numbers = [reader.get(which) for which in (cv2.CAP_PROP_FRAME_COUNT, cv2.CAP_PROP_FPS)]
        first, picture = reader.read()
    frames, fps = (float(value) if np.isfinite(value) and value > 0 else 0.0 for value in numbers)
    if not first or not frames:
        raise _undecodable(path)
    # A frame takes a byte at the least, whatever the head says.
    return Movie(path, min(int(frames), path.stat().st_size), picture.shape[1], picture.shape[0], fps)


def cuts_of(movie: Movie, step: Callable[[int, int], None] = lambda _done, _total: None) -> tuple[tuple[int, int], ...]:
    """First and last frame of each shot of a movie, in order; nothing of it is left out.

    Args:
        movie: which.
        step: called with (frames done, frames) now and then; may raise to stop.

    Raises:
        ResourceError: PySceneDetect isn't installed.
        InputError: the movie can't be decoded.
    """
    try:
        from scenedetect import AdaptiveDetector, FrameTimecode
    except ImportError:
        raise ResourceError(
            "movies are split by PySceneDetect, which isn't installed",
            file=movie.path,
            remedy="Install it: pip install 'vfx-ai[studio]'; or add the movie as one shot with --no-cuts.",
        ) from None
    detector = AdaptiveDetector(min_scene_len=SHORTEST)
    starts, done, rate = [0], 0, movie.fps or USUAL_RATE
    scale = min(1.0, LOOKED_AT / max(movie.width, movie.height))
    size = max(8, round(movie.width * scale)), max(8, round(movie.height * scale))
    with _reading(movie.path) as reader:
        while True:
            there, picture = reader.read()
            if not there:
                break
            small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            starts += [cut.frame_num for cut in detector.process_frame(FrameTimecode(done, rate), small)]
            done += 1
            if done % STEP == 0:
                step(done, max(done, movie.frames))
    if not done:
        raise _undecodable(movie.path)
    ends = [*starts[1:], done]
    return tuple((first, after - 1) for first, after in zip(starts, ends, strict=True) if after > first)


def frame_of_movie(path: Path, number: int, space: Space = VIDEO) -> FloatArray:
    """A frame of a movie as scene-linear light, [H, W, 3] float32.

    Args:
        path: the movie.
        number: of the frame, from 0.
        space: what its codes mean.

    Raises:
        InputError: there is no such frame, or it can't be decoded.
    """
    return next(iter(frames_of_movie(path, (number,), space)))


def frames_of_movie(path: Path, numbers: tuple[int, ...], space: Space = VIDEO) -> Iterator[FloatArray]:
    """Frames of a movie, in rising order, as scene-linear light; see `frame_of_movie`."""
    with _reading(path) as reader:
        at = 0
        for number in numbers:
            if number < at or number - at > SHORTEST * 8:
                reader.set(cv2.CAP_PROP_POS_FRAMES, number)
                at = number
            while at < number and reader.grab():
                at += 1
            there, picture = reader.read() if at == number else (False, None)
            if not there or picture is None:
                raise InputError(
                    "the movie has no such frame, or it can't be decoded",
                    file=path,
                    frame=number,
                    remedy="Check the file; make frames of it with ffmpeg where OpenCV can't read it.",
                )
            at += 1
            codes = picture[..., ::-1].astype(np.float32) / np.float32(255)
            yield space.decode(codes.reshape(-1, 3)).reshape(codes.shape)


@contextmanager
def _reading(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise InputError("there is no such movie", file=path, remedy="Check the path.")
    reader = cv2.VideoCapture(str(path))
    try:
        if not reader.isOpened():
            raise _undecodable(path)
        yield reader
    finally:
        reader.release()


def _undecodable(path: Path) -> InputError:
    return InputError(
        "the movie can't be decoded",
        file=path,
        remedy=f"Make frames of it: ffmpeg -i {path.name} -start_number 1001 {path.stem}.%04d.png, and add those.",
    )
