"""What a training on a base changes, on the way: the same hole, filled as before and as it is now."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import torch

from vfx_ai.fill import pipeline
from vfx_ai.fill.families.asked import Call
from vfx_ai.fill.families.videos import VideoCall, around
from vfx_ai.media.frame import ByteArray
from vfx_ai.proof.pictures import encoded, write_atomically
from vfx_ai.proof.plate_page import side_by_side
from vfx_ai.training.lora_base import OnNetwork, without
from vfx_ai.training.lora_clips import clip_examples
from vfx_ai.training.lora_loop import LoraTraining
from vfx_ai.training.lora_pictures import example
from vfx_ai.training.lora_video import VideoLoraTraining

SHOWN_STEPS = {"cpu": 8}  # of denoising; elsewhere the family's own
SEED = 7
WIDEST = 320  # pixels of a picture


class Filler(Protocol):
    """A hole to fill: the picture [3, h, w] and the mask [1, h, w] of it, 0..1, and what the model makes of it."""

    picture: torch.Tensor
    mask: torch.Tensor

    def fill(self) -> torch.Tensor:
        """The picture [3, h, w] float32 with its hole filled by the model as it is."""
        ...


class Stills:
    """Pictures of how far a training is, see `carry_out.Samples`.

    Args:
        training: that is under way.
        filler: what is filled.
        folder: for `sample.STEP.png`.
    """

    words = "what is shown, what the base makes of it, what it makes with what was learned, the truth"

    def __init__(self, training: OnNetwork, filler: Filler, folder: Path) -> None:
        self._training, self._filler, self._folder = training, filler, folder
        # A LoRA can be left out at any time; else what the base makes must be asked before it learns.
        self._before = self._filled() if not training.recipe.rank and self._asked else None

    def sample(self) -> None:
        """Write `sample.STEP.png`; of several processes the first does, with the help of others where it needs it."""
        training, filler = self._training, self._filler
        if not self._asked:
            return
        if self._before is None:
            self._before = without(training, self._filled)
        after = self._filled()
        if not training.together.first:
            return
        shown = filler.picture * (1 - filler.mask)
        row = side_by_side([_eye(one) for one in (shown, self._before, after, filler.picture)])
        write_atomically(self._folder / f"sample.{training.step:07d}.png", encoded(row, ".png"))

    @property
    def _asked(self) -> bool:
        """Whether this process fills anything: the first does, and where weights are spread all must."""
        return self._training.together.first or self._training.together.spread

    def _filled(self) -> torch.Tensor:
        training = self._training
        training.network.eval()
        try:
            with training.autocast():
                return self._filler.fill()
        finally:
            training.network.train()

    def off(self) -> None:
        """It isn't measured."""


class PictureFiller:
    """See `Filler`: a picture, by a model of images."""

    def __init__(self, training: LoraTraining, opened: pipeline.Opened) -> None:
        self._opened, self._device = opened, training.device
        self._example = example(training.pictures, training.recipe.side, 1, SEED, 0)
        self.picture, self.mask = self._example.pictures[0], self._example.mask[0]

    def fill(self) -> torch.Tensor:
        """See `Filler`."""
        pipe, family, one = self._opened.pipe, self._opened.family, self._example
        call = Call(one.pictures, one.mask, one.captions[0], "", 1.0, _steps(family, self._device))
        given = pipeline.run(pipe, family.arguments(pipe, call), SEED, lambda: None, "images")
        made: torch.Tensor = torch.as_tensor(given).float().cpu().reshape(one.pictures.shape)[0]
        return torch.where(self.mask > 0, made, self.picture)


class ClipFiller:
    """See `Filler`: the frame in the middle of a clip, by a model of videos that fills all of it."""

    def __init__(self, training: VideoLoraTraining, opened: pipeline.Opened) -> None:
        self._opened, self._device = opened, training.device
        (self._example,) = clip_examples(training.clips, 1, SEED, 0)
        self._middle = len(self._example.video) // 2
        self.picture, self.mask = self._example.video[self._middle], self._example.mask[self._middle]

    def fill(self) -> torch.Tensor:
        """See `Filler`."""
        pipe, family, one = self._opened.pipe, self._opened.family, self._example
        call = VideoCall(one.video, one.mask, one.caption, "", 1.0, _steps(family, self._device), seed=SEED)
        after, during = around(family, pipe, call)
        with torch.no_grad():
            arguments = family.arguments(pipe, call)
        given = pipeline.run(pipe, arguments, SEED, lambda: None, "frames", after, during)
        made = torch.as_tensor(given[0][self._middle]).float().cpu()
        return torch.where(self.mask > 0, made, self.picture)


def _steps(family: Any, device: torch.device) -> int:
    return int(SHOWN_STEPS.get(device.type, family.STEPS))


def _eye(code: torch.Tensor) -> ByteArray:
    picture = (code.clamp(0, 1).permute(1, 2, 0).numpy() * 255 + 0.5).astype(np.uint8)
    share = min(1.0, WIDEST / picture.shape[1])
    size = (max(1, round(picture.shape[1] * share)), max(1, round(picture.shape[0] * share)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
