"""By how much a picture grows, as the worker reckons it, and where the old one lies in the new one."""

import re
from typing import Dict, Tuple

from vfx_ai_nuke.errors import NodeError

_SIDE = re.compile(r"(\d+(?:\.\d+)?)(%?)", re.ASCII)
_SIZE = re.compile(r"(\d+)\s*[x*]\s*(\d+)", re.ASCII)


def size_of(label: str, text: str) -> Tuple[int, int]:
    """Width and height of e.g. 1920x1080.

    Raises:
        NodeError: it is no size.
    """
    found = _SIZE.fullmatch(text.strip())
    if not found or not int(found[1]) or not int(found[2]):
        raise NodeError(f"{label}: {text!r} is no size. Write e.g. 2048x858.")
    return int(found[1]), int(found[2])


def place_of(how: str, text: str, width: int, height: int) -> Dict[str, int]:
    """Where a picture lies in the wider one, in Nuke's pixels with Y up.

    Args:
        how: "pad", "format" or "overscan".
        text: what was written for it.
        width: of the picture.
        height: of the picture.

    Returns:
        The node's knobs: moved_x, moved_y, wide, high.

    Raises:
        NodeError: what was written is no such thing.
    """
    if how == "overscan":
        _pixels("overscan", text, width)
        return {"moved_x": 0, "moved_y": 0, "wide": width, "high": height}
    if how == "format":
        wide, high = size_of("format", text)
        top = (high - height) // 2
        return {"moved_x": (wide - width) // 2, "moved_y": high - height - top, "wide": wide, "high": high}
    sides = text.split(",")
    if len(sides) != 4:
        raise NodeError(f"sides: {text!r} aren't four. Write left,top,right,bottom, e.g. 12%,0,12%,0.")
    left, right = _pixels("sides", sides[0], width), _pixels("sides", sides[2], width)
    top, bottom = _pixels("sides", sides[1], height), _pixels("sides", sides[3], height)
    return {"moved_x": left, "moved_y": bottom, "wide": width + left + right, "high": height + top + bottom}


def _pixels(label: str, text: str, size: int) -> int:
    found = _SIDE.fullmatch(text.strip())
    if not found:
        raise NodeError(f"{label}: {text!r} are no pixels. Write e.g. 64 or 12%.")
    return round(float(found[1]) * size / 100) if found[2] else round(float(found[1]))
