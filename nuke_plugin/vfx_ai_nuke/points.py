"""Points, boxes and wires: in Nuke Y goes up, in a job down.

Nuke's X, Y is a place whose pixel has its middle at a half; the job's have theirs at whole numbers, from the top.
"""

import re
from typing import List

from vfx_ai_nuke.errors import NodeError

_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_LINE = re.compile(rf"((?:[A-Za-z_][\w-]*:)?)(-(?=-)|-(?=\+)|\+(?=[-+])|)({_NUMBER}(?:,{_NUMBER})+)((?:@-?\d+)?)")
_MIDDLE = 0.5


def clicks(text: str, height: int) -> List[str]:
    """The lines of points as a job has them.

    Args:
        text: "X,Y@FRAME" is the object, "-X,Y@FRAME" isn't; "NAME:" may stand before it. A sign before the sign of a
            negative X says which it is: "+-20,90" and "--20,90".
        height: of the plate's format.

    Raises:
        NodeError: a line is none.
    """
    return [_turned(line, height, (2,), "points", signed=True) for line in _lines(text)]


def boxes(text: str, height: int) -> List[str]:
    """The lines of boxes as a job has them, "X,Y,X,Y@FRAME"; see `clicks`."""
    return [_turned(line, height, (4,), "boxes") for line in _lines(text)]


def wires(text: str, height: int) -> List[str]:
    """The lines of wires as a job has them, "X,Y,X,Y@FRAME" or with a width behind; see `clicks`."""
    return [_turned(line, height, (4, 5), "wires") for line in _lines(text)]


def _lines(text: str) -> List[str]:
    return [line for line in ("".join(raw.split()) for raw in text.splitlines()) if line]


def _turned(line: str, height: int, counts: "tuple[int, ...]", what: str, signed: bool = False) -> str:
    found = _LINE.fullmatch(line)
    if found is None or found.group(3).count(",") + 1 not in counts:
        raise NodeError(f"{what}: {line!r} is none. See the knob's tooltip.")
    name, sign, middle, frame = found.groups()
    numbers = middle.split(",")
    if signed and not sign and numbers[0].startswith("-"):
        sign, numbers[0] = "-", numbers[0][1:]
    values = [float(number) for number in numbers]
    turned = [
        (height - value if index % 2 else value) - _MIDDLE if index < 4 else value for index, value in enumerate(values)
    ]
    texts = [f"{value:.2f}".rstrip("0").rstrip(".") for value in turned]
    if signed:
        sign = sign or ("+" if texts[0].startswith("-") else "")
    return f"{name}{sign}{','.join(texts)}{frame}"
