"""What an NVIDIA GPU makes: nearly what the CPU does, the same bits each time, and for each frame by itself.

Where there is a GPU, the tests of runs use it as well, since `auto` takes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rendered
import torch
from rendered import Rendered, camera_fields, contents, load_rgb, psnr, render

from vfx_ai.fill import ENGINES
from vfx_ai.job import Job
from vfx_ai.run import run

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]

SCENES = {
    "temporal": rendered.turning(),
    "project": rendered.travelling(24.0),
    "flow": rendered.travelling(24.0),
}
# By how much of its light nearly every pixel may differ: sums are done in another order, so that a robust choice may
# fall otherwise, and dense motion, found step by step, ends some thousandths of a pixel beside.
APART = {"temporal": 1e-3, "project": 1e-3, "flow": 1e-2}


def filled(shot: Rendered, out: Path, engine: str, device: str, **fields: Any) -> dict[int, bytes]:
    """Every byte of the results."""
    camera = camera_fields(shot, engine, 24.0)
    output = str(out / "clean.####.exr")
    report = run(Job(shot.plate, shot.matte, output, engine=engine, device=device, **camera, **fields))
    assert report.passed and (report.device == "cpu") == (device == "cpu")
    return contents(out)


def apart(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """By what share of its light each pixel differs in the channel that differs most."""
    return np.expm1(np.abs(np.log(one / two)).max(-1))


@pytest.mark.parametrize("engine", ENGINES)
def test_cuda_and_the_cpu_agree_for_99_of_100_pixels(engine, tmp_path):
    shot = render(tmp_path, SCENES[engine], frames=6)
    for device in ("cpu", "cuda"):
        filled(shot, tmp_path / device, engine, device)
    for number in shot.numbers:
        hole = shot.mattes[number] > 0
        one, two = (load_rgb(tmp_path / device / f"clean.{number}.exr") for device in ("cpu", "cuda"))
        assert np.array_equal(one[~hole], two[~hole])
        assert (apart(one[hole], two[hole]) < APART[engine]).mean() > 0.99
        assert psnr(one, two, hole) > 50


@pytest.mark.parametrize("engine", ENGINES)
def test_cuda_gives_the_same_bits_twice_and_for_frames_alone(engine, tmp_path):
    shot = render(tmp_path, SCENES[engine], frames=6, noise=0.02)
    whole = filled(shot, tmp_path / "one", engine, "cuda")
    assert filled(shot, tmp_path / "two", engine, "cuda") == whole
    alone = filled(shot, tmp_path / "alone", engine, "cuda", frames="1003,1005")
    assert alone == {number: whole[number] for number in (1003, 1005)}


def test_grain_effects_and_own_texture_of_cuda_agree_with_the_cpu(tmp_path):
    """What no frame shows is made of the shot's own texture, by choices that fall alike for most of it."""
    still = render(tmp_path, rendered.locked(), frames=6, noise=0.02, ball=lambda _t: (48.0, 32.0))
    for device in ("cpu", "cuda"):
        filled(still, tmp_path / device, "temporal", device, grain="match", effects=True)
    for number in still.numbers:
        hole = still.mattes[number] > 0
        one, two = (load_rgb(tmp_path / device / f"clean.{number}.exr") for device in ("cpu", "cuda"))
        assert np.isfinite(two).all() and np.median(apart(one[hole], two[hole])) < 0.1
