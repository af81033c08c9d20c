"""What a LoRA's training leaves for going on: of another training, damaged, or where several processes stop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from lora_training import trained, training

import vfx_ai
from vfx_ai.errors import InputError, Interrupted, JobError
from vfx_ai.job import silent
from vfx_ai.learning.checkpoint import keep_tensors, read_record, read_tensors
from vfx_ai.learning.together import Together
from vfx_ai.telling import Teller
from vfx_ai.training.course import Along


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
