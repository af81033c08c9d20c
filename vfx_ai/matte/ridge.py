"""A strip of the picture along a line, and how much each of its pixels looks like being on a thin thing.

A thin thing differs from what lies on both sides of it, in the same direction: an edge doesn't. (As the ridges of
Steger, "An Unbiased Detector of Curvilinear Structures", TPAMI 1998, but with box filters of the thing's own width.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.matte.curve import Doubles, normals
from vfx_ai.media.frame import FloatArray

STEP = 0.5  # pixels between two samples across
SIDE, GAP = 2.0, 0.75  # pixels that are compared on either side, and those between
NOISE = 0.03  # stops of difference that tell nothing
MOST = 4.0  # times the strip's own texture: however bright a lamp is, it is one place
FEWEST, ALONG = 8, 9  # pixels along a line that tell of it, and that are averaged
SKIN_ALONG = 48  # pixels along which a line looks the same
ALIKE, UNLIKE = 0.5, 2.0  # stops, of all channels together: what counts as the same look, and the most that counts
UNKNOWN_BLUR = 0.5  # pixels
LEAST_CALM, LEAST_TEXTURE = 0.25, 0.05  # share, and stops from pixel to pixel: with less, calm tells nothing
BIN_COST = 0.15  # of a step of STEP across, between pixels side by side


def strip(features: FloatArray, points: Doubles, reach: float) -> FloatArray:
    """What lies along a line: [D, N, 3] from features [h, w, 3], D samples across, STEP apart, N along."""
    across = offsets(reach)
    at = points[None] + across[:, None, None] * normals(points)[None]
    x, y = (at[..., axis].astype(np.float32) for axis in (0, 1))
    # OpenCV's own limit on either side of a picture.
    parts = [
        cv2.remap(features, x[:, i : i + 30000], y[:, i : i + 30000], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for i in range(0, x.shape[1], 30000)
    ]
    out = np.concatenate(parts, 1).astype(np.float32)
    height, width = features.shape[:2]
    outside = (x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)
    out[outside] = np.nan
    return out


def offsets(reach: float) -> Doubles:
    """[D]: how far across each sample lies."""
    count = int(np.ceil(reach / STEP))
    return np.arange(-count, count + 1, dtype=np.float64) * STEP


def ridges(values: FloatArray, width: float, along: int) -> FloatArray:
    """How much each sample of a strip [D, N, 3] looks like the middle of a line of `width` pixels: [D, N], 0 to MOST.

    Args:
        along: pixels along the line that are averaged; odd.
    """
    known = np.asarray(np.isfinite(values).all(axis=2))
    filled = np.where(known[..., None], values, np.nanmean(values, axis=(0, 1)) if known.any() else 0)
    filled = np.asarray(cv2.blur(filled.astype(np.float32), (along, 1), borderType=cv2.BORDER_REPLICATE))
    core, sides = _kernels(width)
    middle, left, right = (
        np.asarray(cv2.filter2D(filled, -1, kernel[:, None], borderType=cv2.BORDER_REPLICATE))
        for kernel in (core, sides, sides[::-1].copy())
    )
    one, other = middle - left, middle - right
    both = np.where(one * other > 0, np.minimum(np.abs(one), np.abs(other)), 0)
    strength = np.sqrt((both**2).sum(2))
    usual = NOISE + strength.mean(0, keepdims=True)
    return np.where(known, np.minimum(strength / usual, MOST), 0).astype(np.float32)


def _kernels(width: float) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Weights over samples across: of the middle, and of one side."""
    reach = width / 2 + GAP + SIDE
    count = int(np.ceil(reach / STEP))
    at = np.arange(-count, count + 1) * STEP
    core = np.clip(width / 2 + STEP / 2 - np.abs(at), 0, STEP)
    side = ((at < -(width / 2 + GAP)) & (at >= -reach)).astype(np.float32)
    return (core / core.sum()).astype(np.float32), (side / side.sum()).astype(np.float32)


