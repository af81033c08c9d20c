"""A new plate out: an EXR that no plate stands behind, with what its reference's header tells of light and time."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenEXR

from vfx_ai.errors import OutputError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.exr_write import LARGEST_HALF
from vfx_ai.media.frame import FloatArray
from vfx_ai.media.stamp import Stamp

# What tells what the numbers mean and how a pixel is shaped; and how fast frames follow each other.
KEPT_OF_LIGHT = ("chromaticities", "whiteLuminance", "adoptedNeutral", "pixelAspectRatio", "acesImageContainerFlag")
KEPT_OF_TIME = ("framesPerSecond",)
Planes = dict[str, npt.NDArray[Any]]


def write_new(
    target: Path,
    frame: int,
    pixels: FloatArray,
    others: Mapping[str, npt.NDArray[np.float16] | npt.NDArray[np.float32]] | None = None,
    *,
    like: Path | None = None,
    fps: Fraction | None = None,
    stamp: Stamp | None = None,
) -> int:
    """Writes pixels as half, ZIP; what was at `target` stays if that fails.

    Args:
        target: the file; its folder is made.
        frame: for messages.
        pixels: [H, W, 3] float32, the file's own numbers.
        others: more channels by name, [H, W], of their own type.
        like: the reference's file.
        fps: frames a second; None: the reference's.
        stamp: what the header says of how it was made.

    Returns:
        How many values are beyond what half holds, and were written as 65504.

    Raises:
        OutputError: it holds NaN or Inf, or can't be written.
    """
    if not np.isfinite(pixels).all():
        raise OutputError("the new plate holds NaN or Inf", file=target, frame=frame, remedy="Report this as a fault.")
    half, beyond = as_half(pixels)
    planes: Planes = {name: half[..., i] for i, name in enumerate("RGB")} | dict(others or {})
    header: dict[str, Any] = {"framesPerSecond": fps} if fps else {}
    header |= stamp.values() if stamp is not None else {}
    write_bare(target, frame, planes, like, KEPT_OF_LIGHT + KEPT_OF_TIME, header)
    return beyond


def as_half(pixels: FloatArray) -> tuple[npt.NDArray[np.float16], int]:
    """Pixels as half, and how many values are beyond what it holds: they are 65504."""
    beyond = int((np.abs(pixels) > LARGEST_HALF).sum())
    return np.clip(pixels, -LARGEST_HALF, LARGEST_HALF).astype(np.float16), beyond


def write_bare(
    target: Path,
    frame: int,
    planes: Planes,
    like: Path | None = None,
    kept: tuple[str, ...] = (),
    header: Mapping[str, Any] | None = None,
) -> None:
    """Write an EXR that no plate stands behind, ZIP; what was at `target` stays if that fails.

    Args:
        target: the file; its folder is made.
        frame: for messages.
        planes: channels by name, [H, W], of their own type.
        like: a file of which the attributes `kept` are taken over, if it is an EXR.
        kept: their names.
        header: further attributes.

    Raises:
        OutputError: it can't be written.
    """
    whole = {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION}
    if like is not None and is_exr(like):
        there = OpenEXR.File(str(like), header_only=True).parts[0].header
        whole |= {name: there[name] for name in kept if name in there}
    channels = {name: OpenEXR.Channel(name, np.ascontiguousarray(plane)) for name, plane in planes.items()}
    with replacing(target, frame) as temporary:
        try:
            OpenEXR.File({**whole, **(header or {})}, channels).write(str(temporary))
        except (RuntimeError, ValueError, TypeError) as error:
            raise OutputError(
                f"it can't be written: {error}", file=target, frame=frame, remedy="Check the space left."
            ) from None
