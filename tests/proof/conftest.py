"""A studio with certificates, and a result as a run leaves it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from signed_results import FRAMES

from vfx_ai.proof.sidecar import ResultFrame, Sidecar, write_sidecar

if TYPE_CHECKING:
    from studio_certificates import Studio


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    from studio_certificates import studio  # needs the extra `sign`

    return studio(tmp_path_factory.mktemp("house"))


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A folder with three frames, a report, small pictures and a sidecar, as a run leaves them."""
    out = tmp_path / "out"
    (out / "clean.vfx-ai" / "pictures").mkdir(parents=True)
    frames = []
    for number in FRAMES:
        path = out / f"clean.{number}.exr"
        path.write_bytes(b"\x76\x2f\x31\x01" + bytes([number % 256]) * 500)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        frames.append(ResultFrame(number, path.name, 504, digest, {"1": 90, "4": 9}, "flow"))
        picture = np.full((46, 81, 3), number % 256, np.uint8)
        cv2.imwrite(str(out / "clean.vfx-ai" / "pictures" / f"{number}.after.jpg"), picture)
    (out / "report.html").write_text("<p>report")
    write_sidecar(Sidecar("inpaint", {}, "a" * 64, "clean.####.exr", (), tuple(frames)), out / "clean.vfxai.json")
    return out
