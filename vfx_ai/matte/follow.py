"""An object through a shot: forwards and backwards from each frame with clicks, one frame to the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.matte.layers import carried, grown, measure
from vfx_ai.matte.outline import Looks, Marks, Neighbor, first_outline, guess_box, learn_looks, next_outline
from vfx_ai.matte.prompts import Prompts
from vfx_ai.matte.stills import Still, Stills

BoolArray = npt.NDArray[np.bool_]
First = Callable[[int, Prompts], BoolArray | None]

AROUND_CLICKS = (1, 2, 3, 5, 8, 12)  # frames away that a frame with clicks is compared with
ON_THE_WAY = (1, 2, 4)
MOST_NEIGHBORS = 8
NEAR = 24  # pixels around the object whose colors are the background's
LEAST_SHARE, MOST_SHARE = 0.6, 1.67  # of the area a frame before: more of a change is a jump
LEFT_SHARE = 0.2  # of its area that motion carries into the picture: with less it has left, and isn't lost
STRANGER = 2.0  # natural logarithm by which the colors fit worse than where the object was clicked
SPOT = 2  # radius of a click at the working size, pixels


@dataclass(frozen=True)
class Found:
    """An object in one frame.

    Attributes:
        mask: [h, w] bool, at the working size.
        doubt: why it may be lost, as half a sentence; "".
    """

    number: int
    mask: BoolArray
    doubt: str = ""


def follow(
    stills: Stills,
    said: Mapping[int, Prompts],
    others: Mapping[int, tuple[tuple[float, float], ...]],
    wanted: tuple[int, ...],
    first: First,
    step: Callable[[], None],
) -> Iterator[Found]:
    """The object in each frame of `wanted`, in the order in which they are reached.

    A frame's outline depends on the plate and the clicks alone, not on `wanted`.

    Args:
        stills: the plate.
        said: what is said of the object, by frame; one of them is positive.
        others: points (x, y) on other objects, by frame.
        wanted: frames.
        first: another way to find the object in a frame with clicks; None if it can't.
        step: called before each frame.
    """
    anchors = _anchors(stills, said, others, first, step)
    for anchor, mask in anchors.items():
        looks = _looks(stills.still(anchor), mask)
        own = [n for n in wanted if _nearest(n, tuple(anchors)) == anchor]
        if anchor in own:
            yield Found(anchor, mask, "" if mask.any() else "nothing was found at the clicks")
        for way in (1, -1):
            goal = max((way * (n - anchor) for n in own), default=0)
            for found in _walk(stills, anchor, mask, looks, way, goal, step):
                if found.number in own:
                    yield found


def _nearest(number: int, anchors: tuple[int, ...]) -> int:
    return min(anchors, key=lambda anchor: (abs(anchor - number), anchor))


def _anchors(
    stills: Stills,
    said: Mapping[int, Prompts],
    others: Mapping[int, tuple[tuple[float, float], ...]],
    first: First,
    step: Callable[[], None],
) -> dict[int, BoolArray]:
    """The object in all frames with clicks: found anew where there is a box, else carried there and put right."""
    fresh = [n for n, prompts in said.items() if prompts.box is not None]
    fresh = fresh or [next(n for n, prompts in said.items() if prompts.positive)]
    found: dict[int, BoolArray] = {}
    for number in fresh:
        step()
        marks = marks_of(stills, number, said[number], others.get(number, ()))
        mask = first(number, said[number])
        if mask is None:
            still, neighbors = stills.still(number), _neighbors(stills, number, AROUND_CLICKS, {})
            mask = first_outline(still, neighbors, marks if marks.boxed else guess_box(still, neighbors, marks))
        found[number] = (mask & ~marks.no) | marks.yes
    for number in sorted(set(said) - set(fresh), key=lambda n: (abs(n - _nearest(n, tuple(fresh))), n)):
        start = _nearest(number, tuple(found))
        looks, way = _looks(stills.still(start), found[start]), 1 if number > start else -1
        marks = marks_of(stills, number, said[number], others.get(number, ()))
        walked = _walk(stills, start, found[start], looks, way, abs(number - start), step, (number, marks))
        found[number] = deque(walked, 1)[0].mask
    return dict(sorted(found.items()))


def _walk(
    stills: Stills,
    anchor: int,
    mask: BoolArray,
    looks: Looks | None,
    way: int,
    goal: int,
    step: Callable[[], None],
    marked: tuple[int, Marks] | None = None,
) -> Iterator[Found]:
    """From a frame whose outline is known, `goal` frames forwards (`way` 1) or backwards (-1)."""
    known, number, lost = {anchor: mask}, anchor, not mask.any()
    usual = looks.fit(stills.still(anchor), mask) if looks and mask.any() else 0.0
    for _ in range(goal):
        step()
        before, number = number, number + way
        marks = marked[1] if marked and marked[0] == number else None
        if number in stills.plate.missing:
            now, doubt = known[before], "the plate has no such frame; the matte of the one before stands in"
        else:
            now, doubt = _outline(stills, number, before, known, looks, usual, marks)
            lost = bool(doubt) if not now.any() and known[before].any() else lost and not now.any()
            doubt = "it is lost" if lost else doubt
        yield Found(number, now, doubt)
        known[number] = now
        known.pop(number - way * (max(ON_THE_WAY) + 1), None)


def _outline(
    stills: Stills,
    number: int,
    before: int,
    known: Mapping[int, BoolArray],
    looks: Looks | None,
    usual: float,
    marks: Marks | None,
) -> tuple[BoolArray, str]:
    still, old = stills.still(number), known[before]
    if not old.any() and (marks is None or not marks.yes.any()):
        return old, ""
    neighbors = _neighbors(stills, number, ON_THE_WAY, known)
    back = next(n for n in neighbors if n.still.number == before)
    here = _carried_mask(old, back)
    expected = int(here.sum())
    if marks is not None:
        here = here | marks.yes
    now = next_outline(still, neighbors, here, looks, marks)
    return now, _doubt(still, now, expected, int(old.sum()), looks, usual)


def _carried_mask(old: BoolArray, back: Neighbor) -> BoolArray:
    """Where the object of the frame before is now, by the motion back to it, with no hole or spike of a pixel."""
    here = carried(old.astype(np.float32), back.pair.there) > 0.5
    return np.asarray(cv2.medianBlur(here.astype(np.uint8), 5)) > 0


def _doubt(still: Still, now: BoolArray, expected: int, old: int, looks: Looks | None, usual: float) -> str:
    area = int(now.sum())
    if area == 0:
        return "it is lost" if expected > LEFT_SHARE * old else ""
    leaves = _at_the_edge(now)
    if not leaves and not LEAST_SHARE <= area / max(old, 1) <= MOST_SHARE:
        return f"its area jumps to {area / max(old, 1):.0%} of the frame before"
    if looks is not None and looks.fit(still, now) < usual - STRANGER:
        return "its colors are no longer those that were clicked"
    return ""


def _at_the_edge(mask: BoolArray) -> bool:
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


def _neighbors(
    stills: Stills, number: int, distances: tuple[int, ...], known: Mapping[int, BoolArray]
) -> list[Neighbor]:
    there = set(stills.numbers) - set(stills.plate.missing)
    chosen = [n for d in distances for n in (number - d, number + d) if n in there][:MOST_NEIGHBORS]
    still = stills.still(number)
    beside = [stills.still(n) for n in chosen]
    return [Neighbor(other, measure(still.grey, other.grey), known.get(other.number)) for other in beside]


def _looks(still: Still, mask: BoolArray) -> Looks | None:
    return learn_looks(still, mask, grown(mask, NEAR))


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
