"""`vfx-ai edit`: a model changes what is there, within a matte or everywhere; all else is the plate's, bit for bit."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch
from rendered import load, save, waves, write_rgb
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import JobError
from vfx_ai.fill import FOUNDATION
from vfx_ai.fill.families import FAMILIES
from vfx_ai.fill.makers import Wanted
from vfx_ai.media.color import from_model, to_model
from vfx_ai.media.output import made_pattern
from vfx_ai.plates.jobs_edit import Edit
from vfx_ai.proof.sidecar import read_sidecar
from vfx_ai.steps.edit import over
from vfx_ai.worker.kinds import KINDS

SIZE = (40, 56)
HOLE = (slice(12, 28), slice(20, 36))
VIDEOS = ("wan_vace", "ltx_condition")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models with a tiny one that fills holes."""
    folder = tmp_path_factory.mktemp("models")
    weights = tmp_path_factory.mktemp("weights")
    tiny_models.write(weights, "sdxl_inpaint")
    made = weights / "sdxl_inpaint"
    vfx_ai.add_model(made, "tiny", "CC0-1.0", models_dir=folder, link=True)
    vfx_ai.add_model(made, "tiny-nc", "CC-BY-NC-4.0", models_dir=folder, link=True)
    for family in VIDEOS:
        tiny_models.registered(folder, family)
    return folder


