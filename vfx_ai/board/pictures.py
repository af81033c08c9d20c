"""Pictures for panels: a file as it is shown on a display, and a picture laid into a frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from vfx_ai.errors import VfxAiError
from vfx_ai.media import image
from vfx_ai.media import plate as plate_files
from vfx_ai.media.color_view import exposure_for, viewer
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.frame import ByteArray, FloatArray

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".exr", ".dpx", ".hdr")
WIDTH = 1280  # of a panel, in pixels
SURROUND = (228, 228, 226)  # beside a picture of another shape
BORDER = (24, 24, 24)
SAME_SHAPE = 1.02  # aspect ratios closer than this are one
_SHOWN_AS_THEY_ARE = frozenset({"png", "jpeg", "webp", "tiff", "bmp"})


def panel_size(aspect: float) -> tuple[int, int]:
    """Width and height of a panel; both even, as movies want them."""
    return WIDTH, max(2, round(WIDTH / aspect / 2) * 2)


def load(path: Path) -> ByteArray:
    """A picture as it is seen, [H, W, 3] uint8: light through the display's view, 8- and 16-bit pictures as they are.

    Raises:
        InputError, UnsupportedFileError, ResourceError: the file can't be read.
    """
    try:
        exr = is_exr(path)
        if not exr:
            found = image.load(path, 0)
            if found.format in _SHOWN_AS_THEY_ARE and found.codes.dtype.kind != "f":
                return _as_it_is(found)
        info = plate_files.probe(path, 0)
        frame = plate_files.read(path, 0, info.layers[0], info.space)
    except VfxAiError as error:
        error.frame = None  # a still has no number
        raise
    except OSError as error:
        from vfx_ai.errors import InputError

        raise InputError(f"the picture can't be read: {error.strerror or error}", file=path) from None
    shown = np.zeros((info.display_window.height, info.display_window.width, 3), np.float32)
    inside = frame.data_window.intersection(info.display_window)
    if not inside.empty:
        shown[inside.slices(info.display_window)] = frame.pixels[inside.slices(frame.data_window)]
    shown = np.nan_to_num(shown, posinf=16.0, neginf=0.0)
    stops, why = exposure_for([(shown, np.ones(shown.shape[:2], bool))])
    return np.asarray(np.round(viewer(info.space, stops, why).shown(shown) * 255).astype(np.uint8))


def _as_it_is(found: image.Picture) -> ByteArray:
    names = list(found.spec.channelnames)
    color = [names.index(name) for name in ("R", "G", "B")] if {"R", "G", "B"} <= set(names) else [0]
    values: FloatArray = found.normalized(color)
    values = np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values
    if "A" in names:  # drawings without a ground lie on paper
        alpha = found.normalized([names.index("A")])
        values = values * alpha + (1 - alpha)
    return np.asarray(np.round(values * 255).astype(np.uint8))


def fitted(pixels: ByteArray, size: tuple[int, int], *, whole: bool) -> ByteArray:
    """A picture laid into a frame of a size (width, height).

    Args:
        pixels: [H, W, 3] uint8.
        size: of the frame.
        whole: all of it is shown, with a surround where its shape is another; else the frame is filled, and what lies
            beyond it is cut off.
    """
    width, height = size
    wide, high = width / pixels.shape[1], height / pixels.shape[0]
    alike = max(wide, high) / min(wide, high) < SAME_SHAPE
    scale = min(wide, high) if whole and not alike else max(wide, high)
    new = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    made = cv2.resize(np.ascontiguousarray(pixels), new, interpolation=way)
    left, top = max(0, (new[0] - width) // 2), max(0, (new[1] - height) // 2)
    made = made[top : top + height, left : left + width]
    if made.shape[:2] == (height, width):
        return np.asarray(made)
    out = np.empty((height, width, 3), np.uint8)
    out[:] = SURROUND
    x, y = (width - made.shape[1]) // 2, (height - made.shape[0]) // 2
    out[y : y + made.shape[0], x : x + made.shape[1]] = made
    return out


def bordered(pixels: ByteArray) -> ByteArray:
    """The picture with the frame's line around it, within its own pixels."""
    thick = max(1, round(pixels.shape[1] / 320))
    out = pixels.copy()
    for edge in (np.s_[:thick], np.s_[-thick:], np.s_[:, :thick], np.s_[:, -thick:]):
        out[edge] = BORDER
    return out
