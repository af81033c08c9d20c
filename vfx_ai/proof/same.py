"""Whether two files hold the same pixels, however their headers and their packing differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vfx_ai.media import image
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_load import load, planes_of
from vfx_ai.media.frame import Window
from vfx_ai.proof.verify import bits


def same_pixels(first: Path, second: Path, frame: int) -> int:
    """How many pixels of two files differ in a bit of any channel; all of them where channels or windows differ.

    Raises:
        InputError: one of them can't be read.
    """
    old, new = _every_plane(first, frame), _every_plane(second, frame)
    shapes = [
        [{name: (plane.shape, plane.dtype) for name, plane in part.items()} for part, _ in one] for one in (old, new)
    ]
    if shapes[0] != shapes[1] or [window for _, window in old] != [window for _, window in new]:
        return max(plane.size for part, _ in (*old, *new) for plane in part.values())
    differing = 0
    for (before, _), (after, _) in zip(old, new, strict=True):
        differs = [bits(plane) != bits(after[name]) for name, plane in before.items()]
        differing += int(np.logical_or.reduce(differs).sum())
    return differing


def _every_plane(path: Path, frame: int) -> list[tuple[dict[str, npt.NDArray[Any]], Window]]:
    """Channels by name and the data window, of each part."""
    if not is_exr(path):
        picture = image.load(path, frame)
        planes = dict(zip(picture.spec.channelnames, np.moveaxis(picture.codes, 2, 0), strict=True))
        return [(planes, image.windows_of(picture.spec)[0])]
    header = read_header(path, frame)
    found = planes_of(load(path, header, frame))
    return [(planes, part.data_window) for planes, part in zip(found, header.parts, strict=True)]
