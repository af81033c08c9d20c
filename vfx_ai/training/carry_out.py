"""A training from what is asked to a row of the registry, whatever it makes; what differs its `Kind` brings."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch

from vfx_ai.device import choose_device, device_name, is_out_of_memory
from vfx_ai.errors import InputError, Interrupted, JobError, ResourceError
from vfx_ai.job import Progress, silent
from vfx_ai.learning.checkpoint import read_record
from vfx_ai.learning.loop import Steps, train
from vfx_ai.learning.together import Together, joined
from vfx_ai.model_folder import models_folder
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.facts import record_model, record_training
from vfx_ai.studio.models import record_path
from vfx_ai.studio.models_check import remove_model
from vfx_ai.telling import Cancelled, Teller
from vfx_ai.training.asked_train import Train
from vfx_ai.training.course import (
    CHECKPOINT,
    Along,
    Trained,
    begun_anew,
    digest_of,
    folder_made,
    last_of,
    now,
    other_model,
    record_of,
    refuse_other,
    selected_of,
    stopped_at,
)
from vfx_ai.training.gathered import Selected
from vfx_ai.training.page import write_training_page


class Learner(Steps, Protocol):
    """What is trained."""

    losses: list[float]


class Samples(Protocol):
    """What shows on the way how far it is."""

    words: str

    def sample(self) -> None:
        """Write a picture."""
        ...

    def off(self) -> tuple[float, float] | None:
        """Stops by which the model, and a smooth surface, are off what was hidden; None: it isn't measured."""
        ...


@dataclass(frozen=True)
class Prepared:
    """A training that can begin.

    Attributes:
        learner: what is trained.
        recipe: how, for the record.
        steps: how many.
        samples: what shows it.
        begin: is called before the first step, unless it goes on.
        keep: writes a checkpoint with a record; of several processes the first does, with what the others bring.
        go_on: takes one over; False: it is of another training.
        write: writes the model with its record, likewise.
        about: what else the record says.
    """

    learner: Learner
    recipe: dict[str, Any]
    steps: int
    samples: Samples
    begin: Callable[[], None]
    keep: Callable[[Path, dict[str, Any]], None]
    go_on: Callable[[Path, dict[str, Any]], bool]
    write: Callable[[Path, dict[str, Any]], None]
    about: dict[str, Any] = field(default_factory=dict)


class Kind(Protocol):
    """What is trained, before anything is read.

    Attributes:
        how: in words, for the ledger.
        licence: of what is made.
        base: what it begins with: {"name", "sha256"} each.
        smaller: what to give where memory is too little.
    """

    @property
    def how(self) -> str: ...  # noqa: D102
    @property
    def licence(self) -> str: ...  # noqa: D102
    @property
    def base(self) -> tuple[dict[str, str], ...]: ...  # noqa: D102
    @property
    def smaller(self) -> str: ...  # noqa: D102

    def inputs(self, device: torch.device) -> dict[str, Any]:
        """What decides what comes of it, beside the footage."""
        ...

    def clip(self, device: torch.device) -> int:
        """Neighboring frames that are learned from together."""
        ...

    def prepared(self, selected: Selected, device: torch.device, folder: Path, together: Together) -> Prepared:
        """The training of footage, alone or with other processes; pictures go into the folder."""
        ...

    def place(self, models: Path) -> Path:
        """Where the model will lie in a folder of models: a file, or a folder."""
        ...

    def weights(self, models: Path) -> Path:
        """Its file that has the record."""
        ...

    def known_by(self, models: Path) -> str:
        """By which results name it, once it is written: see `studio.model.Model`."""
        ...

    def register(self, shots: list[str], models: Path) -> None:
        """Make the model a row of the registry."""
        ...


