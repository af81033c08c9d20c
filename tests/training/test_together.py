"""Two processes that train one model: what one with the whole batch learns, written by the first alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch
from rendered import waves, write_rgb

import vfx_ai
from vfx_ai.errors import JobError
from vfx_ai.learning.checkpoint import read_record, read_tensors
from vfx_ai.learning.together import ALONE, Together, check_share
from vfx_ai.training import lora_stills

SIZE = (64, 96)
PICTURES = {"steps": 2, "side": 32, "rank": 4, "rate": 5e-3, "batch": 4, "base": "sdxl-inpaint"}
CLIPS = {"steps": 2, "side": 64, "rank": 4, "rate": 5e-3, "batch": 2, "base": "wan-vace", "clip": 5}
SCRATCH = {"steps": 2, "width": 8}
FULL = {**{name: value for name, value in PICTURES.items() if name != "rank"}, "rate": 1e-4, "full": True}
WHOLE_CLIPS = {**{name: value for name, value in CLIPS.items() if name != "rank"}, "rate": 1e-4, "full": True}
ALIKE: dict[str, dict[str, Any]] = {"pictures": PICTURES, "clips": CLIPS, "scratch": SCRATCH, "full": FULL}
SPREAD: dict[str, dict[str, Any]] = {  # by FSDP, and what one process makes
    "spread-pictures": {**PICTURES, "spread": True},
    "spread-clips": {**CLIPS, "spread": True},
    "spread-full": {**FULL, "spread": True},
    "spread-full-clips": {**WHOLE_CLIPS, "spread": True},
}
STOPPED: dict[str, dict[str, Any]] = {
    "stopped": {**PICTURES, "steps": 4, "stops": True},
    "spread-stopped": {**FULL, "steps": 4, "stops": True, "spread": True},
}
PARTS: dict[str, dict[str, Any]] = {  # the same training at a stretch, and stopped and gone on with, spread
    "stretch": {**FULL, "steps": 4, "spread": True},
    "parts": {**FULL, "steps": 4, "spread": True, "stops": True, "again": True},
}
ASKED = {**ALIKE, **SPREAD, **STOPPED, **PARTS}


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("shot")
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    for number in range(1001, 1006):
        picture = waves(x + 2 * (number - 1001), y, 3, 6, 30).astype(np.float32)
        write_rgb(folder / f"plate.{number}.exr", picture, (0, 0), SIZE[::-1])
    return str(folder / "plate.####.exr")


def models_in(folder: Path) -> Path:
    for family in ("sdxl_inpaint", "wan_vace"):
        tiny_models.registered(folder, family)
    return folder


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory, plate: str) -> tuple[Path, list[dict[str, float]]]:
    """What two processes made, and the losses that each of them told."""
    folder = tmp_path_factory.mktemp("two")
    models_in(folder / "models")
    asked = {name: {"plate": plate, "device": "cpu", **how} for name, how in ASKED.items()}
    (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    script = Path(__file__).with_name("one_of_several.py")
    both = [
        subprocess.Popen([sys.executable, str(script), str(rank), str(folder)], stderr=subprocess.PIPE, text=True)
        for rank in (0, 1)
    ]
    try:
        errors = [one.communicate(timeout=900)[1] for one in both]
    finally:
        for one in both:
            one.kill()
    assert [one.returncode for one in both] == [0, 0], "\n".join(errors)
    losses = [json.loads((folder / f"losses.{rank}.json").read_text(encoding="utf-8")) for rank in (0, 1)]
    return folder / "models", losses


@pytest.fixture(scope="module", autouse=True)
def few_steps() -> Iterator[None]:
    """Samples are looked at elsewhere."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(lora_stills.SHOWN_STEPS, "cpu", 1)
        yield


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, plate: str) -> tuple[Path, dict[str, vfx_ai.Trained]]:
    """What one process made, with the whole batch."""
    models, made = models_in(tmp_path_factory.mktemp("one")), {}
    for name in (*ALIKE, *SPREAD):
        how = {"plate": plate, "device": "cpu", "models_dir": models, **ASKED[name]}
        base, full = how.pop("base", ""), how.pop("full", False)
        how.pop("spread", False)
        on_base = vfx_ai.train_full if full else vfx_ai.train_lora
        made[name] = on_base(name, base, **how) if base else vfx_ai.train(name, **how)
    return models, made


def file_of(models: Path, name: str) -> Path:
    """The weights that were trained."""
    if not ASKED[name].get("full"):
        return models / f"{name}.safetensors"
    part = "unet" if ASKED[name]["base"] == "sdxl-inpaint" else "transformer"
    return models / name / part / "diffusion_pytorch_model.safetensors"


@pytest.mark.parametrize("name", [*ALIKE, *SPREAD])
def test_two_processes_learn_what_one_with_the_whole_batch_learns(several: Any, alone: Any, name: str) -> None:
    (models, losses), (other, made) = several, alone
    assert losses[0][name] == losses[1][name] and abs(losses[0][name] - made[name].loss) < 1e-5 * abs(made[name].loss)
    one, whole = (read_tensors(file_of(folder, name))[0] for folder in (models, other))
    assert one.keys() == whole.keys() and all(one[key].shape == whole[key].shape for key in one)
    # Where a gradient is nothing but rounding, Adam still makes a small step of it.
    least = 0.02 * ASKED[name].get("rate", 1e-3)
    assert all(torch.allclose(one[key], whole[key], rtol=1e-3, atol=least) for key in one)


def test_the_first_alone_writes_and_all_is_there(several: Any) -> None:
    """The second one ends where it writes anything in the folder of models, see one_of_several.py."""
    models, _ = several
    for name in (*ALIKE, *SPREAD):
        assert vfx_ai.find_model(name, models_dir=models).name == name
        folder = models / "training" / name
        assert (folder / "report.html").is_file() and list(folder.glob("sample.*.png"))
        assert not (folder / "checkpoint.safetensors").exists()


@pytest.mark.parametrize("name", STOPPED)
def test_where_one_is_stopped_all_stop_and_one_goes_on_from_there(several: Any, plate: str, name: str) -> None:
    models, losses = several
    assert [one[name] for one in losses] == [-1, -1]
    kept = models / "training" / name / "checkpoint.safetensors"
    assert 1 <= read_record(kept)["step"] < 4
    how = {key: value for key, value in STOPPED[name].items() if key not in ("stops", "base", "full", "spread")}
    on_base = vfx_ai.train_full if STOPPED[name].get("full") else vfx_ai.train_lora
    made = on_base(name, "sdxl-inpaint", plate=plate, device="cpu", models_dir=models, **how)
    assert any("Going on" in note for note in made.notes)
    assert made.steps == 4


def test_weights_that_are_spread_go_on_to_the_same_bits(several: Any) -> None:
    models, losses = several
    one, other = (read_tensors(file_of(models, name))[0] for name in PARTS)
    assert losses[0]["stretch"] == losses[0]["parts"] and one.keys() == other.keys()
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_batches_are_parted_by_rank_alone() -> None:
    parts = [Together(rank, 3).own(8) for rank in range(3)]
    assert parts == [[0, 3, 6], [1, 4, 7], [2, 5]] and ALONE.own(3) == [0, 1, 2] and ALONE.first
    with pytest.raises(JobError, match="a batch of 2 can't be shared by 3 processes"):
        check_share(2, Together(0, 3), "Give more.")
    check_share(4, Together(0, 3), "")
    with pytest.raises(JobError, match="a batch of 4 can't be shared by 3 processes"):  # all must do as much
        check_share(4, Together(0, 3, spread=True), "Give more.")
