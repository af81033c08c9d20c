"""Grain made of numbers that only a frame's number and a pixel's place decide: every chunk, tile and machine makes the
same."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from vfx_ai.finish.grain import Grain
from vfx_ai.media.frame import FloatArray, Window

TILE = 64  # pixels of a side that are drawn together
SEED = 20_240_601
OFFSET = 2**31  # seeds count from 0, frames and places may lie below


def white(number: int, window: Window) -> FloatArray:
    """White noise [3, h, w] float32 of variance 1 in a frame's window, in the picture's coordinates.

    Drawn tile by tile from a counter-based generator (Philox, Salmon et al. 2011) keyed by frame and tile.
    """
    out = np.empty((3, window.height, window.width), np.float32)
    for row in range(window.y0 // TILE, -(-window.y1 // TILE)):
        for column in range(window.x0 // TILE, -(-window.x1 // TILE)):
            tile = Window(column * TILE, row * TILE, (column + 1) * TILE, (row + 1) * TILE)
            common = tile.intersection(window)
            key = np.random.SeedSequence((SEED, number + OFFSET, row + OFFSET, column + OFFSET))
            drawn = np.random.Generator(np.random.Philox(key)).standard_normal((3, TILE, TILE), np.float32)
            out[(..., *common.slices(window))] = drawn[(..., *common.slices(tile))]
    return out


def field(grain: Grain, number: int, window: Window) -> FloatArray:
    """Grain [3, h, w] float32 of variance 1 in a frame's window: white noise under the grain's kernels.

    Summed pixel by pixel in one order, so that a pixel's bits don't depend on the window.
    """
    kernels = np.array(grain.kernels, np.float32)
    reach = kernels.shape[-1] // 2
    noise = white(number, window.grown(reach))
    mix = np.array(grain.mix, np.float32)
    out = np.zeros((3, window.height, window.width), np.float32)
    for channel in range(3):
        mine = noise[0] * mix[channel, 0]
        for other in range(1, channel + 1):
            mine = mine + noise[other] * mix[channel, other]
        out[channel] = _under(kernels[channel], mine, window.height, window.width)
    return out


def _under(kernel: npt.NDArray[np.float32], noise: FloatArray, height: int, width: int) -> FloatArray:
    out = np.zeros((height, width), np.float32)
    for down in range(kernel.shape[0]):
        for right in range(kernel.shape[1]):
            out += noise[down : down + height, right : right + width] * kernel[down, right]
    return out
