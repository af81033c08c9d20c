"""The object's outline in one frame: how pixels move and what color they have, against how long the outline is.

From clicks alone it is found coarse to fine: in small pictures, motion that is a pixel off is no error, and the
background is peeled away from the box's edges inwards. In a frame beside one whose outline is known, that outline,
carried along, is where the search begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.matte.cut import cut, edges
from vfx_ai.matte.evidence import ALIKE, FARTHEST, FEWEST, Looks, Neighbor, learn_looks, motion_pull
from vfx_ai.matte.marks import Marks
from vfx_ai.matte.masks import depth_in, grown
from vfx_ai.matte.mixtures import learn
from vfx_ai.matte.stills import Still
from vfx_ai.media.frame import FloatArray

BoolArray = npt.NDArray[np.bool_]

FIXED = 1e3  # a pull that nothing outweighs
MOST_MOTION, MOST_COLOR = 8.0, 5.0  # of one kind of evidence: however strange a pixel is, its surroundings count
COLOR, PLACE = 0.9, 0.05
OUTLINE = 3.0  # cost of a pixel of outline in the flat
LEVELS = ((4, 6), (2, 3), (1, 2))  # how much smaller, and rounds there
BORDER = 4  # pixels beside the outline where motion may be that of either side
LEAST_MOVE = 1.0  # pixels between object and background, below which motion tells nothing
MARGIN = 24  # pixels around the box that are looked at
SPOKEN = 0.5  # natural logarithm by which, in the mean, a part apart from the others must move as the object
SMALL_PART = 0.2  # of the largest part: what is smaller and apart from all clicks isn't the object
GUESSED_ROOM = 0.25  # of its size, around what moves as the clicks do: limbs may move otherwise
GUESSED_SHARE = 0.25  # of the picture's short side, around the clicks, if nothing moves
PLACE_PIXELS = 4.0  # how far an outline that was carried along may be off


def first_outline(still: Still, neighbors: Sequence[Neighbor], marks: Marks) -> BoolArray:
    """[h, w] bool: the object in a frame with clicks, from these alone."""
    mask: BoolArray | None = None
    for factor, rounds in LEVELS:
        picture, said, beside = still.smaller(factor), marks.smaller(factor), [n.smaller(factor) for n in neighbors]
        mask = said.box.copy() if mask is None else _enlarged(mask, picture.shape)
        seed = grown(said.yes, max(1, 4 // factor)) & said.box
        seed = seed if seed.any() else said.box
        near = grown(said.box, max(16 // factor, int(0.15 * np.sqrt(said.box.sum()))))
        for turn in range(rounds):
            pull = motion_pull(picture, beside, mask, seed, max(2, BORDER // factor), LEAST_MOVE / factor)
            moves = bool(pull.any())
            # Without motion, and once the mask is near, colors count.
            looks = (
                learn_looks(picture, mask, near) if not moves or factor < LEVELS[0][0] or turn >= rounds // 2 else None
            )
            if not moves and factor == LEVELS[0][0] and turn == 0:
                looks = _strange_in_the_box(picture, said, seed, near)
            mask = _kept(_decided(picture, _weighed(pull, looks, picture), said, mask), said)
    assert mask is not None
    return mask


def guess_box(still: Still, neighbors: Sequence[Neighbor], marks: Marks) -> Marks:
    """Marks with a box, from clicks alone: around what moves as the clicks do, and not as most of the picture does."""
    seed = grown(marks.yes, 2) & still.valid
    votes, voters = np.zeros(still.shape, np.float32), 0
    for neighbor in neighbors:
        there = neighbor.pair.there
        clicked = np.median(there[seed], axis=0)
        apart = float(np.linalg.norm(clicked - np.median(there[neighbor.pair.sure & ~seed], axis=0)))
        if apart >= LEAST_MOVE:
            votes += np.linalg.norm(there - clicked, axis=2) < ALIKE * apart
            voters += 1
    box = np.zeros(still.shape, bool)
    together = (votes > voters / 2) | seed if voters else seed
    _, labels = cv2.connectedComponents(grown(together, 1).astype(np.uint8))
    rows, columns = np.nonzero(np.isin(labels, np.unique(labels[seed])))
    middle = np.nonzero(seed)
    least = GUESSED_SHARE * min(still.shape)
    spans = []
    for along, clicks, most in ((rows, middle[0], still.shape[0]), (columns, middle[1], still.shape[1])):
        room = GUESSED_ROOM * (along.max() - along.min()) + MARGIN / 2 if voters else least
        low, high = (along.min() - room, along.max() + room) if voters else (clicks.min() - room, clicks.max() + room)
        spans.append(slice(max(0, int(low)), min(most, int(high) + 1)))
    box[tuple(spans)] = True
    return replace(marks, box=box)


def next_outline(
    still: Still,
    neighbors: Sequence[Neighbor],
    before: BoolArray,
    looks: Looks | None,
    marks: Marks | None = None,
    rounds: int = 2,
) -> tuple[BoolArray, FloatArray]:
    """The object [h, w] bool, given about where it is, and what motion says of it [h, w], as `motion_pull`.

    Args:
        before: the outline as it was carried here.
        looks: the object's colors.
        marks: what is said of this frame.
    """
    pull = np.zeros(before.shape, np.float32)
    if not before.any():
        return before, pull
    nothing = np.zeros_like(before)
    said = marks or Marks(nothing, nothing, ~nothing, False)
    allowed = grown(before, FARTHEST) | grown(said.yes, FARTHEST)
    said = replace(said, box=said.box & allowed & still.valid)
    away = depth_in(~before) - depth_in(before)
    place = PLACE * np.clip(away / PLACE_PIXELS, -3, 3)
    place[grown(said.yes, FARTHEST // 2) | grown(said.no, FARTHEST // 2)] = 0
    seed = grown(before, -BORDER)
    seed = seed if seed.sum() >= FEWEST else before
    mask = before
    for _ in range(rounds):
        pull = motion_pull(still, neighbors, mask, seed, BORDER, LEAST_MOVE)
        around = learn_looks(still, mask, grown(mask, FARTHEST))
        # What is behind it changes on the way, what it looks like doesn't.
        here = Looks(looks.object, around.background) if looks and around else looks
        mask = _decided(still, _weighed(pull, here, still) + place, said, mask)
        mask = _supported(_kept(mask, replace(said, yes=said.yes | seed)), pull, said.yes)
    return mask, pull


def _weighed(motion: FloatArray, looks: Looks | None, still: Still) -> FloatArray:
    pull = np.clip(motion, -MOST_MOTION, MOST_MOTION)
    if looks is not None:
        # Alone, colors have to carry all.
        share = COLOR if motion.any() else 1.0
        pull = pull + share * np.clip(looks.pull(still), -MOST_COLOR, MOST_COLOR)
    return np.asarray(pull, np.float32)


def _strange_in_the_box(still: Still, marks: Marks, seed: BoolArray, near: BoolArray) -> Looks | None:
    """Colors where nothing moves: what is in the box and isn't found around it, against what is around it."""
    outside = near & ~marks.box & still.valid
    if outside.sum() < FEWEST:
        return None
    around = learn(torch.from_numpy(still.features[outside]))
    fit = around.log_likelihood(torch.from_numpy(still.features.reshape(-1, 3))).numpy().reshape(still.shape)
    strange = marks.box & still.valid & ((fit < np.quantile(fit[outside], 0.1)) | seed) & ~marks.no
    return Looks(learn(torch.from_numpy(still.features[strange])), around) if strange.sum() >= FEWEST else None


