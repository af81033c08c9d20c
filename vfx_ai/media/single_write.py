"""A plate stitched of many frames, and the maps that put it back into each: EXRs that no plate stands behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vfx_ai.media.frame import BoolArray, FloatArray, Window
from vfx_ai.media.new_write import KEPT_OF_LIGHT, KEPT_OF_TIME, Planes, as_half, write_bare
from vfx_ai.media.stamp import Stamp


def write_single(
    target: Path,
    frame: int,
    pixels: FloatArray,
    alpha: BoolArray,
    others: Planes,
    kind: str,
    like: Path,
    stamp: Stamp | None = None,
) -> int:
    """Write a stitched plate whose data and display window both begin at (0, 0); ZIP.

    Args:
        target: the file; its folder is made.
        frame: for messages.
        pixels: [H, W, 3] float32, the file's own numbers.
        alpha: [H, W] bool, becomes A, of the type of the colors.
        others: more channels, [H, W] of their own type.
        kind: "half" or "float".
        like: the plate's file, whose chromaticities and pixel aspect are kept.
        stamp: what the header says of how it was made.

    Returns:
        How many values are beyond what half holds, and were written as 65504.

    Raises:
        OutputError: it can't be written.
    """
    written, beyond = as_half(pixels) if kind == "half" else (pixels, 0)
    planes: Planes = {name: written[..., i] for i, name in enumerate("RGB")}
    header = stamp.values() if stamp is not None else {}
    write_bare(target, frame, {**planes, "A": alpha.astype(written.dtype), **others}, like, KEPT_OF_LIGHT, header)
    return beyond


def write_map(
    target: Path,
    frame: int,
    x: FloatArray,
    y: FloatArray,
    there: BoolArray,
    data: Window,
    display: Window,
    like: Path,
) -> None:
    """Write an STMap, float32: R is `x`, G is `y` and A is `there`, bool, [H, W] each, over `data`; B is 0.

    Raises:
        OutputError: it can't be written.
    """
    planes: Planes = {"R": x, "G": y, "B": np.zeros_like(x), "A": there.astype(np.float32)}
    windows = {"dataWindow": data.corners, "displayWindow": display.corners}
    write_bare(target, frame, planes, like, ("timeCode", "pixelAspectRatio", *KEPT_OF_TIME), windows)
