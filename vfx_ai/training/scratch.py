"""`vfx-ai train --from-scratch`: a small model that has seen nothing but the footage it is given."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from vfx_ai.job import Progress, silent
from vfx_ai.learning.checkpoint import go_on, keep_checkpoint, keep_model
from vfx_ai.learning.loop import Recipe, Training
from vfx_ai.learning.network import Shape
from vfx_ai.learning.together import Together, check_share
from vfx_ai.media.hashing import hash_file
from vfx_ai.studio.model import USES
from vfx_ai.studio.models_add import add_model
from vfx_ai.telling import Cancelled
from vfx_ai.training.asked_train import Train
from vfx_ai.training.carry_out import Prepared, carry_out
from vfx_ai.training.course import OWN, Trained
from vfx_ai.training.gathered import Selected
from vfx_ai.training.page import Exam

# Steps, channels, clips, pixels of a side: what a CPU does in minutes, and a GPU in minutes, or, of a catalogue, hours.
ON_CPU, ON_GPU, CATALOGUE_STEPS = (2000, 16, 4, 48), (8000, 32, 16, 64), 60_000
CLIP = 3


def train_from_scratch(asked: Train, progress: Progress = silent, cancelled: Cancelled = lambda: False) -> Trained:
    """Train a model on footage alone, or go on with a training that was stopped; see `carry_out`.

    Raises:
        Interrupted: it was stopped; the same command goes on from there.
        VfxAiError: something can't be read or written, isn't cleared, or the loss is no number any more.
    """
    return carry_out(asked, _FromScratch(asked), progress, cancelled)


@dataclass(frozen=True)
class _FromScratch:
    """See `carry_out.Kind`."""

    asked: Train
    how: str = "from scratch"
    base: tuple[dict[str, str], ...] = ()
    smaller: str = "Give a smaller --width or --clip, or --device cpu"

    @property
    def licence(self) -> str:
        return self.asked.licence or OWN

    def inputs(self, device: torch.device) -> dict[str, Any]:
        return {"asked": _deciding(self.asked), "device": device.type}

    def clip(self, device: torch.device) -> int:
        return self.asked.clip or (CLIP if device.type != "cpu" else 1)

    def prepared(self, selected: Selected, device: torch.device, folder: Path, together: Together) -> Prepared:
        gathered = selected.gathered
        recipe, steps = _recipe(self.asked, gathered.levels, self.clip(device), device)
        check_share(recipe.count, together, "Train in fewer processes, or with a smaller --clip.")
        training = Training(recipe, gathered.footages, device, together)
        return Prepared(
            training,
            recipe.to_dict(),
            steps,
            Exam(training, gathered, folder),
            training.begin,
            lambda path, record: keep_checkpoint(path, training, record) if together.first else None,
            lambda path, inputs: go_on(path, training, inputs),
            lambda path, record: keep_model(path, training.mean, record) if together.first else None,
        )

    def place(self, models: Path) -> Path:
        return models / f"{self.asked.name}.safetensors"

    def weights(self, models: Path) -> Path:
        return self.place(models)

    def known_by(self, models: Path) -> str:
        return hash_file(self.place(models)).sha256

    def register(self, shots: list[str], models: Path) -> None:
        name, uses = self.asked.name, ",".join(USES)
        add_model(self.place(models), name, self.licence, uses=uses, trained_on=", ".join(shots), folder=models)


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
