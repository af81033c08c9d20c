"""A picture beside the shot that lends its texture, too: a plate of the same wall, a photograph of the same leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from vfx_ai.errors import InputError
from vfx_ai.fill import MAKERS
from vfx_ai.job import Job
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.frame import Window
from vfx_ai.media.reference import file_of, identity_of, read_whole
from vfx_ai.shot import Shot, View

MOST_TIMES = 4  # the shot's own pixels: a larger one costs more than all else


@dataclass(frozen=True)
class Reference:
    """A picture that lends.

    Attributes:
        light: [3, h, w] float32, scene-linear, in the machine's memory.
        window: where it lies in its file's coordinates.
        identity: what its file holds, as a short text.
    """

    light: torch.Tensor
    window: Window
    identity: str

    def as_bright_as(self, view: View) -> torch.Tensor:
        """Its light [3, h, w] with the same middle as what is seen of a frame, on the frame's device."""
        light = self.light.to(view.scene.device)
        if not bool(view.seen.any()):
            return light
        return from_log(to_log(light) + _middle(view.scene[:, view.seen]) - _middle(light.flatten(1)))


def lends(job: Job) -> bool:
    """Whether a job names a reference and no model that is shown it."""
    return bool(job.reference) and job.engine not in MAKERS


def identity(job: Job) -> str:
    """What the reference that lends its texture holds; "" where there is none."""
    return identity_of(job.reference) if lends(job) else ""


def reference_for(job: Job, shot: Shot) -> Reference | None:
    """The reference that a job wants to lend its texture; None: there is none, or a model is shown it.

    Raises:
        InputError, UnsupportedFileError: it can't be read, or is far larger than the shot.
    """
    if not lends(job):
        return None
    path = job.reference
    frame = read_whole(path)
    height, width = frame.pixels.shape[:2]
    if height * width > MOST_TIMES * shot.height * shot.width:
        raise InputError(
            f"the reference is {width}x{height}, more than {MOST_TIMES} times the plate's {shot.width}x{shot.height}",
            file=file_of(path)[0],
            remedy="Give a piece of it: its pixels are taken as large as they are.",
        )
    light = torch.from_numpy(np.where(np.isfinite(frame.pixels), frame.pixels, 0)).permute(2, 0, 1).contiguous()
    return Reference(light, frame.data_window, identity_of(path))


def _middle(light: torch.Tensor) -> torch.Tensor:
    """The median of log light [3, N]."""
    codes = to_log(light).mean(0)
    return codes[:: max(1, math.ceil(codes.numel() / 1e6))].median()
