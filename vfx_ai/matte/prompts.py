"""What a user says of objects: points on them, points that aren't, boxes around them; written as text, read here.

A click is `[NAME:]X,Y[@FRAME]`, a box `[NAME:]X0,Y0,X1,Y1[@FRAME]`. A minus before a click's X says "not the object".
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from vfx_ai.errors import JobError

_NAME, _NUMBER, _FRAME = r"(?:([A-Za-z_][\w-]*):)?", r"(-?(?:\d+\.?\d*|\.\d+))", r"(?:@(-?\d+))?"
_CLICK = re.compile(rf"{_NAME}([-+]?){_NUMBER},{_NUMBER}{_FRAME}", re.ASCII)
_NOT = re.compile(rf"{_NAME}{_NUMBER},{_NUMBER}{_FRAME}", re.ASCII)
_WIRE = re.compile(rf"{_NAME}{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}(?:,{_NUMBER})?{_FRAME}", re.ASCII)
_BOX = re.compile(rf"{_NAME}{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}{_FRAME}", re.ASCII)

SHORTEST_WIRE, WIDEST_WIRE = 4, 64  # pixels


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
class Wire:
    """Two ends of a thin line, in the plate's own coordinates; `width` in pixels, 0: it is measured."""

    name: str
    x0: float
    y0: float
    x1: float
    y1: float
    width: float
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


def parse_wire(text: str) -> Wire:
    """A wire from text: "10,20,600,45@1001", both ends; "10,20,600,45,3@1001" is three pixels wide.

    Raises:
        JobError: it is none, or too short.
    """
    found = _WIRE.fullmatch("".join(text.split()))
    if found:
        name, *numbers, frame = found.groups()
        x0, y0, x1, y1, width = (float(number or 0) for number in numbers)
        if math.hypot(x1 - x0, y1 - y0) >= SHORTEST_WIRE and 0 <= width <= WIDEST_WIRE:
            return Wire(name or "", x0, y0, x1, y1, width, _frame(frame))
    raise JobError(
        f"{text!r} is no wire",
        remedy=f"Write both ends, X,Y,X,Y@FRAME, at least {SHORTEST_WIRE} pixels apart; X,Y,X,Y,WIDTH@FRAME gives its "
        f"width, at most {WIDEST_WIRE} pixels.",
    )


def gather_wires(
    wires: Sequence[Wire], frames: tuple[int, ...], gaps: tuple[int, ...] = (), plate: str = ""
) -> tuple[tuple[str, dict[int, Wire]], ...]:
    """Every wire, with the object's name, and its ends by frame, in order.

    Wires of one name in one frame are several; in a further frame the first goes on as the first, and so forth.

    Args:
        wires: what is said.
        frames, gaps: of the plate: every number, and those that have no file.
        plate: its pattern, for messages.

    Raises:
        JobError: a frame isn't there, or there are more wires in a later frame than in the first.
    """
    by_name: dict[str, dict[int, list[Wire]]] = {}
    for wire in wires:
        number = _number(wire.frame, frames, gaps, plate)
        by_name.setdefault(wire.name, {}).setdefault(number, []).append(wire)
    found: list[tuple[str, dict[int, Wire]]] = []
    for name, there in sorted(by_name.items()):
        most = len(next(iter(there.values())))
        for number, several in there.items():
            if len(several) > most:
                raise JobError(
                    f"frame {number} has {len(several)} wires, and the frame named first has {most}",
                    file=plate or None,
                    frame=number,
                    remedy="Give all wires in the first frame, or a name to each: --wire left:X,Y,X,Y@FRAME.",
                )
        found += [(name, {n: there[n][i] for n in sorted(there) if i < len(there[n])}) for i in range(most)]
    return tuple(found)


def gather(
    clicks: Sequence[Click],
    boxes: Sequence[Box],
    frames: tuple[int, ...],
    gaps: tuple[int, ...] = (),
    plate: str = "",
) -> dict[str, dict[int, Prompts]]:
    """What is said of each object, by name and frame, both in order.

    Args:
        clicks, boxes: what is said.
        frames, gaps: of the plate: every number, and those that have no file.
        plate: its pattern, for messages.

    Raises:
        JobError: nothing is said, a frame isn't there, an object has only negative clicks, two boxes in one frame, or a
            click beside its own box.
    """
    if not any(click.yes for click in clicks) and not boxes:
        raise JobError(
            "nothing says where the object is",
            file=plate or None,
            remedy="Give --point X,Y@FRAME or --box X,Y,X,Y@FRAME.",
        )
    found: dict[str, dict[int, Prompts]] = {}
    everything: list[Click | Box] = [*clicks, *boxes]
    for said in everything:
        number = _number(said.frame, frames, gaps, plate)
        there = found.setdefault(said.name, {})
        before = there.get(number, Prompts())
        if isinstance(said, Click):
            there[number] = Prompts((*before.clicks, said), before.box)
        elif before.box is None:
            there[number] = Prompts(before.clicks, said)
        else:
            raise JobError(
                f"two boxes for one object in frame {number}",
                file=plate or None,
                frame=number,
                remedy="Name the objects: --box left:... --box right:...",
            )
    for name, there in found.items():
        if not any(prompts.positive for prompts in there.values()):
            called = f"the object {name!r}" if name else "the object without a name"
            raise JobError(
                f"{called} has only points that it isn't at",
                file=plate or None,
                frame=min(there),
                remedy="Give a --point or a --box for it.",
            )
        for number, prompts in there.items():
            _check_within(prompts, number, plate)
    return {name: dict(sorted(there.items())) for name, there in sorted(found.items())}


def _check_within(prompts: Prompts, number: int, plate: str) -> None:
    """A box holds all of its object, so a click on the object beside it contradicts it."""
    box = prompts.box
    if box is None:
        return
    for click in prompts.clicks:
        if click.yes and not (box.x0 - 0.5 <= click.x <= box.x1 + 0.5 and box.y0 - 0.5 <= click.y <= box.y1 + 0.5):
            raise JobError(
                f"the point {click.x:g},{click.y:g} lies outside of its object's box "
                f"{box.x0:g},{box.y0:g},{box.x1:g},{box.y1:g}",
                file=plate or None,
                frame=number,
                remedy="Draw the box around all of the object, or name the objects: --point left:... --box right:...",
            )


def _number(frame: int | None, frames: tuple[int, ...], gaps: tuple[int, ...], plate: str) -> int:
    """The frame that is meant; None: the first that has a file.

    Raises:
        JobError: it isn't there.
    """
    there = tuple(number for number in frames if number not in gaps)
    if frame is None:
        return there[0]
    if frame in there:
        return frame
    near = min(there, key=lambda number: (abs(number - frame), number))
    if frame in gaps:
        raise JobError(
            f"the plate has no frame {frame}, and what stands in for it can't be clicked",
            file=plate or None,
            frame=frame,
            remedy=f"Click in a frame that is there: write @{near}.",
        )
    raise JobError(
        f"the plate has no frame {frame}",
        file=plate or None,
        frame=frame,
        remedy=f"It has {there[0]} to {there[-1]}: write @{near}.",
    )


def _frame(text: str | None) -> int | None:
    return None if text is None else int(text)
