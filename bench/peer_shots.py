"""What a compositor does by hand with the other frames of a shot: a registered median, and a chain of optical flow.

Both work in scene-linear float, and leave to TELEA what no other frame shows.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from peer_tools import RADIUS, Bools, Floats, bytes_of, rest

REACH = 12  # frames before and after that are registered
STANDS_STILL = 0.3  # pixels that a corner may move and the camera still be locked
STEPS = 40  # frames that a point is followed along the flow
CONSISTENT = 2.0  # pixels that flow there and back may miss its start by

Keypoints = tuple[Any, Any]  # as cv2's detectors give them: keypoints and their descriptors


@dataclass(frozen=True)
class Clip:
    """A shot in memory: plates [H, W, 3] float32, scene-linear, and holes [H, W] bool."""

    plates: list[Floats]
    holes: list[Bools]


def by_frame(fill: Callable[[Floats, Bools], Floats]) -> Callable[[Clip], Iterator[Floats]]:
    """A tool that knows one frame at a time; frames without a hole stay as they are."""

    def run(clip: Clip) -> Iterator[Floats]:
        for plate, hole in zip(clip.plates, clip.holes, strict=True):
            yield fill(plate, hole) if hole.any() else plate

    return run


def registered_median(clip: Clip) -> Iterator[Floats]:
    """Each hole by the median of up to REACH frames before and after, laid over it by a homography from SIFT.

    Between two frames of a camera that stands still nothing is resampled.
    """
    finder = cv2.SIFT_create(3000)
    found = []
    for plate, hole in zip(clip.plates, clip.holes, strict=True):
        usable = cv2.erode((~hole).astype(np.uint8), np.ones((9, 9)), borderValue=1) * 255
        found.append(finder.detectAndCompute(cv2.cvtColor(bytes_of(plate), cv2.COLOR_RGB2GRAY), usable))
    for index, (plate, hole) in enumerate(zip(clip.plates, clip.holes, strict=True)):
        looks = []
        for other in range(max(0, index - REACH), min(len(found), index + REACH + 1)):
            matrix = homography(found[other], found[index], hole.shape) if other != index and hole.any() else None
            if matrix is not None:
                looks.append(laid_over(clip.plates[other], clip.holes[other], matrix)[hole])
        filled, left = plate.copy(), hole.copy()
        if looks:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # pixels that no frame shows
                middle = np.nanmedian(np.stack(looks), 0)
            known = np.isfinite(middle).all(-1)
            filled[hole] = np.where(known[:, None], middle, plate[hole])
            left[hole] = ~known
        yield rest(filled, left)


def homography(start: Keypoints, end: Keypoints, shape: tuple[int, ...]) -> npt.NDArray[np.float64] | None:
    """The homography from one frame's keypoints to another's, in pictures [H, W]; None if too few agree."""
    (keys, words), (other_keys, other_words) = start, end
    if words is None or other_words is None:
        return None
    pairs = cv2.BFMatcher().knnMatch(words, other_words, k=2)
    good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < 0.75 * pair[1].distance]
    if len(good) < 12:
        return None
    here = np.array([keys[match.queryIdx].pt for match in good], np.float32)
    there = np.array([other_keys[match.trainIdx].pt for match in good], np.float32)
    matrix, _ = cv2.findHomography(here, there, cv2.RANSAC, 1.5)
    if matrix is None:
        return None
    corners = np.array([[[0, 0], [shape[1], 0], [0, shape[0]], [shape[1], shape[0]]]], np.float32)
    moved = np.abs(cv2.perspectiveTransform(corners, matrix) - corners).max()
    return np.eye(3) if moved < STANDS_STILL else np.asarray(matrix, np.float64)


def laid_over(plate: Floats, hole: Bools, matrix: npt.NDArray[np.float64]) -> Floats:
    """A plate carried by a homography; NaN where its hole, or nothing of it, comes to lie."""
    size = (hole.shape[1], hole.shape[0])
    carried = cv2.warpPerspective(plate, matrix, size, flags=cv2.INTER_CUBIC)
    near = cv2.dilate(hole.astype(np.uint8), np.ones((5, 5))).astype(np.float32)
    hidden = cv2.warpPerspective(near, matrix, size, borderValue=1.0) > 0
    return np.where(hidden[..., None], np.float32(np.nan), carried)


def flow_chain(clip: Clip) -> Iterator[Floats]:
    """Each pixel of a hole followed along DIS flow, through the frames, to the nearest that shows it."""
    ways = {1: flows(clip, 1), -1: flows(clip, -1)}
    for index, (plate, hole) in enumerate(zip(clip.plates, clip.holes, strict=True)):
        filled, rows_columns = plate.copy(), np.nonzero(hole)
        at = {way: np.stack(rows_columns[::-1], 1).astype(np.float32) for way in ways}
        alive = {way: np.ones(len(rows_columns[0]), bool) for way in ways}
        left = np.ones(len(rows_columns[0]), bool)
        for step in range(1, STEPS + 1):
            for way in ways:
                other = index + way * step
                if not 0 <= other < len(clip.plates) or not (left & alive[way]).any():
                    alive[way][:] = False
                    continue
                there = at[way] + looked_up(ways[way][other - way], at[way])
                missed = there + looked_up(ways[-way][other], there) - at[way]
                at[way] = there
                alive[way] &= (np.hypot(*missed.T) < CONSISTENT) & inside(there, hole.shape)
                shown = left & alive[way] & (looked_up(clip.holes[other].astype(np.float32), there) == 0)
                pixels = looked_up(clip.plates[other], there[shown], cv2.INTER_CUBIC)
                filled[rows_columns[0][shown], rows_columns[1][shown]] = np.maximum(pixels, 0)
                left &= ~shown
        todo = np.zeros_like(hole)
        todo[rows_columns] = left
        yield rest(filled, todo)


def flows(clip: Clip, way: int) -> dict[int, Floats]:
    """DIS flow [H, W, 2] of each frame to its neighbor before or after; in and near a hole that of its surroundings."""
    finder = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    gray = [
        cv2.inpaint(cv2.cvtColor(bytes_of(plate), cv2.COLOR_RGB2GRAY), hole.astype(np.uint8), RADIUS, cv2.INPAINT_TELEA)
        for plate, hole in zip(clip.plates, clip.holes, strict=True)
    ]
    side = max(25, clip.holes[0].shape[1] // 24 | 1)
    wide = [cv2.dilate(hole.astype(np.uint8), np.ones((side, side))).astype(np.float32) for hole in clip.holes]
    found = {}
    for index in range(len(gray)):
        if 0 <= index + way < len(gray):
            flow = finder.calc(gray[index], gray[index + way], None)
            rows, columns = np.indices(flow.shape[:2], np.float32)
            lands = looked_up(wide[index + way], np.stack([columns, rows], -1) + flow)
            found[index] = smoothly((wide[index] > 0) | (lands > 0), flow)
    return found


def smoothly(hole: Bools, field: Floats) -> Floats:
    """A field [H, W, C] with its hole filled from all around: from a picture of half the size, and so on."""
    known = (~hole)[..., None].astype(np.float32)
    if min(hole.shape) < 2 or not hole.any() or hole.all():
        return field
    size = ((hole.shape[1] + 1) // 2, (hole.shape[0] + 1) // 2)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)[..., None]
    coarse = cv2.resize(field * known, size, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-6)
    coarse = smoothly(share[..., 0] <= 0, coarse)
    return np.where(hole[..., None], cv2.resize(coarse, hole.shape[::-1], interpolation=cv2.INTER_LINEAR), field)


def looked_up(picture: Floats, at: Floats, how: int = cv2.INTER_LINEAR) -> Floats:
    """A picture [H, W] or [H, W, C] at positions (x, y) [..., 2]."""
    flat = at.reshape(-1, 2)
    if not len(flat):
        return np.empty((*at.shape[:-1], *picture.shape[2:]), picture.dtype)
    parts = [  # cv2.remap takes no more than 32767 positions along a side
        cv2.remap(picture, part[:, 0].reshape(-1, 1), part[:, 1].reshape(-1, 1), how, borderMode=cv2.BORDER_REPLICATE)
        for part in np.array_split(flat, len(flat) // 30000 + 1)
    ]
    return np.concatenate(parts).reshape(*at.shape[:-1], *picture.shape[2:])


def inside(at: Floats, shape: tuple[int, ...]) -> Bools:
    """Which positions [N, 2] lie in a picture."""
    return ((at >= 0) & (at <= np.array([shape[1] - 1, shape[0] - 1]))).all(1)
