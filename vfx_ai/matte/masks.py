"""Masks grown and shrunk, and how far a pixel lies inside of one."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.media.frame import FloatArray

BoolArray = npt.NDArray[np.bool_]


def grown(mask: BoolArray, pixels: int) -> BoolArray:
    """`mask` grown by a disc of so many pixels; below 0: shrunk."""
    if pixels == 0:
        return mask
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * abs(pixels) + 1,) * 2)
    work = cv2.dilate if pixels > 0 else cv2.erode
    border = 0 if pixels > 0 else 1
    done = work(mask.astype(np.uint8), disc, borderType=cv2.BORDER_CONSTANT, borderValue=border)
    return np.asarray(done) > 0


def depth_in(mask: BoolArray) -> FloatArray:
    """[h, w] float32: pixels from each pixel of `mask` [h, w] to where it ends, which isn't at the picture's border."""
    padded = np.pad(mask.astype(np.uint8), 1, mode="edge")
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5), np.float32)[1:-1, 1:-1]
