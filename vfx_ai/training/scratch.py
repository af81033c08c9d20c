"""`vfx-ai train --from-scratch`: a small model that has seen nothing but the footage it is given."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from typing import Any

import torch

from vfx_ai.device import choose_device, device_name, is_out_of_memory
from vfx_ai.errors import Interrupted, ResourceError
from vfx_ai.job import Progress, silent
from vfx_ai.learning.checkpoint import go_on, keep_checkpoint, keep_model, read_record
from vfx_ai.learning.loop import Recipe, Training, train
from vfx_ai.learning.network import Shape
from vfx_ai.model_folder import models_folder
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.facts import record_model, record_training
from vfx_ai.studio.model import USES
from vfx_ai.studio.models import record_path
from vfx_ai.studio.models_add import add_model
from vfx_ai.studio.models_check import remove_model
from vfx_ai.telling import Cancelled, Teller
from vfx_ai.training.asked_train import Train
from vfx_ai.training.course import (
    OWN,
    Along,
    Trained,
    begun_anew,
    digest_of,
    folder_made,
    last_of,
    now,
    record_of,
    refuse_other,
    selected_of,
    stopped_at,
)
from vfx_ai.training.gathered import Selected
from vfx_ai.training.page import Exam, write_training_page

# Steps, channels, clips, pixels of a side: what a CPU does in minutes, and a GPU in minutes, or, of a catalogue, hours.
ON_CPU, ON_GPU, CATALOGUE_STEPS = (2000, 16, 4, 48), (8000, 32, 16, 64), 60_000
CLIP = 3


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
    uses = ",".join(USES)
    add_model(path, asked.name, asked.licence or OWN, uses=uses, trained_on=trained_on, folder=models)
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
    steps = asked.steps or steps
    return Recipe(Shape(width, levels), asked.seed, count, patch, clip, steps=steps), steps


def _deciding(asked: Train) -> dict[str, Any]:
    """The fields that decide what comes of a training."""
    loose = {"steps", "minutes", "device", "memory", "models_dir", "force", "licence", "refuse"}
    return {name: value for name, value in asdict(asked).items() if name not in loose}
