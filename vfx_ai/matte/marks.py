"""What a user said of an object in one frame, drawn at the working size."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.matte.prompts import Prompts
from vfx_ai.matte.stills import Stills, shrunk

BoolArray = npt.NDArray[np.bool_]

SPOT = 2  # radius of a click at the working size, pixels


@dataclass(frozen=True)
class Marks:
    """What is said of one object in one frame: [h, w] bool each.

    Attributes:
        yes, no: is it; isn't it.
        box: it lies in here.
        boxed: somebody drew that box.
    """

    yes: BoolArray
    no: BoolArray
    box: BoolArray
    boxed: bool = True

    def smaller(self, factor: int) -> Marks:
        """The same with `factor` pixels, along each side, in one."""
        if factor == 1:
            return self
        yes, no, box = (shrunk(part, factor) for part in (self.yes, self.no, self.box))
        return Marks(yes > 0.3, (no > 0.3) & (yes <= 0.3), box > 0.01, self.boxed)


def marks_of(stills: Stills, number: int, prompts: Prompts, others: tuple[tuple[float, float], ...]) -> Marks:
    """What is said of one object in a frame, drawn at the working size.

    Raises:
        JobError: a point lies outside of the picture.
    """
    height, width = stills.size
    yes, no = np.zeros((2, height, width), np.uint8)
    for click in prompts.clicks:
        x, y = stills.at(click.x, click.y, number)
        cv2.circle(yes if click.yes else no, (round(x), round(y)), SPOT, 1, -1)
    for at in others:
        x, y = stills.at(*at, number)
        cv2.circle(no, (round(x), round(y)), SPOT, 1, -1)
    box = np.ones((height, width), bool)
    if prompts.box is not None:
        window = stills.canvas
        x0, x1 = ((x - window.x0) * stills.factor for x in (prompts.box.x0, prompts.box.x1))
        y0, y1 = ((y - window.y0) * stills.factor for y in (prompts.box.y0, prompts.box.y1))
        box[:] = False
        box[max(0, int(y0)) : int(np.ceil(y1)), max(0, int(x0)) : int(np.ceil(x1))] = True
    return Marks((yes > 0) & (no == 0), no > 0, box, prompts.box is not None)
