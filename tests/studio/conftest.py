"""Footage of a few frames."""

from __future__ import annotations

import numpy as np
import pytest
from studios import write_frames


@pytest.fixture
def footage(tmp_path, make_exr):
    """Two sequences, one with a gap, and a still, in folders with spaces and letters of the world."""
    root = tmp_path / "Über den Häfen"
    for folder in (root / "sc 010", root / "名 020"):
        folder.mkdir(parents=True)
    write_frames(make_exr, root / "sc 010", "plate", (1001, 1002, 1004), (0.5, 0.1, 0.05))
    write_frames(make_exr, root / "名 020", "plate", (1, 2), (0.05, 0.2, 0.6))
    write_frames(make_exr, root, "still", (7,), (0.2, 0.2, 0.2))
    make_exr(root / "matte.1001.exr", {"A": np.ones((36, 48), np.float16)})
    (root / "notes.txt").write_text("no footage")
    return root
