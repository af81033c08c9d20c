"""How models of videos are asked. An adapter of one has, beside STEPS:

    TIME                                a window has TIME * k + 1 frames, since that many become one in its latents
    length(pipe) -> int                 frames of a window that it was made for
    side(pipe), multiple(pipe)          as of images: its longer side, and of what both are multiples
    arguments(pipe, call) -> dict       a `VideoCall` in the pipeline's own words

and may have

    kept(pipe, call)                    what is called after each step with (index of the step, tensors) and gives the
                                        tensors back, for a pipeline that has no mask of its own
    during(pipe, call)                  a context in which the pipeline is asked
    cell(pipe) -> int                   pixels along the side of a token, where that isn't `multiple`

A call whose strength is below 1 begins with its video and so much noise, and does that share of the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from vfx_ai.fill.families.asked import steps_done


@dataclass(frozen=True)
class VideoCall:
    """One window, filled once.

    Attributes:
        video: [T, 3, h, w] float32, 0..1, frames as the model sees them.
        mask: [T, 1, h, w] float32, 1 where they are to be filled, 0 where they are given.
        prompt, negative: in words; may be empty.
        strength: more than 0, to 1: how much of what `video` has within the mask may change.
        steps: of denoising, of which `strength` is done.
        seed: of the adapter's own chance.
        reference: [3, h, w] float32, 0..1, a picture of what is to be made; None: none.
    """

    video: torch.Tensor
    mask: torch.Tensor
    prompt: str
    negative: str
    strength: float
    steps: int
    seed: int = 0
    reference: torch.Tensor | None = None

    @property
    def guided(self) -> bool:
        """Whether words say anything."""
        return bool(self.prompt or self.negative)

    @property
    def size(self) -> dict[str, int]:
        """Frames, height and width, as pipelines name them."""
        frames, _, height, width = self.video.shape
        return {"num_frames": frames, "height": height, "width": width}

    @property
    def skipped(self) -> int:
        """Steps that are left out, since the video itself stands for them."""
        return self.steps - steps_done(self.steps, self.strength)


def whole_frames(count: int, time: int) -> int:
    """The least number of frames, time * k + 1, that holds so many."""
    return 1 + -(-(count - 1) // time) * time


def noise_like(latents: torch.Tensor, seed: int) -> torch.Tensor:
    """Noise of a seed, drawn on the CPU, so that devices agree."""
    return torch.randn(latents.shape, generator=torch.Generator("cpu").manual_seed(seed)).to(latents)


def around(
    family: Any, pipe: Any, call: VideoCall
) -> tuple[Callable[[int, dict[str, Any]], dict[str, Any]] | None, list[AbstractContextManager[None]]]:
    """What an adapter may have, as `pipeline.run` takes it: its `kept` of a call, or None, and its `during`."""
    after = family.kept(pipe, call) if hasattr(family, "kept") else None
    return after, [family.during(pipe, call)] if hasattr(family, "during") else []


@contextmanager
def later(scheduler: Any, skipped: int) -> Iterator[None]:
    """Have a scheduler leave out its first steps, for a pipeline that has no word for that."""
    set_all = scheduler.set_timesteps

    def set_some(*given: Any, **named: Any) -> None:
        set_all(*given, **named)
        scheduler.timesteps, scheduler.sigmas = scheduler.timesteps[skipped:], scheduler.sigmas[skipped:]

    scheduler.set_timesteps = set_some
    try:
        yield
    finally:
        del scheduler.set_timesteps
