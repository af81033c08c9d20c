"""`vfx-ai train --from-scratch`: a small model that has seen nothing but the footage it is given."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from vfx_ai.device import choose_device, device_name, is_out_of_memory
from vfx_ai.errors import Interrupted, JobError, OutputError, ResourceError
from vfx_ai.job import Progress, silent
from vfx_ai.learning.checkpoint import go_on, keep_checkpoint, keep_model, read_record
from vfx_ai.learning.loop import Recipe, Steps, Training, train
from vfx_ai.learning.network import Shape
from vfx_ai.model_folder import models_folder
from vfx_ai.proof.wording import duration
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.facts import record_model, record_training
from vfx_ai.studio.model import USES
from vfx_ai.studio.models import record_path
from vfx_ai.studio.models_add import add_model
from vfx_ai.studio.models_check import remove_model
from vfx_ai.telling import Cancelled, Teller
from vfx_ai.training.asked_train import Train
from vfx_ai.training.gathered import Gathered, Selected, of_catalogue, of_plate
from vfx_ai.training.page import Exam, write_training_page
from vfx_ai.versions import versions

STAGE = "learn"
OWN = "own"  # the licence of what came of nothing but one's own footage
# Steps, channels, clips, pixels of a side: what a CPU does in minutes, and a GPU in minutes, or, of a catalogue, hours.
ON_CPU, ON_GPU, CATALOGUE_STEPS = (1500, 16, 4, 48), (8000, 32, 16, 64), 60_000
CLIP = 3
SHOWN = 6  # samples along the way


@dataclass(frozen=True)
class Trained:
    """A trained model.

    Attributes:
        name: of the model.
        model: its file.
        steps: that it was trained for.
        finished: whether all that were asked for, or the minutes were over.
        loss: over its last steps, in deviations of a level.
        off: stops by which it is off what was hidden in exercises, and a smooth surface; None of a LoRA.
        shots: names of what it learned from.
        refused: shots that were left out, and why.
        notes: what is good to know.
        report: the page.
        seconds: of this run.
        device: that trained.
    """

    name: str
    model: str
    steps: int
    finished: bool
    loss: float
    off: tuple[float, float] | None
    shots: tuple[str, ...]
    refused: tuple[str, ...]
    notes: tuple[str, ...]
    report: str
    seconds: float
    device: str

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Names and values for people."""
        return (
            ("model", f"{self.name}, {self.steps} steps, loss {self.loss:.3f}"),
            *(
                [("off what was hidden", f"{self.off[0]:.3f} stops; a smooth surface {self.off[1]:.3f}")]
                if self.off
                else []
            ),
            ("learned from", ", ".join(self.shots)),
            *(("left out", line) for line in self.refused),
            ("time", duration(self.seconds)),
            ("file", self.model),
            ("report", self.report),
        )


def train_from_scratch(asked: Train, progress: Progress = silent, cancelled: Cancelled = lambda: False) -> Trained:
    """Train a model on footage alone, or go on with a training that was stopped.

    Returns:
        What was made; the model lies in the folder of models, its report beside it in `training/NAME/`.

    Raises:
        Interrupted: it was stopped; the same command goes on from there.
        VfxAiError: something can't be read or written, isn't cleared, or the loss is no number any more.
    """
    clock, started = time.perf_counter(), now()
    notes: list[str] = []
    tell = Teller(progress, cancelled, notes)
    device = choose_device(asked.device)
    models = models_folder(asked.models_dir)
    path, folder = models / f"{asked.name}.safetensors", models / "training" / asked.name
    inputs = {"asked": _deciding(asked), "device": device.type}
    refuse_other(path, inputs, force=asked.force)
    clip = asked.clip or (CLIP if device.type != "cpu" else 1)
    tell.stage("read", 1, 0, asked.plate or asked.catalogue)
    selected = selected_of(asked, clip, tell)
    gathered = selected.gathered
    recipe, steps = _recipe(asked, gathered.levels, clip, device)
    inputs["footage"] = digest_of(gathered.facts)
    checkpoint = folder / "checkpoint.safetensors"
    folder_made(folder)
    training = Training(recipe, gathered.footages, device)
    if not asked.force and checkpoint.exists() and go_on(checkpoint, training, inputs):
        tell.note(f"Going on from step {training.step}.")
        entry = str(read_record(checkpoint).get("ledger", ""))
    else:
        begun_anew(folder)
        training.begin()
        entry = _entered(asked, selected, steps)
    record = {**record_of(asked, gathered, inputs, device, started), "ledger": entry}
    exam = Exam(training, gathered, folder)
    try:
        train(
            training,
            steps,
            minutes=asked.minutes or math.inf,
            keep=lambda at: keep_checkpoint(checkpoint, at, record),
            told=Along(tell, training.step, steps, asked.minutes, exam.sample),
        )
    except Interrupted:
        raise stopped_at(training.step) from None
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise ResourceError(
            f"{device_name(device)} has too little memory",
            remedy="Give a smaller --width or --clip, or --device cpu; what was learned before is kept.",
        ) from None
    tell.stage("report", 1)
    off = exam.off()
    exam.sample()
    done = {**record, "recipe": recipe.to_dict(), "step": training.step, "finished": now(), "off_stops": list(off)}
    if record_path(models, asked.name).exists():
        remove_model(asked.name, folder=models)
    keep_model(path, training.mean, done)
    trained_on = ", ".join(str(fact["shot"]) for fact in gathered.facts)
    about = {"family": "internal", "task": "inpaint", "uses": ",".join(USES), "trained_on": trained_on}
    add_model(path, asked.name, asked.licence or OWN, folder=models, **about)
    if entry:
        with opened(asked.catalogue) as catalogue:
            record_model(catalogue, asked.name, path, entry, licence=asked.licence or OWN)
    made = Trained(
        asked.name,
        str(path),
        training.step,
        training.step >= steps or bool(asked.minutes),
        last_of(training.losses),
        off,
        tuple(str(fact["shot"]) for fact in gathered.facts),
        selected.left_out,
        tuple(notes),
        str(folder / "report.html"),
        time.perf_counter() - clock,
        device_name(device),
    )
    write_training_page(asdict(made), done, training.losses, folder, exam.words)
    checkpoint.unlink(missing_ok=True)
    return made


