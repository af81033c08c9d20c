"""Small models of the right form for tests: folders as diffusers writes them, and single files, with random numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file


def weights(path: Path, shapes: dict[str, tuple[int, ...]], seed: int = 1, **said: str) -> Path:
    """A safetensors file of random halves, with what it says of itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    save_file({name: draw.normal(size=shape).astype(np.float16) for name, shape in shapes.items()}, path, said or None)
    return path


def pipeline(folder: Path, name: str = "StableDiffusionXLInpaintPipeline", seed: int = 1) -> Path:
    """A folder as diffusers writes it, which no pipeline could be opened from."""
    weights(folder / "unet" / "diffusion_pytorch_model.safetensors", {"conv_in.weight": (4, 9, 3, 3)}, seed)
    (folder / "unet" / "config.json").write_text(json.dumps({"in_channels": 9}))
    (folder / "model_index.json").write_text(json.dumps({"_class_name": name, "unet": ["diffusers", "UNet"]}))
    (folder / "README.md").write_text("what its makers say")
    (folder / "sample.png").write_bytes(b"no weights")
    return folder


def lora(path: Path, **said: str) -> Path:
    """A LoRA of one layer."""
    shapes = {"unet.to_q.lora_A.weight": (2, 4), "unet.to_q.lora_B.weight": (4, 2)}
    return weights(path, shapes, **said)
