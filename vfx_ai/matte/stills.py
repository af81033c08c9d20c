"""Frames as outlines are found in them: small, in stops, read when they are needed and few of them kept."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.errors import JobError
from vfx_ai.matte.layers import Pair, measured, paired
from vfx_ai.matte.prompts import Box
from vfx_ai.media import plate as plate_files
from vfx_ai.media.canvas import probe_all
from vfx_ai.media.color import in_stops
from vfx_ai.media.frame import FloatArray, Frame, PlateInfo
from vfx_ai.media.sequence import Sequence

ByteArray = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]

WORKING_WIDTH = 960  # outlines are found at no more pixels across; edges are softened at full size
MOST_STILLS = 28  # what one frame looks at, and its neighbors too
MOST_MOTIONS = 64  # as far as a motion is asked for again, from the other side
GREY_STEPS = 25.0  # codes of 8 bits per stop, for motion; ten stops above the log's pivot fit


@dataclass(frozen=True)
class Still:
    """One frame at the working size, or smaller.

    Attributes:
        number: the frame.
        features: [h, w, 3] float32, stops: luma and two color differences.
        grey: [h, w] uint8, luma.
        steep: [h, w] float32, length of the gradient, stops per pixel.
        valid: [h, w] bool, there is a picture here.
    """

    number: int
    features: FloatArray
    grey: ByteArray
    steep: FloatArray
    valid: BoolArray

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.valid.shape[0], self.valid.shape[1]

    def smaller(self, factor: int) -> Still:
        """The same with `factor` pixels, along each side, in one."""
        if factor == 1:
            return self
        return still_of(self.number, shrunk(self.features, factor), shrunk(self.valid, factor) > 0.99)


def still_of(number: int, features: FloatArray, valid: BoolArray) -> Still:
    """A Still from its features."""
    luma = np.ascontiguousarray(features[..., 0])
    slope = [np.asarray(cv2.Sobel(luma, cv2.CV_32F, dx, 1 - dx, scale=1 / 8), np.float32) for dx in (1, 0)]
    grey = np.clip(luma * GREY_STEPS, 0, 255).astype(np.uint8)
    return Still(number, features, grey, np.hypot(*slope).astype(np.float32), valid)


def shrunk(picture: npt.NDArray[np.generic], factor: int) -> FloatArray:
    """Means of `factor` x `factor` pixels of [h, w] or [h, w, C]; float32."""
    size = (max(1, round(picture.shape[1] / factor)), max(1, round(picture.shape[0] / factor)))
    return np.asarray(cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)


class Stills:
    """A plate's frames on one canvas.

    Args:
        plate: the sequence.
        layer: which layer.
        colorspace: what its numbers mean, see Job.

    Raises:
        InputError: a header can't be read. JobError: there is no such layer or color space.
    """

    def __init__(self, plate: Sequence, layer: str, colorspace: str = "") -> None:
        self.plate, self.layer = plate, layer
        self.numbers = plate.frames
        self.infos, self.canvas = probe_all(plate, layer, colorspace)
        self.factor = min(1.0, WORKING_WIDTH / max(self.canvas.width, 1))
        self.size = (max(1, round(self.canvas.height * self.factor)), max(1, round(self.canvas.width * self.factor)))
        self._kept: OrderedDict[int, Still] = OrderedDict()
        self._motions: OrderedDict[tuple[int, int], npt.NDArray[np.float16]] = OrderedDict()

    def frame(self, number: int) -> Frame:
        """Frame `number` as its file has it."""
        info = self.infos[number]
        if self.plate.is_black(number):
            return plate_files.black_frame(info, number)
        return plate_files.read(self.plate.path(number), number, plate_files.pick_layer(info, self.layer), info.space)

    def still(self, number: int) -> Still:
        """Frame `number` at the working size."""
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        frame = self.frame(number)
        features = np.zeros((self.canvas.height, self.canvas.width, 3), np.float32)
        valid = np.zeros(features.shape[:2], bool)
        there = frame.data_window.slices(self.canvas)
        features[there], valid[there] = in_stops(frame.pixels, -1), frame.valid
        if self.size != valid.shape:
            to = self.size[::-1]
            features = np.asarray(cv2.resize(features, to, interpolation=cv2.INTER_AREA), np.float32)
            valid = np.asarray(cv2.resize(valid.astype(np.float32), to, interpolation=cv2.INTER_AREA)) > 0.99
        made = still_of(number, features, valid & (number not in self.plate.missing))
        self._kept[number] = made
        while len(self._kept) > MOST_STILLS:
            self._kept.popitem(last=False)
        return made

    def motion(self, number: int, other: int) -> Pair:
        """Motion from a frame to another, at the working size."""
        return paired(self._motion(number, other), self._motion(other, number))

    def _motion(self, number: int, other: int) -> npt.NDArray[np.float16]:
        if (number, other) not in self._motions:
            self._motions[number, other] = measured(self.still(number).grey, self.still(other).grey)
        self._motions.move_to_end((number, other))
        while len(self._motions) > MOST_MOTIONS:
            self._motions.popitem(last=False)
        return self._motions[number, other]

    def at(self, x: float, y: float, number: int) -> tuple[float, float]:
        """Where a pixel of the plate's coordinates lies at the working size.

        Raises:
            JobError: outside of the picture.
        """
        whole_x, whole_y = self.on_canvas(x, y, number)
        return (whole_x + 0.5) * self.factor - 0.5, (whole_y + 0.5) * self.factor - 0.5

    def on_canvas(self, x: float, y: float, number: int) -> tuple[float, float]:
        """Where a pixel of the plate's coordinates lies on the canvas, at full size.

        Raises:
            JobError: outside of the picture.
        """
        check_in_picture(self.infos[number], number, x, y)
        return x - self.canvas.x0, y - self.canvas.y0


def check_in_picture(info: PlateInfo, number: int, x: float, y: float) -> None:
    """Make sure that a pixel of the plate's coordinates lies in a frame's data window.

    Raises:
        JobError: it doesn't.
    """
    whole = info.data_window
    if not (whole.x0 - 0.5 <= x <= whole.x1 - 0.5 and whole.y0 - 0.5 <= y <= whole.y1 - 0.5):
        raise _outside(info, number, f"the point {x:g},{y:g}")


def check_box_in_picture(info: PlateInfo, number: int, box: Box) -> None:
    """Make sure that a box holds a pixel of a frame's data window.

    Raises:
        JobError: it doesn't.
    """
    whole = info.data_window
    if box.x0 >= whole.x1 - 0.5 or box.x1 <= whole.x0 - 0.5 or box.y0 >= whole.y1 - 0.5 or box.y1 <= whole.y0 - 0.5:
        raise _outside(info, number, f"the box {box.x0:g},{box.y0:g},{box.x1:g},{box.y1:g}")


def _outside(info: PlateInfo, number: int, what: str) -> JobError:
    whole = info.data_window
    return JobError(
        f"{what} lies outside of the picture",
        file=info.path,
        frame=number,
        remedy=f"x goes from {whole.x0} to {whole.x1 - 1} and y, downwards, from {whole.y0} to {whole.y1 - 1}.",
    )
