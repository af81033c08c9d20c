"""What a user said of an object in one frame, drawn at the working size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.errors import JobError
from vfx_ai.matte.prompts import Box, Prompts
from vfx_ai.matte.stills import Stills, check_box_in_picture, shrunk

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
    yes = _spots(stills, number, [(click.x, click.y) for click in prompts.clicks if click.yes])
    no = _spots(stills, number, [*((click.x, click.y) for click in prompts.clicks if not click.yes), *others])
    box = np.ones(stills.size, bool)
    if prompts.box is not None:
        box[:] = False
        box[_rows_and_columns(stills, prompts.box)] = True
    return Marks(yes & ~no, no, box, prompts.box is not None)


def check_marks(
    stills: Stills, said: Mapping[int, Prompts], others: Mapping[int, tuple[tuple[float, float], ...]]
) -> None:
    """Make sure that what is said of one object can be looked at.

    Args:
        stills: the plate.
        said, others: by frame, what is said of the object, and points (x, y) on other objects.

    Raises:
        JobError: a point or a box lies where there is no picture, or a point is contradicted by another one.
        InputError: a frame can't be read.
    """
    for number, prompts in said.items():
        marks = marks_of(stills, number, prompts, others.get(number, ()))
        info, valid = stills.infos[number], stills.still(number).valid
        for click in (click for click in prompts.clicks if click.yes):
            spot, called = _spots(stills, number, [(click.x, click.y)]), f"the point {click.x:g},{click.y:g}"
            if not (spot & ~marks.no).any():
                raise JobError(
                    f"{called} is said to be the object, and not to be it",
                    file=info.path,
                    frame=number,
                    remedy="Leave one of both out; a point on one object says that the others aren't there.",
                )
            if not (spot & valid).any():
                raise JobError(
                    f"the plate has no picture at {called}: its pixels are NaN or Inf",
                    file=info.path,
                    frame=number,
                    remedy="Click beside it.",
                )
        if prompts.box is not None:
            check_box_in_picture(info, number, prompts.box)
            if not (marks.box & valid).any():
                raise JobError(
                    "the plate has no picture in the box: its pixels are NaN or Inf",
                    file=info.path,
                    frame=number,
                    remedy="Click in another frame.",
                )


def _spots(stills: Stills, number: int, points: Sequence[tuple[float, float]]) -> BoolArray:
    """[h, w] bool: around points (x, y) of the plate."""
    spots = np.zeros(stills.size, np.uint8)
    for point in points:
        x, y = stills.at(*point, number)
        cv2.circle(spots, (round(x), round(y)), SPOT, 1, -1)
    return spots > 0


def _rows_and_columns(stills: Stills, box: Box) -> tuple[slice, slice]:
    """The part of the picture that a box holds; empty if it lies beside it."""
    (height, width), window = stills.size, stills.canvas
    x0, x1 = ((x - window.x0) * stills.factor for x in (box.x0, box.x1))
    y0, y1 = ((y - window.y0) * stills.factor for y in (box.y0, box.y1))
    return _span(y0, y1, height), _span(x0, x1, width)


def _span(low: float, high: float, size: int) -> slice:
    return slice(min(max(0, int(low)), size), min(max(0, int(np.ceil(high))), size))
