"""A cryptomatte's objects, and what the program reads of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from cryptomattes import halves

from vfx_ai.matte.objects import read_objects

COVERED = halves()


def of(path: Path, objects: str, layer: str = "") -> np.ndarray:
    return read_objects(path, 1, objects, layer).values
