"""What stands where there is no picture: how near the camera is, inside or outside, and how many people.

It is drawn as a plan, with its words in it, so that nobody takes it for a picture.
"""

from __future__ import annotations

import re

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.board.camera import CLOSE, DETAIL, DISTANT, MEDIUM, WIDE
from vfx_ai.board.lettering import BOLD, write_words
from vfx_ai.media.frame import ByteArray

WORDS = "NO PICTURE YET"
PAPER, DARK_PAPER = (244, 243, 239), (198, 199, 205)
LINE, SET_LINE, BODY = (92, 94, 100), (176, 176, 174), (222, 221, 216)
MOST_PEOPLE = 4
# How tall a person is, and where their eyes lie, in shares of the frame's height.
_FRAMES: dict[str, tuple[float, float]] = {
    DISTANT: (0.16, 0.62),
    WIDE: (0.52, 0.40),
    MEDIUM: (1.25, 0.36),
    CLOSE: (2.9, 0.42),
    DETAIL: (7.0, 0.5),
    "": (0.85, 0.34),
}
_DARK = re.compile(r"\b(?:NIGHT|DUSK|EVENING|MIDNIGHT|DAWN)\b", re.IGNORECASE)
_OUTSIDE = re.compile(r"^\W*EXT\b", re.IGNORECASE)
_FINER, _SHIFT = 2, 4


def placeholder(size: tuple[int, int], *, framing: str, slug: str, people: int) -> ByteArray:
    """The plan of a shot, [H, W, 3] uint8.

    Args:
        size: width and height.
        framing: of `camera.Camera`; empty: nothing is known.
        slug: the scene's heading: whether it is outside, and dark.
        people: how many are named in the shot; none for a detail.
    """
    width, height = size[0] * _FINER, size[1] * _FINER
    paper = DARK_PAPER if _DARK.search(slug) else PAPER
    out = np.empty((height, width, 3), np.uint8)
    out[:] = paper
    tall, eyes = _FRAMES.get(framing, _FRAMES[""])
    _set(out, outside=bool(_OUTSIDE.search(slug)), near=tall)
    if framing == DETAIL:
        _detail(out)
    else:
        count = min(people, MOST_PEOPLE)
        for index in range(count):
            _person(out, (index + 1) / (count + 1), tall * (1 - 0.05 * (index % 2)), eyes)
    small = cv2.resize(out, size, interpolation=cv2.INTER_AREA)
    words = f"{WORDS}  ·  {framing.upper()}" if framing else WORDS
    letters = max(9, round(size[1] * 0.036))
    return write_words(np.asarray(small), words, (letters, round(letters * 1.9)), letters, LINE, font=BOLD)


def _thick(out: ByteArray) -> int:
    return max(2, int(out.shape[0]) // 300)


def _at(*places: tuple[float, float]) -> npt.NDArray[np.int32]:
    return np.asarray(np.round(np.array(places) * 2**_SHIFT), np.int32)


def _stroke(out: ByteArray, *places: tuple[float, float], color: tuple[int, int, int], closed: bool = False) -> None:
    cv2.polylines(out, [_at(*places)], closed, color, _thick(out), cv2.LINE_AA, _SHIFT)


def _set(out: ByteArray, *, outside: bool, near: float) -> None:
    """A horizon under an open sky, or the corners of a room; closer shots see less of it."""
    height, width = out.shape[:2]
    if near >= 2:
        return
    if outside:
        level = height * 0.62
        hills = [(x * width, level - height * 0.05 * np.sin(x * 7.3) * np.sin(x * 3.1)) for x in np.linspace(0, 1, 60)]
        _stroke(out, *hills, color=SET_LINE)
        center = (round(width * 0.86 * 2**_SHIFT), round(height * 0.24 * 2**_SHIFT))
        cv2.circle(out, center, round(height * 0.055 * 2**_SHIFT), SET_LINE, _thick(out), cv2.LINE_AA, _SHIFT)
        return
    inset = 0.22 if near < 1 else 0.10
    left, right, top, bottom = width * inset, width * (1 - inset), height * inset * 0.8, height * (1 - inset * 1.25)
    _stroke(out, (left, top), (right, top), (right, bottom), (left, bottom), color=SET_LINE, closed=True)
    for corner, edge in (
        ((left, top), (0, 0)),
        ((right, top), (width, 0)),
        ((right, bottom), (width, height)),
        ((left, bottom), (0, height)),
    ):
        _stroke(out, corner, edge, color=SET_LINE)


def _person(out: ByteArray, x: float, tall: float, eyes: float) -> None:
    """A jointed figure: head, body to the hips, legs; what lies below the frame isn't seen."""
    height, width = out.shape[:2]
    unit = tall * height / 7.5  # a person is seven and a half heads tall
    middle, top = width * x, height * eyes - unit * 0.5

    def across(share: float, down: float) -> tuple[float, float]:
        return middle + share * unit, top + down * unit

    body = [
        *(
            across(-0.22, 0.9),
            across(-0.25, 1.2),
            across(-0.95, 1.45),
            across(-1.10, 2.2),
            across(-1.0, 3.4),
            across(-0.72, 3.4),
        ),
        *(across(-0.66, 4.2), across(-0.62, 7.5), across(-0.12, 7.5), across(0.0, 4.6), across(0.12, 7.5)),
        *(across(0.62, 7.5), across(0.66, 4.2), across(0.72, 3.4), across(1.0, 3.4), across(1.10, 2.2)),
        *(across(0.95, 1.45), across(0.25, 1.2), across(0.22, 0.9)),
    ]
    body = _rounded(body)
    cv2.fillPoly(out, [_at(*body)], BODY, cv2.LINE_AA, _SHIFT)
    _stroke(out, *body, color=LINE, closed=True)
    center, axes = _at(across(0, 0.52))[0], _at((0.38 * unit, 0.52 * unit))[0]
    for color, thick in ((BODY, -1), (LINE, _thick(out))):
        cv2.ellipse(out, center.tolist(), axes.tolist(), 0, 0, 360, color, thick, cv2.LINE_AA, _SHIFT)
    if tall > 2:  # near enough for the cross by which heads are drawn
        _stroke(out, across(-0.34, 0.5), across(0.34, 0.5), color=SET_LINE)
        _stroke(out, across(0, 0.03), across(0, 1.0), color=SET_LINE)


def _rounded(corners: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A closed outline with its corners cut twice."""
    line = np.array(corners)
    for _ in range(2):
        after = np.roll(line, -1, axis=0)
        line = np.stack([0.75 * line + 0.25 * after, 0.25 * line + 0.75 * after], 1).reshape(-1, 2)
    return [(float(x), float(y)) for x, y in line]


def _detail(out: ByteArray) -> None:
    """The thing itself, which nobody knows: a circle with its cross."""
    height, width = out.shape[:2]
    center = (round(width / 2 * 2**_SHIFT), round(height * 0.53 * 2**_SHIFT))
    radius = round(height * 0.30 * 2**_SHIFT)
    cv2.circle(out, center, radius, BODY, -1, cv2.LINE_AA, _SHIFT)
    cv2.circle(out, center, radius, LINE, _thick(out), cv2.LINE_AA, _SHIFT)
    for dx, dy in ((0.42, 0), (0, 0.38)):
        start = (width / 2 - dx * height, height * 0.53 - dy * height)
        _stroke(out, start, (width / 2 + dx * height, height * 0.53 + dy * height), color=SET_LINE)
