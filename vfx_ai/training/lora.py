"""`vfx-ai train --lora BASE`: an adapter that gives a model of the registry the look of cleared footage."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from vfx_ai.device import device_name
from vfx_ai.errors import JobError, ResourceError
from vfx_ai.fill import pipeline
from vfx_ai.fill.checkpoint import Checkpoint, checkpoint
from vfx_ai.fill.families import IMAGE
from vfx_ai.fill.families.asked import Call
from vfx_ai.job import Progress, silent
from vfx_ai.learning.checkpoint import keep_tensors
from vfx_ai.media.frame import ByteArray
from vfx_ai.model_folder import models_folder
from vfx_ai.proof.pictures import write_atomically
from vfx_ai.proof.plate_page import side_by_side
from vfx_ai.studio.model import Model
from vfx_ai.studio.models import check_use, find_model, policy_of
from vfx_ai.studio.models_add import add_model
from vfx_ai.telling import Cancelled
from vfx_ai.training.asked_lora import TrainLora
from vfx_ai.training.captioner import captioned, check_captions
from vfx_ai.training.carry_out import Prepared, carry_out
from vfx_ai.training.course import Trained
from vfx_ai.training.gathered import Gathered, Selected
from vfx_ai.training.lora_loop import LoraRecipe, LoraTraining, without
from vfx_ai.training.lora_pictures import captions_of, example, pictures_of

STEPS = 1000
SHOWN_STEPS = {"cpu": 8}  # of denoising, for stills; elsewhere the family's own
STILL_SEED = 7


def train_lora(asked: TrainLora, progress: Progress = silent, cancelled: Cancelled = lambda: False) -> Trained:
    """Train a LoRA, or go on with a training that was stopped; see `carry_out`.

    Raises:
        JobError: the base isn't in the registry, may not be used so, or is no inpainting model with a U-Net.
        Interrupted: it was stopped; the same command goes on from there.
        VfxAiError: something can't be read or written, isn't cleared, or the loss is no number any more.
    """
    base = find_model(asked.base, folder=models_folder(asked.source.models_dir))
    check_use(base, asked.use, policy_of(asked.policy))
    says = find_model(asked.captions, folder=models_folder(asked.source.models_dir)) if asked.captions else None
    if says is not None:
        check_use(says, asked.use, policy_of(asked.policy))
        check_captions(says)
    return carry_out(asked.source, _OnBase(asked, base, _on_disk(base), says), progress, cancelled)


@dataclass(frozen=True)
class _OnBase:
    """See `carry_out.Kind`."""

    asked: TrainLora
    model: Model
    disk: Checkpoint
    says: Model | None = None
    smaller: str = "Give a smaller --side or --batch 1"

    @property
    def how(self) -> str:
        return f"LoRA on {self.model.name}"

    @property
    def licence(self) -> str:
        return self.model.licence

    @property
    def base(self) -> tuple[dict[str, str], ...]:
        return ({"name": self.model.name, "sha256": self.model.known_by},)

    def inputs(self, device: torch.device) -> dict[str, Any]:
        named = {"captions": self.says.identity} if self.says is not None else {}
        return {"asked": _deciding(self.asked), "device": device.type, "base": self.model.identity, **named}

    def clip(self, _device: torch.device) -> int:
        return 1

    def prepared(self, selected: Selected, device: torch.device, folder: Path) -> Prepared:
        asked, gathered = self.asked, selected.gathered
        words = [" ".join([*shot.tags, shot.notes]).strip() for shot in selected.shots] or [""]
        captions = self._captions(gathered, captions_of(gathered.facts, words, ""), device, folder)
        pipe = _opened(self.disk, device, self.model.name)
        multiple = pipe.family.multiple(pipe.pipe)
        side = max(1, (asked.side or pipe.family.side(pipe.pipe)) // multiple) * multiple
        count = asked.count or (1 if device.type == "cpu" else 4)
        recipe = LoraRecipe(asked.rank, asked.rate, count, side, asked.source.seed)
        training = LoraTraining(pipe.pipe, pictures_of(gathered, captions, side), recipe, device)
        of_base = {"name": self.model.name, "identity": self.model.identity, "licence": self.model.licence}
        marks = {"vfx_ai.family": self.model.family, "vfx_ai.task": "lora", "format": "pt"}
        return Prepared(
            training,
            vars(recipe),
            asked.source.steps or STEPS,
            _Stills(training, pipe, folder),
            lambda: None,
            training.keep,
            training.go_on,
            lambda path, record: keep_tensors(path, training.weights(), {**record, "kind": "lora"}, marks),
            {"about": self.how, "base": of_base, "captions": captions, **self._captioned()},
        )

    def _captioned(self) -> dict[str, Any]:
        if self.says is None:
            return {}
        return {"captioned_by": {name: getattr(self.says, name) for name in ("name", "identity", "licence")}}

    def _captions(self, gathered: Gathered, found: tuple[str, ...], device: torch.device, folder: Path) -> list[str]:
        """What lacks said by the model for that, else by the prompt."""
        told = captioned(gathered, found, self.says, device, folder) if self.says is not None else found
        return [one or self.asked.prompt for one in told]

    def register(self, path: Path, shots: list[str], models: Path) -> None:
        """It is a derived work, under its base's licence and conditions."""
        add_model(
            path,
            self.asked.source.name,
            self.licence,
            family=self.model.family,
            task="lora",
            uses=",".join(self.model.uses) or "unknown",
            base=self.model.name,
            trained_on=", ".join(shots),
            conditions=self.model.conditions,
            folder=models,
        )


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

    def off(self) -> None:
        """It isn't measured."""

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
