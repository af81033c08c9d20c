"""Points of the background that several frames show: what a camera is solved from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import cv2
import numpy as np

from vfx_ai.motion.chains import Pairs, Tracks
from vfx_ai.motion.homography import Features, find_features
from vfx_ai.shot import Shot

GAPS = (1, 2, 3, 5, 8, 12, 18, 27, 40)  # frames between two that are matched
RATIO = 0.8  # Lowe's ratio test
EPIPOLAR_PIXELS = 1.0
FEWEST_MATCHES = 25
MOST_FEATURES = 2000


def find_tracks(shot: Shot, numbers: tuple[int, ...], progress: Callable[[int, int], None]) -> Tracks:
    """Match frames with those after them, near and far, and keep what one rigid motion explains."""
    features: deque[Features] = deque(maxlen=GAPS[-1] + 1)  # descriptors are large: those alone that are yet compared
    positions, pairs = [], {}
    for i, number in enumerate(numbers):
        compared, seen = shot.small(number)
        features.append(find_features(compared, seen.cpu().numpy(), MOST_FEATURES))
        positions.append(features[-1].positions.astype(np.float64))
        for gap in GAPS:
            if i >= gap:
                found = _rigid(features[-1 - gap], features[-1])
                if len(found) >= FEWEST_MATCHES:
                    pairs[i - gap, i] = found
        progress(i + 1, len(numbers))
    return Tracks(numbers, tuple(positions), pairs)


def _rigid(first: Features, second: Features) -> Pairs:
    """Which features are the same [M, 2]: nearest both ways, clearly so, and on each other's epipolar lines."""
    if min(len(first.positions), len(second.positions)) < FEWEST_MATCHES:
        return np.zeros((0, 2), np.int64)
    a, b = (f.descriptors.astype(np.float32) for f in (first, second))
    alike = a @ b.T
    apart = (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2 * alike
    two = np.argpartition(apart, 1, axis=1)[:, :2]
    near = np.take_along_axis(apart, two, 1)
    order = near.argsort(1)
    best, distances = np.take_along_axis(two, order, 1)[:, 0], np.take_along_axis(near, order, 1)
    mutual = apart.argmin(0)[best] == np.arange(len(a))
    good = np.nonzero(mutual & (distances[:, 0] < RATIO**2 * distances[:, 1]))[0]
    found = np.stack([good, best[good]], 1)
    if len(found) < FEWEST_MATCHES:
        return np.zeros((0, 2), np.int64)
    cv2.setRNGSeed(1)
    _, rigid = cv2.findFundamentalMat(
        first.positions[found[:, 0]], second.positions[found[:, 1]], cv2.FM_RANSAC, EPIPOLAR_PIXELS, 0.999, 2000
    )
    return found[rigid.ravel() > 0] if rigid is not None else np.zeros((0, 2), np.int64)