@pytest.fixture(autouse=True)
def few(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VFX_AI_MODELS", str(home))
    monkeypatch.delenv("VFX_AI_POLICY", raising=False)
    monkeypatch.setattr(import_module(FAMILIES["sdxl_inpaint"].module), "STEPS", 4)
    for family in VIDEOS:
        module = import_module(FAMILIES[family].module)
        monkeypatch.setattr(module, "STEPS", 4)
        monkeypatch.setattr(module, "length", lambda _pipe: 5)
        monkeypatch.setattr(module, "side", lambda _pipe: 64)


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three frames of a wall with a lamp of 60, and a matte that is soft on one side."""
    folder = tmp_path_factory.mktemp("shot")
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    plate, matte = waves(x, y, 3).astype(np.float32), np.zeros(SIZE, np.float32)
    plate[4:7, 4:7] = 60
    matte[HOLE] = 1
    matte[12:28, 20:22] = 0.5
    for number in range(1001, 1004):
        write_rgb(folder / f"plate.{number}.exr", plate * np.float32(1 + number % 10 / 50), (0, 0), SIZE[::-1])
        save(folder / f"matte.{number}.exr", {"A": matte})
    return folder


def edited(shot: Path, output: Path, model: str = "tiny", **fields: Any) -> vfx_ai.Report:
    asked = {"matte": shot / "matte.####.exr", "device": "cpu", **fields}
    return vfx_ai.edit(shot / "plate.####.exr", output, model, "storm", **asked)


class Hardly:
    """Gives back what it was shown, as half precision codes it, but for one place that it makes twice as bright."""

    def make(self, wanted: Wanted, _step: object) -> torch.Tensor:
        light = from_model(to_model(wanted.scene, channels=0).model.half().float())
        light[:, 14:18, 26:30] *= 2
        return torch.where(wanted.region, light, wanted.scene)


def test_what_a_model_leaves_as_it_was_is_the_plates_own(
    shot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vfx_ai.fill.makers.opened", lambda _ask: Hardly())
    out = tmp_path / "out.####.exr"
    report = edited(shot, out, frames="1002", matte="")
    assert report.passed
    made, plate = load(str(out).replace("####", "1002")), load(shot / "plate.1002.exr")
    changed = np.zeros(SIZE, bool)
    changed[14:18, 26:30] = True
    for name in "RGB":
        assert np.array_equal(made[name][~changed].view(np.uint16), plate[name][~changed].view(np.uint16))
        assert np.allclose(made[name][changed], 2 * plate[name][changed], rtol=0.01)
    assert (made["fill.source"][changed] == FOUNDATION).all() and (made["fill.source"][~changed] == 0).all()
    assert (made["fill.confidence"][~changed] == 1).all() and (made["fill.confidence"][changed] == 0).all()


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven frames of a wall with a lamp of 60, and one matte for all of them."""
    folder = tmp_path_factory.mktemp("longer")
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    matte = np.zeros(SIZE, np.float32)
    matte[HOLE] = 1
    for number in range(1001, 1008):
        plate = waves(x + number - 1001, y, 3).astype(np.float32)
        plate[4:7, 4:7] = 60
        write_rgb(folder / f"plate.{number}.exr", plate, (0, 0), SIZE[::-1])
    save(folder / "matte.exr", {"A": matte})
    return folder


@pytest.mark.parametrize("family", VIDEOS)
def test_by_a_model_of_videos_windows_go_on_from_each_other(longer: Path, tmp_path: Path, family: str) -> None:
    """Video to video within a matte: outside of it the plate, to the bit, whichever frames are asked for."""
    name, matte, events = family.replace("_", "-"), longer / "matte.exr", list[vfx_ai.Event]()
    report = edited(longer, tmp_path / "all" / "edit.####.exr", name, matte=matte, progress=events.append)
    assert report.passed and report.engine == "diffusion_video" and len(report.frames) == 7
    assert not any("from frame to frame" in note for note in report.notes)
    windows = list(dict.fromkeys(event.text for event in events if "diffusion_video, frames" in event.text))
    assert len(windows) == (2 if family == "wan_vace" else 1)
    outside = np.ones(SIZE, bool)
    outside[HOLE] = False
    for number in range(1001, 1008):
        plate, done = load(longer / f"plate.{number}.exr"), load(tmp_path / "all" / f"edit.{number}.exr")
        for channel in "RGB":
            assert np.array_equal(done[channel][outside], plate[channel][outside])
            assert np.abs(done[channel] - plate[channel])[HOLE].max() > 0.01
        assert (done["fill.source"][HOLE] == FOUNDATION).all() and done["R"][4:7, 4:7].min() > 59
        assert load(tmp_path / "all" / f"edit_made.{number}.exr")["A"].shape == (16, 16)
    edited(longer, tmp_path / "one" / "edit.####.exr", name, matte=matte, frames="1007")
    every, alone = (load(tmp_path / folder / "edit.1007.exr") for folder in ("all", "one"))
    assert all(np.array_equal(plane, alone[channel]) for channel, plane in every.items())
    edited(longer, tmp_path / "more" / "edit.####.exr", name, matte=matte, frames="1001", strength=1.0)
    first, more = (load(tmp_path / folder / "edit.1001.exr")["G"][HOLE] for folder in ("all", "more"))
    assert not np.array_equal(first, more)


def test_what_it_would_take_is_told_and_nothing_is_written(shot: Path, longer: Path, tmp_path: Path) -> None:
    fields = {"matte": shot / "matte.####.exr", "device": "cpu"}
    told = vfx_ai.plan_edit(shot / "plate.####.exr", tmp_path / "o" / "edit.####.exr", "tiny", "storm", **fields)
    assert (told.frames, told.engine, told.width) == ((1001, 1002, 1003), "diffusion_image", SIZE[1])
    assert told.would.startswith("at most 3 pictures, 3 crops, 3 steps; about ")  # 4 steps at 0.4
    words = ["edit", str(longer / "plate.####.exr"), "-o", str(tmp_path / "o" / "edit.####.exr"), "--dry-run", "--json"]
    done = CliRunner().invoke(app, [*words, "--model", "wan-vace", "--prompt", "storm", "--strength", "1"])
    said = json.loads(done.stdout)
    assert done.exit_code == 0 and said["would"].startswith("at most 1 window, 1 crop, 4 steps; about ")
    assert said["engine"] == "diffusion_video" and not (tmp_path / "o").exists()


def test_without_a_matte_a_model_of_videos_changes_whole_pictures(longer: Path, tmp_path: Path) -> None:
    report = edited(longer, tmp_path / "edit.####.exr", "wan-vace", matte="", frames="1001-1002", strength=0.25)
    done, plate = load(tmp_path / "edit.1002.exr"), load(longer / "plate.1002.exr")
    assert report.passed and (done["fill.source"] == FOUNDATION).all() and np.isfinite(done["R"]).all()
    assert (np.abs(done["R"] - plate["R"]) > 0).mean() > 0.9


def test_within_a_matte_it_changes_and_outside_it_is_the_plate(shot: Path, tmp_path: Path) -> None:
    report = edited(shot, tmp_path / "out" / "edit.####.exr")
    assert report.passed and report.engine == "diffusion_image" and len(report.frames) == 3
    assert any("from frame to frame" in note for note in report.notes)
    for number in (1001, 1002, 1003):
        plate, done = load(shot / f"plate.{number}.exr"), load(tmp_path / "out" / f"edit.{number}.exr")
        outside = np.ones(SIZE, bool)
        outside[HOLE] = False
        for name in "RGB":
            assert np.array_equal(done[name][outside], plate[name][outside])
            assert np.abs(done[name] - plate[name])[HOLE].max() > 0.01
        assert (done["fill.source"][HOLE] == FOUNDATION).all() and (done["fill.source"][outside] == 0).all()
        assert done["R"][4:7, 4:7].min() > 59, "light above 1 stays"


def test_it_is_done_again_to_the_bit(shot: Path, tmp_path: Path) -> None:
    edited(shot, tmp_path / "out" / "edit.####.exr", frames="1001-1002")
    again = vfx_ai.reproduce(tmp_path / "out" / "edit.vfxai.json", tmp_path / "again")
    assert again.passed and again.identical == (1001, 1002) and not again.told
    known = read_sidecar(tmp_path / "out" / "edit.vfxai.json")
    assert [frame.made.path for frame in known.frames if frame.made] == ["edit_made.1001.exr", "edit_made.1002.exr"]
    assert all(
        verdict.passed for verdict in vfx_ai.verify(shot / "plate.####.exr", tmp_path / "out", shot / "matte.####.exr")
    )


def test_what_was_made_lies_by_itself_with_its_matte(shot: Path, tmp_path: Path) -> None:
    edited(shot, tmp_path / "edit.####.exr", frames="1002")
    plate, done = load(shot / "plate.1002.exr"), load(tmp_path / "edit.1002.exr")
    layer = load(tmp_path / "edit_made.1002.exr")
    matte = load(shot / "matte.1002.exr")["A"][HOLE]
    assert layer["A"].shape == (16, 16) and np.array_equal(layer["A"], matte)
    for name in "RGB":
        over = layer[name] * matte + plate[name][HOLE] * (1 - matte)
        assert np.allclose(done[name][HOLE], over, rtol=2e-3, atol=2e-3), "laid over the plate it is the result"


def test_where_the_matte_is_opaque_a_far_brighter_plate_leaves_nothing_behind() -> None:
    plate, made = torch.full((3, 1, 2), 6000.0), torch.full((3, 1, 2), 0.01)
    mixed = over(plate, made, torch.tensor([[1.0, 0.5]]))
    assert (mixed[..., 0] == made[..., 0]).all() and torch.allclose(mixed[..., 1], torch.tensor(3000.005))


def test_a_frame_does_not_depend_on_the_others_and_goes_on(shot: Path, tmp_path: Path) -> None:
    edited(shot, tmp_path / "all" / "edit.####.exr")
    edited(shot, tmp_path / "one" / "edit.####.exr", frames="1003")
    every, alone = (load(tmp_path / name / "edit.1003.exr") for name in ("all", "one"))
    assert all(np.array_equal(plane, alone[name]) for name, plane in every.items())
    assert edited(shot, tmp_path / "all" / "edit.####.exr").skipped == (1001, 1002, 1003)
    other = edited(shot, tmp_path / "one" / "edit.####.exr", frames="1003", seed=2)
    assert not other.skipped and not np.array_equal(every["R"], load(tmp_path / "one" / "edit.1003.exr")["R"])


def test_strength_is_heard(shot: Path, tmp_path: Path) -> None:
    plate, off = load(shot / "plate.1001.exr"), []
    for strength in (0.25, 1.0):
        output = tmp_path / f"{strength}" / "edit.####.exr"
        edited(shot, output, frames="1001", strength=strength)
        off.append(np.abs(load(output.with_name("edit.1001.exr"))["G"] - plate["G"])[HOLE].mean())
    assert off[0] != off[1]


def test_without_a_matte_the_whole_picture_changes(shot: Path, tmp_path: Path) -> None:
    report = edited(shot, tmp_path / "edit.####.exr", matte="", frames="1001")
    plate, done = load(shot / "plate.1001.exr"), load(tmp_path / "edit.1001.exr")
    assert report.passed and (done["fill.source"] == FOUNDATION).all()
    assert np.isfinite(done["R"]).all() and (np.abs(done["R"] - plate["R"]) > 0).mean() > 0.9
    assert load(tmp_path / "edit_made.1001.exr")["A"].min() == 1
    assert edited(shot, tmp_path / "edit.####.exr", matte="", frames="1001").skipped == (1001,)


def test_what_may_not_be_used_is_refused_before_anything_is_written(shot: Path, tmp_path: Path) -> None:
    plate, output = shot / "plate.####.exr", tmp_path / "out" / "edit.####.exr"
    with pytest.raises(JobError, match=r"CC-BY-NC-4\.0"):
        vfx_ai.edit(plate, output, "tiny-nc", "storm", matte=shot / "matte.####.exr")
    assert not (tmp_path / "out").exists()
    with pytest.raises(JobError, match="no model 'tyni'"):
        vfx_ai.edit(plate, output, "tyni", "storm")
    with pytest.raises(JobError, match="can't be shown a reference picture"):
        vfx_ai.edit(plate, output, "tiny", "storm", reference=shot / "plate.1001.exr")
    assert not (tmp_path / "out").exists()
    with pytest.raises(vfx_ai.VfxAiError, match="plate"):
        vfx_ai.edit(plate, shot / "plate.####.exr", "tiny", "storm")


def test_the_command_and_the_worker_ask_for_the_same(shot: Path, tmp_path: Path, monkeypatch: Any) -> None:
    asked: list[Edit] = []

    def instead(job: Edit, *_: Any) -> Any:
        asked.append(job)
        raise JobError("enough")

    monkeypatch.setattr("vfx_ai.plates.edit.edit", instead)
    words = ["edit", "p.####.exr", "-o", "o.####.exr", "--model", "tiny", "--prompt", "storm", "--strength", "0.3"]
    done = CliRunner().invoke(app, [*words, "--matte", "m.exr", "--json"])
    assert done.exit_code == 2 and json.loads(done.stdout)["message"] == "enough"
    vfx_plain = Edit("p.####.exr", "o.####.exr", "tiny", "storm", strength=0.3, matte="m.exr")
    assert asked == [vfx_plain] and KINDS["edit"].made is Edit


def test_a_model_that_no_engine_uses_is_not_ignored(shot: Path, tmp_path: Path) -> None:
    with pytest.raises(JobError, match="asks none") as told:
        vfx_ai.inpaint(shot / "plate.####.exr", shot / "matte.####.exr", tmp_path / "c.####.exr", model="tiny")
    assert "--engine" in told.value.remedy


def test_names_of_what_was_made() -> None:
    assert Path(made_pattern("out/edit.####.exr")) == Path("out/edit_made.####.exr")
