"""`vfx-ai train --from-scratch`: from a shot to a model with its record, its page, and what goes wrong on the way."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from rendered import load, save, waves, write_rgb
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import InputError, Interrupted, JobError, OutputError
from vfx_ai.fill import MODEL
from vfx_ai.learning.checkpoint import read_record
from vfx_ai.learning.loop import Training
from vfx_ai.training.asked_train import Train
from vfx_ai.training.scratch import _FromScratch

SIZE, FRAMES = (40, 64), range(1001, 1004)
HOLE = (slice(12, 26), slice(24, 40))
QUICK = {"steps": 6, "width": 4, "device": "cpu"}


def shot(folder: Path, seed: int = 3) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    for number in FRAMES:
        plate = waves(x, y, seed, 6, 30).astype(np.float32)
        plate[HOLE] = 50.0
        matte = np.zeros(SIZE, np.float32)
        matte[HOLE] = 1
        write_rgb(folder / f"plate.{number}.exr", plate, (0, 0), SIZE[::-1])
        save(folder / f"matte.{number}.exr", {"A": matte})
    return str(folder / "plate.####.exr")


def trained(plate: str, models: Path, name: str = "ours", **fields: object) -> vfx_ai.Trained:
    asked = {**QUICK, "plate": plate, "matte": plate.replace("plate.", "matte."), "models_dir": models, **fields}
    return vfx_ai.train(name, **asked)


def test_a_shot_becomes_a_model_with_its_record_and_a_page_that_shows_it(tmp_path: Path) -> None:
    made = trained(shot(tmp_path / "shot"), tmp_path / "models", licence="own, shot 12 alone")
    record = read_record(Path(made.model))
    assert record["step"] == 6 == made.steps and record["seed"] == 1 and record["licence"] == "own, shot 12 alone"
    assert record["shots"][0]["frames"] == list(FRAMES) and record["versions"]["torch"]
    assert {len(digest) for digest in record["shots"][0]["files"].values()} == {64}
    page = Path(made.report).read_text(encoding="utf-8")
    assert "Model ours" in page and "no rights on record" in page and page.count("data:image/jpeg") >= 3
    data = json.loads((Path(made.report).parent / "report.json").read_text(encoding="utf-8"))
    assert data["record"]["name"] == "ours" and data["off"] == list(made.off)
    assert (Path(made.report).parent / "loss.png").is_file()
    assert not list((tmp_path / "models").rglob("checkpoint*"))
    row = vfx_ai.find_model("ours", models_dir=tmp_path / "models")
    assert (row.family, row.task, row.uses) == ("internal", "inpaint", ("commercial", "research"))
    assert row.licence == "own, shot 12 alone" and "plate" in row.trained_on


def test_the_model_fills_another_shot(tmp_path: Path) -> None:
    plate = shot(tmp_path / "shot")
    trained(plate, tmp_path / "models")
    vfx_ai.inpaint(
        plate,
        plate.replace("plate.", "matte."),
        tmp_path / "out" / "clean.####.exr",
        engine="internal",
        model="ours",
        models_dir=str(tmp_path / "models"),
        grain="none",
    )
    planes = load(tmp_path / "out" / "clean.1002.exr")
    assert (planes["fill.source"][HOLE] == MODEL).all() and planes["R"][HOLE].max() < 40


def test_the_model_makes_stills_and_clips_from_nothing(tmp_path: Path) -> None:
    plate, models = shot(tmp_path / "shot"), tmp_path / "models"
    trained(plate, models, clip=3)
    trained(plate, models, "still")
    clip = vfx_ai.draw("ours", tmp_path / "a" / "new.####.exr", frames=3, seed=4, models_dir=str(models))
    assert (clip.width, clip.height) == SIZE[::-1] and clip.frames == (1001, 1002, 1003)
    planes = load(tmp_path / "a" / "new.1002.exr")
    assert (planes["fill.source"] == MODEL).all() and planes["R"].std() > 0
    asked = ["plate", "generate", "--model", "ours", "--seed", "4", "--size", "48x33", "--models-dir", str(models)]
    for name in ("b", "c"):
        done = CliRunner().invoke(app, [*asked, "-o", str(tmp_path / name / "new.exr"), "--device", "cpu"])
        assert done.exit_code == 0, done.output
    one, other = (load(tmp_path / name / "new.exr") for name in "bc")
    assert one["R"].shape == (33, 48) and np.array_equal(one["R"], other["R"])
    with pytest.raises(JobError, match="learned from stills"):
        vfx_ai.draw("still", tmp_path / "d" / "new.####.exr", frames=2, models_dir=str(models))
    both = CliRunner().invoke(app, [*asked, "-o", str(tmp_path / "new.exr"), "--like", plate])
    assert both.exit_code == 2


def test_stopped_it_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    plate = shot(tmp_path / "shot")
    whole = trained(plate, tmp_path / "a")
    steps: list[int] = []

    def told(event: vfx_ai.Event) -> None:
        if event.stage == "learn" and event.kind == "step":
            steps.append(event.done)

    with pytest.raises(Interrupted):
        trained(plate, tmp_path / "b", progress=told, cancelled=lambda: len(steps) >= 3)
    assert (tmp_path / "b" / "training" / "ours" / "checkpoint.safetensors").is_file()
    again = trained(plate, tmp_path / "b")
    assert any("Going on from step" in note for note in again.notes)
    one, other = (read_weights(Path(made.model)) for made in (whole, again))
    assert one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def read_weights(path: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return dict(load_file(path))


def test_minutes_are_enough(tmp_path: Path) -> None:
    made = trained(shot(tmp_path / "shot"), tmp_path / "models", steps=100_000, minutes=0.001)
    assert made.finished and 1 <= made.steps < 1000


def test_a_name_that_is_taken_is_refused_and_force_takes_it(tmp_path: Path) -> None:
    plate = shot(tmp_path / "shot")
    trained(plate, tmp_path / "models")
    with pytest.raises(JobError, match="the model is there already"):
        trained(plate, tmp_path / "models")
    with pytest.raises(JobError, match="another model has that name"):
        trained(plate, tmp_path / "models", seed=2)
    assert trained(plate, tmp_path / "models", seed=2, force=True).steps == 6


def test_a_model_that_could_not_be_entered_is_when_the_command_is_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plate, models = shot(tmp_path / "shot"), tmp_path / "models"

    def full(*_: object) -> None:
        raise OutputError("no space")

    with monkeypatch.context() as patched, pytest.raises(OutputError, match="no space"):
        patched.setattr(_FromScratch, "register", full)
        trained(plate, models)
    kept = read_weights(models / "ours.safetensors")
    with pytest.raises(JobError, match="another model has that name"):
        trained(plate, models, seed=2)
    with pytest.raises(JobError, match="another model has that name"):
        trained(shot(tmp_path / "other", 7), models)
    steps: list[int] = []
    monkeypatch.setattr(Training, "advance", lambda self: steps.append(self.step))
    made = trained(plate, models)
    assert made.finished and not steps and vfx_ai.find_model("ours", models_dir=models).path == Path(made.model)
    again = read_weights(Path(made.model))
    assert kept.keys() == again.keys() and all(np.array_equal(kept[name], again[name]) for name in kept)
    assert not (models / "training" / "ours" / "checkpoint.safetensors").exists()
    with pytest.raises(JobError, match="the model is there already"):
        trained(plate, models)


def test_a_training_never_takes_the_place_of_a_model_of_another_kind(tmp_path: Path) -> None:
    plate, models = shot(tmp_path / "shot"), tmp_path / "models"
    source = trained(plate, tmp_path / "others").model
    kept = tmp_path / "kept.safetensors"
    kept.write_bytes(Path(source).read_bytes())
    vfx_ai.add_model(kept, "foundation", licence="Apache-2.0", link=True, models_dir=models)
    for force in (False, True):
        with pytest.raises(JobError, match="another model has that name"):
            trained(plate, models, name="foundation", force=force)
    assert vfx_ai.find_model("foundation", models_dir=models).licence == "Apache-2.0"
    with pytest.raises(JobError, match="can't be called"):
        Train("training", plate=plate)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "Our Look"}, "can't be called"),
        ({"name": "a"}, "nothing to learn from"),
        ({"name": "a", "plate": "p", "catalogue": "c"}, "both a plate and a catalogue"),
        ({"name": "a", "catalogue": "c", "matte": "m"}, "no plate"),
        ({"name": "a", "plate": "p", "titles": "T"}, "no catalogue"),
        ({"name": "a", "plate": "p", "steps": -1}, "steps is -1"),
        ({"name": "a", "plate": "p", "clip": 99}, "clip is 99"),
        ({"name": "a", "plate": "p", "minutes": float("nan")}, "minutes is nan"),
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(JobError, match=words):
        Train(**fields)  # type: ignore[arg-type]


def test_a_matte_over_everything_leaves_nothing_to_learn_from(tmp_path: Path) -> None:
    plate = shot(tmp_path / "shot")
    for number in FRAMES:
        save(tmp_path / "shot" / f"matte.{number}.exr", {"A": np.ones(SIZE, np.float32)})
    with pytest.raises(InputError, match="nothing to learn from"):
        trained(plate, tmp_path / "models")


def test_the_command_does_the_same_and_answers_as_json(tmp_path: Path) -> None:
    plate = shot(tmp_path / "shot")
    options = ["--plate", plate, "--steps", "3", "--width", "4", "--device", "cpu", "--clip", "2"]
    asked = ["train", "--from-scratch", "--name", "cli", "--models-dir", str(tmp_path), *options, "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert events[-1]["event"] == "trained" and events[-1]["steps"] == 3
    refused = CliRunner().invoke(app, ["train", "--name", "x", "--plate", plate])
    assert refused.exit_code == 2
