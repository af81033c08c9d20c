"""How the frames of a shot lie in one single plate: what `single` asks of each way to put them there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from vfx_ai.media.color import to_log
from vfx_ai.media.frame import BoolArray, FloatArray, Window

Step = Callable[[int, int], None]


@dataclass(frozen=True)
class Stitched:
    """The pixels of a single plate.

    Attributes:
        light: [H, W, 3] float32, scene-linear; 0 where no frame shows anything.
        x, y: [H, W] float32, the place on the shot's canvas that each pixel came from.
        origin: [H, W] int64, the number of the frame that it came from; -1 where there is none.
    """

    light: FloatArray
    x: FloatArray
    y: FloatArray
    origin: np.ndarray

    @property
    def seen(self) -> BoolArray:
        """[H, W] bool, where a frame shows the place."""
        return np.asarray(self.origin >= 0)


class Laid(Protocol):
    """Frames laid into one plate."""

    @property
    def anchor(self) -> int:
        """The frame that lies in it as it is."""

    @property
    def window(self) -> Window:
        """The plate's, in pixels of the anchor on the shot's canvas."""

    def stitched(self, step: Step) -> Stitched:
        """The plate's pixels; `step` is called with (rows done, rows)."""

    def within(self) -> BoolArray:
        """[H, W] bool: which pixels of the plate lie in any frame, be it behind the matte."""

    def put_back(self, number: int, seen: BoolArray) -> tuple[FloatArray, FloatArray, BoolArray]:
        """For each pixel of a frame's data window where it lies in the plate, whose pixels [H, W] are `seen`.

        Returns:
            x [h, w] float32, in the plate's pixels, their middles at whole numbers; y; and where [h, w] bool the plate
            has the place.
        """


def nearest_to_the_median(scenes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Of what several frames show, which is nearest to the median in log light.

    Args:
        scenes: [N, 3, h, w] float32, scene-linear; NaN where a frame shows nothing.

    Returns:
        Its index [h, w] int64, and where [h, w] bool there is any.
    """
    codes = to_log(scenes)
    off = (codes - torch.nanmedian(codes, 0).values[None]).abs().sum(1)
    return torch.where(off.isnan(), torch.inf, off).argmin(0), torch.isfinite(off).any(0)
