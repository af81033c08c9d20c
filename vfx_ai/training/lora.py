"""`vfx-ai train --lora BASE`: an adapter that gives a model of the registry the look of cleared footage."""

from __future__ import annotations

import math
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from vfx_ai.device import choose_device, device_name, is_out_of_memory
from vfx_ai.errors import Interrupted, JobError, ResourceError
from vfx_ai.fill import pipeline
from vfx_ai.fill.checkpoint import Checkpoint, checkpoint
from vfx_ai.fill.families import IMAGE
from vfx_ai.fill.families.asked import Call
from vfx_ai.job import Progress, silent
from vfx_ai.learning.checkpoint import keep_tensors, read_record
from vfx_ai.learning.loop import train
from vfx_ai.media.frame import ByteArray
from vfx_ai.model_folder import models_folder
from vfx_ai.proof.pictures import write_atomically
from vfx_ai.proof.plate_page import side_by_side
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.facts import record_model, record_training
from vfx_ai.studio.model import Model
from vfx_ai.studio.models import check_use, find_model, policy_of, record_path
from vfx_ai.studio.models_add import add_model
from vfx_ai.studio.models_check import remove_model
from vfx_ai.telling import Cancelled, Teller
from vfx_ai.training.asked_lora import TrainLora
from vfx_ai.training.course import (
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
from vfx_ai.training.lora_loop import LoraRecipe, LoraTraining, without
from vfx_ai.training.lora_pictures import captions_of, example, pictures_of
from vfx_ai.training.page import write_training_page

STEPS = 1000
SHOWN_STEPS = {"cpu": 8}  # of denoising, for stills; elsewhere the family's own
STILL_SEED = 7


def train_lora(asked: TrainLora, progress: Progress = silent, cancelled: Cancelled = lambda: False) -> Trained:
    """Train a LoRA, or go on with a training that was stopped; see `scratch.train_from_scratch`.

    Raises:
        JobError: the base isn't in the registry, may not be used so, or is no inpainting model with a U-Net.
        Interrupted: it was stopped; the same command goes on from there.
        VfxAiError: something can't be read or written, isn't cleared, or the loss is no number any more.
    """
    clock, started = time.perf_counter(), now()
    source, notes = asked.source, list[str]()
    tell = Teller(progress, cancelled, notes)
    device, models = choose_device(source.device), models_folder(source.models_dir)
    base = find_model(asked.base, folder=models)
    check_use(base, asked.use, policy_of(asked.policy))
    model = _on_disk(base)
    path, folder = models / f"{source.name}.safetensors", models / "training" / source.name
    inputs: dict[str, Any] = {"asked": _deciding(asked), "device": device.type, "base": base.identity}
    refuse_other(path, inputs, force=source.force)
    tell.stage("read", 1, 0, source.plate or source.catalogue)
    selected = selected_of(source, 1, tell)
    gathered = selected.gathered
    words = [" ".join([*shot.tags, shot.notes]).strip() for shot in selected.shots] or [""]
    captions = captions_of(gathered.facts, words, asked.prompt)
    pipe = _opened(model, device, base.name)
    side = asked.side or pipe.family.side(pipe.pipe)
    side = max(1, side // pipe.family.multiple(pipe.pipe)) * pipe.family.multiple(pipe.pipe)
    recipe = LoraRecipe(asked.rank, asked.rate, asked.count or (1 if device.type == "cpu" else 4), side, source.seed)
    inputs["footage"] = digest_of(gathered.facts)
    training = LoraTraining(pipe.pipe, pictures_of(gathered, captions, side), recipe, device)
    steps, saved = source.steps or STEPS, folder_made(folder) / "checkpoint.safetensors"
    if not source.force and saved.exists() and training.go_on(saved, inputs):
        tell.note(f"Going on from step {training.step}.")
        entry = str(read_record(saved).get("ledger", ""))
    else:
        begun_anew(folder)
        entry = ""
        if source.catalogue:
            with opened(source.catalogue) as catalogue:
                about = {
                    "seed": source.seed,
                    "steps": steps,
                    "territory": source.territory,
                    "how": f"LoRA on {base.name}",
                }
                entry = record_training(catalogue, source.name, selected.shots, **about).hash
    of_base = {"name": base.name, "identity": base.identity, "licence": base.licence}
    about = {"about": f"LoRA on {base.name}", "base": of_base, "captions": list(captions), "ledger": entry}
    record = {**record_of(source, gathered, inputs, device, started), **about, "licence": base.licence}
    stills = _Stills(training, pipe, folder)
    try:
        train(
            training,
            steps,
            minutes=source.minutes or math.inf,
            keep=lambda at: at.keep(saved, record),
            told=Along(tell, training.step, steps, source.minutes, stills.sample),
        )
    except Interrupted:
        raise stopped_at(training.step) from None
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise ResourceError(
            f"{device_name(device)} has too little memory",
            remedy="Give a smaller --side or --batch 1; what was learned before is kept.",
        ) from None
    tell.stage("report", 1)
    stills.sample()
    done = {**record, "recipe": vars(recipe), "step": training.step, "finished": now(), "kind": "lora"}
    if record_path(models, source.name).exists():
        remove_model(source.name, folder=models)
    marks = {"vfx_ai.family": base.family, "vfx_ai.task": "lora", "format": "pt"}
    keep_tensors(path, training.weights(), done, marks)
    _register(path, source.name, base, [str(fact["shot"]) for fact in gathered.facts], models)
    if entry:
        with opened(source.catalogue) as catalogue:
            made_of = [{"name": base.name, "sha256": base.identity}]
            record_model(catalogue, source.name, path, entry, base=made_of, licence=base.licence)
    made = Trained(
        source.name,
        str(path),
        training.step,
        training.step >= steps or bool(source.minutes),
        last_of(training.losses),
        None,
        tuple(str(fact["shot"]) for fact in gathered.facts),
        selected.left_out,
        tuple(notes),
        str(folder / "report.html"),
        time.perf_counter() - clock,
        device_name(device),
    )
    write_training_page(asdict(made), done, training.losses, folder, stills.words)
    saved.unlink(missing_ok=True)
    return made


class _Stills:
    """The same hole of the same picture, filled without and with the LoRA."""

    words = "what is shown, what the base makes of it, what it makes with the LoRA, the truth"

    def __init__(self, training: LoraTraining, pipe: pipeline.Opened, folder: Path) -> None:
        self._training, self._pipe, self._folder = training, pipe, folder
        recipe = training.recipe
        self._example = example(training.pictures, recipe.side, 1, STILL_SEED, 0)
        self._before: torch.Tensor | None = None

    def sample(self) -> None:
        """Write `sample.STEP.png`."""
        training, example_ = self._training, self._example
        training.unet.eval()
        try:
            if self._before is None:
                self._before = without(training, self._filled)
            after = self._filled()
        finally:
            training.unet.train()
        shown = example_.pictures * (1 - example_.mask)
        row = side_by_side([_eye(one) for one in (shown, self._before, after, example_.pictures)])
        good, data = cv2.imencode(".png", np.ascontiguousarray(row[..., ::-1]))
        if good:
            write_atomically(self._folder / f"sample.{training.step:07d}.png", data.tobytes())

    def _filled(self) -> torch.Tensor:
        pipe, family, example_ = self._pipe.pipe, self._pipe.family, self._example
        steps = SHOWN_STEPS.get(self._training.device.type, family.STEPS)
        call = Call(example_.pictures, example_.mask, example_.captions[0], "", 1.0, steps)
        given = pipeline.run(pipe, family.arguments(pipe, call), STILL_SEED, lambda: None, "images")
        made: torch.Tensor = torch.as_tensor(given).float().cpu().reshape(example_.pictures.shape)
        return torch.where(example_.mask > 0, made, example_.pictures)


def _eye(code: torch.Tensor) -> ByteArray:
    picture = (code[0].clamp(0, 1).permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)
    share = min(1.0, 320 / picture.shape[1])
    size = (max(1, round(picture.shape[1] * share)), max(1, round(picture.shape[0] * share)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _opened(model: Checkpoint, device: torch.device, name: str) -> pipeline.Opened:
    pipe = pipeline.opened(model, device, name=name)
    if pipe.placed != "whole":
        raise ResourceError(
            f"{device_name(device)} has too little memory to hold {name} while it is trained on",
            remedy="Take a smaller base, or --device cpu, which takes long.",
        )
    if pipe.pipe.dtype == torch.float16:  # its gradients would overflow
        pipe.pipe.to(dtype=torch.float32)
    return pipe


def _on_disk(base: Model) -> Checkpoint:
    if base.path is None or not base.path.is_dir():
        raise JobError(
            f"{base.name!r} is no folder of diffusers, which a LoRA is trained on", remedy="Name another model."
        )
    return checkpoint(base.path, IMAGE)


def _deciding(asked: TrainLora) -> dict[str, Any]:
    loose = {"steps", "minutes", "device", "memory", "models_dir", "force", "licence", "refuse"}
    fields = {name: value for name, value in asdict(asked).items() if name not in ("source", "use", "policy")}
    return {**fields, **{name: value for name, value in asdict(asked.source).items() if name not in loose}}


def _register(path: Path, name: str, base: Model, shots: list[str], models: Path) -> None:
    """The LoRA's row: it is a derived work, under its base's licence and conditions."""
    add_model(
        path,
        name,
        base.licence,
        family=base.family,
        task="lora",
        uses=",".join(base.uses) or "unknown",
        base=base.name,
        trained_on=", ".join(shots),
        conditions=base.conditions,
        folder=models,
    )
