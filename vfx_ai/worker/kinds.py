"""What can be asked of a worker: a row for each kind, and what is asked as a dataclass read from JSON.

Loads nothing heavy: a job that makes no sense is refused before any process is started for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from vfx_ai.board.jobs import Storyboard
from vfx_ai.errors import JobError
from vfx_ai.job import Job, Missing, check_choices
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.plates.jobs_edit import Edit
from vfx_ai.plates.jobs_new import PlateByModel, PlateGenerate, PlateLoop
from vfx_ai.reading import VERSION_KEY, read

__all__ = [
    "KINDS",
    "PREVIEWED",
    "RUNNABLE",
    "VERSION_KEY",
    "Asked",
    "Kind",
    "MatteClick",
    "MattePick",
    "Names",
    "Nothing",
    "Preview",
    "read",
]


@dataclass(frozen=True)
class MatteClick:
    """A matte from clicks and boxes, followed through the shot.

    Attributes:
        plate: sequence, folder or file.
        output: pattern of the matte's files, e.g. "out/matte.####.exr".
        points: "X,Y@FRAME" is the object, "-X,Y@FRAME" isn't; "NAME:X,Y@FRAME" for several objects.
        not_points: "X,Y@FRAME" isn't the object.
        boxes: "X,Y,X,Y@FRAME", two corners of what holds the object.
        wires: "X,Y,X,Y@FRAME", two ends of something long and thin, as `vfx-ai matte click --wire` takes them.
        edge: "soft" or "hard".
        sam_weights: a folder with SAM 2's weights, or a .safetensors file with Segment Anything's, of the worker's
            machine; empty: those in its folder of models, if there are any.
        frames: which to write, e.g. "1001,1010-1020x2"; empty: all.
        layer: which layer of the plate is looked at.
        colorspace: what the plate's numbers mean, as for a Job.
        missing: what a gap in the plate means: "error", "hold" (the frame before) or "black".
        device: "auto", "cpu", "cuda" or "mps".
    """

    plate: str
    output: str
    points: tuple[str, ...] = ()
    not_points: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()
    wires: tuple[str, ...] = ()
    edge: str = "soft"
    sam_weights: str = ""
    frames: str = ""
    layer: str = "RGB"
    colorspace: str = ""
    missing: Missing = "error"
    device: str = "auto"

    def __post_init__(self) -> None:
        check_choices(missing=self.missing, device=self.device, edge=self.edge)


@dataclass(frozen=True)
class MattePick:
    """The matte of objects of the plate's cryptomatte.

    Attributes:
        plate: sequence, folder or file.
        objects: names, patterns and ids with commas between them, e.g. "Ball,crowd_*,<1a2b3c4d>".
        output: pattern of the matte's files, e.g. "out/matte.####.exr".
        layer: which cryptomatte, if there are several.
        frames: which to write, e.g. "1001,1010-1020x2"; empty: all.
        missing: what a gap in the plate means: "error", "hold" (the frame before) or "black".
    """

    plate: str
    objects: str
    output: str
    layer: str = ""
    frames: str = ""
    missing: Missing = "error"

    def __post_init__(self) -> None:
        check_choices(missing=self.missing)


# Kinds of which one frame can be shown soon. A new plate and a loop have none: each of their frames is made of all.
PREVIEWED: dict[str, type[Job | Clean | Extend | MatteClick | MattePick]] = {
    "inpaint": Job,
    "plate_clean": Clean,
    "plate_extend": Extend,
    "matte_click": MatteClick,
    "matte_pick": MattePick,
}


@dataclass(frozen=True)
class Preview:
    """One frame of a job, small, from the frames around it alone.

    Attributes:
        job: the job's fields, with the schema's number.
        frame: which frame.
        file: where the picture is written: .exr (scene-linear, with fill.source and fill.confidence), .png or .jpg (as
            the report shows it).
        width: pixels across, at most.
        reach: how many frames before and after it are looked at.
        kind: of the job, one of PREVIEWED.
    """

    job: dict[str, Any]
    frame: int
    file: str
    width: int = 480
    reach: int = 8
    kind: str = "inpaint"

    @property
    def asked(self) -> Any:
        """The job, read."""
        return read(PREVIEWED[self.kind], self.job, versioned=True)

    def __post_init__(self) -> None:
        if self.kind not in PREVIEWED:
            raise JobError(f"there is no preview of {self.kind!r}", remedy=f"There are: {', '.join(PREVIEWED)}.")
        _ = self.asked  # or it is refused
        if not self.file.lower().endswith((".exr", ".png", ".jpg", ".jpeg")):
            raise JobError(f"a preview can't be written as {self.file!r}", remedy="Name an .exr, .png or .jpg file.")
        for name, least in (("width", 16), ("reach", 1)):
            if getattr(self, name) < least:
                raise JobError(f"{name} is {getattr(self, name)}", remedy=f"Give {least} or more.")


@dataclass(frozen=True)
class Names:
    """The objects of a plate's cryptomattes, in one frame.

    Attributes:
        plate: sequence, folder or file.
        frame: which; null: the first.
        missing: what a gap in the plate means: "error", "hold" or "black".
    """

    plate: str
    frame: int | None = None
    missing: Missing = "error"

    def __post_init__(self) -> None:
        check_choices(missing=self.missing)


@dataclass(frozen=True)
class Nothing:
    """Nothing more is to be said."""


Asked = (
    Job
    | MatteClick
    | MattePick
    | Clean
    | Edit
    | Extend
    | PlateByModel
    | PlateGenerate
    | PlateLoop
    | Storyboard
    | Preview
    | Names
    | Nothing
)


@dataclass(frozen=True)
class Kind:
    """A row of the table.

    Attributes:
        made: the dataclass of what is asked.
        by: the function of `vfx_ai.worker.work` that does it.
        says: what it is, in a line.
        how: "run" (a job, by the method run; told of by notifications), "job" (the same by a method of its own), "ask"
            (a method whose answer comes when it is done) or "inner".
        quick: it is over soon, and needn't wait for a job that runs.
        versioned: of a method of its own: it has one parameter, job, with the schema's number.
    """

    made: type[Asked]
    by: str
    says: str
    how: Literal["run", "job", "ask", "inner"] = "run"
    quick: bool = False
    versioned: bool = False


KINDS: dict[str, Kind] = {
    "inpaint": Kind(Job, "inpaint", "take an object out of a sequence"),
    "matte_click": Kind(MatteClick, "matte_click", "a matte from clicks and boxes"),
    "matte_pick": Kind(MattePick, "matte_pick", "a matte of a cryptomatte's objects"),
    "edit": Kind(Edit, "edit", "what a shot shows, changed by a model"),
    "plate_clean": Kind(Clean, "plate_clean", "a plate without what moves"),
    "plate_extend": Kind(Extend, "plate_extend", "a wider plate"),
    "plate_generate": Kind(PlateGenerate, "plate_generate", "a new plate like a reference"),
    "plate_by_model": Kind(PlateByModel, "plate_by_model", "a new plate that a model makes"),
    "plate_loop": Kind(PlateLoop, "plate_loop", "a shot as a loop"),
    "storyboard": Kind(Storyboard, "storyboard", "a storyboard of a script"),
    "preview": Kind(Preview, "preview", "one frame of a job, small", "job", quick=True),
    "plan": Kind(Job, "plan", "what a job would do, and at what cost", "ask", quick=True, versioned=True),
    "names": Kind(Names, "names", "the objects of a plate's cryptomattes", "ask", quick=True),
    "doctor": Kind(Nothing, "doctor", "what the machine has, and what that allows", "ask", quick=True),
    "devices": Kind(Nothing, "devices", "what computes here", "inner", quick=True),
}
RUNNABLE = tuple(name for name, kind in KINDS.items() if kind.how == "run")
