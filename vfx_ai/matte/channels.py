"""Where the hole is: any channel of any file, or objects by name; inverted, grown, laid over the plate's picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vfx_ai.errors import JobError, UnsupportedFileError
from vfx_ai.matte.objects import read_objects
from vfx_ai.media import plate
from vfx_ai.media.channel import ChannelImage
from vfx_ai.media.frame import BoolArray, FloatArray, PlateInfo, Window

# A disc this large is made of several, or its cost would rise with its area.
_LARGEST_STEP = 7


@dataclass(frozen=True)
class Matte:
    """What of a frame has to go.

    Attributes:
        number: the frame.
        coverage: [h, w] float32, 0 (stays) .. 1 (goes), read-only; covers `window`.
        window: where it lies, in the picture's coordinates.
        unknown: how many of its pixels within `window` were NaN, and counted as 0.
    """

    number: int
    coverage: FloatArray
    window: Window
    unknown: int = 0

    @property
    def hole(self) -> BoolArray:
        """[h, w] bool: where anything has to go."""
        return self.coverage > 0


def read_matte(
    path: Path,
    frame: int,
    *,
    channel: str = "",
    invert: bool = False,
    grow: str = "0",
    objects: str = "",
    objects_layer: str = "",
    onto: PlateInfo,
    window: Window,
) -> Matte:
    """The matte of one frame as coverage over `window`.

    Display windows of the same size are laid on each other. Outside of the matte's data window coverage is 0 (1 if
    inverted). Values are brought into 0..1; NaN counts as 0, before inverting.

    Args:
        path: the matte's file; it may be the plate's own.
        frame: its number.
        channel: its name; "": A, else the only one, else luminance.
        invert: the hole is where the matte is 0.
        grow: see `parse_grow`; applied after inverting, soft edges stay soft.
        objects: instead of a channel, objects of the file's cryptomatte; see `objects.read_objects`.
        objects_layer: which of its cryptomattes.
        onto: the plate's header.
        window: what to cover, in the plate's coordinates.

    Raises:
        InputError: the file can't be read. UnsupportedFileError: it is of another size than the plate, or `objects` are
            asked for and it has no cryptomatte that can be used.
        JobError: no such channel or cryptomatte, or `grow` makes no sense.
    """
    radius = parse_grow(grow, onto.display_window.width)
    picture = read_objects(path, frame, objects, objects_layer) if objects else plate.read_channel(path, frame, channel)
    lies = _place(picture, onto, path, frame)
    margin = math.ceil(abs(radius))
    wide = window.grown(margin)
    coverage = np.zeros((wide.height, wide.width), np.float32)
    inside, unknown = lies.intersection(wide), 0
    if not inside.empty:
        laid, found = coverage[inside.slices(wide)], picture.values[inside.slices(lies)]
        np.clip(found, 0.0, 1.0, out=laid)
        if np.isnan(laid.sum()):  # one sum is a tenth of looking at each pixel
            unknown = int(np.count_nonzero(np.isnan(picture.values[lies.intersection(window).slices(lies)])))
            laid[np.isnan(laid)] = 0.0
    if invert:
        coverage = 1.0 - coverage
    if radius:
        coverage = _grown(coverage, radius, wide, lies.union(onto.display_window))
    coverage = np.ascontiguousarray(coverage[window.slices(wide)])
    coverage.flags.writeable = False
    return Matte(frame, coverage, window, unknown)


def parse_grow(text: str, display_width: int) -> float:
    """Pixels to grow by (below 0: to shrink by), from "3", "-2" or "0.5%" of the display width.

    Raises:
        JobError: it is none of these.
    """
    number, percent = text.strip(), text.strip().endswith("%")
    try:
        value = float(number.rstrip("%").strip())
    except ValueError:
        value = math.nan
    pixels = value * display_width / 100 if percent else value
    if not abs(pixels) <= max(display_width, 1):
        raise JobError(
            f"the matte can't grow by {text!r}", remedy='Give pixels ("3", "-2") or percent of width ("0.5%").'
        )
    return pixels


def _place(picture: ChannelImage, onto: PlateInfo, path: Path, frame: int) -> Window:
    """Where the matte's data window lies in the plate's coordinates."""
    display, goal = picture.display_window, onto.display_window
    if _size(display) == _size(goal):
        return _moved(picture.data_window, goal.x0 - display.x0, goal.y0 - display.y0)
    if not picture.windowed and _size(picture.data_window) == _size(onto.data_window):
        return onto.data_window
    raise UnsupportedFileError(
        f"the matte is {display.width} x {display.height}, the plate {goal.width} x {goal.height}",
        file=path,
        frame=frame,
        remedy="Write the matte in the plate's format (Reformat in Nuke), so that both have the same display window.",
    )


def _size(window: Window) -> tuple[int, int]:
    return window.width, window.height


def _moved(window: Window, dx: int, dy: int) -> Window:
    return Window(window.x0 + dx, window.y0 + dy, window.x1 + dx, window.y1 + dy)


def _grown(coverage: FloatArray, radius: float, window: Window, picture: Window) -> FloatArray:
    """Gray dilation (or erosion) by a disc; a fraction of a pixel mixes the two whole radii beside it."""
    # What lies beyond the picture neither grows into it nor eats away at its edge.
    outside = np.ones(coverage.shape, bool)
    outside[picture.intersection(window).slices(window)] = False
    work = np.where(outside, np.float32(0 if radius > 0 else 1), coverage)
    whole, fraction = int(abs(radius)), abs(radius) % 1
    less = _by_disc(work, whole, radius > 0)
    if not fraction:
        return less
    mixed: FloatArray = less + np.float32(fraction) * (_by_disc(less, 1, radius > 0) - less)
    return mixed


def _by_disc(values: FloatArray, radius: int, dilate: bool) -> FloatArray:
    operation = cv2.dilate if dilate else cv2.erode
    while radius > 0:
        step = min(radius, _LARGEST_STEP)
        across = np.arange(-step, step + 1)
        disc = (across[:, None] ** 2 + across**2 <= step * step).astype(np.uint8)
        values = np.asarray(operation(values, disc), np.float32)
        radius -= step
    return values
