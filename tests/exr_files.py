"""Small EXR files, made as they are asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR


def write_exr(
    path: Path,
    channels: dict[str, np.ndarray] | None = None,
    *,
    window: tuple[int, int] = (0, 0),
    display: tuple[int, int] | None = None,
    parts: list[tuple[dict[str, Any], dict[str, np.ndarray]]] | None = None,
    **header: Any,
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = []
    for extra, planes in parts or [(header, channels or {})]:
        height, width = next(iter(planes.values())).shape
        x, y = extra.pop("window", window)
        full = extra.pop("display", display) or (x + width, y + height)
        head = {
            "compression": OpenEXR.ZIP_COMPRESSION,
            "type": OpenEXR.scanlineimage,
            "dataWindow": corners(x, y, width, height),
            "displayWindow": corners(0, 0, *full),
            **extra,
        }
        made.append(OpenEXR.Part(head, {name: OpenEXR.Channel(name, plane.copy()) for name, plane in planes.items()}))
    OpenEXR.File(made).write(str(path))
    return path


def corners(x: int, y: int, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    return np.array([x, y], np.int32), np.array([x + width - 1, y + height - 1], np.int32)
