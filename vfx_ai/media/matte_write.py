"""A matte out: an EXR of one channel, A."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenEXR

from vfx_ai.errors import OutputError
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import FloatArray, Window


def write_matte(
    target: Path, frame: int, coverage: FloatArray, data: Window, display: Window, pixel_aspect: float = 1.0
) -> None:
    """Writes a matte as channel A, half, ZIP; what was at `target` stays if that fails.

    Args:
        target: the file; its folder is made.
        frame: for messages.
        coverage: [H, W] float32, 0 (stays) .. 1 (goes), over `data`.
        data, display: the windows.
        pixel_aspect: how much wider than high a pixel is.

    Raises:
        OutputError: it can't be written.
    """
    header = {
        "type": OpenEXR.scanlineimage,
        "compression": OpenEXR.ZIP_COMPRESSION,
        "dataWindow": _corners(data),
        "displayWindow": _corners(display),
        "pixelAspectRatio": pixel_aspect,
    }
    plane = np.ascontiguousarray(coverage, np.float16)
    with replacing(target, frame) as temporary:
        try:
            OpenEXR.File(header, {"A": OpenEXR.Channel("A", plane)}).write(str(temporary))
        except RuntimeError as error:
            raise OutputError(
                f"the matte can't be written: {error}", file=target, frame=frame, remedy="Check the space left."
            ) from None


def _corners(window: Window) -> tuple[object, object]:
    first, last = (window.x0, window.y0), (window.x1 - 1, window.y1 - 1)
    return np.array(first, np.int32), np.array(last, np.int32)
