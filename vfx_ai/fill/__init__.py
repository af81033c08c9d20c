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
PLATE, OTHER_FRAME, PATCH, PAINTED, SMOOTH, RELIT = 0, 1, 2, 5, 6, 7
REAL = (OTHER_FRAME, RELIT)  # the very place, seen by another frame or this one
# What a result's header and papers count together; every value but the plate's is in one of them.
KINDS: dict[str, tuple[int, ...]] = {
    "real": REAL,
    "patch": (PATCH,),
    "painted": (PAINTED,),
    "generated": (3, 4),
    "smooth": (SMOOTH,),
}
TRACED = (*REAL, PATCH, PAINTED)  # the light at fill.from, times fill.gain; of PAINTED in the paint-out's file
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
    """

    module: str
    puts: str
    suits: str


ENGINES: dict[str, Engine] = {
    "temporal": Engine(
        "vfx_ai.fill.temporal", "the same pixel of other frames", "a camera that stands still or only turns"
    ),
    "project": Engine(
        "vfx_ai.fill.project",
        "the background seen from other frames, through a solved camera and its depth",
        "a camera that travels past what stands still",
    ),
    "flow": Engine(
        "vfx_ai.fill.flow", "pixels of other frames carried along dense motion", "parallax, and what moves on its own"
    ),
}
# What a job may name beside "auto": the engines, which take part in the trial, and the shot's own texture alone.
NAMED: dict[str, Engine] = {
    **ENGINES,
    TEXTURE: Engine(
        "vfx_ai.fill.patch", "the shot's own texture on a smooth tone", "what no frame shows, or no frame is to lend"
    ),
}
