"""All weights of a tiny random model of the real classes: they learn, go on to the same bits, and are a model."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tiny_models
import torch
from own_models import rights, stocked
from rendered import load, save, waves, write_rgb
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import Interrupted, JobError, OutputError, RightsError
from vfx_ai.fill import pipeline
from vfx_ai.fill.checkpoint import checkpoint
from vfx_ai.fill.families import IMAGE
from vfx_ai.learning.checkpoint import keep_tensors, read_record, read_tensors
from vfx_ai.learning.loop import NotFinite
from vfx_ai.training.asked_lora import TrainLora
from vfx_ai.training.asked_train import Train
from vfx_ai.training.lora_base import LoraRecipe
from vfx_ai.training.lora_loop import LoraTraining
from vfx_ai.training.lora_pictures import Pictures, example

SIZE = (48, 64)
HOLE = (slice(16, 32), slice(20, 40))
CPU = torch.device("cpu")
NETWORK = Path("unet") / "diffusion_pytorch_model.safetensors"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a tiny model of SDXL's kind."""
    folder = tmp_path_factory.mktemp("tiny")
    tiny_models.write(folder, "sdxl_inpaint")
    (folder / "sdxl_inpaint" / "LICENSE.md").write_text("Do as you like.", encoding="utf-8")
    return folder / "sdxl_inpaint"


@pytest.fixture
def models(tmp_path: Path, base: Path) -> Path:
    """A registry with it, twice: once for research alone."""
    for name, licence in (("tiny", "Apache-2.0"), ("private", "CC-BY-NC-4.0")):
        vfx_ai.add_model(
            base, name, licence, models_dir=tmp_path / "models", link=True, trained_on="noise", conditions="say so"
        )
    return tmp_path / "models"


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("shot")
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    matte = np.zeros(SIZE, np.float32)
    matte[HOLE] = 1
    for number in (1001, 1002):
        write_rgb(folder / f"plate.{number}.exr", waves(x, y, 3, 6, 30).astype(np.float32), (0, 0), SIZE[::-1])
        save(folder / f"matte.{number}.exr", {"A": matte})
    return str(folder / "plate.####.exr")


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vfx_ai.fill.families.sdxl_inpaint.STEPS", 2)
    monkeypatch.setattr("vfx_ai.training.lora_stills.SHOWN_STEPS", {"cpu": 1})


def trained(models: Path, plate: str, name: str, **fields: object) -> vfx_ai.Trained:
    asked = {"steps": 4, "side": 32, "device": "cpu", "plate": plate, "rate": 1e-3, **fields}
    return vfx_ai.train_full(name, "tiny", models_dir=models, matte=plate.replace("plate.", "matte."), **asked)


def stops_at(count: int) -> dict[str, object]:
    """Fields by which a training is stopped after so many steps."""
    done: list[int] = []

    def told(event: vfx_ai.Event) -> None:
        if event.stage == "learn" and event.kind == "step":
            done.append(event.done)

    return {"progress": told, "cancelled": lambda: len(done) >= count}


def training(base: Path) -> LoraTraining:
    chance = torch.Generator().manual_seed(3)
    shown = [(torch.rand((3, 32, 40), generator=chance).half(), torch.ones((32, 40), dtype=torch.bool))]
    opened = pipeline.opened(checkpoint(base, IMAGE), CPU)
    return LoraTraining(opened.pipe, Pictures(shown, ("a",)), LoraRecipe(0, 1e-3, 2, 32, 1), CPU)


def test_the_loss_of_a_fixed_batch_falls_and_all_weights_learn(base: Path) -> None:
    one = training(base)
    batch = example(one.pictures, 32, 2, 1, 0)
    before, start = {name: value.clone() for name, value in one.weights().items()}, float(one.loss(batch, 0).detach())
    for _ in range(12):
        loss = one.loss(batch, 0)
        one.adam.zero_grad(set_to_none=True)
        loss.backward()
        one.adam.step()
    assert float(one.loss(batch, 0).detach()) < 0.97 * start
    assert all(deaf(name) for name, value in one.weights().items() if torch.equal(value, before[name]))