def carry_out(asked: Train, kind: Kind, progress: Progress, cancelled: Cancelled) -> Trained:
    """Train, or go on with a training that was stopped.

    Returns:
        What was made; the model lies in the folder of models, its report beside it in `training/NAME/`.

    Raises:
        Interrupted: it was stopped; the same command goes on from there.
        VfxAiError: something can't be read or written, isn't cleared, or the loss is no number any more.
    """
    clock, started, notes = time.perf_counter(), now(), list[str]()
    device = choose_device(asked.device)
    together = joined(device)
    if together.count > 1 and device.type == "cuda":
        device = torch.device("cuda", together.local)
    tell = Teller(progress if together.first else silent, cancelled, notes)
    models = models_folder(asked.models_dir)
    path, folder = kind.place(models), models / "training" / asked.name
    inputs = kind.inputs(device)
    checkpoint = folder / CHECKPOINT
    refuse_other(asked.name, path, kind.weights(models), checkpoint, inputs, force=asked.force)
    tell.stage("read", 1, 0, asked.plate or asked.catalogue)
    selected = together.each(lambda: selected_of(asked, kind.clip(device), tell))
    gathered, shots = selected.gathered, [str(fact["shot"]) for fact in selected.gathered.facts]
    inputs["footage"] = digest_of(gathered.facts)
    _check_alike(together, inputs)
    folder_made(folder)
    made = kind.prepared(selected, device, folder, together)
    going = Teller(progress if together.first else silent, lambda: False, notes)  # it stops where all agree alone
    entry = _gone_on(checkpoint, made, inputs, going) if not asked.force and checkpoint.exists() else None
    _check_alike(together, made.learner.step)
    if entry is None:
        if not asked.force and checkpoint.exists():
            going.note("The checkpoint that lies there is of another training: this one begins anew.", "warning")
        if path.exists() and not asked.force:
            raise other_model(path)  # of other footage
        if together.first:
            begun_anew(folder)
        made.begin()
        entry = together.told(_entered(asked, kind, selected, made.steps) if together.first else None)
    where = str(Path(asked.catalogue).expanduser().absolute()) if asked.catalogue else ""
    ledger = {"ledger": entry, "catalogue": where}
    record = {**record_of(asked, gathered, inputs, device, started), **made.about, **ledger, "licence": kind.licence}
    learner = made.learner
    try:
        train(
            learner,
            made.steps,
            minutes=asked.minutes or math.inf,
            keep=lambda _: together.each(lambda: made.keep(checkpoint, record)),
            told=Along(going, cancelled, learner.step, made.steps, asked.minutes, made.samples.sample, together),
            agreed=together.any,
        )
    except Interrupted:
        raise stopped_at(learner.step) from None
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise ResourceError(
            f"{device_name(device)} has too little memory",
            remedy=f"{kind.smaller}; what was learned before is kept.",
        ) from None
    going.stage("report", 1)
    off = made.samples.off()
    made.samples.sample()
    done = {**record, "recipe": made.recipe, "step": learner.step, "finished": now()}
    done |= {"off_stops": list(off)} if off else {}

    def enter() -> None:
        if together.first and record_path(models, asked.name).exists():
            remove_model(asked.name, folder=models)
        made.write(path, done)
        if together.first and entry:  # before it can be asked for: a model that the ledger doesn't know is refused
            with opened(asked.catalogue) as catalogue:
                record_model(
                    catalogue,
                    asked.name,
                    path,
                    entry,
                    base=kind.base,
                    licence=kind.licence,
                    sha256=kind.known_by(models),
                )
        if together.first:
            kind.register(shots, models)

    together.each(enter)
    trained = Trained(
        asked.name,
        str(path),
        learner.step,
        learner.step >= made.steps or bool(asked.minutes),
        last_of(learner.losses),
        off,
        tuple(shots),
        selected.left_out,
        tuple(notes),
        str(folder / "report.html"),
        time.perf_counter() - clock,
        device_name(device),
    )
    if together.first:
        write_training_page(asdict(trained), done, learner.losses, folder, made.samples.words)
        checkpoint.unlink(missing_ok=True)
    together.told(None)  # none leaves before all is written
    return trained


def _check_alike(together: Together, value: Any) -> None:
    """Refuse to go on where another process reads something else than the first one.

    Raises:
        JobError: it does.
    """
    other = together.told(digest_of(value)) != digest_of(value)
    if together.any(other):
        raise JobError(
            "the processes don't read the same footage, or the same checkpoint",
            remedy="Put footage and --models-dir where all machines see the same files.",
        )


def _gone_on(checkpoint: Path, made: Prepared, inputs: dict[str, Any], tell: Teller) -> str | None:
    """The ledger's entry of the training that is gone on with; None: the checkpoint is of another one.

    Raises:
        InputError: it is damaged.
    """
    try:
        if not made.go_on(checkpoint, inputs):
            return None
        entry = str(read_record(checkpoint).get("ledger", ""))
    except InputError as error:
        remedy = "Bring it back from a backup, or give --force to begin anew."
        raise InputError(f"the checkpoint is damaged: {error.message}", file=checkpoint, remedy=remedy) from None
    tell.note(f"Going on from step {made.learner.step}.")
    return entry


def _entered(asked: Train, kind: Kind, selected: Selected, steps: int) -> str:
    """The hash of the training's entry in the catalogue's ledger; "" without a catalogue."""
    if not asked.catalogue:
        return ""
    covered = {str(fact["shot"]): list(fact.get("masked", ())) for fact in selected.gathered.facts}
    about = {"seed": asked.seed, "steps": steps, "territory": asked.territory, "how": kind.how}
    with opened(asked.catalogue) as catalogue:
        return record_training(catalogue, asked.name, selected.shots, covered, **about).hash