def _decided(still: Still, pull: FloatArray, marks: Marks, start: BoolArray) -> BoolArray:
    """The cut, within what the box and its surroundings hold."""
    out = np.zeros(still.shape, bool)
    rows, columns = np.flatnonzero(marks.box.any(1)), np.flatnonzero(marks.box.any(0))
    if len(rows) == 0:
        return out
    there = tuple(slice(max(0, along[0] - MARGIN), along[-1] + 1 + MARGIN) for along in (rows, columns))
    fixed = np.where(marks.no | ~marks.box | ~still.valid, FIXED, pull)
    fixed = np.where(marks.yes & still.valid, -FIXED, fixed).astype(np.float32)[there]
    hold = edges(torch.from_numpy(np.ascontiguousarray(np.moveaxis(still.features[there], -1, 0))), OUTLINE)
    out[there] = cut(torch.from_numpy(fixed), hold, torch.from_numpy(start[there].astype(np.float32))).numpy() > 0.5
    return out


def _kept(mask: BoolArray, marks: Marks) -> BoolArray:
    """The parts that hang together with a click over small gaps, and large ones."""
    count, labels = cv2.connectedComponents(grown(mask, 2).astype(np.uint8))
    area = np.bincount(labels[mask], minlength=count)
    good = area > SMALL_PART * area.max(initial=0)
    good[np.unique(labels[marks.yes & mask])] = True
    good[0] = False
    return np.asarray(mask & good[labels])


def _supported(mask: BoolArray, pull: FloatArray, clicked: BoolArray) -> BoolArray:
    """The parts with a click, and of those that lie apart from each other the ones that motion speaks for.

    A piece of the background that once came along stays behind when the object moves on: it is where it was carried,
    looks as it did, and nothing but its motion tells that it isn't the object.
    """
    if not pull.any():
        return mask
    count, labels = cv2.connectedComponents(grown(mask, 2).astype(np.uint8))
    area = np.bincount(labels[mask], minlength=count)
    spoken = np.bincount(labels[mask], pull[mask], minlength=count) / np.maximum(area, 1)
    good = (spoken < -SPOKEN) & (area > 0)
    good[np.unique(labels[clicked & mask])] = True
    good[0] = False
    return np.asarray(mask & good[labels]) if good.any() else mask


def _enlarged(mask: BoolArray, shape: tuple[int, int]) -> BoolArray:
    return np.asarray(cv2.resize(mask.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)) > 0.5
