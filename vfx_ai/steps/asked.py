"""A job whose names are resolved to files and frames, and refused where it can't be done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from vfx_ai.errors import JobError
from vfx_ai.fill import MAKERS, NAMED, makers, reference
from vfx_ai.job import Edited, Job, Widened
from vfx_ai.matte.objects import check_objects
from vfx_ai.media import plate as plate_files
from vfx_ai.media.color_space import Space
from vfx_ai.media.frame import Plane, Window
from vfx_ai.media.output import made_pattern, refuse_input
from vfx_ai.media.painted import PaintedFile, find_painted
from vfx_ai.media.sequence import (
    Sequence,
    check_output,
    find_sequence,
    output_path,
    parse_frames,
    resolve_output,
    spread,
)
from vfx_ai.proof.record import FrameRecord
from vfx_ai.shot import MatteOptions, Shot
from vfx_ai.steps.workfolder import WorkFolder
from vfx_ai.studio.models import Chosen


@dataclass(frozen=True)
class Asked:
    """A job whose names are resolved to files and frames; `model` is what the registry has of its model, if any."""

    job: Job
    plate: Sequence
    matte: Sequence | None
    output: str
    frames: tuple[int, ...]
    folder: WorkFolder
    painted: tuple[PaintedFile, ...] = ()
    space: str = ""
    model: Chosen | None = None

    @property
    def display(self) -> Window | None:
        """The display window that results are to have; None: the plate's."""
        return Window(*self.job.display) if isinstance(self.job, Widened) else None

    def result(self, number: int) -> Path:
        """The file that frame `number`'s result is written to."""
        return output_path(self.output, number)

    @property
    def apart(self) -> str:
        """The pattern of the files that hold what a model makes, by itself; "": it makes nothing, or isn't asked to."""
        return _apart(self.job, self.output)

    def made(self, number: int) -> Path | None:
        """That of frame `number`, if there are such files."""
        return output_path(self.apart, number) if self.apart else None

    def finished(self, number: int) -> FrameRecord | None:
        """The record of a frame that needs no second run; see `WorkFolder.finished`."""
        return self.folder.finished(number, self.result(number), self.made(number))


def resolve(job: Job) -> Asked:
    """Find a job's files and frames, and refuse what can't be done, before anything is written.

    Raises:
        JobError, InputError, OutputError: see the message.
    """
    if job.engine not in ("auto", *NAMED):
        raise JobError(f"there is no engine {job.engine!r}", remedy=f"Use auto, {', '.join(NAMED)}.")
    model = makers.model_for(job)
    plate = find_sequence(job.plate, missing=job.missing, role="plate")
    matte = find_sequence(job.matte, missing=job.missing, role="matte") if job.matte else None
    output = resolve_output(job.output, plate)
    frames = spread(parse_frames(job.frames, plate.frames), job.sample)
    patterns = [pattern for pattern in (output, _apart(job, output)) if pattern]
    for pattern in patterns:
        check_output(pattern, frames, plate, matte)
    painted, by_hand = find_painted(job.painted, plate)
    others = [*by_hand, *([find_sequence(job.reference, missing="hold", role="reference")] if job.reference else [])]
    for number in frames if others else ():
        for pattern in patterns:
            refuse_input(output_path(pattern, number), number, others)
    for number in plate.frames:
        if matte is not None:
            matte.path(number)
    if job.matte_objects:
        check_objects(matte or plate, (*frames, *plate.frames), job.matte_objects, job.matte_layer)
    space = _space(plate, job)
    _check_layers(plate, job, space)
    inputs = [s for s in (plate, matte) if s is not None]
    made = makers.identity(job, model) or reference.identity(job)
    folder = WorkFolder(output, job, inputs, space.identity, made)
    return Asked(job, plate, matte, output, frames, folder, painted, space.identity, model)


def told_of_effects(asked: Asked) -> tuple[str, ...]:
    """What must be known of effects whose matte the results won't hold, as sentences."""
    kind = Path(asked.output).suffix.lower()
    if not asked.job.effects or (asked.job.aovs and kind == ".exr"):
        return ()
    why = f"{kind} has no room for it: write EXR to have it" if kind != ".exr" else "that is left out by --no-aovs"
    return (
        f"What --effects changes beside the matte isn't told by a channel matte.effects, since {why}. Without it "
        "vfx-ai verify can't tell these pixels from others that differ.",
    )


def _apart(job: Job, output: str) -> str:
    """See `Asked.apart`."""
    if isinstance(job, Edited):
        return made_pattern(output)
    wanted = job.engine in MAKERS and job.aovs and Path(output).suffix.lower() == ".exr"
    return made_pattern(output) if wanted else ""


def open_shot(asked: Asked, device: torch.device, budget: int) -> Shot:
    """The job's shot on a device; three quarters of the budget go to its frames, half if other layers need some too."""
    job = asked.job
    if device.type == "cuda":
        budget = min(budget, int(torch.cuda.mem_get_info(device)[0] * 0.5))
    aside = job.aside if isinstance(job, Widened) else ""
    options = MatteOptions(
        job.matte_channel, job.matte_invert, job.matte_grow, job.matte_objects, job.matte_layer, aside
    )
    share = budget // 2 if job.layers else budget * 3 // 4
    if job.effects:  # the same frames are kept once more, with their surroundings hidden
        share //= 2
    return Shot(asked.plate, asked.matte, job.layer, options, device, share, job.colorspace)


def _space(plate: Sequence, job: Job) -> Space:
    """What the numbers of the plate's first frame mean."""
    first = plate.present[0]
    return plate_files.probe(plate.path(first), first, job.layer, job.colorspace).space


def _check_layers(plate: Sequence, job: Job, space: Space) -> None:
    """Refuse layers that the plate, or one of its frames, doesn't have, or whose channels can't be told apart."""
    if job.layers and space.crossed:
        raise JobError(
            f"other layers can't be filled in the color space {space.name!r}, which mixes channels",
            remedy="Leave --layers out.",
        )
    planes: tuple[Plane, ...] = ()
    for number in plate.frames if job.layers else ():
        path = plate.path(number)
        layer = plate_files.pick_layer(plate_files.probe(path, number, job.layer), job.layer)
        planes = planes or plate_files.find_planes(path, number, layer, job.layers)
        plate_files.same_planes(path, number, layer, planes)
