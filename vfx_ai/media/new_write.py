"""A new plate out: an EXR that no plate stands behind, with what its reference's header tells of light and time."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenEXR

from vfx_ai.errors import OutputError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.frame import FloatArray

LARGEST_HALF = 65504.0
# What tells what the numbers mean, how a pixel is shaped and how fast frames follow each other.
_KEPT = (
    "chromaticities",
    "whiteLuminance",
    "adoptedNeutral",
    "pixelAspectRatio",
    "framesPerSecond",
    "acesImageContainerFlag",
)


def write_new(
    target: Path,
    frame: int,
    pixels: FloatArray,
    others: Mapping[str, npt.NDArray[np.float16] | npt.NDArray[np.float32]] | None = None,
    *,
    like: Path | None = None,
    fps: Fraction | None = None,
) -> int:
    """Writes pixels as half, ZIP; what was at `target` stays if that fails.

    Args:
        target: the file; its folder is made.
        frame: for messages.
        pixels: [H, W, 3] float32, the file's own numbers.
        others: more channels by name, [H, W], of their own type.
        like: the reference's file.
        fps: frames a second; None: the reference's.

    Returns:
        How many values are beyond what half holds, and were written as 65504.

    Raises:
        OutputError: it holds NaN or Inf, or can't be written.
    """
    if not np.isfinite(pixels).all():
        raise OutputError("the new plate holds NaN or Inf", file=target, frame=frame, remedy="Report this as a fault.")
    beyond = int((np.abs(pixels) > LARGEST_HALF).sum())
    half = np.clip(pixels, -LARGEST_HALF, LARGEST_HALF).astype(np.float16)
    header = {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION}
    if like is not None and is_exr(like):
        there = OpenEXR.File(str(like), header_only=True).parts[0].header
        header |= {name: there[name] for name in _KEPT if name in there}
    if fps:
        header["framesPerSecond"] = fps
    planes = {name: np.ascontiguousarray(half[..., i]) for i, name in enumerate("RGB")}
    planes |= {name: np.ascontiguousarray(plane) for name, plane in (others or {}).items()}
    with replacing(target, frame) as temporary:
        try:
            OpenEXR.File(header, {name: OpenEXR.Channel(name, plane) for name, plane in planes.items()}).write(
                str(temporary)
            )
        except (RuntimeError, ValueError, TypeError) as error:
            raise OutputError(
                f"the new plate can't be written: {error}", file=target, frame=frame, remedy="Check the space left."
            ) from None
    return beyond
