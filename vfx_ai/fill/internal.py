"""The engine `internal`: a small network that learned from this shot, or from a studio's own, makes up what is unseen.

Without a model's name it learns from the shot at hand when the first pixel is needed: so many steps, told beforehand,
and kept in the analysis folder, so that all frames and all parts of a shot get theirs from the same network. The
object's own pixels are nowhere in it (`learning.footage`).

Where things are is the likeliest; texture is drawn, at half its strength unless the job says otherwise.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vfx_ai.errors import InputError, JobError

if TYPE_CHECKING:
    import torch

    from vfx_ai.fill.makers import Ask, Step, Wanted
    from vfx_ai.job import Job
    from vfx_ai.learning.loop import Recipe, Training
    from vfx_ai.learning.network import Network
    from vfx_ai.studio.model import Model
    from vfx_ai.studio.models import Chosen

METHOD, LEARNING = 5, 3  # raised when its pixels change, and when what is learned does
FAMILY = "internal"  # in the registry
# How much the network's word for the tone of large parts counts beside the smooth surface: both err, and seldom alike.
TRUST = 0.5
TEXTURE = 0.5  # of what the network draws, at strength 1: invented texture is never the true one
# What is learned from one shot: steps, and the network's width, clips and pixels of a side. A CPU gets a preview of it.
PREVIEW, WHOLE = (2000, 16, 4, 48), (6000, 32, 16, 64)
SECONDS = (0.05, 0.12)  # for a step: a GPU's is a guess, a core's was measured
TIMED = 5  # steps from which it is told how long it takes
_NOT_TAKEN = ("prompt", "negative", "lora", "reference")


def check(job: Job, found: Chosen | None) -> None:
    """Refuse what this engine can't do.

    Raises:
        JobError, InputError: see the message.
    """
    for name in _NOT_TAKEN:
        if getattr(job, name, ""):
            raise JobError(
                f"{name} was given, and engine internal knows no words, no LoRA and no reference",
                remedy="Leave it out.",
            )
    if found is not None:
        _own(found)


def identity(job: Job, found: Chosen | None) -> str:
    """What else decides its pixels: the method's version, and the model's file.

    Without one the device that learns, and for how long: a CPU's preview is no GPU's picture.
    """
    if found is None:
        from vfx_ai.device import choose_device

        device = choose_device(job.device).type
        return f"internal {METHOD} {LEARNING} {device} {_budget(device)}"
    return f"internal {METHOD} {found.model.identity}"


def told(_job: Job, found: Chosen | None) -> str:
    """Whose pixels they are, for the report."""
    return "a network that learned from this shot alone" if found is None else found.told()


def cost(job: Job, device: str) -> tuple[str, float]:
    """What is learned before the first pixel is made, and about how long that takes."""
    if job.model:
        return "", 0.0
    steps = _budget(device)[0]
    seconds = steps * SECONDS[device == "cpu"]
    told = f"first learns from the shot, {steps} steps: about {max(1, round(seconds / 60))} min"
    return told, seconds


def maker(ask: Ask) -> Internal:
    """The network, read or trained.

    Raises:
        InputError: the model can't be read, or there is nothing to learn from.
        Interrupted: the run is to stop; what was learned so far is kept.
    """
    from vfx_ai.learning.checkpoint import read_model

    if ask.found is not None:
        model = _own(ask.found)
        assert model.path is not None
        network, record = read_model(model.path, ask.shot.device)
        ask.note(f"Model {model.name} ({model.licence}): {record.get('about', 'trained from scratch')}.")
    else:
        network, record = read_model(learned(ask), ask.shot.device)
    return Internal(network, ask.job.strength)


class Internal:
    """Makes pictures by a network.

    Args:
        network: trained.
        strength: of its texture, 0..1.
    """

    def __init__(self, network: Network, strength: float) -> None:
        self._network, self._detail = network, TEXTURE * strength

    def make(self, wanted: Wanted, step: Step) -> torch.Tensor:
        """Light [3, H, W] for the region."""
        from vfx_ai.learning.sample import made, steps_of

        total, done = steps_of(self._network, wanted.region.shape[-2:]), 0

        def check_in() -> None:
            nonlocal done
            done += 1
            step(min(done, total), total)

        light = made(
            self._network,
            wanted.scene[None],
            wanted.known[None],
            [wanted.seed],
            detail=self._detail,
            structure=0.0,
            trust=TRUST,
            check=check_in,
        )
        return light[0]


def recipe_for(device: torch.device, levels: int, seed: int) -> tuple[Recipe, int]:
    """How a network learns from one shot on a device, and how many steps."""
    from vfx_ai.learning.loop import Recipe
    from vfx_ai.learning.network import Shape

    steps, width, count, patch = _budget(device.type)
    return Recipe(Shape(width, levels), seed=seed, count=count, patch=patch, steps=steps), steps


def _budget(device: str) -> tuple[int, int, int, int]:
    return PREVIEW if device == "cpu" else WHOLE


def learned(ask: Ask) -> Path:
    """The file of a network that learned from the shot, made unless it is in the analysis folder."""
    from vfx_ai.learning.checkpoint import go_on, keep_checkpoint, keep_model
    from vfx_ai.learning.footage import footage, look_at
    from vfx_ai.learning.levels import levels_of
    from vfx_ai.learning.loop import Training, train

    shot = ask.shot
    levels = levels_of(shot.height, shot.width)
    recipe, steps = recipe_for(shot.device, levels, ask.job.seed)
    inputs = [LEARNING, steps, shot.device.type]
    name = hashlib.sha256(json.dumps([recipe.to_dict(), inputs], sort_keys=True).encode()).hexdigest()[:16]
    path, checkpoint = ask.folder / f"{name}.safetensors", ask.folder / f"{name}.checkpoint.safetensors"
    if path.exists():
        return path
    there = list(shot.plate.present)
    size, reading = (shot.height, shot.width), ask.progress("internal: reading the shot")
    seen = footage(there, look_at(shot), size, recipe.clip, shot.budget // 4, levels, reading)
    if seen is None:
        raise InputError(
            "engine internal has nothing to learn from: the matte covers nearly all of every frame",
            file=ask.job.plate,
            remedy="Use another engine, or --model with a model that was trained elsewhere.",
        )
    training = Training(recipe, [seen], shot.device)
    if not (checkpoint.exists() and go_on(checkpoint, training, inputs)):
        training.begin()
    record: dict[str, Any] = {"about": "learned from this shot alone", "inputs": inputs, "frames": list(seen.numbers)}
    told = _teller(ask, steps, training.step)
    train(training, steps, keep=lambda at: keep_checkpoint(checkpoint, at, record), told=told)
    if not path.exists():  # of two processes the first one's counts
        keep_model(path, training.mean, {**record, "recipe": recipe.to_dict(), "step": training.step})
    checkpoint.unlink(missing_ok=True)
    return path


def _teller(ask: Ask, steps: int, before: int) -> Any:
    """Says after a few steps how long it will take, and goes on to tell how far it is."""
    step, clock = ask.progress("internal learns from the shot"), time.perf_counter()

    def told(training: Training) -> None:
        if training.step - before == TIMED:
            minutes = (time.perf_counter() - clock) / TIMED * (steps - before) / 60
            ask.note(
                f"Engine internal learns from this shot alone, {steps} steps: about {max(1, round(minutes))} min. "
                "What it learned is kept with the analysis."
            )
        step(training.step, steps)

    return told


def _own(found: Chosen) -> Model:
    """The model that a job names, if it is of this kind."""
    if found.model.family != FAMILY:
        raise JobError(
            f"the model {found.model.name!r} is of the family {found.model.family or 'unknown'}, and engine internal "
            "takes those that `vfx-ai train --from-scratch` made",
            remedy="Name another model, or another --engine; see `vfx-ai models list`.",
        )
    return found.model
