"""What a plate's metadata tell a camera program: pixels, frame rate, and focal length where that is beyond doubt."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path

import OpenImageIO

from vfx_ai.media.exr_header import Part, is_exr
from vfx_ai.media.exr_intact import read_header

_LAYOUTS = {"float": "<f", "double": "<d", "box2i": "<4i", "rational": "<iI"}
_RATES = ("framesPerSecond", "FramesPerSecond")  # OpenEXR's own name, and what OpenImageIO writes
_WIDEST, _NARROWEST = 10.0, 0.1  # pixel aspect ratios beyond are mistakes
_SAME_SHAPE = 0.01  # relative difference of width over height
_MICRONS = 1000.0  # in a millimeter


@dataclass(frozen=True)
class Lens:
    """What metadata tell.

    Attributes:
        pixel_aspect: width of a pixel over its height; 1 if nothing is said of it.
        fps: frames per second; 24 if nothing is said, as OpenEXR has it.
        focal: focal length in pixels across, or None.
    """

    pixel_aspect: float = 1.0
    fps: float = 24.0
    focal: float | None = None


def read_lens(path: Path, frame: int) -> Lens:
    """What the file of one frame tells.

    Raises:
        InputError: an EXR file can't be read or is damaged.
    """
    if is_exr(path):
        part = read_header(path, frame).parts[0]
        return Lens(_aspect(*_values(part, "pixelAspectRatio")), _rate(part), focal_from_metadata(part))
    picture = OpenImageIO.ImageInput.open(str(path))
    if picture is None:
        return Lens()
    aspect = picture.spec().get_float_attribute("PixelAspectRatio", Lens.pixel_aspect)
    picture.close()
    return Lens(_aspect(aspect))


def focal_from_metadata(part: Part) -> float | None:
    """The focal length in pixels across that a header tells for certain, or None.

    It needs OpenEXR's pinholeFocalLength (mm), sensorPhotositePitch (microns) and sensorAcquisitionRectangle (the
    photosites that became the picture), which must be of the picture's shape; and square pixels. The number on a lens's
    barrel and the size of a whole sensor say less than they seem to.
    """
    focal, pitch = _values(part, "pinholeFocalLength"), _values(part, "sensorPhotositePitch")
    corners = _values(part, "sensorAcquisitionRectangle")
    if len(focal) != 1 or len(pitch) != 1 or len(corners) != 4 or min(*focal, *pitch) <= 0:
        return None
    width, height = corners[2] - corners[0] + 1, corners[3] - corners[1] + 1
    display = part.display_window
    if width < 1 or height < 1 or display.empty or _aspect(*_values(part, "pixelAspectRatio")) != 1:
        return None
    if abs(width * display.height / (height * display.width) - 1) > _SAME_SHAPE:
        return None
    return focal[0] * _MICRONS / pitch[0] * display.width / width


def _values(part: Part, name: str) -> tuple[float, ...]:
    """The finite numbers of an attribute; none if it isn't there or is of a kind that has none."""
    found = part.attributes.get(name)
    if found is None or found.kind not in _LAYOUTS or len(found.value) != struct.calcsize(_LAYOUTS[found.kind]):
        return ()
    values = struct.unpack(_LAYOUTS[found.kind], found.value)
    return values if all(math.isfinite(value) for value in values) else ()


def _aspect(value: float = Lens.pixel_aspect, *_others: float) -> float:
    return value if _NARROWEST <= value <= _WIDEST else Lens.pixel_aspect


def _rate(part: Part) -> float:
    told = (_values(part, name) for name in _RATES)
    return next((v[0] / v[1] for v in told if len(v) == 2 and min(v) > 0), Lens.fps)
