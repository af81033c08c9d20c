"""An artist's paint-outs: which file belongs to which frame of the plate, and its picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vfx_ai.errors import InputError, JobError
from vfx_ai.media import plate as plate_files
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.frame import BoolArray, FloatArray, PlateInfo, Window
from vfx_ai.media.hashing import hash_file
from vfx_ai.media.pattern import ranges
from vfx_ai.media.sequence import Sequence, find_sequence


@dataclass(frozen=True)
class PaintedFile:
    """A frame that was painted by hand.

    Attributes:
        number: which frame of the plate it is.
        path: the file.
        identity: the frame and what the file holds, byte for byte, as a short text.
    """

    number: int
    path: Path
    identity: str


def find_painted(text: str, plate: Sequence) -> tuple[tuple[PaintedFile, ...], tuple[Sequence, ...]]:
    """The painted frames that a Job's `painted` names, in order, and the sequences that they lie in.

    Args:
        text: a file, a pattern or a folder; several with commas between them; "": none.
        plate: the shot. A file belongs to the frame whose number stands at its name's end.

    Raises:
        InputError: nothing is there by a name.
        JobError: a frame isn't in the shot, is a gap of it, or is there twice.
    """
    if not text.strip():
        return (), ()
    names = [text] if Path(text).expanduser().exists() else [name.strip() for name in text.split(",") if name.strip()]
    sequences = tuple(find_sequence(name, missing="hold", role="paint-out") for name in names)
    found: dict[int, PaintedFile] = {}
    for sequence in sequences:
        for number in sequence.frames:
            if number in sequence.missing:
                continue
            path = sequence.path(number)
            if number not in plate.frames or number in plate.missing:
                raise JobError(
                    f"a paint-out is of frame {number}, which the plate doesn't have",
                    file=path,
                    frame=number,
                    remedy=f"Name it after one of the plate's frames, {ranges(plate.frames)}, e.g. clean.1012.exr.",
                )
            if number in found:
                raise JobError(
                    f"two paint-outs are of frame {number}: {found[number].path} and this one",
                    file=path,
                    frame=number,
                    remedy="Give one of them.",
                )
            found[number] = PaintedFile(number, path, f"{number}:{hash_file(path, number).sha256[:32]}")
    return tuple(found[number] for number in sorted(found)), sequences


def read_painted(file: PaintedFile, info: PlateInfo, layer: str, colorspace: str) -> tuple[FloatArray, BoolArray]:
    """A paint-out's picture where its plate has pixels.

    Args:
        file: from `find_painted`.
        info: of the plate's frame.
        layer, colorspace: as for the plate; a file of another kind than the plate's says itself what it means.

    Returns:
        [H, W, 3] float32, scene-linear, over the plate's data window, and where [H, W] bool it holds numbers.

    Raises:
        InputError, UnsupportedFileError: the file can't be read, or its windows aren't the plate's.
    """
    alike = is_exr(file.path) == is_exr(info.path)
    told = plate_files.probe(file.path, file.number, layer, colorspace if alike else "")
    if told.display_window != info.display_window:
        raise InputError(
            f"the paint-out is {_size(told.display_window)}, the plate {_size(info.display_window)}",
            file=file.path,
            frame=file.number,
            remedy="Write it with the plate's format.",
        )
    if told.data_window.union(info.data_window) != told.data_window:
        raise InputError(
            f"the paint-out's data window, {_corners(told.data_window)}, lacks some of the plate's, "
            f"{_corners(info.data_window)}",
            file=file.path,
            frame=file.number,
            remedy="Write the whole picture, uncropped.",
        )
    if is_exr(file.path):
        space = plate_files.space_of_result(info, file.path)
    else:
        space = told.space if is_exr(info.path) else info.space
    frame = plate_files.read(file.path, file.number, plate_files.pick_layer(told, layer), space)
    there = info.data_window.slices(told.data_window)
    return frame.pixels[there].copy(), frame.valid[there].copy()


def _size(window: Window) -> str:
    at = f" at {window.x0},{window.y0}" if (window.x0, window.y0) != (0, 0) else ""
    return f"{window.width} x {window.height}{at}"


def _corners(window: Window) -> str:
    return f"{window.x0},{window.y0} to {window.x1 - 1},{window.y1 - 1}"
