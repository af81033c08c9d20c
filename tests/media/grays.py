"""Codes of grey."""

from __future__ import annotations

import numpy as np


def gray(codes: np.ndarray) -> np.ndarray:
    return np.repeat(codes.astype(np.float32)[:, None], 3, 1)
