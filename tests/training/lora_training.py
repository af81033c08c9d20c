"""A LoRA's training on a tiny model, by itself and by the command."""

from __future__ import annotations

from pathlib import Path

import torch

import vfx_ai
from vfx_ai.fill import pipeline
from vfx_ai.fill.checkpoint import checkpoint
from vfx_ai.fill.families import IMAGE
from vfx_ai.training.lora_base import LoraRecipe
from vfx_ai.training.lora_loop import LoraTraining
from vfx_ai.training.lora_pictures import Pictures

SIZE = (40, 64)
CPU = torch.device("cpu")


def pictures() -> Pictures:
    generator = torch.Generator().manual_seed(3)
    codes = tuple(torch.rand((3, 32, 40), generator=generator).half() for _ in range(2))
    return Pictures([(code, torch.ones((32, 40), dtype=torch.bool)) for code in codes], ("a", "b"))


def training(models: Path, seen: Pictures | None = None, rate: float = 5e-3) -> LoraTraining:
    model = vfx_ai.find_model("tiny", models_dir=models)
    assert model.path is not None
    opened = pipeline.opened(checkpoint(model.path, IMAGE), CPU)
    return LoraTraining(opened.pipe, seen or pictures(), LoraRecipe(4, rate, 2, 32, 1), CPU)


def trained(models: Path, plate: str, name: str, **fields: object) -> vfx_ai.Trained:
    asked = {"steps": 4, "side": 32, "rank": 4, "device": "cpu", "plate": plate, "rate": 1e-2, **fields}
    return vfx_ai.train_lora(name, "tiny", models_dir=models, matte=plate.replace("plate.", "matte."), **asked)
