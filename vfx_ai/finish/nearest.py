"""Which set pixel of a mask is nearest to each pixel, and how far it is."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.media.frame import BoolArray, FloatArray


def nearest(mask: BoolArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """How far the nearest set pixel of a mask [h, w] is, pixels [h, w], and its flat index [h, w]; one must be set."""
    away, labels = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    index = np.zeros(int(labels.max()) + 1, np.int64)
    index[labels[mask]] = np.flatnonzero(mask)
    closest: npt.NDArray[np.int64] = index[labels]
    return np.asarray(away, np.float32), closest
