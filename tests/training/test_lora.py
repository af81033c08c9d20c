"""LoRAs on a tiny random model of the real classes: they learn, go on to the same bits, and change its pictures."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tiny_models
import tiny_words
import torch
from lora_training import CPU, SIZE, pictures, trained, training
from rendered import save
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import Interrupted, JobError
from vfx_ai.fill import pipeline
from vfx_ai.fill.checkpoint import checkpoint
from vfx_ai.fill.families import IMAGE
from vfx_ai.fill.families.asked import Call
from vfx_ai.job import silent
from vfx_ai.learning.checkpoint import read_record, read_tensors
from vfx_ai.telling import Teller
from vfx_ai.training import captioner
from vfx_ai.training.asked_lora import TrainLora
from vfx_ai.training.asked_train import Train
from vfx_ai.training.captioner import Captioner
from vfx_ai.training.gathered import of_plate
from vfx_ai.training.held import Held
from vfx_ai.training.lora_pictures import Pictures, captions_of, example, pictures_of


def test_the_loss_of_a_fixed_batch_falls_and_the_base_stays_as_it_is(models: Path) -> None:
    one = training(models)
    batch = example(one.pictures, 32, 2, 1, 0)
    base = {name: value.clone() for name, value in one.unet.state_dict().items() if "lora" not in name}

    def wrong() -> float:
        with torch.no_grad():
            return float(one.loss(batch, 0))

    before = wrong()
    for _ in range(25):
        loss = one.loss(batch, 0)
        one.adam.zero_grad(set_to_none=True)
        loss.backward()
        one.adam.step()
    assert wrong() < 0.97 * before
    assert all(torch.equal(value, base[name]) for name, value in one.unet.state_dict().items() if "lora" not in name)


def test_it_goes_on_to_the_same_bits(models: Path, tmp_path: Path) -> None:
    whole, half = training(models), training(models)
    for _ in range(4):
        whole.advance()
    for _ in range(2):
        half.advance()
    half.keep(tmp_path / "half.safetensors", {"inputs": 1})
    again = training(models)
    assert again.go_on(tmp_path / "half.safetensors", 1) and not again.go_on(tmp_path / "half.safetensors", 2)
    for _ in range(2):
        again.advance()
    one, other = whole.weights(), again.weights()
    assert whole.losses == again.losses and all(torch.equal(one[name], other[name]) for name in one)
    assert one.keys() == other.keys() and len(one) > 0


def test_what_a_matte_hides_counts_for_nothing(models: Path) -> None:
    seen = pictures()
    there = torch.ones((32, 40), dtype=torch.bool)
    there[8:24, 8:24] = False
    one = training(models, Pictures([(code, there) for code, _ in seen.shown], seen.captions))
    batch = example(one.pictures, 32, 2, 1, 0)
    assert bool((batch.mask[batch.counted == 0] == 1).all()) and bool((batch.counted == 0).any())


def test_a_lora_is_a_row_with_its_bases_licence_and_changes_what_the_model_makes(
    models: Path, plate: str, tmp_path: Path
) -> None:
    made = trained(models, plate, "look", steps=8)
    row, record = vfx_ai.find_model("look", models_dir=models), read_record(Path(made.model))
    assert (row.task, row.base, row.licence, row.family) == ("lora", "tiny", "Apache-2.0", "sdxl")
    assert record["captions"] == ["a wall of waves"] and record["base"]["name"] == "tiny" and record["step"] == 8
    page = Path(made.report).read_text(encoding="utf-8")
    assert "Model look" in page and "with what was learned" in page
    base = vfx_ai.find_model("tiny", models_dir=models)
    assert base.path is not None
    picture = torch.rand((1, 3, 64, 64), generator=torch.Generator().manual_seed(2))
    mask = torch.zeros((1, 1, 64, 64))
    mask[..., 16:48, 16:48] = 1
    given = []
    for laid in ((), (pipeline.Adapter("look", Path(made.model), 1.0, "tiny"),)):
        opened = pipeline.opened(checkpoint(base.path, IMAGE), CPU, laid)
        words = opened.family.arguments(opened.pipe, Call(picture, mask, "", "", 1.0, 3))
        given.append(pipeline.run(opened.pipe, words, 5, lambda: None, "images"))
    assert float((given[0] - given[1]).abs().mean()) > 1e-4


def test_stopped_the_command_goes_on_to_the_same_weights(models: Path, plate: str) -> None:
    trained(models, plate, "whole")
    done: list[int] = []

    def told(event: vfx_ai.Event) -> None:
        if event.stage == "learn" and event.kind == "step":
            done.append(event.done)

    with pytest.raises(Interrupted):
        trained(models, plate, "parts", progress=told, cancelled=lambda: len(done) >= 2)
    again = trained(models, plate, "parts")
    assert any("Going on" in note for note in again.notes)
    one, other = (read_tensors(models / f"{name}.safetensors")[0] for name in ("whole", "parts"))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_what_may_not_be_is_refused(models: Path, plate: str) -> None:
    with pytest.raises(JobError, match="doesn't allow commercial"):
        vfx_ai.train_lora("a", "private", plate=plate, models_dir=models)
    with pytest.raises(JobError, match="no model 'nowhere'"):
        vfx_ai.train_lora("a", "nowhere", plate=plate, models_dir=models)
    with pytest.raises(JobError, match="rank is 0"):
        TrainLora("tiny", source=Train("a", plate=plate), rank=0)
    with pytest.raises(JobError, match="belongs to --from-scratch"):
        TrainLora("tiny", source=Train("a", plate=plate, width=8))
    with pytest.raises(JobError, match="clip belongs to --from-scratch"):
        vfx_ai.train_lora("a", "tiny", plate=plate, models_dir=models, clip=3)
    both = CliRunner().invoke(
        app, ["train", "--from-scratch", "--lora", "tiny", "--name", "a", "--plate", plate, "--json"]
    )
    assert both.exit_code == 2 and "both" in json.loads(both.stdout.splitlines()[-1])["message"]


def test_captions_are_those_beside_the_footage_then_notes_then_the_prompt(tmp_path: Path) -> None:
    facts = [{"path": str(tmp_path / name / "plate.####.exr")} for name in "abc"]
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "plate.txt").write_text("wet\ncobbles ", encoding="utf-8")
    assert captions_of(facts, ["x", "a night", ""], "our film") == ("wet cobbles", "a night", "our film")


def test_a_frame_that_lies_wholly_under_its_matte_is_left_out(models: Path, plate: str, tmp_path: Path) -> None:
    folder = tmp_path / "shot"
    shutil.copytree(Path(plate).parent, folder)
    save(folder / "matte.1002.exr", {"A": np.ones(SIZE, np.float32)})
    asked = Train("a", plate=str(folder / "plate.####.exr"), matte=str(folder / "matte.####.exr"))
    gathered = of_plate(asked, 1, Teller(silent, lambda: False, []))
    assert len(gathered.footages[0].numbers) == 2
    seen = pictures_of(gathered, ("a wall",), 32, 0)
    assert len(seen.shown) == len(seen.captions) == 1 and bool((~seen.shown[0][1]).any())
    assert trained(models, str(folder / "plate.####.exr"), "half", steps=1).steps == 1


def test_pictures_are_made_when_asked_for_and_no_more_are_kept_than_the_budget_holds() -> None:
    made: list[int] = []

    def make(index: int) -> tuple[torch.Tensor, ...]:
        made.append(index)
        return (torch.full((10,), float(index)),)

    held = Held([partial(make, index) for index in range(5)], 100)  # of 40 bytes each
    for index in (0, 1, 0, 2, 0, 1, 4):
        assert float(held[index][0][0]) == index and held.bytes <= 100
    assert made == [0, 1, 2, 1, 4] and len(held) == 5
    small = Held([partial(make, 7)], 0)
    assert small[0][0].tolist() == [7.0] * 10


def test_a_base_that_is_not_taught_is_refused_before_anything_is_read(models: Path, tmp_path: Path) -> None:
    tiny_models.write(tmp_path, "flux_fill")
    vfx_ai.add_model(tmp_path / "flux_fill", "flux", "Apache-2.0", models_dir=models, link=True)
    with pytest.raises(JobError, match="'flux' can't be trained on here: its pipeline is FluxFillPipeline") as told:
        vfx_ai.train_lora("a", "flux", plate="nowhere.####.exr", models_dir=models)
    assert "nine channels" in told.value.remedy


def test_a_model_captions_shots_that_have_no_words(
    models: Path, plate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shot"
    shutil.copytree(Path(plate).parent, folder)
    (folder / "plate.txt").unlink()
    vfx_ai.add_model(tiny_words.blip(tmp_path / "blip"), "says", "BSD-3-Clause", models_dir=models, link=True)
    made = trained(models, str(folder / "plate.####.exr"), "captioned", steps=1, captions="says", prompt="our film")
    record = read_record(Path(made.model))
    says = Captioner(vfx_ai.find_model("says", models_dir=models), CPU)
    told = says.told(np.full((20, 30, 3), 128, np.uint8))
    assert told == says.told(np.full((20, 30, 3), 128, np.uint8)) and "[" not in told
    assert record["captions"][0] and record["captioned_by"]["name"] == "says"
    # What was said once is kept, and for a shot with words nothing is opened.
    monkeypatch.setattr(captioner, "Captioner", lambda *_: pytest.fail("the model is opened again"))
    more = {"steps": 1, "captions": "says", "prompt": "our film", "force": True}
    again = trained(models, str(folder / "plate.####.exr"), "captioned", **more)
    assert read_record(Path(again.model))["captions"] == record["captions"]
    own = trained(models, plate, "sidecar", steps=1, captions="says")
    assert read_record(Path(own.model))["captions"] == ["a wall of waves"]
    with pytest.raises(JobError, match="writes no captions"):
        trained(models, plate, "other", captions="tiny")
