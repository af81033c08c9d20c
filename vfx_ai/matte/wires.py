"""Wires and other thin lines: found between two points, then followed from frame to frame to a fraction of a pixel.

Between its ends a wire hangs as a parabola, nearly, so these are tried first, all of the wire at once; then the way of
the strongest ridge near the best one is taken, and smoothed. From frame to frame it is looked for where the motion
around it leads, as a whole again, so that another line that it crosses or passes doesn't take it over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from vfx_ai.matte.curve import Doubles, Line, clipped, extended, resampled
from vfx_ai.matte.line_search import ROOM, as_far_as_seen, clearness, hung, measured, settled, shifted
from vfx_ai.matte.prompts import Wire
from vfx_ai.matte.ridge import Skin, skin_of, strip
from vfx_ai.matte.stills import Stills
from vfx_ai.media.color import in_stops
from vfx_ai.media.frame import FloatArray, Window

FARTHEST, LEAST_FARTHEST = 0.012, 6.0  # of the picture's width, and pixels, from where motion leads in a frame
AT_THE_BORDER = 4.0  # pixels from the picture's border: the line goes on beyond
LOOKS = 2  # at what the wire itself looks like, each from where the one before found it
LEAST_CLEAR = 1.8  # times the texture around: real wires have 2.5 to 4, the best of a wall without one 1.6
WEAK = 0.4  # of how clearly it was seen where it was clicked: with less it may be lost


@dataclass(frozen=True)
class Strung:
    """A wire in one frame.

    Attributes:
        line: where it is; None where the plate shows nothing of it.
        doubt: why it may be lost, as half a sentence; "".
    """

    number: int
    line: Line | None
    doubt: str = ""


@dataclass(frozen=True)
class Seen:
    """A wire in one frame, what it looks like (None if that can't be told), and how clearly it is seen."""

    line: Line
    skin: Skin | None
    clear: float


def follow_wire(
    stills: Stills, said: Mapping[int, Wire], numbers: tuple[int, ...], step: Callable[[], None]
) -> Iterator[Strung]:
    """A wire in the frames `numbers`, each from the nearest frame that has its ends.

    Args:
        said: by frame, in order, the ends of this one wire.
        step: is called for each frame that was looked at.
    """
    anchors = tuple(said)
    wanted = set(numbers)
    for anchor in anchors:
        own = [n for n in stills.numbers if min(anchors, key=lambda a: (abs(a - n), a)) == anchor]
        reached = [n for n in own if n in wanted]
        if not reached:
            continue
        found = first_wire(stills, anchor, said[anchor])
        step()
        if anchor in wanted:
            yield Strung(anchor, found[0].line, found[1])
        for way, goal in ((1, max(reached)), (-1, min(reached))):
            if (goal - anchor) * way > 0:
                ahead = sorted(
                    (n for n in own if 0 < (n - anchor) * way <= (goal - anchor) * way), key=lambda n: n * way
                )
                for strung in _walk(stills, anchor, found[0], ahead, step):
                    if strung.number in wanted:
                        yield strung


def check_ends(stills: Stills, said: Mapping[int, Wire]) -> None:
    """Make sure that both ends of a wire lie in the picture of their frame, in every frame of `said`.

    Raises:
        JobError: one doesn't.
    """
    for number, wire in said.items():
        for at in ((wire.x0, wire.y0), (wire.x1, wire.y1)):
            stills.on_canvas(*at, number)


def first_wire(stills: Stills, number: int, wire: Wire) -> tuple[Seen, str]:
    """The wire in a frame that has its ends, and what speaks against it.

    Raises:
        JobError: an end lies outside of the picture.
    """
    start, end = (stills.on_canvas(*at, number) for at in ((wire.x0, wire.y0), (wire.x1, wire.y1)))
    features = _features(stills, number)
    points, width = hung(features, start, end, wire.width)
    points = _to_the_border(points, stills)
    line, skin = measured(features, points, width, fixed=bool(wire.width)), None
    for _ in range(LOOKS):
        skin = skin_of(strip(features, line.points, line.width), line.width)
        points = settled(features, line.points, line.width, skin)
        line = measured(features, points, line.width, fixed=bool(wire.width))
    clear = clearness(features, line)
    return Seen(line, skin, clear), "" if clear >= LEAST_CLEAR else "no thin line is clearly seen between its ends"


def _walk(stills: Stills, anchor: int, seen: Seen, ahead: list[int], step: Callable[[], None]) -> Iterator[Strung]:
    """From the frame with its ends through frames in order of time, forwards or backwards."""
    line, before = seen.line, anchor
    speed, whole = np.zeros(2), Window(0, 0, stills.canvas.width, stills.canvas.height)
    for number in ahead:
        step()
        if number in stills.plate.missing:
            yield Strung(number, None if stills.plate.is_black(number) else line, "the plate has no such frame")
            continue
        if len(line.points) < 2:
            yield Strung(number, None)
            continue
        features = _features(stills, number)
        border = _ends_at_the_border(line.points, whole)
        guesses = [_moved(stills, before, number, line.points), resampled(line.points + speed)]
        guesses = [extended(guess, 2 * ROOM, border) for guess in guesses]
        found = [shifted(features, guess, line.width, _farthest(stills), seen.skin) for guess in guesses]
        points, _ = max(found, key=lambda pair: pair[1])
        points = settled(features, points, line.width, seen.skin)
        points = as_far_as_seen(features, clipped(points, whole, ROOM), line.width, seen.skin, border)
        if len(points) < 2:
            line = replace(line, points=points)
            yield Strung(number, None)
            continue
        middle = (points[len(points) // 2] - line.points[len(line.points) // 2]) / max(1, abs(number - before))
        speed = _across_only(points, middle)
        line, before = replace(line, points=points), number
        clear = clearness(features, line)
        doubt = "" if clear >= WEAK * seen.clear else "it is seen much less clearly than where it was clicked"
        yield Strung(number, line, doubt)


def _features(stills: Stills, number: int) -> FloatArray:
    """[H, W, 3] float32 over the canvas, stops; NaN where the frame has no picture."""
    frame = stills.frame(number)
    whole = np.full((stills.canvas.height, stills.canvas.width, 3), np.nan, np.float32)
    whole[frame.data_window.slices(stills.canvas)] = in_stops(frame.pixels, -1)
    return whole


def _farthest(stills: Stills) -> float:
    return max(LEAST_FARTHEST, FARTHEST * stills.canvas.width)


def _moved(stills: Stills, before: int, number: int, points: Doubles) -> Doubles:
    """Where the motion around a line carries it: smooth along it, since beside a wire one sees what is behind it."""
    flow = stills.motion(before, number).there
    at = (points + 0.5) * stills.factor - 0.5
    x, y = (at[:, axis].astype(np.float32)[None] for axis in (0, 1))
    moves = np.asarray(cv2.remap(flow, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))[0] / stills.factor
    share = np.linspace(-1, 1, len(points))
    basis = np.stack([np.ones_like(share), share, share**2], 1)
    smooth = []
    for axis in (0, 1):
        weight = np.ones(len(points))
        for _ in range(5):
            root = np.sqrt(weight)[:, None]
            found, *_ = np.linalg.lstsq(basis * root, moves[:, axis] * root[:, 0], rcond=None)
            off = np.abs(moves[:, axis] - basis @ found)
            weight = 1 / np.maximum(off, 0.2)
        smooth.append(basis @ found)
    return resampled(points + np.stack(smooth, 1))


def _across_only(points: Doubles, move: Doubles) -> Doubles:
    """The part of a movement that is across a line: along it none can be seen."""
    way = points[-1] - points[0]
    way = way / max(float(np.linalg.norm(way)), 1e-9)
    return np.asarray(move - way * float(move @ way))


def _ends_at_the_border(points: Doubles, whole: Window) -> tuple[bool, bool]:
    return _at_the_border(points[0], whole), _at_the_border(points[-1], whole)


def _at_the_border(at: Doubles, whole: Window) -> bool:
    low = min(at[0] + 0.5, at[1] + 0.5, whole.width - 0.5 - at[0], whole.height - 0.5 - at[1])
    return bool(low <= AT_THE_BORDER)


def _to_the_border(points: Doubles, stills: Stills) -> Doubles:
    """A line whose ends lie at the picture's border goes on beyond it."""
    whole = Window(0, 0, stills.canvas.width, stills.canvas.height)
    return clipped(extended(points, ROOM, _ends_at_the_border(points, whole)), whole, ROOM)
