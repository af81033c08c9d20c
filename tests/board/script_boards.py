"""What the tests of boards share: a script that changes, a drawing by hand, and all that a folder holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from vfx_ai.board.make import Board

Maker = Callable[..., Board]


def edit(script: Path, old: str, new: str) -> None:
    text = script.read_text(encoding="utf-8")
    assert old in text
    script.write_text(text.replace(old, new), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def paint(path: Path, value: int = 200) -> bytes:
    """Somebody draws: another picture in the place of a panel."""
    cv2.imwrite(str(path), np.full((60, 100, 3), value, np.uint8))
    return path.read_bytes()
