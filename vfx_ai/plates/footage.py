"""Frames of a shot as whole plates are made of them: light in stops, small copies, and how light is shown."""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from vfx_ai.errors import JobError
from vfx_ai.media import plate as plate_files
from vfx_ai.media.color import to_log
from vfx_ai.media.color_view import Viewer, exposure_for, viewer
from vfx_ai.media.frame import FloatArray, Frame, PlateInfo, Window
from vfx_ai.media.sequence import Sequence
from vfx_ai.plates.resample import resized

PROBES = 3


@dataclass(frozen=True)
class Footage:
    """A sequence, and which of its layers is meant.

    Attributes:
        files: the sequence.
        layer: as `media.plate.pick_layer` takes it.
        colorspace: what its numbers mean; "": the files say it.
    """

    files: Sequence
    layer: str = "RGB"
    colorspace: str = ""

    def info(self, number: int) -> PlateInfo:
        """What the header of a frame tells."""
        return plate_files.probe(self.files.path(number), number, self.layer, self.colorspace)

    def frame(self, number: int) -> Frame:
        """A frame's pixels."""
        info = self.info(number)
        if self.files.is_black(number):
            return plate_files.black_frame(info, number)
        layer = plate_files.pick_layer(info, self.layer)
        return plate_files.read(self.files.path(number), number, layer, info.space)

    @cached_property
    def window(self) -> Window:
        """The data window of the first frame, which all are brought to."""
        return self.info(self.files.frames[0]).data_window

    def light(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        """A frame within `window`: [H, W, 3] float32 scene-linear, and where [H, W] bool there is a picture."""
        return within(self.frame(number), self.window)

    def small(self, number: int, size: tuple[int, int]) -> torch.Tensor:
        """A frame in stops [h, w, 3], made so small; what isn't known is the frame's mean."""
        light, valid = self.light(number)
        code = known(to_log(light), valid)
        return resized(resized(code[None], (1, size[0]))[0].transpose(0, 1), (size[1],)).transpose(0, 1).contiguous()

    def viewer(self, numbers: Many[int] = ()) -> Viewer:
        """How its light is shown."""
        there = numbers or self.files.frames
        picks = sorted({there[round(i)] for i in np.linspace(0, len(there) - 1, PROBES)})
        frames = [self.frame(number) for number in picks]
        stops, why = exposure_for((frame.pixels[::4, ::4], frame.valid[::4, ::4]) for frame in frames)
        return viewer(self.info(picks[0]).space, stops, why)


def within(frame: Frame, window: Window) -> tuple[torch.Tensor, torch.Tensor]:
    """A frame's light [H, W, 3] in a window, 0 beyond its own, and where [H, W] there is any."""
    light = np.zeros((window.height, window.width, 3), np.float32)
    valid = np.zeros(light.shape[:2], bool)
    inside = frame.data_window.intersection(window)
    if not inside.empty:
        there, here = inside.slices(frame.data_window), inside.slices(window)
        light[here], valid[here] = frame.pixels[there], frame.valid[there]
    return torch.from_numpy(light), torch.from_numpy(valid)


def known(code: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """A picture [H, W, 3] whose pixels that aren't known are the mean of the others."""
    if bool(valid.all()):
        return code
    mean = code[valid].mean(0) if bool(valid.any()) else code.new_zeros(3)
    return torch.where(valid[..., None], code, mean)


def small_size(window: Window, across: int) -> tuple[int, int]:
    """Rows and columns of a copy that is at most `across` wide."""
    scale = min(1.0, across / max(window.width, window.height))
    return max(8, round(window.height * scale)), max(8, round(window.width * scale))


def numbers_of(text: str) -> tuple[int, int]:
    """The least and the most of a range of lengths, "24-60" or "48".

    Raises:
        JobError: it is none.
    """
    parts = text.replace(" ", "").split("-")
    if len(parts) in (1, 2) and all(part.isdecimal() for part in parts):
        low, high = int(parts[0]), int(parts[-1])
        if 2 <= low <= high:
            return low, high
    raise JobError(f"length is {text!r}", remedy="Give frames, e.g. --length 24-60 or --length 48.")


def as_array(light: torch.Tensor) -> FloatArray:
    """A tensor as numpy's."""
    return np.ascontiguousarray(light.cpu().numpy(), np.float32)
