"""The course of a training, whatever it makes: what is found before, told on the way, and written down at the end."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from vfx_ai.device import device_name
from vfx_ai.errors import InputError, Interrupted, JobError, OutputError
from vfx_ai.learning.checkpoint import read_record
from vfx_ai.learning.loop import Steps
from vfx_ai.learning.together import ALONE, Together
from vfx_ai.proof.wording import duration
from vfx_ai.studio.models import record_path as registry_record
from vfx_ai.telling import Cancelled, Teller
from vfx_ai.training.asked_train import Train
from vfx_ai.training.gathered import Gathered, Selected, of_catalogue, of_plate
from vfx_ai.versions import versions

STAGE = "learn"
CHECKPOINT = "checkpoint.safetensors"  # in the training's folder
OWN = "own"  # the licence of what came of nothing but one's own footage
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


class Along:
    """Tells how far a training is, lets samples be made on the way, and ends it, in all processes at the same step.

    Args:
        tell: is told; it must never stop anything by itself.
        stopped: whether this process is to stop.
        before: steps that were done before.
        steps, minutes: that are asked for.
        sample: makes one.
        together: with which other processes.
    """

    def __init__(
        self,
        tell: Teller,
        stopped: Cancelled,
        before: int,
        steps: int,
        minutes: float,
        sample: Callable[[], None],
        together: Together = ALONE,
    ) -> None:
        self._tell, self._steps, self._minutes, self._sample = tell, steps, minutes, sample
        self._stopped, self._together = stopped, together
        self._before, self._clock = before, time.perf_counter()
        self._marks = {max(1, round(steps * (i + 1) / (SHOWN + 1))) for i in range(SHOWN)}
        tell.stage(STAGE, steps, before, f"{steps} steps")
        self._step = tell.steps(STAGE, "")

    def __call__(self, training: Steps) -> None:
        """A step is done.

        Raises:
            Interrupted: a process is to stop; all of them raise it here, or none.
        """
        if training.step == self._before + 5:
            seconds = (time.perf_counter() - self._clock) / 5 * (self._steps - self._before)
            minutes = min(seconds / 60, self._minutes or math.inf)
            self._tell.note(f"{self._steps} steps take about {max(1, round(minutes))} min here.")
        if training.step in self._marks:
            self._sample()
        if self._together.any(self._stopped()):  # one exchange: asked again, one of them might say otherwise
            raise Interrupted("stopped", remedy="The same command goes on from here.")
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


def refuse_other(
    name: str, path: Path, weights: Path, checkpoint: Path, inputs: dict[str, Any], *, force: bool
) -> None:
    """Refuse to put a model where another one lies, unless it is to be made anew; a model of another kind always.

    Its own, with its checkpoint still there, which no registry knows, is no other one: the training ended before it
    could be entered.

    Args:
        name: of the model.
        path: where it will lie.
        weights: its file that has the record; `path`, or in it.
        checkpoint: of its training.
        inputs: what decides what comes of it.
        force: it is to be made anew.

    Raises:
        JobError: another one lies there.
    """
    entered = registry_record(path.parent, name).exists()
    if (entered or path.exists()) and not weights.exists():
        raise JobError(
            "another model has that name",
            file=path.parent,
            remedy=f"Give another --name, or take that one out first: vfx-ai models remove {name}",
        )
    if path.exists() and not force:
        try:
            before = read_record(weights).get("inputs", {})
        except InputError:  # no training made it
            before = {}
        same = {k: v for k, v in before.items() if k in inputs} == inputs
        if same and not entered and checkpoint.exists():
            return
        raise other_model(path, same=same)


def other_model(path: Path, *, same: bool = False) -> JobError:
    """The error for a place that is taken."""
    words = "the model is there already" if same else "another model has that name"
    return JobError(words, file=path, remedy="Give another --name, or --force to train it anew.")


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
        "device": device_name(device),
        "started": started,
        "versions": versions(),
        "inputs": inputs,
    }


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
