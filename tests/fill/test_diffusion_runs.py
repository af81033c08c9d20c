"""Runs with a model over longer shots: real pixels given as known, parts alike the whole, and a wider plate."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rendered
import tiny_models
import torch
from plain_maker import NEVER, shot
from rendered import load, render
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.fill import FOUNDATION, OTHER_FRAME
from vfx_ai.fill.families import FAMILIES
from vfx_ai.fill.families.videos import VideoCall

FRAMES = range(1001, 1010)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with two tiny ones."""
    folder = tmp_path_factory.mktemp("models")
    for family in ("wan_vace", "sdxl_inpaint"):
        tiny_models.registered(folder, family)
    return folder


@pytest.fixture
def calls(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[VideoCall]:
    """What the video model is asked; it is made to work small, in windows of five frames."""
    monkeypatch.setenv("VFX_AI_MODELS", str(home))
    monkeypatch.delenv("VFX_AI_POLICY", raising=False)
    monkeypatch.setattr(import_module(FAMILIES["sdxl_inpaint"].module), "STEPS", 1)
    module: Any = import_module(FAMILIES["wan_vace"].module)
    for name, value in {"STEPS": 1, "length": lambda _pipe: 5, "side": lambda _pipe: 128}.items():
        monkeypatch.setattr(module, name, value)
    asked, arguments = list[VideoCall](), module.arguments

    def told(pipe: Any, call: VideoCall) -> Any:
        asked.append(call)
        return arguments(pipe, call)

    monkeypatch.setattr(module, "arguments", told)
    return asked


def test_some_frames_alone_are_those_of_the_whole_shot_and_real_pixels_are_given_as_known(
    calls: list[VideoCall], tmp_path: Path
) -> None:
    """Nine frames in windows of five; what hides a wall in each frame elsewhere is found in others."""
    plate = shot(tmp_path, frames=FRAMES)

    def run(name: str, **more: Any) -> vfx_ai.Report:
        fields = {"engine": "diffusion_video", "model": "wan-vace", "grain": "none", "device": "cpu", **more}
        output = tmp_path / name / "clean.####.exr"
        return vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), output, **fields)

    report = run("every")
    assert report.passed and all(record.made >= 24 * 30 for record in report.frames)
    assert report.frames[1].real > 0
    first = calls[0]
    scale = first.video.shape[-1] / 126  # the crop: what is never seen and 48 pixels around, of 126 x 96
    assert first.mask.shape == (5, 1, 96, 128)
    for mask in first.mask[:, 0]:  # of the bar that stands elsewhere in each frame nothing
        rows, columns = torch.nonzero(mask, as_tuple=True)
        assert bool((mask[36:60, 49:79] == 1).all())
        assert (rows.min(), rows.max(), columns.min(), columns.max()) == (36, 59, 48, 79)
    bar = slice(round((38 - 22) * scale) + 1, round((48 - 22) * scale) - 1)  # where it hid the wall in the second
    assert float(first.video[1, :, :, bar].max()) < 0.9, "what is given as known is the wall, not what hid it"
    run("some", frames="1005-1008")
    run("last", frames="1009")
    for number, name in [*((number, "some") for number in range(1005, 1009)), (1009, "last")]:
        whole, part = (load(tmp_path / folder / f"clean.{number}.exr") for folder in ("every", name))
        assert all(np.array_equal(plane, part[channel]) for channel, plane in whole.items()), number
        assert (whole["fill.source"][NEVER] == FOUNDATION).all()


def test_what_a_wider_plate_would_take_is_told_and_nothing_is_written(
    calls: list[VideoCall], home: Path, tmp_path: Path
) -> None:
    plate = shot(tmp_path, frames=FRAMES)
    words = ["plate", "extend", plate, "-o", str(tmp_path / "o" / "w.####.exr"), "--pad", "0,0,40,0", "--dry-run"]
    told = {}
    for engine, model in (("diffusion_image", "sdxl-inpaint"), ("diffusion_video", "wan-vace"), ("auto", "")):
        more = ["--engine", engine, *(["--model", model] if model else []), "--device", "cpu", "--json"]
        done = CliRunner().invoke(app, [*words, *more])
        assert done.exit_code == 0, done.output
        told[engine] = json.loads(done.stdout)
    assert told["diffusion_image"]["would"].startswith("at most 3 key frames, 3 crops, 3 steps; about ")
    assert told["diffusion_video"]["would"].startswith("at most 1 window, 1 crop, 1 step; about ")
    assert (told["auto"]["width"], told["auto"]["seconds"]) == (200, 0.0)
    assert abs(told["auto"]["hole_percent"] - 20) < 1e-4
    assert "no model" in told["auto"]["would"] and len(told["auto"]["frames"]) == 9
    assert not (tmp_path / "o").exists()


def test_a_plate_is_made_wider_by_what_others_saw_and_the_rest_by_a_model(
    calls: list[VideoCall], tmp_path: Path
) -> None:
    plate = render(tmp_path, rendered.turning(), frames=7, size=(48, 72), ball=lambda _t: (-400.0, -400.0)).plate
    fields = {"pad": "6,0,24,0", "grain": "none", "device": "cpu", "frames": "1001"}
    wide = tmp_path / "model" / "wide.####.exr"
    report = vfx_ai.extend(plate, wide, engine="diffusion_image", model="sdxl-inpaint", **fields)
    vfx_ai.extend(plate, tmp_path / "auto" / "wide.####.exr", **fields)
    made, auto = (load(tmp_path / name / "wide.1001.exr") for name in ("model", "auto"))
    real, model = made["fill.source"] == OTHER_FRAME, made["fill.source"] == FOUNDATION
    record = report.frames[0]
    assert report.passed and record.hole == 30 * 48
    assert real.sum() == record.real > 0 and model.sum() == record.made > 0
    assert record.real + record.made == record.hole
    assert np.array_equal(real, auto["fill.source"] == OTHER_FRAME)
    for name in "RGB":
        assert np.array_equal(made[name][~model], auto[name][~model])
    layer = load(tmp_path / "model" / "wide_made.1001.exr")
    assert layer["A"].sum() == model.sum()
