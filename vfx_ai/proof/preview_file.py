"""The preview of a result that is signed: a picture or a movie of the run's own small pictures, or a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from vfx_ai.errors import InputError, JobError, OutputError
from vfx_ai.media.atomic import replacing
from vfx_ai.proof.manifest import EMBEDDED
from vfx_ai.proof.pictures import PICTURES
from vfx_ai.proof.sidecar import SUFFIX, Sidecar

FPS = 24.0  # what a frame's file says of time is the plate's; a preview is for the eye
Sign = Callable[[Path, Path], object]


def make_preview(asked: str, known: Sidecar, sidecar: Path, sign: Sign) -> Path:
    """Make the preview, signed, and give its path: `<stem>.preview.jpg`, `.mp4` or as the file's own.

    Args:
        asked: "movie", "picture", or a file of EMBEDDED's kinds, which stays as it is.
        known, sidecar: of the result.
        sign: called with the bare file and the place of the signed one.

    Raises:
        JobError: a file of a kind that can't carry a manifest.
        InputError: the pictures aren't there any more.
        OutputError: it can't be written.
    """
    stem = sidecar.name.removesuffix(SUFFIX)
    if asked in ("movie", "picture"):
        pictures = _pictures(known, sidecar)
        source = pictures[len(pictures) // 2]
        target = sidecar.with_name(f"{stem}.preview{'.mp4' if asked == 'movie' else source.suffix}")
    else:
        source = Path(asked)
        if source.suffix.lower() not in EMBEDDED:
            raise JobError(
                f"{asked!r} is no preview that can carry a signature",
                remedy=f"Say movie or picture, or name a file of {', '.join(EMBEDDED)}.",
            )
        if not source.is_file():
            raise InputError("there is no such file", file=source, remedy="Check the path.")
        target, pictures = sidecar.with_name(f"{stem}.preview{source.suffix.lower()}"), []
        if target.exists() and target.samefile(source):
            raise OutputError("the signed copy would take its place", file=target, remedy="Rename the preview first.")
    with replacing(target) as beside:
        bare = beside.with_name(f"{beside.name}{target.suffix}")
        try:
            if asked == "movie":
                _movie(pictures, bare)
                source = bare
            sign(source, beside)
        finally:
            bare.unlink(missing_ok=True)
    return target


def find_preview(sidecar: Path) -> list[Path]:
    """The signed previews that lie beside a sidecar."""
    stem = sidecar.name.removesuffix(SUFFIX)
    return [path for kind in EMBEDDED if (path := sidecar.with_name(f"{stem}.preview{kind}")).is_file()]


def _pictures(known: Sidecar, sidecar: Path) -> list[Path]:
    folder = sidecar.with_name(f"{sidecar.name.removesuffix(SUFFIX)}.vfx-ai") / "pictures"
    found = [folder / f"{frame.frame}.{PICTURES['after']}" for frame in known.frames]
    for path, frame in zip(found, known.frames, strict=True):
        if not path.is_file():
            raise InputError(
                "the small picture isn't there any more",
                file=path,
                frame=frame.frame,
                remedy="Name a preview of your own: --preview clean.mp4.",
            )
    return found


def _movie(pictures: list[Path], target: Path) -> None:
    """An MP4 of pictures, all of the first one's size."""
    writer: cv2.VideoWriter | None = None
    size = (0, 0)
    try:
        for path in pictures:
            picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
            if picture is None:
                raise InputError("it is no picture any more", file=path, remedy="Do the job again with --force.")
            if writer is None:
                size = (picture.shape[1] // 2 * 2, picture.shape[0] // 2 * 2)
                writer = cv2.VideoWriter(str(target), cv2.VideoWriter.fourcc(*"mp4v"), FPS, size)
                if not writer.isOpened():
                    raise OutputError("this OpenCV writes no MP4", file=target, remedy="Name a preview of your own.")
            writer.write(picture if picture.shape[1::-1] == size else cv2.resize(picture, size))
    finally:
        if writer is not None:
            writer.release()
