"""LoRAs on a tiny random model of the real classes: they learn, go on to the same bits, and change its pictures."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tiny_models
import tiny_words
import torch
from rendered import save, waves, write_rgb
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import InputError, Interrupted, JobError
from vfx_ai.fill import pipeline
from vfx_ai.fill.checkpoint import checkpoint
from vfx_ai.fill.families import IMAGE
from vfx_ai.fill.families.asked import Call
from vfx_ai.job import silent
from vfx_ai.learning.checkpoint import keep_tensors, read_record, read_tensors
from vfx_ai.learning.together import Together
from vfx_ai.telling import Teller
from vfx_ai.training import captioner
from vfx_ai.training.asked_lora import TrainLora
from vfx_ai.training.asked_train import Train
from vfx_ai.training.captioner import Captioner
from vfx_ai.training.course import Along
from vfx_ai.training.gathered import of_plate
from vfx_ai.training.held import Held
from vfx_ai.training.lora_base import LoraRecipe
from vfx_ai.training.lora_loop import LoraTraining
from vfx_ai.training.lora_pictures import Pictures, captions_of, example, pictures_of

SIZE = (40, 64)
CPU = torch.device("cpu")


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


def pictures() -> Pictures:
    generator = torch.Generator().manual_seed(3)
    codes = tuple(torch.rand((3, 32, 40), generator=generator).half() for _ in range(2))
    return Pictures([(code, torch.ones((32, 40), dtype=torch.bool)) for code in codes], ("a", "b"))


def training(models: Path, seen: Pictures | None = None, rate: float = 5e-3) -> LoraTraining:
    model = vfx_ai.find_model("tiny", models_dir=models)
    assert model.path is not None
    opened = pipeline.opened(checkpoint(model.path, IMAGE), CPU)
    return LoraTraining(opened.pipe, seen or pictures(), LoraRecipe(4, rate, 2, 32, 1), CPU)


def trained(models: Path, plate: str, name: str, **fields: object) -> vfx_ai.Trained:
    asked = {"steps": 4, "side": 32, "rank": 4, "device": "cpu", "plate": plate, "rate": 1e-2, **fields}
    return vfx_ai.train_lora(name, "tiny", models_dir=models, matte=plate.replace("plate.", "matte."), **asked)


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


def test_a_checkpoint_of_another_training_is_told_of_and_one_without_a_batch_goes_on_with_its_own(
    models: Path, plate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as there were processes are in a batch; in another number of processes it is the same training."""
    done: list[int] = []

    def told(event: vfx_ai.Event) -> None:
        if event.stage == "learn" and event.kind == "step":
            done.append(event.done)

    with monkeypatch.context() as two:  # what a batch was in two processes
        two.setattr("vfx_ai.training.on_base.PICTURES", {"cpu": 2})
        with pytest.raises(Interrupted):
            trained(models, plate, "moved", progress=told, cancelled=lambda: len(done) >= 2)
    kept = models / "training" / "moved" / "checkpoint.safetensors"
    before = kept.read_bytes()
    with monkeypatch.context() as three:
        three.setattr("vfx_ai.training.carry_out.joined", lambda _: Three())
        with pytest.raises(JobError, match="begun with 2 in a batch, which 3 processes can't share") as error:
            trained(models, plate, "moved")
    assert "--force --batch 3" in error.value.remedy and kept.read_bytes() == before
    again = trained(models, plate, "moved")
    assert again.steps == 4 and any("Going on from step" in note for note in again.notes)
    assert read_record(Path(again.model))["recipe"]["count"] == 2
    with pytest.raises(Interrupted):
        trained(models, plate, "else", progress=told, cancelled=lambda: len(done) >= 4)
    other = trained(models, plate, "else", rate=5e-3)
    assert any("of another training" in note for note in other.notes)


class Three(Together):
    """The first of three processes, whose others say what it says."""

    device = torch.device("cpu")

    def __init__(self) -> None:
        super().__init__(0, 3)

    def total(self, part: torch.Tensor) -> float:
        return float(part)

    def told(self, value: object) -> object:
        return value


def test_all_processes_stop_by_one_exchange_alone() -> None:
    """One that is asked to stop just after it still goes on with the others, and stops with them at the next step."""
    asked = iter([False, True])
    agreed = iter([False, True])

    class Others(Together):
        def any(self, own: bool) -> bool:
            return next(agreed)

    steps = Named(1)
    along = Along(Teller(silent, lambda: False, []), lambda: next(asked), 0, 9, 0, lambda: None, Others(0, 2))
    along(steps)
    with pytest.raises(Interrupted):
        along(steps)
    other = Along(Teller(silent, lambda: False, []), lambda: False, 0, 9, 0, lambda: None, Stopped(0, 2))
    with pytest.raises(Interrupted):
        other(steps)


class Stopped(Together):
    """Another one is to stop."""

    def any(self, own: bool) -> bool:
        return True


@dataclass
class Named:
    """What is trained, after so many steps."""

    step: int

    def advance(self) -> float:
        return 0.0


def test_a_base_that_is_not_taught_is_refused_before_anything_is_read(models: Path, tmp_path: Path) -> None:
    tiny_models.write(tmp_path, "flux_fill")
    vfx_ai.add_model(tmp_path / "flux_fill", "flux", "Apache-2.0", models_dir=models, link=True)
    with pytest.raises(JobError, match="'flux' can't be trained on here: its pipeline is FluxFillPipeline") as told:
        vfx_ai.train_lora("a", "flux", plate="nowhere.####.exr", models_dir=models)
    assert "nine channels" in told.value.remedy


def test_a_damaged_checkpoint_is_one_clear_error_and_force_begins_anew(
    models: Path, plate: str, tmp_path: Path
) -> None:
    one, path = training(models), tmp_path / "run.safetensors"
    one.advance()
    one.keep(path, {"inputs": 1})
    tensors, record = read_tensors(path)
    name = next(name for name in tensors if name.startswith("unet."))
    for broken in (
        {key: value for key, value in tensors.items() if key != name},
        {**tensors, name: torch.zeros(2)},
        {key: value for key, value in tensors.items() if key != "adam.0.exp_avg"},
        {**tensors, "losses": torch.tensor([float("nan")])},
    ):
        keep_tensors(path, broken, record)
        with pytest.raises(InputError, match=r"run\.safetensors"):
            training(models).go_on(path, 1)
    with pytest.raises(Interrupted):
        trained(models, plate, "torn", cancelled=lambda: True)
    checkpoint_ = models / "training" / "torn" / "checkpoint.safetensors"
    checkpoint_.parent.mkdir(parents=True, exist_ok=True)
    checkpoint_.write_bytes(b"torn off")
    with pytest.raises(InputError, match="the checkpoint is damaged") as told:
        trained(models, plate, "torn")
    assert "--force" in told.value.remedy
    assert trained(models, plate, "torn", force=True, steps=1).steps == 1


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
