"""Blocks of the plate that two neighboring frames both show, and what is left between them: grain, twice.

Blocks of one frame are found again in the other whole pixels away, so that nothing is resampled. Then the rest of the
motion is fitted out. The fit knows the sum of both alone: of independent grain, sum and difference don't know each
other, so neither the fit nor a choice of flat blocks bends what is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.media.color import to_log
from vfx_ai.media.frame import BoolArray, FloatArray
from vfx_ai.shot import Shot, View

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MOST_BLOCKS = 800  # of a pair of frames
BLOCK, AROUND = 24, 3  # pixels of a block's side, and around it that its slopes are taken from
AT_ONCE = 200  # blocks whose motion is fitted together
SMALLEST = 4 * BLOCK  # pixels of a picture's shorter side, in which motion can be found
CODES = 28.0  # 8-bit codes per stop, for the flow


@dataclass(frozen=True)
class Blocks:
    """What N blocks of two frames tell.

    Attributes:
        corner: [N, 2] int64, row and column of the block's first pixel in the first frame.
        level: [N, 3] float64, mean light, scene-linear.
        texture: [N, 3] float64, variance of the light within the block, without its finest detail.
        residual: [N, BLOCK, BLOCK, 3] float64 or float32, grain of the one frame less that of the other.
    """

    corner: Ints
    level: Array
    texture: Array
    residual: Array | FloatArray

    @property
    def variance(self) -> Array:
        """Variance of the grain [N, 3] of one frame, by the mean size of the residual: a few sparks don't sway it."""
        return np.asarray(np.abs(self.residual).mean((1, 2)) ** 2 * (np.pi / 2) / 2)


def joined(parts: list[Blocks]) -> Blocks:
    """The blocks of several pairs."""
    return Blocks(
        *(np.concatenate([getattr(part, n) for part in parts]) for n in ("corner", "level", "texture", "residual"))
    )


