"""What a wider plate would take, told before anything is made or written."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from vfx_ai.device import choose_device
from vfx_ai.fill import FOUNDATION, MAKERS
from vfx_ai.fill.checkpoint import model_of
from vfx_ai.fill.families import IMAGE, VIDEO
from vfx_ai.fill.keys import keys_among
from vfx_ai.fill.makers_cost import cost_of_holes, cost_of_videos
from vfx_ai.media.sequence import parse_frames, spread
from vfx_ai.plates.extend import Known, job_of
from vfx_ai.plates.jobs import Extend
from vfx_ai.proof.wording import counted, making

OWN = "what other frames saw, then the shot's own texture; no model"


@dataclass(frozen=True)
class ExtendPlan:
    """What an extension would do.

    Attributes:
        output: the pattern of its files.
        frames: numbers of the frames.
        width, height: of the larger picture, by the first frame.
        hole_percent: of it that lies beyond the old edge.
        engine: as it was asked for.
        would: what a model takes, at most, as if no other frame saw anything there; else that none is asked.
        seconds: of it, about; good for its order of magnitude.
    """

    output: str
    frames: tuple[int, ...]
    width: int
    height: int
    hole_percent: float
    engine: str
    would: str
    seconds: float

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Names and values for people."""
        return (
            ("plate", f"{counted(len(self.frames), 'frame')} of {self.width}x{self.height}"),
            ("beyond", f"{self.hole_percent:.2f}%"),
            ("engine", self.engine),
            ("would take", self.would),
            ("result", self.output),
        )


def plan_extend(asked: Extend) -> ExtendPlan:
    """Look at an extension's files and say what it would do; nothing is written, and no model is loaded.

    Raises:
        VfxAiError: what `extend` would raise before its first frame.
    """
    known = job_of(asked)
    frames = spread(parse_frames(asked.frames, known.plate.frames), asked.sample)
    old = known.first.data_window
    wide = old.union(known.display)
    hole = torch.ones((wide.height, wide.width), dtype=torch.bool)
    hole[old.slices(wide)] = False
    would, seconds = _of_model(known, hole)
    percent = 100 * float(hole.float().mean())
    return ExtendPlan(known.job.output, frames, wide.width, wide.height, percent, asked.engine, would, seconds)


def _of_model(known: Known, hole: torch.Tensor) -> tuple[str, float]:
    """What a model would take for a hole [H, W] bool, in words and in seconds."""
    job, there = known.job, known.plate.present
    if job.engine not in MAKERS:
        return OWN, 0.0
    if MAKERS[job.engine].source != FOUNDATION:
        return f"what other frames saw, then {MAKERS[job.engine].puts}", 0.0
    kind, device = VIDEO if MAKERS[job.engine].windowed else IMAGE, choose_device(job.device)
    model = model_of(known.model, kind)[1]
    if kind == VIDEO:
        cost = cost_of_videos(job, model, there, (hole.shape[0], hole.shape[1]), device)
    else:
        cost = cost_of_holes(job, model, [hole] * len(keys_among(there)), device)
    what = "window" if kind == VIDEO else "key frame"
    return making(what, cost.pictures, cost.crops, cost.tiles, cost.steps, cost.seconds), cost.seconds