@dataclass(frozen=True)
class Skin:
    """What a line itself looks like: [K, M, 3] stops, K samples across its middle, M places along it."""

    colors: FloatArray


def skin_of(values: FloatArray, width: float) -> Skin | None:
    """The look of the line in a strip's middle [D, N, 3]: medians along it, since what is behind it changes faster."""
    middle, half = len(values) // 2, max(1, int((width / 2 - GAP / 2) / STEP))
    core = values[middle - half : middle + half + 1]
    places = max(1, round(core.shape[1] / SKIN_ALONG))
    known = np.flatnonzero(np.isfinite(core).all((0, 2)))
    parts = np.array_split(known, places)
    found = [np.median(core[:, part], axis=1) for part in parts if len(part) >= FEWEST]
    return Skin(np.stack(found, 1).astype(np.float32)) if found else None


def alike(values: FloatArray, skin: Skin, along: int) -> FloatArray:
    """How much a line with its middle at each sample of a strip [D, N, 3] would look as `skin`: [D, N], 0 to MOST."""
    rows, count = values.shape[:2]
    size, places = skin.colors.shape[:2]
    there = np.linspace(0, places - 1, count).round().astype(np.int64)
    colors, half = skin.colors[:, there], size // 2
    off = np.full((rows, count), UNLIKE, np.float32)
    for row in range(half, rows - half):
        unlike = np.abs(values[row - half : row + half + 1] - colors).sum(2).mean(0)
        off[row] = np.where(np.isfinite(unlike), np.minimum(unlike, UNLIKE), UNLIKE)
    mean = np.asarray(cv2.blur(off, (along, 1), borderType=cv2.BORDER_REPLICATE), np.float32)
    return np.asarray(MOST * np.exp(-mean / ALIKE), np.float32)


def path(score: FloatArray) -> tuple[Doubles, Doubles]:
    """The best way along a strip of scores [D, N]: how far across it lies [N], pixels, and its score there [N].

    By dynamic programming; from one pixel to the next it moves by one sample at most. Then by a parabola through the
    samples beside it, to a fraction of a sample.
    """
    rows, count = score.shape
    best, came = score[:, 0].astype(np.float64), np.zeros((count, rows), np.int64)
    steps = np.array([0, -1, 1])
    for column in range(1, count):
        padded = np.pad(best, 1, constant_values=-np.inf)
        ways = np.stack([padded[1:-1], padded[:-2] - BIN_COST, padded[2:] - BIN_COST])
        chosen = ways.argmax(0)
        came[column] = np.arange(rows) + steps[chosen]
        best = ways.max(0) + score[:, column]
    at = np.zeros(count, np.int64)
    at[-1] = int(best.argmax())
    for column in range(count - 1, 0, -1):
        at[column - 1] = came[column, at[column]]
    inner, columns = np.clip(at, 1, rows - 2), np.arange(count)
    below, here, above = (score[inner + d, columns].astype(np.float64) for d in (-1, 0, 1))
    curve = below - 2 * here + above
    fine = np.where(curve < -1e-6, np.clip((below - above) / np.minimum(2 * curve, -1e-6), -0.5, 0.5), 0)
    across = (inner + fine - (rows - 1) / 2) * STEP
    return across, score[at, columns].astype(np.float64)


@dataclass(frozen=True)
class Profile:
    """What a line looks like across, pixels: where its middle lies, its width at half strength, its edges' blur."""

    middle: float
    width: float
    blur: float


