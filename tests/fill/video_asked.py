"""A maker of videos by itself, and what it is asked for."""

from __future__ import annotations

import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from rendered import waves

from vfx_ai.fill import diffusion_video
from vfx_ai.fill.families import FAMILIES
from vfx_ai.fill.makers import Ask, Wanted
from vfx_ai.job import Job
from vfx_ai.studio.models import chosen

VIDEOS = [name for name, row in FAMILIES.items() if row.kind == "video"]
# Also models of a family that are built otherwise: Wan 2.2 has another network for its last steps.
EVERY = [*VIDEOS, "wan_vace_two"]
STEPS = 2


class Asked:
    """A maker by itself, what it told, and how far it said that it was."""

    def __init__(self, model: Path, **fields: Any) -> None:
        self.notes: list[str] = []
        self.counts: list[tuple[int, int]] = []
        named = {"model": model.name.replace("_", "-"), "models_dir": str(model.parent), **fields}
        job = Job("plate", "matte", "out.####.exr", engine="diffusion_video", **named)
        shot: Any = SimpleNamespace(device=torch.device("cpu"), width=51)
        ask = Ask(job, shot, Path(), lambda _: None, lambda _: self.step, self.notes.append, chosen(job))  # type: ignore
        self.maker = diffusion_video.maker(ask)

    def step(self, done: int, total: int) -> None:
        self.counts.append((done, total))

    def made(self, frames: list[Wanted], seed: int = 7) -> list[torch.Tensor]:
        read = {wanted.number: wanted for wanted in frames}
        made = dict(self.maker.make(tuple(read), read.__getitem__, seed, self.step))
        assert list(made) == list(read)
        return list(made.values())


def frames(count: int, light: float = 1.0, given: int = 1, height: int = 37, width: int = 51) -> list[Wanted]:
    """So many frames, the first ones of which are known as a whole."""
    y, x = np.mgrid[:height, :width].astype(np.float64)
    out = []
    for index in range(count):
        scene = torch.from_numpy(light * waves(x + index, y, 3)).float().permute(2, 0, 1)
        region = torch.zeros((height, width), dtype=torch.bool)
        region[10:26, 15:35] = index >= given
        out.append(Wanted(1001 + index, torch.where(region, scene.mean(), scene), region, ~region, 7))
    return out


def bound(whole: Any, network: Any, given: Any, named: Any) -> dict[str, Any]:
    """What a network is asked, by names."""
    return inspect.signature(whole).bind(network, *given, **named).arguments
