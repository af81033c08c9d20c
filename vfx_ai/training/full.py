"""`vfx-ai train --full BASE`: all weights of a model's network go on learning, from cleared footage.

What comes of it is a model of its own: a folder of diffusers with the base's other parts as they were.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vfx_ai.errors import OutputError
from vfx_ai.job import Progress, silent
from vfx_ai.learning.checkpoint import keep_tensors
from vfx_ai.media.hashing import hash_file
from vfx_ai.studio.model import ModelFile
from vfx_ai.studio.models_add import add_model, within
from vfx_ai.studio.safe import files_within
from vfx_ai.telling import Cancelled
from vfx_ai.training.asked_lora import TrainLora
from vfx_ai.training.carry_out import carry_out
from vfx_ai.training.course import Trained
from vfx_ai.training.lora_base import OnNetwork
from vfx_ai.training.on_base import OnBase, base_of

WEIGHTS = "diffusion_pytorch_model.safetensors"  # as diffusers calls a network's file


def train_full(asked: TrainLora, progress: Progress = silent, cancelled: Cancelled = lambda: False) -> Trained:
    """Train all of a base, or go on with a training that was stopped; see `carry_out`.

    Raises:
        JobError: the base isn't in the registry, may not be used so, or is of no kind that is trained on.
        Interrupted: it was stopped; the same command goes on from there.
        VfxAiError: something can't be read or written, isn't cleared, or the loss is no number any more.
    """
    base = base_of(asked)
    return carry_out(asked.source, _Full(asked, base.model, base.disk, base.says), progress, cancelled)


@dataclass(frozen=True)
class _Full(OnBase):
    """See `carry_out.Kind`."""

    smaller: str = "Give a smaller --side, a shorter --clip or --batch 1, or spread it over several GPUs by FSDP"

    @property
    def how(self) -> str:
        return f"all weights of {self.model.name}"

    def place(self, models: Path) -> Path:
        return models / self.asked.source.name

    def weights(self, models: Path) -> Path:
        return self.place(models) / self._network / WEIGHTS

    @property
    def _network(self) -> str:
        return "transformer" if self.videos else "unet"

    def known_by(self, models: Path) -> str:
        where = self.place(models)
        files = [(within(path, where), hash_file(path)) for path in files_within(where)]
        return replace(self.model, files=tuple(ModelFile(name, one.bytes, one.sha256) for name, one in files)).known_by

    def write(self, training: OnNetwork, path: Path, record: dict[str, Any]) -> None:
        own = {name.removeprefix(f"{training.prefix}."): value for name, value in training.weights().items()}
        if not training.together.first:
            return
        kind = training.kind  # as the base's own weights are
        own = {name: value.to(kind) if value.is_floating_point() else value for name, value in own.items()}
        beside = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            for file in self.model.files:
                place = Path(file.path)
                if not _is_copied(place, self._network):
                    continue
                (beside / place).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self.model.place(file), beside / place)
            keep_tensors(beside / self._network / WEIGHTS, own, {**record, "kind": "full"}, {"format": "pt"})
            if path.exists():  # of a training that ended before it could be entered
                shutil.rmtree(path)
            os.replace(beside, path)  # noqa: PTH105
        except OSError as error:
            raise OutputError(
                f"the model can't be written: {error.strerror or error}",
                file=path,
                remedy="Check the folder and its room; the same command does that alone.",
            ) from None
        finally:
            shutil.rmtree(beside, ignore_errors=True)

    def register(self, shots: list[str], models: Path) -> None:
        """It is a derived work, under its base's licence and conditions."""
        base = self.model
        add_model(
            self.place(models),
            self.asked.source.name,
            self.licence,
            family=base.family,
            task=base.task,
            uses=",".join(base.uses) or "unknown",
            trained_on=f"{base.trained_on or f'what {base.name} was trained on'}; then {', '.join(shots)}",
            conditions=base.conditions,
            folder=models,
        )


def _is_copied(place: Path, network: str) -> bool:
    """Whether a file of the base is one of the new model's: all but the network's weights, and what lies loose."""
    weights = place.suffix.lower() == ".safetensors" or place.name.endswith(".index.json")
    return not weights or (len(place.parts) > 1 and place.parts[0] != network)
