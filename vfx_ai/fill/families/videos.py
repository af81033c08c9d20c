"""How models of videos are asked. An adapter of one has, beside STEPS:

    TIME                                a window has TIME * k + 1 frames, since that many become one in its latents
    length(pipe) -> int                 frames of a window that it was made for
    side(pipe), multiple(pipe)          as of images: its longer side, and of what both are multiples
    arguments(pipe, call) -> dict       a `VideoCall` in the pipeline's own words

and may have kept(pipe, call, seed): what is called after each step with (index of the step, tensors) and gives the
tensors back, for a pipeline that has no mask of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class VideoCall:
    """One window, filled once.

    Attributes:
        video: [T, 3, h, w] float32, 0..1, frames as the model sees them.
        mask: [T, 1, h, w] float32, 1 where they are to be filled, 0 where they are given.
        prompt, negative: in words; may be empty.
        strength: more than 0, to 1.
        steps: of denoising.
    """

    video: torch.Tensor
    mask: torch.Tensor
    prompt: str
    negative: str
    strength: float
    steps: int

    @property
    def guided(self) -> bool:
        """Whether words say anything."""
        return bool(self.prompt or self.negative)

    @property
    def size(self) -> dict[str, int]:
        """Frames, height and width, as pipelines name them."""
        frames, _, height, width = self.video.shape
        return {"num_frames": frames, "height": height, "width": width}


def whole_frames(count: int, time: int) -> int:
    """The least number of frames, time * k + 1, that holds so many."""
    return 1 + -(-(count - 1) // time) * time
