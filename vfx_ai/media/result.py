"""What a result says of its fill: the channels that a run adds to its plate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vfx_ai.errors import InputError
from vfx_ai.media import exr
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_layers import AOVS, EFFECTS
from vfx_ai.media.frame import BoolArray, Layer


def read_aovs(path: Path, frame: int, layer: Layer) -> dict[str, npt.NDArray[Any]]:
    """What a result says of its fill: each of `exr_layers.AOVS` as [H, W] of its own type.

    Raises:
        InputError: the file can't be read, or doesn't say it.
    """
    there = _channels(path, frame, layer)
    if not there.issuperset(AOVS):
        raise InputError(
            "it doesn't say where its pixels came from",
            file=path,
            frame=frame,
            remedy="Give a result of vfx-ai as EXR, written without --no-aovs.",
        )
    return dict(zip(AOVS, exr.read_planes(path, frame, [(layer.part, name) for name in AOVS]), strict=True))


def read_effects(path: Path, frame: int, layer: Layer, shape: tuple[int, ...]) -> BoolArray:
    """Where a result says that what the object leaves beside its matte was taken out: [H, W] bool.

    Raises:
        InputError: the file can't be read, doesn't say it, or is of another shape than [H, W].
    """
    there = _channels(path, frame, layer)
    found = exr.read_planes(path, frame, [(layer.part, EFFECTS)])[0] > 0 if EFFECTS in there else None
    if found is None or found.shape != shape:
        raise InputError(
            f"it has no channel {EFFECTS} of the plate's size",
            file=path,
            frame=frame,
            remedy="Leave --effects out, or give a result as EXR that was made with it, and without --no-aovs.",
        )
    return np.asarray(found, np.bool_)


def _channels(path: Path, frame: int, layer: Layer) -> set[str]:
    if not path.is_file():
        raise InputError("there is no such file", file=path, frame=frame, remedy="Check the path.")
    return {c.name for c in read_header(path, frame).parts[layer.part].channels} if is_exr(path) else set()
