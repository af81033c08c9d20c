"""The engine that learns from the shot: what it makes, that it is learned once, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rendered import load, save, write_rgb

import vfx_ai
from vfx_ai.errors import InputError, Interrupted, JobError
from vfx_ai.fill import MODEL, OTHER_FRAME, SMOOTH, internal
from vfx_ai.steps.plan import plan

SIZE, FRAMES = (48, 72), range(1001, 1004)
HOLE = (slice(16, 32), slice(26, 44))
LAMP, WALL = 60.0, 0.2


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internal, "PREVIEW", (12, 8, 2, 24))


def shot(folder: Path) -> str:
    """A bright sign on a wall, and an object before it that never moves; the camera doesn't either."""
    folder.mkdir(parents=True, exist_ok=True)
    x = np.arange(SIZE[1])[None, :, None]
    for number in FRAMES:
        plate = np.where(x < 56, LAMP, WALL) * np.ones((*SIZE, 3))
        plate[HOLE] = 1e4
        matte = np.zeros(SIZE, np.float32)
        matte[HOLE] = 1
        write_rgb(folder / f"plate.{number}.exr", plate.astype(np.float32), (0, 0), SIZE[::-1])
        save(folder / f"matte.{number}.exr", {"A": matte})
    return str(folder / "plate.####.exr")


def filled(plate: str, name: str, **fields: object) -> Path:
    output = Path(plate).parent / name / "clean.####.exr"
    fields = {"engine": "internal", "grain": "none", "device": "cpu", **fields}
    vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), output, **fields)
    return output.parent


def test_bright_light_comes_back_and_says_where_it_is_from(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    report = vfx_ai.inpaint(
        plate, plate.replace("plate.", "matte."), tmp_path / "out/clean.####.exr", engine="internal", grain="none"
    )
    planes = load(tmp_path / "out" / "clean.1002.exr")
    inside = planes["fill.source"][HOLE]
    assert (inside == MODEL).all() and (planes["fill.confidence"][HOLE] == 0).all()
    assert {OTHER_FRAME, SMOOTH} & set(np.unique(planes["fill.source"])) == set()
    made = planes["R"][HOLE]
    assert 0.7 * LAMP < np.median(made) < 1.4 * LAMP and made.max() < 1000
    assert any("learns from this shot alone, 12 steps" in note for note in report.notes)
    assert not any(path.name.endswith("checkpoint.safetensors") for path in (tmp_path / "out").rglob("*"))


def test_frames_done_apart_are_as_those_done_together(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    together = filled(plate, "together")
    for number in (1003, 1001):
        filled(plate, "apart", frames=str(number))
    for number in (1001, 1003):
        one, other = (load(folder / f"clean.{number}.exr") for folder in (together, tmp_path / "apart"))
        assert all(np.array_equal(one[name], other[name]) for name in one), number


def test_what_was_learned_is_a_model_for_another_shot_and_stopping_keeps_it(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    told: list[str] = []
    with pytest.raises(Interrupted):
        filled(
            plate,
            "first",
            progress=lambda event: told.append(event.text),
            cancelled=lambda: sum("learns" in text for text in told) > 5,
        )
    assert list((tmp_path / "first").rglob("*.checkpoint.safetensors"))
    first = filled(plate, "first")
    model = next(path for path in first.rglob("internal/*.safetensors"))
    whole = filled(plate, "second")
    assert np.array_equal(load(first / "clean.1001.exr")["R"], load(whole / "clean.1001.exr")["R"])
    models = tmp_path / "models"
    vfx_ai.add_model(model, "ours", "own", uses="commercial,research", models_dir=models)
    third = filled(plate, "third", model="ours", models_dir=str(models))
    assert np.array_equal(load(first / "clean.1001.exr")["R"], load(third / "clean.1001.exr")["R"])
    assert not list(third.rglob("internal/*.safetensors"))


def test_a_wider_plate_and_a_plan_know_it_too(tmp_path: Path) -> None:
    plate = shot(tmp_path)
    output = tmp_path / "wide" / "wide.####.exr"
    vfx_ai.extend(
        plate, output, matte=plate.replace("plate.", "matte."), pad="8,0,0,0", engine="internal", grain="none"
    )
    beyond = load(tmp_path / "wide" / "wide.1002.exr")["fill.source"]
    assert beyond.shape == (SIZE[0] + 8, SIZE[1]) or beyond.shape == (SIZE[0], SIZE[1] + 8)
    assert (beyond == MODEL).sum() >= 0.9 * 8 * min(SIZE)
    job = vfx_ai.Job(plate, plate.replace("plate.", "matte."), str(tmp_path / "out.####.exr"), engine="internal")
    assert "first learns from the shot, 12 steps" in plan(job).made


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"model": "nowhere"}, JobError, "there is no model"),
    ],
)
def test_what_it_can_not_do_is_refused(tmp_path: Path, fields: dict[str, str], error: type, words: str) -> None:
    with pytest.raises(error, match=words):
        filled(shot(tmp_path), "out", models_dir=str(tmp_path / "models"), **fields)


def test_words_are_refused() -> None:
    with pytest.raises(JobError, match="knows no words"):
        internal.check(vfx_ai.Job("p", "m", "o", engine="internal", model="ours", prompt="a wall"), None)


def test_a_damaged_model_is_one_clear_error_and_one_of_another_kind_too(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    plate, models = shot(tmp_path), tmp_path / "models"
    save_file({"a": torch.zeros(3)}, tmp_path / "bad.safetensors", {"vfx_ai.family": "internal"})
    for name, family in (("bad", ""), ("other", "sdxl")):
        vfx_ai.add_model(tmp_path / "bad.safetensors", name, "MIT", family=family, models_dir=models)
    with pytest.raises(InputError, match=r"bad\.safetensors.*no record of a training"):
        filled(plate, "out", model="bad", models_dir=str(models))
    with pytest.raises(JobError, match="of the family sdxl"):
        filled(plate, "out", model="other", models_dir=str(models))


def test_a_cpus_preview_is_no_gpus_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    job = vfx_ai.Job("p", "m", "o", engine="internal", device="cpu")
    on_cpu = internal.identity(job, None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert internal.identity(job, None) == on_cpu != internal.identity(replace(job, device="cuda"), None)
    assert internal.identity(replace(job, device="auto"), None) == internal.identity(replace(job, device="cuda"), None)
    monkeypatch.setattr(internal, "PREVIEW", (99, 8, 2, 24))
    assert internal.identity(job, None) != on_cpu
