"""Arrows that show how the camera moves: curved where it turns, straight where it travels, a frame where it zooms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.board.lettering import BOLD, width_of, write_words
from vfx_ai.media.frame import ByteArray

Points = npt.NDArray[np.float64]
INSIDE, OUTLINE = (255, 255, 255), (20, 20, 20)
_FINER = 2  # drawn so many times larger, then scaled down: smooth edges
_SHIFT = 4  # binary digits of a pixel's parts in OpenCV's coordinates


@dataclass(frozen=True)
class _Mark:
    """A drawn move: outlines [n, 2] in shares of the picture's height, and where its name stands."""

    shapes: tuple[Points, ...]
    at: tuple[float, float]


def draw_arrows(pixels: ByteArray, moves: Sequence[str]) -> ByteArray:
    """The picture [H, W, 3] uint8 with an arrow and its name for each move; see `camera.MOVES`.

    A move whose way isn't known ("pan") gets heads at both ends.
    """
    height, width = pixels.shape[:2]
    aspect = width / height
    marks = []
    for move in dict.fromkeys(moves):
        kind, _, way = move.partition(" ")
        if kind in _DRAWN:
            marks.append((move, _DRAWN[kind](way, aspect)))
    if not marks:
        return pixels
    mask = np.zeros((height * _FINER, width * _FINER), np.uint8)
    edge = np.zeros_like(mask)
    stroke = max(2, round(height * _FINER * 0.010))
    for _, mark in marks:
        for shape in mark.shapes:
            corners = [np.round(shape * height * _FINER * 2**_SHIFT).astype(np.int32)]
            cv2.fillPoly(mask, corners, 255, cv2.LINE_AA, _SHIFT)
            cv2.fillPoly(edge, corners, 255, cv2.LINE_AA, _SHIFT)
            cv2.polylines(edge, corners, True, 255, stroke, cv2.LINE_AA, _SHIFT)
    out = pixels.astype(np.float32)
    for layer, color in ((edge, OUTLINE), (mask, INSIDE)):
        share = cv2.resize(layer, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)[..., None] / 255
        out += (np.array(color, np.float32) - out) * share
    made = np.round(out).astype(np.uint8)
    size = max(9, round(height * 0.042))
    for move, mark in marks:
        made = _named(made, move.upper(), (round(mark.at[0] * height), round(mark.at[1] * height)), size)
    return made


def _named(pixels: ByteArray, words: str, at: tuple[int, int], size: int) -> ByteArray:
    """Words in white on a dark plate, which can be read on any picture; `at` is the middle of their baseline."""
    height, width = pixels.shape[:2]
    reach = width_of(words, size, BOLD) // 2 + size // 2
    x = min(max(at[0], reach), width - reach)
    top, bottom = max(0, at[1] - size), min(height, at[1] + size // 3)
    pixels = pixels.copy()
    pixels[top:bottom, max(0, x - reach) : x + reach] = OUTLINE
    return write_words(pixels, words, (x, at[1]), size, INSIDE, font=BOLD, align="center")


def _ribbon(line: Points, thick: float, *, first: bool, last: bool) -> Points:
    """The outline of an arrow along a line [n, 2], with a head at its first end, its last, or both."""
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], 1) * thick / 2
    reach, wide = thick * 2.2, 2.4
    start = [line[0] + across[0] * wide, line[0] - along[0] * reach, line[0] - across[0] * wide] if first else []
    end = [line[-1] - across[-1] * wide, line[-1] + along[-1] * reach, line[-1] + across[-1] * wide] if last else []
    outline = [*start, *(line - across), *end, *(line + across)[::-1]]
    return np.array(outline)


def _heads(way: str, forward: str) -> dict[str, bool]:
    return {"first": way != forward, "last": way == forward or not way}


def _line(start: tuple[float, float], end: tuple[float, float], bend: tuple[float, float] = (0, 0)) -> Points:
    """Points from one place to another, in a bow that reaches `bend` beside the middle."""
    share = np.linspace(0, 1, 41)[:, None]
    straight = np.array(start) * (1 - share) + np.array(end) * share
    return np.asarray(straight + 4 * share * (1 - share) * np.array(bend))


def _pan(way: str, aspect: float) -> _Mark:
    line = _line((aspect * 0.30, 0.84), (aspect * 0.70, 0.84), (0, -0.07))
    return _Mark((_ribbon(line, 0.032, **_heads(way, "right")),), (aspect * 0.5, 0.865))


def _truck(way: str, aspect: float) -> _Mark:
    line = _line((aspect * 0.33, 0.90), (aspect * 0.67, 0.90))
    return _Mark((_ribbon(line, 0.052, **_heads(way, "right")),), (aspect * 0.5, 0.832))


def _tilt(way: str, aspect: float) -> _Mark:
    line = _line((aspect - 0.13, 0.29), (aspect - 0.13, 0.71), (-0.07, 0))
    return _Mark((_ribbon(line, 0.032, **_heads(way, "down")),), (aspect - 0.16, 0.86))


def _crane(way: str, aspect: float) -> _Mark:
    line = _line((0.14, 0.30), (0.14, 0.70))
    return _Mark((_ribbon(line, 0.052, **_heads(way, "down")),), (0.21, 0.86))


def _dolly(way: str, aspect: float) -> _Mark:
    """Four arrows between the corners and the middle."""
    shapes = []
    for x, y in ((0, 0), (1, 0), (1, 1), (0, 1)):
        outer = (aspect * abs(x - 0.09), abs(y - 0.09))
        inner = (aspect * abs(x - 0.23), abs(y - 0.23))
        shapes.append(_ribbon(_line(outer, inner), 0.034, **_heads(way, "in")))
    return _Mark(tuple(shapes), (aspect * 0.5, 0.135))


def _zoom(way: str, aspect: float) -> _Mark:
    """The frame that is zoomed to or from, dashed, and an arrow at the middle of each side."""
    left, right, top, bottom = aspect * 0.24, aspect * 0.76, 0.24, 0.76
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    shapes = []
    for start, end in zip(corners, (*corners[1:], corners[0]), strict=True):
        whole = np.subtract(end, start)
        for step in range(9):
            one, two = (np.add(start, whole * (step + part) / 9) for part in (0.2, 0.8))
            shapes.append(_bar(one, two, 0.010))
    for x, y, dx, dy in ((0, 0.5, 1, 0), (1, 0.5, -1, 0), (0.5, 0, 0, 1), (0.5, 1, 0, -1)):
        outer = (aspect * x + dx * 0.09, y + dy * 0.08)
        inner = (outer[0] + dx * 0.12, outer[1] + dy * 0.07)
        shapes.append(_ribbon(_line(outer, inner), 0.026, **_heads(way, "in")))
    return _Mark(tuple(shapes), (aspect * 0.5, 0.725))


def _bar(start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], thick: float) -> Points:
    along = (end - start) / np.linalg.norm(end - start)
    across = np.array([-along[1], along[0]]) * thick / 2
    return np.array([start - across, end - across, end + across, start + across])


_DRAWN: dict[str, Callable[[str, float], _Mark]] = {
    "pan": _pan,
    "tilt": _tilt,
    "truck": _truck,
    "crane": _crane,
    "dolly": _dolly,
    "zoom": _zoom,
}
