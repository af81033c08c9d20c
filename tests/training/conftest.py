"""A tiny model in a registry, and a shot to learn from; test files may have others of the same name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tiny_models
from lora_training import SIZE
from rendered import save, waves, write_rgb

import vfx_ai


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with one tiny model of SDXL's kind, and one that may only be used for research."""
    folder = tmp_path_factory.mktemp("models")
    tiny = tmp_path_factory.mktemp("tiny")
    tiny_models.write(tiny, "sdxl_inpaint")
    for name, licence in (("tiny", "Apache-2.0"), ("private", "CC-BY-NC-4.0")):
        vfx_ai.add_model(tiny / "sdxl_inpaint", name, licence, models_dir=folder, link=True)
    return folder


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("shot")
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    for number in (1001, 1002):
        picture = waves(x + number, y, 3, 6, 30).astype(np.float32)
        matte = np.zeros(SIZE, np.float32)
        matte[10:20, 10:24] = 1
        write_rgb(folder / f"plate.{number}.exr", picture, (0, 0), SIZE[::-1])
        save(folder / f"matte.{number}.exr", {"A": matte})
    (folder / "plate.txt").write_text("a wall of waves", encoding="utf-8")
    return str(folder / "plate.####.exr")
