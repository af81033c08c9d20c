"""A plate stitched of many frames, and the maps that put it back into each: EXRs that no plate stands behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenEXR

from vfx_ai.errors import OutputError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.frame import BoolArray, FloatArray, Window
from vfx_ai.media.new_write import LARGEST_HALF

Planes = dict[str, npt.NDArray[Any]]
# What tells what the numbers mean, how a pixel is shaped, and, for a map, which frame it is.
_LIGHT = ("chromaticities", "whiteLuminance", "adoptedNeutral", "pixelAspectRatio", "acesImageContainerFlag")
_TIME = ("timeCode", "framesPerSecond", "pixelAspectRatio")


def write_single(
    target: Path, frame: int, pixels: FloatArray, alpha: BoolArray, others: Planes, kind: str, like: Path
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

    Returns:
        How many values are beyond what half holds, and were written as 65504.

    Raises:
        OutputError: it can't be written.
    """
    beyond = int((np.abs(pixels) > LARGEST_HALF).sum()) if kind == "half" else 0
    if kind == "half":
        pixels = np.clip(pixels, -LARGEST_HALF, LARGEST_HALF)
    of = np.float16 if kind == "half" else np.float32
    planes: Planes = {name: pixels[..., i].astype(of) for i, name in enumerate("RGB")}
    planes |= {"A": alpha.astype(of), **others}
    _write(target, frame, planes, {}, like, _LIGHT)
    return beyond


def write_map(
    target: Path, frame: int, x: FloatArray, y: FloatArray, data: Window, display: Window, like: Path
) -> None:
    """Write an STMap, float32: R is `x` and G is `y`, [H, W] each, over `data`; B is 0, and A is 1.

    Raises:
        OutputError: it can't be written.
    """
    planes: Planes = {"R": x, "G": y, "B": np.zeros_like(x), "A": np.ones_like(x)}
    windows = {"dataWindow": _corners(data), "displayWindow": _corners(display)}
    _write(target, frame, planes, windows, like, _TIME)


def _write(
    target: Path, frame: int, planes: Planes, header: dict[str, Any], like: Path, names: tuple[str, ...]
) -> None:
    header = {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION, **header}
    if is_exr(like):
        there = OpenEXR.File(str(like), header_only=True).parts[0].header
        header |= {name: there[name] for name in names if name in there}
    channels = {name: OpenEXR.Channel(name, np.ascontiguousarray(plane)) for name, plane in planes.items()}
    with replacing(target, frame) as temporary:
        try:
            OpenEXR.File(header, channels).write(str(temporary))
        except (RuntimeError, ValueError, TypeError) as error:
            raise OutputError(
                f"it can't be written: {error}", file=target, frame=frame, remedy="Check the space left."
            ) from None


def _corners(window: Window) -> tuple[object, object]:
    return np.array((window.x0, window.y0), np.int32), np.array((window.x1 - 1, window.y1 - 1), np.int32)