class Along:
    """Tells how far a training is, and lets samples be made on the way."""

    def __init__(self, tell: Teller, before: int, steps: int, minutes: float, sample: Callable[[], None]) -> None:
        self._tell, self._steps, self._minutes, self._sample = tell, steps, minutes, sample
        self._before, self._clock = before, time.perf_counter()
        self._marks = {max(1, round(steps * (i + 1) / (SHOWN + 1))) for i in range(SHOWN)}
        tell.stage(STAGE, steps, before, f"{steps} steps")
        self._step = tell.steps(STAGE, "")

    def __call__(self, training: Steps) -> None:
        """A step is done."""
        if training.step == self._before + 5:
            seconds = (time.perf_counter() - self._clock) / 5 * (self._steps - self._before)
            minutes = min(seconds / 60, self._minutes or math.inf)
            self._tell.note(f"{self._steps} steps take about {max(1, round(minutes))} min here.")
        if training.step in self._marks:
            self._sample()
        self._step(training.step, self._steps)


def selected_of(asked: Train, clip: int, tell: Teller) -> Selected:
    """The footage that is asked for; of a plate no rights are known, and the user is told so."""
    if asked.catalogue:
        return of_catalogue(asked, clip, tell)
    tell.note(
        "No rights are on record for a plate that is named by its path: keep the model with that shot, or train on a "
        "catalogue."
    )
    return Selected(of_plate(asked, clip, tell), (), ())


def _entered(asked: Train, selected: Selected, steps: int) -> str:
    """The hash of the training's entry in the catalogue's ledger; "" without a catalogue."""
    if not asked.catalogue:
        return ""
    with opened(asked.catalogue) as catalogue:
        about = {"seed": asked.seed, "steps": steps, "territory": asked.territory, "how": "from scratch"}
        return record_training(catalogue, asked.name, selected.shots, **about).hash


def _recipe(asked: Train, levels: int, clip: int, device: torch.device) -> tuple[Recipe, int]:
    steps, width, count, patch = ON_CPU if device.type == "cpu" else ON_GPU
    if asked.catalogue and device.type != "cpu":
        steps = CATALOGUE_STEPS
    width = asked.width or width
    count = max(1, count // clip)
    return Recipe(Shape(width, levels), asked.seed, count, patch, clip), asked.steps or steps


def _deciding(asked: Train) -> dict[str, Any]:
    """The fields that decide what comes of a training."""
    loose = {"steps", "minutes", "device", "memory", "models_dir", "force", "licence", "refuse"}
    return {name: value for name, value in asdict(asked).items() if name not in loose}


def record_of(
    asked: Train, gathered: Gathered, inputs: dict[str, Any], device: torch.device, started: str
) -> dict[str, Any]:
    """What is written down of a training, whatever it makes."""
    return {
        "name": asked.name,
        "about": f"trained from scratch on {len(gathered.facts)} shot{'s' * (len(gathered.facts) > 1)}",
        "shots": list(gathered.facts),
        "size": list(gathered.size),
        "seed": asked.seed,
        "licence": asked.licence or OWN,
        "device": device_name(device),
        "started": started,
        "versions": versions(),
        "inputs": inputs,
    }


def refuse_other(path: Path, inputs: dict[str, Any], *, force: bool) -> None:
    """Refuse to put a model where another one lies, unless it is to be made anew."""
    if path.exists() and not force:
        same = {k: v for k, v in read_record(path).get("inputs", {}).items() if k in inputs} == inputs
        raise JobError(
            "the model is there already" if same else "another model has that name",
            file=path,
            remedy="Give another --name, or --force to train it anew.",
        )


def folder_made(folder: Path) -> Path:
    """The folder, made if it isn't there.

    Raises:
        OutputError: it can't be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder can't be made: {error.strerror or error}", file=folder, remedy="Give another --models-dir."
        ) from None
    return folder


def begun_anew(folder: Path) -> None:
    """Take away the samples of another training in the same folder."""
    for path in folder.glob("sample.*.png"):
        path.unlink(missing_ok=True)


def digest_of(facts: Any) -> str:
    """One text of hex digits for what JSON can hold."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def stopped_at(step: int) -> Interrupted:
    """What is said where a training was stopped."""
    return Interrupted(
        f"stopped after step {step}; what was learned is kept", remedy="The same command goes on from there."
    )


def last_of(losses: list[float]) -> float:
    """The mean of the last ones."""
    few = losses[-50:]
    return sum(few) / len(few) if few else math.nan


def now() -> str:
    """The time, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