def test_what_comes_of_it_is_a_model_of_its_own_under_its_bases_licence(
    models: Path, base: Path, plate: str, tmp_path: Path
) -> None:
    kept = {path: path.read_bytes() for path in base.rglob("*") if path.is_file()}
    made = trained(models, plate, "ours", steps=6)
    row = vfx_ai.find_model("ours", models_dir=models)
    assert (row.task, row.family, row.pipeline) == ("inpaint", "sdxl", "StableDiffusionXLInpaintPipeline")
    assert (row.licence, row.uses, row.conditions) == ("Apache-2.0", ("commercial", "research"), "say so")
    assert row.trained_on == "noise; then plate.####.exr" and row.path == Path(made.model) == models / "ours"
    assert all(verdict.passed for verdict in vfx_ai.verify_models("ours", models_dir=models))
    record = read_record(models / "ours" / NETWORK)
    assert record["base"]["name"] == "tiny" and record["step"] == 6 and record["recipe"]["rank"] == 0
    assert made.off is None and "step 6" in Path(made.report).read_text(encoding="utf-8")
    assert list(Path(made.report).parent.glob("sample.*.png")) and (Path(made.report).parent / "loss.png").is_file()
    # The base stays, and all but the network's weights are its own, bit for bit.
    assert kept == {path: path.read_bytes() for path in base.rglob("*") if path.is_file()}
    parts = {path.relative_to(base): data for path, data in kept.items()}
    assert {path.relative_to(row.path): path.read_bytes() for path in row.path.rglob("*") if path.is_file()}.items() - {
        (NETWORK, (row.path / NETWORK).read_bytes())
    } == parts.items() - {(NETWORK, parts[NETWORK])}
    before, after = (read_all(folder / NETWORK) for folder in (base, row.path))
    assert before.keys() == after.keys()
    assert all(deaf(name) for name in before if torch.equal(before[name], after[name]))
    # It is an engine's model, and makes something else than the base.
    results = []
    for name in ("tiny", "ours"):
        out = tmp_path / name / "clean.####.exr"
        asked = {"engine": "diffusion_image", "model": name, "models_dir": models, "frames": "1001", "device": "cpu"}
        assert vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), out, grain="none", **asked).passed
        results.append(load(out.with_name("clean.1001.exr"))["G"])
    hole = np.zeros(SIZE, bool)
    hole[HOLE] = True
    assert not np.array_equal(results[0][hole], results[1][hole])
    assert np.array_equal(results[0][~hole], results[1][~hole])


def deaf(name: str) -> bool:
    """Whether a weight can't learn where there are no words, and is 0, so that it doesn't shrink either."""
    return name.endswith("norm2.bias") and "transformer_blocks" in name


