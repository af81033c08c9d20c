"""An object through a shot: carried forwards and backwards from each frame with clicks, then found anew in each frame.

The first walk has outlines on one side only, the frames it came from. Then each frame is looked at once more with the
outlines of all frames around it: where the object hides the background in another frame is known then, and so are its
colors in several frames.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.matte.evidence import Looks, Neighbor, agreement, learn_looks
from vfx_ai.matte.kept import Outlines
from vfx_ai.matte.layers import carried
from vfx_ai.matte.marks import Marks, marks_of
from vfx_ai.matte.masks import grown
from vfx_ai.matte.mixtures import learn
from vfx_ai.matte.outline import first_outline, guess_box, next_outline
from vfx_ai.matte.prompts import Click, Prompts
from vfx_ai.matte.stills import Still, Stills

BoolArray = npt.NDArray[np.bool_]
First = Callable[[int, Prompts], BoolArray | None]

AROUND_CLICKS = (1, 2, 3, 5, 8, 12)  # frames away that a frame with clicks is compared with
AROUND = (1, 2, 4, 8, 12)  # and any other
NEAR = 24  # pixels around the object whose colors are the background's
LEAST_SHARE, MOST_SHARE = 0.6, 1.67  # of the area a frame before: more of a change is a jump
LEFT_SHARE = 0.2  # of its area that motion carries into the picture: with less it has left, and isn't lost
WHOLE = 0.95  # of the picture: no object, but all that there is
LEAST_AGREEMENT = 0.66  # of an outline with what moves: rendered shots have less where the outline is half wrong
STRANGER = 2.0  # natural logarithm by which the colors fit worse than where the object was clicked


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


def reach(numbers: tuple[int, ...], wanted: tuple[int, ...]) -> tuple[int, ...]:
    """The frames that are walked through for those that are wanted."""
    near = {n + way * d for n in wanted for d in (0, *AROUND) for way in (1, -1)}
    return tuple(n for n in numbers if n in near)


def follow(
    stills: Stills,
    said: Mapping[int, Prompts],
    others: Mapping[int, tuple[tuple[float, float], ...]],
    wanted: tuple[int, ...],
    first: First,
    step: Callable[[], None],
    outlines: Outlines,
) -> Iterator[Found]:
    """The object in each frame of `wanted`.

    A frame's outline depends on the plate and the clicks alone, not on `wanted`.

    Args:
        stills: the plate.
        said: what is said of the object, by frame; one of them is positive.
        others: points (x, y) on other objects, by frame.
        wanted: frames.
        first: another way to find the object in a frame with clicks; None if it can't.
        step: called before each frame, `reach` of them and then `wanted`.
        outlines: where those of the first walk are kept.
    """
    anchors, given = _anchors(stills, said, others, first)
    doubts: dict[int, str] = {}
    through = reach(stills.numbers, wanted)
    for anchor, mask in anchors.items():
        looks = _looks(stills.still(anchor), mask)
        own = [n for n in through if _nearest(n, tuple(anchors)) == anchor]
        if anchor in own:
            step()
            outlines.keep(anchor, mask)
            doubts[anchor] = _doubt_at_clicks(mask)
        for way in (1, -1):
            goal = max((way * (n - anchor) for n in own), default=0)
            for found in _walk(stills, anchor, mask, looks, way, goal):
                if found.number in own:
                    step()
                    outlines.keep(found.number, found.mask)
                    doubts[found.number] = found.doubt
    for number in wanted:
        step()
        marks = marks_of(stills, number, said[number], others.get(number, ())) if number in said else None
        yield _anew(stills, number, outlines, marks, doubts, number in given)


def _anew(
    stills: Stills, number: int, outlines: Outlines, marks: Marks | None, doubts: Mapping[int, str], given: bool
) -> Found:
    """A frame by those around it; one that is missing, or `given` by another way, stays as it was."""
    before, doubt = outlines.get(number), doubts[number]
    assert before is not None
    if given or not before.any() or number in stills.plate.missing:
        return Found(number, before, doubt)
    known = {n: mask for d in AROUND for n in (number - d, number + d) if (mask := outlines.get(n)) is not None}
    colors = []
    for n, mask in {number: before, **known}.items():
        still = stills.still(n)
        # What is in doubt teaches nothing.
        colors += [] if doubts[n] else [still.features[grown(mask, -1) & still.valid]]
    looks, pool = _looks(stills.still(number), before), np.concatenate(colors) if colors else np.empty(0)
    if looks is not None and len(pool):
        looks = Looks(learn(torch.from_numpy(pool)), looks.background)
    neighbors = _neighbors(stills, number, AROUND, known)
    mask, motion = next_outline(stills.still(number), neighbors, before, looks, marks)
    agreed = agreement(mask, motion)
    if not mask.any():
        doubt = "it is lost"
    elif not doubt and agreed is not None and agreed < LEAST_AGREEMENT:
        doubt = f"its outline agrees with what moves by {agreed:.0%} only"
    return Found(number, mask, doubt)


def _nearest(number: int, anchors: tuple[int, ...]) -> int:
    return min(anchors, key=lambda anchor: (abs(anchor - number), anchor))


def _anchors(
    stills: Stills,
    said: Mapping[int, Prompts],
    others: Mapping[int, tuple[tuple[float, float], ...]],
    first: First,
) -> tuple[dict[int, BoolArray], set[int]]:
    """The object in all frames with clicks: found anew where there is a box, else carried there and put right.

    And the frames in which `first` found it.
    """
    fresh = [n for n, prompts in said.items() if prompts.box is not None]
    fresh = fresh or [next(n for n, prompts in said.items() if prompts.positive)]
    found: dict[int, BoolArray] = {}
    given = set()
    for number in fresh:
        marks = marks_of(stills, number, said[number], others.get(number, ()))
        mask = first(number, _with_others(said[number], number, others.get(number, ())))
        if mask is not None:
            given.add(number)
        else:
            still, neighbors = stills.still(number), _neighbors(stills, number, AROUND_CLICKS, {})
            mask = first_outline(still, neighbors, marks if marks.boxed else guess_box(still, neighbors, marks))
        found[number] = (mask & ~marks.no) | marks.yes
    for number in sorted(set(said) - set(fresh), key=lambda n: (abs(n - _nearest(n, tuple(fresh))), n)):
        start = _nearest(number, tuple(found))
        looks, way = _looks(stills.still(start), found[start]), 1 if number > start else -1
        marks = marks_of(stills, number, said[number], others.get(number, ()))
        walked = _walk(stills, start, found[start], looks, way, abs(number - start), (number, marks))
        found[number] = deque(walked, 1)[0].mask
    return dict(sorted(found.items())), given


def _with_others(prompts: Prompts, number: int, others: tuple[tuple[float, float], ...]) -> Prompts:
    """What is said of an object, and that it isn't where the others are."""
    beside = (Click("", x, y, number, False) for x, y in others)
    return Prompts((*prompts.clicks, *beside), prompts.box)


