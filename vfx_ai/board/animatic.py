"""The animatic: each panel held for its length, with its number and what is said, as a movie by ffmpeg."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from vfx_ai.board import pictures
from vfx_ai.board.camera import read_camera
from vfx_ai.board.frames import frame_counts
from vfx_ai.board.jobs import Storyboard
from vfx_ai.board.lettering import BOLD, REGULAR, wrapped, write_words
from vfx_ai.board.page import label_of
from vfx_ai.board.record import Entry
from vfx_ai.errors import OutputError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import ByteArray
from vfx_ai.tied import Tied

SIZE = 1280, 720
STRIP = 132  # rows below the picture for words
_GROUND, _WORDS, _SOFT = (16, 16, 18), (236, 236, 236), (158, 158, 164)
# The first that this ffmpeg has; the second is in all of them.
ENCODERS = (("libx264", "-preset", "ultrafast", "-tune", "stillimage", "-crf", "20"), ("mpeg4", "-q:v", "3"))
_LINES, _POLL_SECONDS = 3, 0.1


class NoMovie(Exception):  # noqa: N818 - a reason, no error: the board is made without it
    """Why ffmpeg made none."""


def make_movie(
    program: str, asked: Storyboard, entries: list[Entry], target: Path, stopped: Callable[..., None]
) -> None:
    """Write the movie, H.264 where ffmpeg has it, of 1280 x 720 pixels.

    Args:
        program: ffmpeg's path.
        asked: the board's frame rate, and its folder.
        entries: the shots; their panels lie in the folder.
        target: the movie's file.
        stopped: ends it if that is wanted.

    Raises:
        NoMovie: ffmpeg can't make it.
        OutputError: the disk is full, or the folder can't be written.
    """
    counts = frame_counts([one.shot.seconds for one in entries], asked.rate)
    with replacing(target) as beside, tempfile.TemporaryDirectory(prefix=".animatic.", dir=target.parent) as room:
        folder = Path(room)
        listed = ["ffconcat version 1.0"]
        for index, (one, frames) in enumerate(zip(entries, counts, strict=True)):
            stopped("animatic", index, len(entries))
            name = f"{index:05d}.png"
            _save(folder / name, animatic_frame(target.parent, one, asked.font))
            listed += [f"file {name}", f"duration {float(frames / asked.rate):.6f}"]
        # ffmpeg takes the last file's length from what comes after it.
        listed.append(f"file {len(entries) - 1:05d}.png")
        (folder / "list.txt").write_text("\n".join(listed) + "\n", encoding="ascii")
        said = ""
        for encoder in ENCODERS:
            code, said = _encode(program, folder, encoder, sum(counts), asked, stopped)
            if code == 0:
                (folder / "movie.mp4").replace(beside)
                return
        raise NoMovie(f"ffmpeg said: {said}")


def _encode(
    program: str, room: Path, encoder: tuple[str, ...], frames: int, asked: Storyboard, stopped: Callable[..., None]
) -> tuple[int, str]:
    rate = f"{asked.rate.numerator}/{asked.rate.denominator}"
    line = [
        *(program, "-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-f", "concat", "-safe", "1"),
        *("-i", "list.txt", "-vf", f"fps={rate}:round=near,format=yuv420p", "-frames:v", str(frames)),
        *("-c:v", *encoder, "-movflags", "+faststart", "-fflags", "+bitexact", "-map_metadata", "-1", "movie.mp4"),
    ]
    with (room / "said.txt").open("wb") as said:
        encoding = Tied(line, room, said)
        try:
            while (code := encoding.code) is None:
                stopped()
                time.sleep(_POLL_SECONDS)
        finally:
            encoding.end()
    words = (room / "said.txt").read_text("utf-8", "replace").strip().split("\n")
    return code, words[-1][:300]


def animatic_frame(folder: Path, one: Entry, font: str = "") -> ByteArray:
    """One still of the movie, [720, 1280, 3] uint8: the panel, and below it its number, its camera and what is said.

    Args:
        folder: the board's.
        one: the shot.
        font: a font's file; empty: those that are always there.
    """
    width, height = SIZE
    out = np.empty((height, width, 3), np.uint8)
    out[:] = _GROUND
    picture = pictures.load(folder / one.panel.file)
    scale = min((width - 160) / picture.shape[1], (height - STRIP - 16) / picture.shape[0])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    left = (width - size[0]) // 2
    above = (height - STRIP - size[1]) // 2
    out[above : above + size[1], left : left + size[0]] = small
    shot, top, plain = one.shot, height - STRIP + 14, font or REGULAR
    about = "  ·  ".join(filter(None, (shot.number, shot.slug, ", ".join(read_camera(shot.camera).moves))))
    label = next(iter(wrapped(label_of(one.panel), 15, 480, 1, plain)), "")
    out = write_words(out, label, (width - 80, top + 10), 15, _SOFT, font=plain, align="right")
    about = next(iter(wrapped(about, 17, width - 660, 1, plain)), "")
    out = write_words(out, about, (80, top + 10), 17, _SOFT, font=plain)
    said = " / ".join(" ".join(filter(None, (f"{s.who}:" if s.who else "", s.words))) for s in shot.dialogue)
    words, letters = (said, font or BOLD) if said else (shot.action, plain)
    for row, text in enumerate(wrapped(words, 22, width - 160, _LINES, letters)):
        out = write_words(out, text, (80, top + 42 + 29 * row), 22, _WORDS if said else _SOFT, font=letters)
    return out


def _save(path: Path, pixels: ByteArray) -> None:
    done, data = cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise OutputError("a still of the animatic can't be encoded", file=path)
    path.write_bytes(data.tobytes())