def blocks_between(shot: Shot, first: int, second: int, *, locked: bool, texture: bool = True) -> Blocks | None:
    """Blocks outside of the matte that two frames show; None if there are none.

    Args:
        shot: the plate and its matte.
        first, second: neighboring frames.
        locked: the camera stands still.
        texture: whether it is asked for; else it is 0.

    Raises:
        InputError: a frame can't be read.
    """
    one, other = shot.view(first), shot.view(second)
    here, there = _picture(one), _picture(other)
    if not locked and min(here.shape[:2]) < SMALLEST:
        return None
    found = _found_again(shot, (here, there), (_seen(one), _seen(other)), locked=locked)
    if not len(found):
        return None
    parts, around = [], 0 if locked and not texture else AROUND
    for some in np.array_split(found, -(-len(found) // AT_ONCE)):
        y, x, down, right = some.T
        pair = _cut(here, y, x, around), _cut(there, y + down, x + right, around)
        parts.append(_told(some[:, :2], *pair, locked=locked, texture=texture))
    return joined(parts)


def _picture(view: View) -> FloatArray:
    return np.moveaxis(view.scene.cpu().numpy(), 0, -1)


def _seen(view: View) -> BoolArray:
    seen: BoolArray = view.seen.cpu().numpy()
    return seen


def _found_again(
    shot: Shot, pictures: tuple[FloatArray, FloatArray], seen: tuple[BoolArray, BoolArray], *, locked: bool
) -> Ints:
    """Blocks that both frames show whole: [N, 4], row and column of the corner, rows and columns that it moved."""
    height, width = seen[0].shape
    edge = AROUND + 1
    rows, columns = (np.arange(edge, side - BLOCK - edge, BLOCK) for side in (height, width))
    y, x = (v.ravel() for v in np.meshgrid(rows, columns, indexing="ij"))
    inside = _inside(seen[0], y, x)
    every = max(1, -(-int(inside.sum()) // MOST_BLOCKS))
    y, x = y[inside][::every], x[inside][::every]
    moved = np.zeros((2, len(y)), np.int64)
    if not locked and len(y):
        moved = _moved(pictures, y, x, shot.working_size)
    to_y, to_x = y + moved[0], x + moved[1]
    keep = (to_y >= edge) & (to_x >= edge) & (to_y + BLOCK + edge <= height) & (to_x + BLOCK + edge <= width)
    found = np.stack([y, x, *moved], 1)[keep]
    return np.asarray(found[_inside(seen[1], to_y[keep], to_x[keep])])


def _inside(mask: BoolArray, y: Ints, x: Ints) -> BoolArray:
    """Whether blocks with these corners, and what lies AROUND them, are set in a mask."""
    total = cv2.integral(mask.view(np.uint8))
    y0, x0, y1, x1 = y - AROUND, x - AROUND, y + BLOCK + AROUND, x + BLOCK + AROUND
    count = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
    return np.asarray(count == (BLOCK + 2 * AROUND) ** 2)


def _moved(pictures: tuple[FloatArray, FloatArray], y: Ints, x: Ints, size: tuple[int, int]) -> Ints:
    """Whole rows and columns [2, N] by which blocks moved: dense flow (DIS, Kroeger et al. 2016), then a search."""
    first, second = (np.asarray(to_log(picture.mean(-1))) for picture in pictures)
    height, width = first.shape
    factor = width / size[1]
    flow = _flow(first, second, size)
    rows, columns = (
        np.clip(((at + BLOCK // 2) / factor).astype(int), 0, side - 1) for at, side in zip((y, x), size, strict=True)
    )
    start = np.rint(flow[rows, columns].T[::-1] * factor).astype(np.int64)
    reach = int(np.ceil(factor))
    mine, best, moved = _cut(first, y, x), np.full(len(y), np.inf), start.copy()
    for down in range(-reach, reach + 1):
        for right in range(-reach, reach + 1):
            at_y = np.clip(y + start[0] + down, AROUND, height - BLOCK - AROUND)
            at_x = np.clip(x + start[1] + right, AROUND, width - BLOCK - AROUND)
            apart = ((_cut(second, at_y, at_x) - mine) ** 2).mean((1, 2))
            nearer = apart < best
            best = np.where(nearer, apart, best)
            moved = np.where(nearer, np.stack([start[0] + down, start[1] + right]), moved)
    return np.asarray(moved)


def _flow(first: FloatArray, second: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Dense motion [h, w, 2] (x, y) between two pictures of log light [H, W], at a size (h, w) and in its pixels."""
    codes = [np.asarray(np.clip(picture * CODES, 0, 255), np.uint8) for picture in (first, second)]
    small = [cv2.resize(code, size[::-1], interpolation=cv2.INTER_AREA) for code in codes]
    nothing = np.zeros((*size, 2), np.float32)
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(small[0], small[1], nothing)
    return np.asarray(flow, np.float32)


def _cut(picture: FloatArray, y: Ints, x: Ints, around: int = AROUND) -> FloatArray:
    """Blocks with these corners, and what lies `around` them: [N, BLOCK + 2 around, BLOCK + 2 around, ...]."""
    side = BLOCK + 2 * around
    every = np.lib.stride_tricks.sliding_window_view(picture, (side, side), (0, 1))
    blocks: FloatArray = np.moveaxis(every[y - around, x - around], (-2, -1), (1, 2))
    return blocks


def _told(corner: Ints, here: FloatArray, there: FloatArray, *, locked: bool, texture: bool) -> Blocks:
    """What blocks with these corners tell that were cut from both frames."""
    around = (here.shape[1] - BLOCK) // 2
    inner = slice(around, around + BLOCK)
    both, apart = (here + there) / 2, (here - there)[:, inner, inner]
    level = both[:, inner, inner].mean((1, 2))
    rough = _smoothed(both)[:, inner, inner].var((1, 2)) if texture else np.zeros_like(level)
    residual = _centered(apart) if locked else _unexplained(apart.astype(np.float64), both.astype(np.float64))
    return Blocks(corner, level.astype(np.float64), rough.astype(np.float64), residual)


def _centered(apart: FloatArray) -> FloatArray:
    """The difference of blocks [N, BLOCK, BLOCK, 3] without a change of light; scaled up by what that takes of it."""
    out: FloatArray = (apart - apart.mean((1, 2), keepdims=True)) * math.sqrt(BLOCK**2 / (BLOCK**2 - 1))
    return out


def _unexplained(apart: Array, both: Array) -> Array:
    """The same without what motion within the block explains, either."""
    return np.stack([_without_motion(apart[..., c], both[..., c]) for c in range(3)], -1)


def _without_motion(apart: Array, both: Array) -> Array:
    """What a change of light and motion don't explain of the difference of blocks [N, BLOCK, BLOCK]."""
    count = len(apart)
    # Of a shift by d, what two frames differ by is odd in d: slopes over one, two and three pixels span it.
    slopes = [_slope(both, axis, reach) for reach in range(1, AROUND + 1) for axis in (1, 2)]
    ramp = (np.arange(BLOCK) - (BLOCK - 1) / 2) / BLOCK
    causes = [np.ones_like(apart), *slopes, *(slope * way for slope in slopes[:2] for way in (ramp, ramp[:, None]))]
    span = np.stack([cause.reshape(count, -1) for cause in causes], 1)
    span = span / np.sqrt((span**2).mean(-1, keepdims=True) + 1e-24)
    flat = apart.reshape(count, -1)
    normal = span @ span.transpose(0, 2, 1) + 1e-6 * BLOCK**2 * np.eye(len(causes))
    shares = np.linalg.solve(normal, span @ flat[..., None])
    left = flat - (shares.transpose(0, 2, 1) @ span)[:, 0]
    out: Array = left.reshape(apart.shape) * np.sqrt(BLOCK**2 / (BLOCK**2 - len(causes)))
    return out


def _slope(blocks: Array, axis: int, reach: int) -> Array:
    """Differences of blocks over 2 `reach` pixels along an axis."""
    cut = [slice(None), slice(AROUND, AROUND + BLOCK), slice(AROUND, AROUND + BLOCK)]
    after, before = list(cut), list(cut)
    after[axis] = slice(AROUND + reach, AROUND + reach + BLOCK)
    before[axis] = slice(AROUND - reach, AROUND - reach + BLOCK)
    return blocks[tuple(after)] - blocks[tuple(before)]


def _smoothed(blocks: Array) -> Array:
    """Blocks [N, H, W, 3] under a binomial of five pixels, in which texture outweighs grain."""
    for axis in (1, 2):
        for _ in range(2):
            rolled = [np.roll(blocks, step, axis) for step in (-1, 1)]
            blocks = (rolled[0] + 2 * blocks + rolled[1]) / 4
    return blocks
