"""What a maker of pixels would take, told before anything is made: pictures, tiles, steps, and about how long."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch

from vfx_ai.fill import FOUNDATION, MAKERS
from vfx_ai.fill.checkpoint import Checkpoint, model_of
from vfx_ai.fill.crops import crops, fitted_size, tiles
from vfx_ai.fill.diffusion_image import AGAIN, LARGER, WHOLE
from vfx_ai.fill.diffusion_video import SHARED
from vfx_ai.fill.families import FAMILIES, IMAGE, VIDEO, steps_of
from vfx_ai.fill.families.asked import enough_steps, steps_done
from vfx_ai.fill.families.videos import whole_frames
from vfx_ai.fill.keys import key_frames
from vfx_ai.fill.made_windows import windows_of
from vfx_ai.job import Job
from vfx_ai.shot import Shot, crop
from vfx_ai.studio.models import Chosen

TOKEN = 16  # pixels along the side of what a network takes as one token, in all families so far
WEIGHT_BYTES = 2  # of a weight on disk, as a rule
ATTENTION = 1.5  # by what a step is dearer than its weights alone
# Pipelines whose tiles are pictures by themselves; see `latent_tiles.FORMS`.
APART = ("QwenImage", "ZImage", "Flux2", "Chroma")
PROBE = 1024  # rows and columns of the matrices by which a device's speed is measured


@dataclass(frozen=True)
class Cost:
    """What is to be made, at most: what other frames show needs none of it, and no key frame makes a place twice.

    Attributes:
        pictures: key frames, or windows of frames.
        crops: parts of them that are shown to the model.
        tiles: of these, done again at full resolution.
        steps: of denoising, all together, at one exposure each.
        seconds: about, good for its order of magnitude.
        windowed: they are windows.
    """

    pictures: int
    crops: int
    tiles: int
    steps: int
    seconds: float
    windowed: bool = False


def cost_of(job: Job, shot: Shot, device: torch.device, found: Chosen | None) -> Cost | None:
    """What a job's model would take on a device; None where it asks none."""
    if job.engine not in MAKERS or MAKERS[job.engine].source != FOUNDATION:
        return None
    kind = VIDEO if MAKERS[job.engine].windowed else IMAGE
    model = model_of(found, kind)[1]
    if kind == VIDEO:
        return cost_of_videos(job, model, shot.plate.present, (shot.height, shot.width), device)
    return cost_of_holes(job, model, _holes(shot, key_frames(shot)), device)


def cost_of_holes(job: Job, model: Checkpoint, holes: Iterable[torch.Tensor], device: torch.device) -> Cost:
    """What key frames with these holes [H, W] bool take of a model of images."""
    family = import_module(FAMILIES[model.family].module)
    once, again = _steps(family, model, job.strength)
    together = not model.pipeline.startswith(APART)
    pictures, parts, small, steps, tokens = 0, 0, 0, 0, 0.0
    for hole in holes:
        pictures += 1
        for box in crops(hole):
            parts += 1
            size = (box.height, box.width)
            shown = fitted_size(size, family.USUAL_SIDE, TOKEN, LARGER)
            tokens += once * shown[0] * shown[1] / TOKEN**2
            if shown[0] < WHOLE * size[0]:
                there = crop(hole, box)
                parts_of = tiles(size, family.USUAL_SIDE)
                count = len(parts_of) if together else sum(bool(crop(there, tile).any()) for tile in parts_of)
                small += count
                steps += again if together else count * again
                tokens += count * again * (family.USUAL_SIDE / TOKEN) ** 2
    return Cost(pictures, parts, small, parts * once + steps, _seconds(job, model, tokens, device))


def cost_of_pictures(job: Job, model: Checkpoint, count: int, size: tuple[int, int], device: torch.device) -> Cost:
    """What so many whole pictures (height, width) take that a model of images makes."""
    family = import_module(FAMILIES[model.family].module)
    shown = fitted_size(size, family.USUAL_SIDE, TOKEN, LARGER)
    once, again = _steps(family, model, job.strength)
    small = len(tiles(size, family.USUAL_SIDE)) if shown[0] < WHOLE * size[0] else 0
    together = not model.pipeline.startswith(APART)
    pixels = once * shown[0] * shown[1] + again * small * family.USUAL_SIDE**2
    steps = once + again * (min(small, 1) if together else small)
    seconds = _seconds(job, model, count * pixels / TOKEN**2, device)
    return Cost(count, count, count * small, count * steps, seconds)


def _steps(family: Any, model: Checkpoint, strength: float) -> tuple[int, int]:
    """How many steps a crop takes, and when it is done again."""
    steps = steps_of(family, distilled=model.distilled)
    first, second = (steps_done(enough_steps(steps, share), share) for share in (strength, min(AGAIN, strength)))
    return first, second


def cost_of_videos(
    job: Job, model: Checkpoint, numbers: Sequence[int], size: tuple[int, int], device: torch.device
) -> Cost:
    """What whole frames (height, width) of those numbers take that a model of videos makes."""
    family = import_module(FAMILIES[model.family].module)
    length = whole_frames(family.LENGTH, family.TIME)
    overlap = whole_frames(max(1, round(SHARED * length)), family.TIME)
    windows = windows_of(numbers, length, overlap)
    shown = fitted_size(size, family.USUAL_SIDE, TOKEN, LARGER)
    once, again = _steps(family, model, job.strength)
    count = len(tiles(size, family.USUAL_SIDE)) if shown[0] < WHOLE * size[0] else 0
    pixels = once * shown[0] * shown[1] + again * count * family.USUAL_SIDE**2
    tokens = sum(len(window) for window in windows) / family.TIME * pixels / TOKEN**2
    steps = len(windows) * (once + (again if count else 0))
    tiled = len(windows) * count
    return Cost(len(windows), len(windows), tiled, steps, _seconds(job, model, tokens, device), windowed=True)


def _holes(shot: Shot, numbers: Iterable[int]) -> Iterable[torch.Tensor]:
    for number in numbers:
        hole = torch.from_numpy(shot.coverage(number) > 0)
        if bool(hole.any()):
            yield hole


def _seconds(job: Job, model: Checkpoint, tokens: float, device: torch.device) -> float:
    """How long so many tokens take through the largest part of a model."""
    weights = max(model.parts.values(), default=0) / WEIGHT_BYTES
    twice = 2 if job.prompt or job.negative else 1  # with words and without
    return ATTENTION * twice * 2 * weights * tokens / _speed(device)


def _speed(device: torch.device) -> float:
    """Operations a second of a device, measured on the spot."""
    kind = torch.bfloat16 if device.type == "cuda" else torch.float32
    matrix = torch.ones((PROBE, PROBE), dtype=kind, device=device)
    rounds = 20 if device.type == "cuda" else 2
    (matrix @ matrix).sum().item()
    clock = time.perf_counter()
    for _ in range(rounds):
        product = matrix @ matrix
    product.sum().item()
    return 2.0 * rounds * PROBE**3 / max(time.perf_counter() - clock, 1e-6)