def _walk(
    stills: Stills,
    anchor: int,
    mask: BoolArray,
    looks: Looks | None,
    way: int,
    goal: int,
    marked: tuple[int, Marks] | None = None,
) -> Iterator[Found]:
    """From a frame whose outline is known, `goal` frames forwards (`way` 1) or backwards (-1)."""
    known, number, lost = {anchor: mask}, anchor, not mask.any()
    usual = looks.fit(stills.still(anchor), mask) if looks and mask.any() else 0.0
    sound = [(anchor, mask)]  # the last frames, at most two, in which nothing speaks against the outline
    for _ in range(goal):
        before, number = number, number + way
        marks = marked[1] if marked and marked[0] == number else None
        if number in stills.plate.missing:
            now, doubt = known[before], "the plate has no such frame; the matte of the one before stands in"
        else:
            now, doubt = _outline(stills, number, before, known, looks, usual, marks)
            if (doubt or not now.any()) and looks is not None and abs(number - sound[-1][0]) <= max(AROUND):
                again = _found_again(stills, number, sound, known, looks, usual)
                now, doubt = (again, "") if again is not None else (now, doubt)
            if now.any() and not doubt:
                sound = [sound[-1], (number, now)]
            lost = bool(doubt) if not now.any() and known[before].any() else lost and not now.any()
            doubt = "it is lost" if lost else doubt
        yield Found(number, now, doubt)
        known[number] = now
        known.pop(number - way * (max(AROUND) + 1), None)


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
    neighbors = _neighbors(stills, number, AROUND, known)
    back = next((n for n in neighbors if n.mask is not None), None)  # the nearest; the one before may be missing
    here = old if back is None or back.mask is None else _carried_mask(back.mask, back)
    expected = int(here.sum())
    if marks is not None:
        here = here | marks.yes
    now, _ = next_outline(still, neighbors, here, looks, marks, rounds=1)
    if now.sum() < LEFT_SHARE * expected and not _at_the_edge(now):
        now = np.zeros_like(now)  # scraps of what is behind it
    return now, _doubt(still, now, expected, int(old.sum()), looks, usual)


def _found_again(
    stills: Stills,
    number: int,
    sound: list[tuple[int, BoolArray]],
    known: Mapping[int, BoolArray],
    looks: Looks,
    usual: float,
) -> BoolArray | None:
    """The object where it would be had it gone on as it was last seen to, if it is there; None if it isn't."""
    (first, old), (last, mask) = sound[0], sound[-1]
    if not mask.any():
        return None
    x, y = np.zeros(2)
    if last != first and old.any():
        (x0, y0), (x1, y1) = _middle(old), _middle(mask)
        x, y = np.array([x1 - x0, y1 - y0]) * (number - last) / (last - first)
    there = cv2.warpAffine(mask.astype(np.uint8), np.array([[1, 0, x], [0, 1, y]], float), mask.shape[::-1]) > 0
    still = stills.still(number)
    now, motion = next_outline(still, _neighbors(stills, number, AROUND, known), there, looks, rounds=2)
    agreed = agreement(now, motion)
    if agreed is None or agreed < LEAST_AGREEMENT or looks.fit(still, now) < usual - STRANGER:
        return None
    return now if _at_the_edge(now) or now.sum() > LEAST_SHARE * mask.sum() else None


def _middle(mask: BoolArray) -> tuple[float, float]:
    rows, columns = np.nonzero(mask)
    return float(columns.mean()), float(rows.mean())


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


def _doubt_at_clicks(mask: BoolArray) -> str:
    if not mask.any():
        return "nothing was found at the clicks"
    return "it takes the whole picture: draw a box around it" if mask.mean() > WHOLE else ""


def _at_the_edge(mask: BoolArray) -> bool:
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


def _neighbors(
    stills: Stills, number: int, distances: tuple[int, ...], known: Mapping[int, BoolArray]
) -> list[Neighbor]:
    there = set(stills.numbers) - set(stills.plate.missing)
    chosen = [n for d in distances for n in (number - d, number + d) if n in there]
    return [Neighbor(stills.still(n), stills.motion(number, n), known.get(n)) for n in chosen]


def _looks(still: Still, mask: BoolArray) -> Looks | None:
    return learn_looks(still, mask, grown(mask, NEAR))
