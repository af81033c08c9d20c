"""Plates that a model makes up: from words, from a first frame, window after window; and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
from rendered import load, load_rgb, waves, write_rgb

import vfx_ai
from vfx_ai.errors import JobError
from vfx_ai.fill import FOUNDATION
from vfx_ai.fill.families import flux_fill, wan_vace
from vfx_ai.proof.sidecar import read_sidecar
from vfx_ai.worker import work
from vfx_ai.worker.kinds import KINDS, read

SIZE = (64, 96)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models, with tiny ones of both kinds."""
    folder = tmp_path_factory.mktemp("models")
    for family in ("wan_vace", "flux_fill"):
        tiny_models.registered(folder, family)
    return folder


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wan_vace, "STEPS", 1)
    monkeypatch.setattr(flux_fill, "STEPS", 1)
    monkeypatch.setattr(wan_vace, "length", lambda _pipe: 5)
    monkeypatch.setattr(wan_vace, "side", lambda _pipe: 64)


def imagined(folder: Path, models: Path, model: str = "wan-vace", **fields: Any) -> vfx_ai.Imagined:
    fields = {"size": f"{SIZE[1]}x{SIZE[0]}", "models_dir": str(models), "prompt": "fog", **fields}
    prompt = fields.pop("prompt")
    return vfx_ai.imagine(prompt, folder / "new.####.exr", model=model, **fields)


def test_windows_go_on_from_each_other_and_a_run_goes_on(tmp_path: Path, models: Path) -> None:
    made = imagined(tmp_path, models, frames=7)
    assert made.frames == tuple(range(1001, 1008)) and made.windows == 2 and made.model == "wan-vace (Apache-2.0)"
    planes = load(tmp_path / "new.1007.exr")
    assert planes["R"].shape == SIZE and np.isfinite(planes["R"]).all()
    assert (planes["fill.source"] == FOUNDATION).all() and (planes["fill.confidence"] == 0).all()
    first = (tmp_path / "new.1001.exr").stat().st_mtime_ns
    before = load_rgb(tmp_path / "new.1007.exr")
    (tmp_path / "new.1007.exr").unlink()
    imagined(tmp_path, models, frames=7)
    assert (tmp_path / "new.1001.exr").stat().st_mtime_ns == first
    assert np.array_equal(load_rgb(tmp_path / "new.1007.exr"), before)


def test_a_first_frame_is_kept_and_stays_as_bright_as_it_is(tmp_path: Path, models: Path) -> None:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    still = (60 * waves(x, y, 3)).astype(np.float32)
    write_rgb(tmp_path / "still.exr", still, (0, 0), SIZE[::-1])
    made = imagined(tmp_path, models, frames=3, size="", image=str(tmp_path / "still.exr"), prompt="")
    assert (made.width, made.height) == SIZE[::-1]
    assert np.allclose(load_rgb(tmp_path / "new.1001.exr"), still, rtol=2e-3)
    assert np.median(load_rgb(tmp_path / "new.1003.exr")) > 1
    given, after = (load(tmp_path / f"new.{number}.exr") for number in (1001, 1002))
    assert not given["made.A"].any() and not given["fill.source"].any() and (given["fill.confidence"] == 1).all()
    assert (after["made.A"] == 1).all() and (after["fill.source"] == FOUNDATION).all()
    known = read_sidecar(tmp_path / "new.vfxai.json")
    assert [frame.by_source for frame in known.frames] == [{}, *[{str(FOUNDATION): SIZE[0] * SIZE[1]}] * 2]


def test_a_model_of_images_makes_one_picture_and_again_the_same(
    tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert imagined(tmp_path / "out", models, "flux-fill").windows == 1
    assert load_rgb(tmp_path / "out" / "new.1001.exr").shape == (*SIZE, 3)
    # Where models lie is this machine's affair: a sidecar's folder of models isn't followed.
    monkeypatch.setenv("VFX_AI_MODELS", str(models))
    again = vfx_ai.reproduce(tmp_path / "out" / "new.vfxai.json", tmp_path / "again")
    assert again.passed and again.identical == (1001,)
    with pytest.raises(JobError, match="flux-fill makes single pictures"):
        imagined(tmp_path, models, "flux-fill", frames=2)


def test_what_makes_no_sense_is_refused(tmp_path: Path, models: Path) -> None:
    with pytest.raises(JobError, match="neither words nor a picture"):
        imagined(tmp_path, models, prompt="")
    with pytest.raises(JobError, match="size is 'large'"):
        imagined(tmp_path, models, size="large")
    with pytest.raises(JobError, match="one name for 2 frames"):
        vfx_ai.imagine("fog", tmp_path / "new.exr", model="wan-vace", frames=2, models_dir=models)
    assert not list(tmp_path.iterdir())
    told = imagined(tmp_path, models, frames=97, dry_run=True)
    assert told.windows == 0 and not list(tmp_path.iterdir())
    assert told.would.startswith("at most 2 windows, 2 crops, 2 steps; about ")
    would = imagined(tmp_path, models, "flux-fill", dry_run=True, size="3840x2160").would
    assert would.startswith("at most 1 picture, 1 crop, 15 tiles, 2 steps; about ")


def test_a_reference_is_shown_and_another_one_makes_another_plate(tmp_path: Path, models: Path) -> None:
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    write_rgb(tmp_path / "ref.exr", waves(x, y, 3).astype(np.float32), (0, 0), SIZE[::-1])
    made = []
    for name in ("", "ref.exr"):
        folder = tmp_path / f"out {name}"
        imagined(folder, models, frames=3, reference=name and str(tmp_path / name))
        made.append(load_rgb(folder / "new.1002.exr"))
    assert not np.array_equal(*made)
    with pytest.raises(JobError, match="can't be shown a reference picture"):
        imagined(tmp_path / "no", models, "flux-fill", reference=str(tmp_path / "ref.exr"))


def test_a_worker_makes_one_too(tmp_path: Path, models: Path) -> None:
    asked = {"model": "wan-vace", "models_dir": str(models), "prompt": "fog", "frames": 3, "size": "96x64"}
    job = read(
        KINDS["plate_by_model"].made, {**asked, "output": str(tmp_path / "new.####.exr"), "schema": 1}, versioned=True
    )
    told = getattr(work, KINDS["plate_by_model"].by)(job, lambda _event: None, lambda: False)
    assert told["result"] == str(tmp_path / "new.####.exr") and told["frames"] == (1001, 1002, 1003)
    imagined(tmp_path / "by hand", models, frames=3)
    alike = [load_rgb(folder / "new.1003.exr") for folder in (tmp_path, tmp_path / "by hand")]
    assert np.array_equal(*alike)
