"""A reference: a picture that a model is shown of what it is to make, where its pipeline takes one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from vfx_ai.media import plate as plate_files
from vfx_ai.media.frame import Frame
from vfx_ai.media.hashing import hash_file
from vfx_ai.media.sequence import find_sequence


def file_of(reference: str) -> tuple[Path, int]:
    """A reference's file, and its number; of a sequence the first one.

    Raises:
        InputError: nothing is there.
    """
    files = find_sequence(reference, missing="hold", role="reference")
    first = next(number for number in files.frames if number not in files.missing)
    return files.path(first), first


def identity_of(reference: str) -> str:
    """What its file holds, as a short text.

    Raises:
        InputError: it can't be read.
    """
    return hash_file(file_of(reference)[0]).sha256[:32]


def read_whole(reference: str) -> Frame:
    """All of it, scene-linear. The file itself says what its numbers mean.

    Raises:
        InputError, UnsupportedFileError: it can't be read.
    """
    path, number = file_of(reference)
    info = plate_files.probe(path, number)
    return plate_files.read(path, number, plate_files.pick_layer(info, "RGB"), info.space)


def read_reference(reference: str) -> torch.Tensor:
    """Its light [3, h, w] float32, scene-linear; 0 where the file has none.

    Raises:
        InputError, UnsupportedFileError: it can't be read.
    """
    frame = read_whole(reference)
    light = np.where(frame.valid[..., None], frame.pixels, np.float32(0)).astype(np.float32)
    return torch.from_numpy(light).permute(2, 0, 1).contiguous()
