"""A matte out: an EXR with channel A, and more where objects are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import OpenEXR

from vfx_ai.errors import OutputError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.frame import FloatArray, Window

# What tells which frame it is.
_KEPT = ("timeCode", "framesPerSecond")


def write_matte(
    target: Path,
    frame: int,
    coverage: FloatArray,
    data: Window,
    display: Window,
    pixel_aspect: float = 1.0,
    *,
    others: Mapping[str, FloatArray] | None = None,
    like: Path | None = None,
) -> None:
    """Writes a matte as channel A, half, ZIP; what was at `target` stays if that fails.

    Args:
        target: the file; its folder is made.
        frame: for messages.
        coverage: [H, W] float32, 0 (stays) .. 1 (goes), over `data`.
        data, display: the windows.
        pixel_aspect: how much wider than high a pixel is.
        others: more channels by name, [H, W] float32.
        like: the plate's file, whose timecode and frame rate are kept.

    Raises:
        OutputError: it can't be written.
    """
    header = {
        "type": OpenEXR.scanlineimage,
        "compression": OpenEXR.ZIP_COMPRESSION,
        "dataWindow": data.corners,
        "displayWindow": display.corners,
        "pixelAspectRatio": pixel_aspect,
    }
    if like is not None and is_exr(like):
        there = OpenEXR.File(str(like), header_only=True).parts[0].header
        header |= {name: there[name] for name in _KEPT if name in there}
    planes = {
        name: np.ascontiguousarray(plane, np.float16) for name, plane in {**(others or {}), "A": coverage}.items()
    }
    with replacing(target, frame) as temporary:
        try:
            OpenEXR.File(header, {name: OpenEXR.Channel(name, plane) for name, plane in planes.items()}).write(
                str(temporary)
            )
        except RuntimeError as error:
            raise OutputError(
                f"the matte can't be written: {error}", file=target, frame=frame, remedy="Check the space left."
            ) from None
