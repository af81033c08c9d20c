"""The engines that fill a hole: one engine, one file, one row here; and what the values of fill.source mean."""

from __future__ import annotations

from dataclasses import dataclass

SOURCES: dict[int, str] = {
    0: "plate",
    1: "another frame",
    2: "patch of the shot",
    3: "model of the shot or the studio",
    4: "foundation model",
    5: "hand-painted",
    6: "smooth",
    7: "plate, relit",
}
PLATE, OTHER_FRAME, PATCH, MODEL, FOUNDATION, PAINTED, SMOOTH, RELIT = 0, 1, 2, 3, 4, 5, 6, 7
REAL = (OTHER_FRAME, RELIT)  # the very place, seen by another frame or this one
# What a result's header and papers count together; every value but the plate's is in one of them.
KINDS: dict[str, tuple[int, ...]] = {
    "real": REAL,
    "patch": (PATCH,),
    "painted": (PAINTED,),
    "generated": (MODEL, FOUNDATION),
    "smooth": (SMOOTH,),
}
TRACED = (*REAL, PATCH, PAINTED)  # the light at fill.from, times fill.gain; of PAINTED in the paint-out's file
REFERENCE = -1_000_000  # as the frame of fill.from: the reference that was given, which is no frame of the shot
TEXTURE = "patch"  # as an engine's name: no frame lends its pixels, all of the hole gets the shot's own texture
SMOOTHLY = "smooth"  # stands where an engine's name does, for none: all is left to the smooth fill


@dataclass(frozen=True)
class Engine:
    """A row of the table.

    Attributes:
        module: has analyse(shot, motion, folder, progress), ready(shot, motion, folder),
            fill(shot, ready, number, blend, region), and hidden(shot, ready, numbers): what is ready for a trial in
            which the shot hides more, around some frames.
        puts: what it puts into the hole.
        suits: the shots that it is for.
        cameras: those for which "auto" tries it, of CAMERAS.
        analyses: what its analysis finds out, as progress names it.
    """

    module: str
    puts: str
    suits: str
    cameras: tuple[str, ...] = ()
    analyses: str = ""


# What a camera does: it stands, it moves without a path that could be solved (it turns, or is shaken), or it has one.
CAMERAS = STANDING, TURNING, TRAVELLING = ("standing", "turning", "travelling")
ENGINES: dict[str, Engine] = {
    "project": Engine(
        "vfx_ai.fill.project",
        "the background seen from other frames, through a solved camera and its depth",
        "a camera that travels past what stands still",
        (TRAVELLING,),
        "depth",
    ),
    "flow": Engine(
        "vfx_ai.fill.flow",
        "pixels of other frames carried along dense motion",
        "parallax, and what moves on its own",
        (TURNING, TRAVELLING),
        "motion behind the object",
    ),
    "temporal": Engine(
        "vfx_ai.fill.temporal",
        "the same pixel of other frames",
        "a camera that stands still or only turns",
        (STANDING, TURNING),
    ),
}


def tried_for(camera: str) -> tuple[str, ...]:
    """The engines that "auto" tries for a camera of CAMERAS, in the order of the table."""
    return tuple(name for name, row in ENGINES.items() if camera in row.cameras)


@dataclass(frozen=True)
class Making(Engine):
    """A row of MAKERS: a model that makes pixels where no frame shows any, after engines that are chosen as by "auto".

    Attributes:
        module: see `vfx_ai.fill.makers`.
        source: the value of fill.source of what it makes, MODEL or FOUNDATION.
        windowed: it makes windows of all frames, instead of a few key frames.
        upon_tone: what is carried from key frames is what it makes less a smooth tone, laid on each frame's own.
    """

    source: int = FOUNDATION
    windowed: bool = False
    upon_tone: bool = False


MAKERS: dict[str, Making] = {
    "internal": Making(
        "vfx_ai.fill.internal",
        "pixels of a small network that learns from this shot alone",
        "what no frame shows, where no model from elsewhere is to have a say",
        source=MODEL,
        upon_tone=True,
    ),
    "diffusion_image": Making(
        "vfx_ai.fill.diffusion_image",
        "pixels of an image model in a few key frames, carried to all others",
        "what no frame shows, on a background that keeps its looks",
    ),
    "diffusion_video": Making(
        "vfx_ai.fill.diffusion_video",
        "pixels of a video model, window after window of frames",
        "what no frame shows, where it moves or changes by itself",
        windowed=True,
    ),
}
MADE = (MODEL, FOUNDATION)


def finds_by(engine: str) -> str:
    """The engine that finds the real pixels of a job that names `engine`: "auto" before what makes pixels."""
    return "auto" if engine in MAKERS else engine


# What a job may name beside "auto": the engines, which take part in the trial, the shot's own texture alone, and what
# makes pixels where "auto" finds none.
NAMED: dict[str, Engine] = {
    **ENGINES,
    TEXTURE: Engine(
        "vfx_ai.fill.patch", "the shot's own texture on a smooth tone", "what no frame shows, or no frame is to lend"
    ),
    **MAKERS,
}
