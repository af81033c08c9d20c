"""`vfx-ai train --lora BASE`: an adapter that gives a model of the registry the look of cleared footage."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vfx_ai.job import Progress, silent
from vfx_ai.learning.checkpoint import keep_tensors
from vfx_ai.media.hashing import hash_file
from vfx_ai.studio.models_add import add_model
from vfx_ai.telling import Cancelled
from vfx_ai.training.asked_lora import TrainLora
from vfx_ai.training.carry_out import carry_out
from vfx_ai.training.course import Trained
from vfx_ai.training.lora_base import OnNetwork
from vfx_ai.training.on_base import OnBase, base_of


def train_lora(asked: TrainLora, progress: Progress = silent, cancelled: Cancelled = lambda: False) -> Trained:
    """Train a LoRA, or go on with a training that was stopped; see `carry_out`.

    Raises:
        JobError: the base isn't in the registry, may not be used so, or is of no kind that a LoRA is trained on.
        Interrupted: it was stopped; the same command goes on from there.
        VfxAiError: something can't be read or written, isn't cleared, or the loss is no number any more.
    """
    base = base_of(asked)
    return carry_out(asked.source, _Lora(asked, base.model, base.disk, base.says), progress, cancelled)


@dataclass(frozen=True)
class _Lora(OnBase):
    """See `carry_out.Kind`."""

    smaller: str = "Give a smaller --side, a shorter --clip, or --batch 1"

    @property
    def how(self) -> str:
        return f"LoRA on {self.model.name}"

    def place(self, models: Path) -> Path:
        return models / f"{self.asked.source.name}.safetensors"

    def weights(self, models: Path) -> Path:
        return self.place(models)

    def known_by(self, models: Path) -> str:
        return hash_file(self.place(models)).sha256

    def write(self, training: OnNetwork, path: Path, record: dict[str, Any]) -> None:
        if training.together.first:
            marks = {"vfx_ai.family": self.model.family, "vfx_ai.task": "lora", "format": "pt"}
            keep_tensors(path, training.weights(), {**record, "kind": "lora"}, marks)

    def register(self, shots: list[str], models: Path) -> None:
        """It is a derived work, under its base's licence and conditions."""
        add_model(
            self.place(models),
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
