"""What a model is asked, in words that all families share; and its text, where it has no encoder for it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image


@dataclass(frozen=True)
class Call:
    """One picture, filled once.

    Attributes:
        image: [1, 3, h, w] float32, 0..1, the picture as the model sees it.
        mask: [1, 1, h, w] float32, 1 where it is to be filled, 0 elsewhere.
        prompt, negative: in words; may be empty.
        strength: more than 0, to 1: how much of the image within the mask may change.
        steps: of denoising, of which `strength` is done.
        tile: pixels along the side of the tiles in which the network sees it; 0: it sees it as a whole.
        reference: [3, h, w] float32, 0..1, a picture of what is to be made; None: none.
    """

    image: torch.Tensor
    mask: torch.Tensor
    prompt: str
    negative: str
    strength: float
    steps: int
    tile: int = 0
    reference: torch.Tensor | None = None

    @property
    def guided(self) -> bool:
        """Whether words say anything; without any, guidance would compare a thing with itself, at twice the price."""
        return bool(self.prompt or self.negative)

    @property
    def size(self) -> dict[str, int]:
        """Height and width, as pipelines name them."""
        return {"height": self.image.shape[-2], "width": self.image.shape[-1]}

    @property
    def seen(self) -> tuple[int, int]:
        """Height and width of what the network sees at once."""
        height, width = self.image.shape[-2:]
        return (min(height, self.tile), min(width, self.tile)) if self.tile else (height, width)


def hears(pipe: Any) -> bool:
    """Whether a pipeline has what turns words into numbers."""
    return getattr(pipe, "text_encoder", None) is not None and getattr(pipe, "tokenizer", None) is not None


def zeros(pipe: Any, *shape: int) -> torch.Tensor:
    """What stands for the embedding of no words, where there is no encoder; on the device that works."""
    network = getattr(pipe, "transformer", None) or pipe.unet
    return torch.zeros(shape, dtype=network.dtype, device=pipe._execution_device)


def ones(pipe: Any, *shape: int) -> torch.Tensor:
    """A mask of words that all count; on the device that works."""
    return torch.ones(shape, device=pipe._execution_device)


def as_picture(code: torch.Tensor) -> Image.Image:
    """A picture [3, h, w] in 0..1 in 8 bits, for pipelines that take no other."""
    return Image.fromarray((code * 255).round().byte().permute(1, 2, 0).cpu().numpy())


def takes(pipe: Any, name: str) -> bool:
    """Whether a pipeline has an argument of that name."""
    return name in inspect.signature(type(pipe).__call__).parameters


def steps_done(steps: int, strength: float) -> int:
    """How many steps are done of so many at a strength, at least one."""
    return max(1, min(int(steps * strength), steps))


def enough_steps(steps: int, strength: float) -> int:
    """So many steps that at least one is left at a strength."""
    return max(steps, int(-(-1 // strength)) if strength < 1 else 1)
