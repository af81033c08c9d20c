"""Which of two layers a pixel moves with: the background's, or the object's.

Each layer's motion is measured where only that layer is, and goes on smoothly from there. A pixel that belongs to a
layer looks the same in other frames, where that layer's motion carries it. Motion is dense inverse search (Kroeger et
al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]

AGREE_PIXELS, AGREE_SHARE = 1.0, 0.1  # there and back again
NOISE = 0.03  # least difference in stops that tells anything
SLOPE = 0.3  # pixels by which motion may be off


@dataclass(frozen=True)
class Pair:
    """Motion between a frame and a neighbour, as measured.

    Attributes:
        there: [h, w, 2] float32, pixels, from the frame to the neighbour.
        sure: [h, w] bool, the way back agrees.
    """

    there: FloatArray
    sure: BoolArray


def measured(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> npt.NDArray[np.float16]:
    """Motion [h, w, 2] from one grey picture [h, w] uint8 to another, pixels; halves, of which many are kept."""
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(search.calc(first, second, None), np.float16)


def paired(out: npt.NDArray[np.float16], home: npt.NDArray[np.float16]) -> Pair:
    """Motion to another frame, judged by the motion back."""
    there, back = out.astype(np.float32), home.astype(np.float32)
    off = np.linalg.norm(there + carried(back, there), axis=2)
    sure = off < AGREE_PIXELS + AGREE_SHARE * np.linalg.norm(there, axis=2)
    height, width = there.shape[:2]
    x, y = places(there)
    sure &= (x >= 0) & (y >= 0) & (x <= width - 1) & (y <= height - 1)
    return Pair(there, sure)


def places(flow: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where a motion [h, w, 2] carries each pixel: x and y, [h, w] float32 each."""
    height, width = flow.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return x + flow[..., 0], y + flow[..., 1]


def carried(picture: FloatArray, flow: FloatArray) -> FloatArray:
    """Bilinear samples of `picture` [h, w, ...] where `flow` [h, w, 2] leads; its border goes on."""
    x, y = places(flow)
    return np.asarray(cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def spread(values: FloatArray, known: BoolArray) -> FloatArray:
    """`values` [h, w, C] where `known`, and smooth between and beyond: averages of ever larger surroundings.

    Gortler et al., "The Lumigraph", SIGGRAPH 1996, "pull-push".
    """
    weight = known.astype(np.float32)[..., None]
    return np.where(weight > 0, values, _pulled(values * weight, weight)).astype(np.float32)


def _pulled(sums: FloatArray, weight: FloatArray) -> FloatArray:
    height, width = weight.shape[:2]
    mean = sums / np.maximum(weight, 1e-6)
    if min(height, width) <= 2:
        whole = sums.sum((0, 1)) / max(float(weight.sum()), 1e-6)
        return np.where(weight > 0, mean, whole).astype(np.float32)
    both = np.concatenate([sums, weight], 2)
    small = np.asarray(cv2.pyrDown(cv2.copyMakeBorder(both, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=0)), np.float32)
    small = small[2 : 2 + (height + 1) // 2, 2 : 2 + (width + 1) // 2]
    count = small[..., -1:]
    # Saturate: a coarse pixel with some known ones below is known.
    gain = np.minimum(1.0, 4 * count) / np.maximum(count, 1e-6)
    coarse = _pulled(np.ascontiguousarray(small[..., :-1] * gain), np.ascontiguousarray(np.minimum(1.0, 4 * count)))
    filled = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    filled = filled.reshape(height, width, -1)
    share = np.minimum(weight, 1.0)
    level: FloatArray = (mean * share + filled * (1 - share)).astype(np.float32)
    return level


def layer_motion(pair: Pair, own: BoolArray) -> FloatArray:
    """[h, w, 2]: the motion of the layer that `own` [h, w] is part of, also where it isn't seen."""
    known = own & pair.sure
    if known.sum() < 30:
        known = own
    if not known.any():
        return pair.there
    return spread(pair.there, known)


def misfit(
    features: FloatArray, other: FloatArray, flow: FloatArray, steep: FloatArray, judge: BoolArray
) -> FloatArray:
    """How far a pixel is from what `other` shows where `flow` leads, in what noise and motion may be off by.

    Args:
        features, other: [h, w, 3] float32, stops.
        flow: [h, w, 2].
        steep: [h, w] the gradient's length of `features`, stops per pixel.
        judge: [h, w] bool, where exposure is compared.
    """
    off = carried(other, flow) - features
    if judge.any():
        off = off - np.median(off[judge], axis=0)
    height, width = steep.shape
    size = np.asarray(cv2.blur((off * off).sum(2), (3, 3)), np.float32)
    x, y = places(flow)
    outside = (x < -0.5) | (y < -0.5) | (x > width - 0.5) | (y > height - 0.5)
    return np.where(
        outside, np.inf, np.sqrt(np.maximum(size, 0)) / np.sqrt(3 * NOISE**2 + (SLOPE * steep) ** 2)
    ).astype(np.float32)
