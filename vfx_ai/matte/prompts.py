"""What a user says of objects: points on them, points that aren't, boxes around them; written as text, read here.

A click is `[NAME:]X,Y[@FRAME]`, a box `[NAME:]X0,Y0,X1,Y1[@FRAME]`. A minus before a click's X says "not the object".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vfx_ai.errors import JobError

_NAME, _NUMBER, _FRAME = r"(?:([A-Za-z_][\w-]*):)?", r"(-?\d+(?:\.\d+)?)", r"(?:@(-?\d+))?"
_CLICK = re.compile(rf"{_NAME}([-+]?){_NUMBER},{_NUMBER}{_FRAME}", re.ASCII)
_NOT = re.compile(rf"{_NAME}{_NUMBER},{_NUMBER}{_FRAME}", re.ASCII)
_BOX = re.compile(rf"{_NAME}{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}{_FRAME}", re.ASCII)


@dataclass(frozen=True)
class Click:
    """A point on an object, or beside it.

    Attributes:
        name: of the object; "" if it has none.
        x, y: in the plate's own coordinates, pixels; y counts down.
        frame: None: the first.
        yes: it is the object.
    """

    name: str
    x: float
    y: float
    frame: int | None
    yes: bool


@dataclass(frozen=True)
class Box:
    """A rectangle that holds an object: corners in the plate's own coordinates, x0 < x1 and y0 < y1."""

    name: str
    x0: float
    y0: float
    x1: float
    y1: float
    frame: int | None


@dataclass(frozen=True)
class Prompts:
    """All that is said of one object in one frame."""

    clicks: tuple[Click, ...] = ()
    box: Box | None = None

    @property
    def positive(self) -> bool:
        """Whether it says where the object is, not only where it isn't."""
        return self.box is not None or any(click.yes for click in self.clicks)


def parse_click(text: str, *, yes: bool = True) -> Click:
    """A click from text.

    Args:
        text: "320,180@1001"; "-100,90@1001" is no object at x = 100; "+-20,90@1001" is the object at x = -20.
        yes: False: it says where the object isn't, and a minus before X belongs to the number.

    Raises:
        JobError: it is none.
    """
    plain = "".join(text.split())
    if not yes and (found := _NOT.fullmatch(plain)):
        name, x, y, frame = found.groups()
        return Click(name or "", float(x), float(y), _frame(frame), False)
    if yes and (found := _CLICK.fullmatch(plain)):
        name, sign, x, y, frame = found.groups()
        return Click(name or "", float(x), float(y), _frame(frame), sign != "-")
    raise JobError(f"{text!r} is no point", remedy="Write X,Y@FRAME, e.g. 320,180@1001; -320,180@1001: not the object.")


def parse_box(text: str) -> Box:
    """A box from text: "10,10,80,90@1001", any two opposite corners.

    Raises:
        JobError: it is none, or empty.
    """
    found = _BOX.fullmatch("".join(text.split()))
    if found:
        name, *corners, frame = found.groups()
        xa, ya, xb, yb = map(float, corners)
        box = Box(name or "", min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb), _frame(frame))
        if box.x1 - box.x0 >= 1 and box.y1 - box.y0 >= 1:
            return box
    raise JobError(f"{text!r} is no box", remedy="Write two corners, X,Y,X,Y@FRAME, e.g. 10,10,80,90@1001.")


def gather(clicks: Sequence[Click], boxes: Sequence[Box], frames: tuple[int, ...]) -> dict[str, dict[int, Prompts]]:
    """What is said of each object, by name and frame, both in order.

    Raises:
        JobError: nothing is said, a frame isn't there, an object has only negative clicks, or two boxes in one frame.
    """
    if not any(click.yes for click in clicks) and not boxes:
        raise JobError("nothing says where the object is", remedy="Give --point X,Y@FRAME or --box X,Y,X,Y@FRAME.")
    found: dict[str, dict[int, Prompts]] = {}
    everything: list[Click | Box] = [*clicks, *boxes]
    for said in everything:
        number = frames[0] if said.frame is None else said.frame
        if number not in frames:
            raise JobError(
                f"the plate has no frame {number}", remedy=f"It has {frames[0]} to {frames[-1]}: write @{frames[0]}."
            )
        there = found.setdefault(said.name, {})
        before = there.get(number, Prompts())
        if isinstance(said, Click):
            there[number] = Prompts((*before.clicks, said), before.box)
        elif before.box is None:
            there[number] = Prompts(before.clicks, said)
        else:
            raise JobError(
                f"two boxes for one object in frame {number}", remedy="Name the objects: --box left:... --box right:..."
            )
    for name, there in found.items():
        if not any(prompts.positive for prompts in there.values()):
            called = f"the object {name!r}" if name else "the object without a name"
            raise JobError(f"{called} has only points that it isn't at", remedy="Give a --point or a --box for it.")
    return {name: dict(sorted(there.items())) for name, there in sorted(found.items())}


def _frame(text: str | None) -> int | None:
    return None if text is None else int(text)