def profile(values: FloatArray, beside: Sequence[FloatArray], width: float) -> Profile:
    """The profile of a line in a strip's middle.

    A wire that is lit from above is bright and dark side by side, and its dark side may be as bright as what is behind
    it. So two things count: by how much it differs from what lies on both sides of it, in whatever direction, and how
    much less its light changes along it than that of a background with texture does.

    Args:
        values: [D, N, 3] along the line.
        beside: strips of the same shape, next to it.
        width: about, pixels.
    """
    at = np.asarray((np.arange(len(values)) - (len(values) - 1) / 2) * STEP, np.float64)
    usual = [_unlike_its_sides(one) for one in beside]
    shape = _unlike_its_sides(values) - (np.mean(usual, 0) if usual else 0)
    near = np.abs(at) <= width / 2 + 1
    peak = float(shape[near].max())
    if not np.isfinite(peak) or peak <= 0:
        return Profile(0.0, width, UNKNOWN_BLUR)
    # Where it turns from bright to dark it is, in one place, as bright as what is behind it.
    closing = np.ones((max(5, round(width / STEP) // 2 * 2 + 1), 1), np.uint8)
    shape = np.asarray(cv2.morphologyEx(shape[:, None] / peak, cv2.MORPH_CLOSE, closing), np.float64)[:, 0]
    calm = _calmer_than_its_sides(values)
    if calm[near].max() > LEAST_CALM:
        shape = np.maximum(shape, calm / calm[near].max())
    top = int(np.flatnonzero(near)[int(shape[near].argmax())])
    half, foot, head = (_crossings(at, shape, top, level) for level in (0.5, 0.2, 0.8))
    # An edge blurred by a Gaussian falls from 0.8 to 0.2 within 1.68 standard deviations; each side has one.
    wide = half[1] - half[0]
    blur = ((foot[1] - foot[0]) - (head[1] - head[0])) / 2 / 1.68
    return Profile(sum(half) / 2, float(np.clip(wide, 1.0, 4 * width + 4)), float(np.clip(blur, 0.3, max(0.3, wide))))


def _unlike_its_sides(values: FloatArray) -> Doubles:
    """[D]: by how many stops a strip [D, N, 3] differs from a straight way between its two sides, in the mean."""
    values = values[:, np.isfinite(values).all((0, 2))]
    if values.shape[1] < FEWEST:
        return np.full(len(values), np.nan)
    smooth = np.asarray(cv2.blur(values.astype(np.float32), (ALONG, 1), borderType=cv2.BORDER_REPLICATE), np.float64)
    edge = max(2, round(SIDE / STEP))
    share = np.clip((np.arange(len(values)) - edge / 2) / (len(values) - 1 - edge), 0, 1)[:, None, None]
    off = smooth - (smooth[:edge].mean(0) * (1 - share) + smooth[-edge:].mean(0) * share)
    # Where something else lies beside the line its sides say nothing: the median over places.
    return np.asarray(np.sqrt(np.median((off**2).sum(2), axis=1)), np.float64)


def _calmer_than_its_sides(values: FloatArray) -> Doubles:
    """[D]: the share by which light changes less along each row of a strip than along its outermost ones, below 1."""
    values = values[:, np.isfinite(values).all((0, 2))]
    rough = np.median(np.abs(np.diff(values, axis=1)).sum(2), axis=1).astype(np.float64)
    edge = max(2, round(SIDE / STEP))
    usual = float(np.concatenate([rough[:edge], rough[-edge:]]).mean())
    return 1 - rough / usual if usual > LEAST_TEXTURE else np.zeros(len(values))


def _crossings(at: Doubles, shape: Doubles, top: int, level: float) -> tuple[float, float]:
    """Where a shape falls to `level` before and after its peak, the sample `top`."""
    found = []
    for side, away in ((shape[top::-1], at[top::-1]), (shape[top:], at[top:])):
        below = np.flatnonzero(side < level)
        i = int(below[0]) if len(below) else len(side)
        if i == len(side):
            found.append(float(away[-1]))
        else:
            share = (side[i - 1] - level) / max(float(side[i - 1] - side[i]), 1e-9)
            found.append(float(away[i - 1] + share * (away[i] - away[i - 1])))
    return found[0], found[1]