def read_all(path: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return dict(load_file(path))


def test_stopped_the_command_goes_on_to_the_same_weights(models: Path, plate: str) -> None:
    trained(models, plate, "whole")
    with pytest.raises(Interrupted):
        trained(models, plate, "parts", **stops_at(2))
    assert not (models / "parts").exists()
    again = trained(models, plate, "parts")
    assert any("Going on from step" in note for note in again.notes) and again.steps == 4
    one, other = (read_tensors(models / name / NETWORK)[0] for name in ("whole", "parts"))
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
    assert not (models / "training" / "parts" / "checkpoint.safetensors").exists()
    with pytest.raises(JobError, match="the model is there already"):
        trained(models, plate, "parts")
    assert trained(models, plate, "parts", steps=1, force=True).steps == 1
    (models / "mine").mkdir()
    with pytest.raises(JobError, match="another model has that name"):
        trained(models, plate, "mine")


def test_what_may_not_be_is_refused_before_anything_is_read(models: Path, tmp_path: Path) -> None:
    nowhere = {"plate": "nowhere.####.exr", "models_dir": models}
    with pytest.raises(JobError, match="doesn't allow commercial"):
        vfx_ai.train_full("a", "private", **nowhere)
    with pytest.raises(JobError, match="no model 'nowhere'"):
        vfx_ai.train_full("a", "nowhere", **nowhere)
    with pytest.raises(JobError, match="is under its licence"):
        vfx_ai.train_full("a", "tiny", licence="own", **nowhere)
    with pytest.raises(JobError, match="rank belongs to a LoRA"):
        TrainLora("tiny", source=Train("a", plate="p"), full=True, rank=4)
    tiny_models.write(tmp_path, "flux_fill")
    vfx_ai.add_model(tmp_path / "flux_fill", "flux", "Apache-2.0", models_dir=models, link=True)
    with pytest.raises(JobError, match="'flux' can't be trained on here"):
        vfx_ai.train_full("a", "flux", **nowhere)
    asked = ["train", "--full", "tiny", "--lora", "tiny", "--name", "a", "--plate", "p", "--json"]
    both = CliRunner().invoke(app, asked)
    assert both.exit_code == 2 and "both --lora and --full" in json.loads(both.stdout.splitlines()[-1])["message"]


def test_a_loss_that_is_no_number_and_a_full_disk_end_it_with_the_last_good_step(
    models: Path, plate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss, kept = LoraTraining.loss, models / "training" / "odd" / "checkpoint.safetensors"

    def breaks(self: LoraTraining, *given: object) -> torch.Tensor:
        return loss(self, *given) * (float("nan") if self.step == 2 else 1)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(LoraTraining, "loss", breaks)
        with pytest.raises(NotFinite, match="the loss of step 3 is nan"):
            trained(models, plate, "odd")
    assert read_record(kept)["step"] == 2

    def full(_self: Path, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def no_room(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError, match="No space left"):
            trained(models, plate, "odd")
    assert read_record(kept)["step"] == 2 and not (models / "odd").exists()
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", no_room)
        with pytest.raises(OutputError, match=r"can't be written: No space left") as told:
            trained(models, plate, "odd")
    assert "does that alone" in told.value.remedy and read_record(kept)["step"] == 4
    assert not list(models.glob(".odd*")) and not (models / "odd").exists()
    assert trained(models, plate, "odd").steps == 4


def test_of_a_catalogue_it_is_in_the_ledger_and_refused_when_its_footage_is_withdrawn(
    models: Path, plate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = stocked(tmp_path / "studio")
    asked = {"models_dir": models, "catalogue": catalogue, "device": "cpu", "side": 32, "steps": 1}
    with pytest.raises(RightsError, match="Island"):
        vfx_ai.train_full("films", "tiny", **asked)
    vfx_ai.train_full("films", "tiny", titles="Harbour", **asked)
    monkeypatch.setenv("VFX_AI_CATALOGUE", str(catalogue))
    out = tmp_path / "out" / "clean.####.exr"
    own = {"engine": "diffusion_image", "model": "films", "models_dir": models, "frames": "1001", "device": "cpu"}
    report = vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), out, **own)
    assert report.passed and not [note for note in report.notes if "Nobody could say" in note]
    traced = vfx_ai.trace(out.with_name("clean.1001.exr"), catalogue=catalogue)
    (films,) = traced.models
    assert films.name == "films" and films.known and [lent.shot for lent in films.trained_on] == ["Harbour/harbour"]
    # One with the same record that no training made is none that the ledger knows.
    shutil.copytree(models / "films", tmp_path / "forged")
    tensors, record = read_tensors(models / "films" / NETWORK)
    keep_tensors(tmp_path / "forged" / NETWORK, {name: value + 1 for name, value in tensors.items()}, record)
    vfx_ai.add_model(tmp_path / "forged", "forged", "Apache-2.0", models_dir=models)
    with pytest.raises(RightsError, match="no training that it knows made this file"):
        vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), out, **{**own, "model": "forged"})
    rights(tmp_path / "studio", uses="[training]")
    with pytest.raises(RightsError, match="generation isn't cleared"):
        vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), tmp_path / "b" / "c.####.exr", **own)
    rights(tmp_path / "studio")
    vfx_ai.catalogue_withdraw(catalogue, "Harbour", why="asked to")
    with pytest.raises(RightsError, match="Harbour was withdrawn"):
        vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), tmp_path / "b" / "c.####.exr", **own)
