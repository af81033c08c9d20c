"""What an edit would take, told before anything is made or written."""

from __future__ import annotations

from dataclasses import dataclass

from vfx_ai.device import choose_device
from vfx_ai.fill import MAKERS
from vfx_ai.fill.checkpoint import model_of
from vfx_ai.fill.families import IMAGE, VIDEO
from vfx_ai.fill.makers_cost import cost_of_pictures, cost_of_videos
from vfx_ai.media import plate as plate_files
from vfx_ai.plates.edit import job_of
from vfx_ai.plates.jobs_edit import Edit
from vfx_ai.proof.wording import counted, making


@dataclass(frozen=True)
class EditPlan:
    """What an edit would do.

    Attributes:
        output: the pattern of its files; what is made lies beside them.
        frames: numbers of the frames.
        width, height: of the first one.
        model: by name, with its licence, and what is laid on it.
        engine: that asks it.
        would: what that takes, at most, as if the whole picture may change.
        seconds: of it, about; good for its order of magnitude.
    """

    output: str
    frames: tuple[int, ...]
    width: int
    height: int
    model: str
    engine: str
    would: str
    seconds: float

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Names and values for people."""
        return (
            ("plate", f"{counted(len(self.frames), 'frame')} of {self.width}x{self.height}"),
            ("model", f"{self.model}, by {self.engine}"),
            ("would take", self.would),
            ("result", self.output),
        )


def plan_edit(asked: Edit) -> EditPlan:
    """Look at an edit's files and say what it would do; nothing is written, and no model is loaded.

    Raises:
        VfxAiError: what `edit` would raise before its first frame.
    """
    job, plate, frames, found = job_of(asked)
    kind = VIDEO if MAKERS[job.engine].windowed else IMAGE
    first = next(number for number in plate.frames if number not in plate.missing)
    window = plate_files.probe(plate.path(first), first, job.layer, job.colorspace).data_window
    size, device, model = (window.height, window.width), choose_device(job.device), model_of(found, kind)[1]
    if kind == VIDEO:  # a window needs those before it
        there = [number for number in plate.frames if number not in plate.missing and number <= max(frames)]
        cost = cost_of_videos(job, model, there, size, device)
    else:
        cost = cost_of_pictures(job, model, len(frames), size, device)
    what = "window" if kind == VIDEO else "picture"
    would = making(what, cost.pictures, cost.crops, cost.tiles, cost.steps, cost.seconds)
    return EditPlan(job.output, frames, *size[::-1], found.told(), job.engine, would, cost.seconds)
