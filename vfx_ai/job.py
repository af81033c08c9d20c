"""What is asked: a Job, frozen, to and from JSON; and the events by which a run tells how far it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from vfx_ai.errors import JobError

SCHEMA = 1

Missing = Literal["error", "hold", "black"]

CHOICES: dict[str, tuple[str, ...]] = {
    "missing": ("error", "hold", "black"),
    "device": ("auto", "cpu", "cuda", "mps"),
}

# Fields that decide where or how the work is done, but not what any pixel becomes.
_NOT_IN_KEY = frozenset({"frames", "sample", "device", "memory", "force"})


@dataclass(frozen=True)
class Job:
    """One removal: a plate, the matte of what must go, and where the result is written.

    Attributes:
        plate: sequence, folder or file, in any spelling that `media.sequence.find_sequence` takes. All of its frames
            are the shot: any of them may lend pixels to any other.
        matte: sequence, folder or file (one file is held over the shot); empty: `matte_channel` of the plate itself.
        output: pattern of the result, e.g. "out/clean.####.exr".
        frames: which frames to fill, e.g. "1001,1010-1020x2"; empty: all frames of the plate.
        sample: fill only this many frames, spread over `frames`; 0: all.
        missing: what a gap in the plate means: "error", "hold" (the frame before) or "black".
        layer: which layer of the plate is filled: "RGB", a layer's prefix, or a part's name.
        matte_channel: channel of the matte file; empty: A, else the only one, else luminance.
        matte_invert: the hole is where the matte is 0.
        matte_grow: "3" pixels, "-2" pixels or "0.5%" of the plate's display width, applied to the matte.
        engine: "auto" or the name of an engine in `vfx_ai.fill`.
        blend: how many frames that agree are averaged for one pixel; 1 keeps the grain of a single frame; 0: the
            engine's own choice.
        device: "auto", "cpu", "cuda" or "mps".
        memory: frame budget, e.g. "4G" or "50%" of the machine's memory.
        aovs: write fill.source and fill.confidence beside RGB.
        keep_compression: write a lossy compression again, although it changes untouched pixels.
        force: do frames anew that are finished.
    """

    plate: str
    matte: str
    output: str
    frames: str = ""
    sample: int = 0
    missing: Missing = "error"
    layer: str = "RGB"
    matte_channel: str = ""
    matte_invert: bool = False
    matte_grow: str = "0"
    engine: str = "auto"
    blend: int = 0
    device: str = "auto"
    memory: str = "25%"
    aovs: bool = True
    keep_compression: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise JobError(f"{name} is {getattr(self, name)!r}", remedy=f"Use one of: {', '.join(allowed)}.")
        for name in ("sample", "blend"):
            if getattr(self, name) < 0:
                raise JobError(f"{name} is {getattr(self, name)}", remedy="Give 0 or more.")
        if not self.plate:
            raise JobError("no plate was given", remedy="Name a sequence, e.g. shot/plate.####.exr.")
        if not self.output:
            raise JobError("no output was given", remedy="Name a pattern, e.g. -o out/clean.####.exr.")
        if not self.matte and not self.matte_channel:
            raise JobError(
                "no matte was given",
                remedy="Use --matte FILE, or --matte-channel NAME for a channel of the plate itself.",
            )

    def to_json(self) -> str:
        """The job as JSON text, with the schema's number."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Job:
        """A job from JSON text.

        Raises:
            JobError: not JSON, of another schema, or with a field that is unknown or of the wrong type.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise JobError(f"the job is not JSON: {error}", remedy="Write it with Job.to_json().") from None
        if not isinstance(data, dict) or data.pop("schema", None) != SCHEMA:
            raise JobError("the job has another schema", remedy=f"This version reads schema {SCHEMA}.")
        return cls(**_checked(data))

    def pixel_fields(self) -> dict[str, Any]:
        """The fields that decide what a filled pixel becomes, for the key by which a finished frame is known."""
        return {name: value for name, value in asdict(self).items() if name not in _NOT_IN_KEY}


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    kinds: dict[str, type] = {"str": str, "int": int, "bool": bool, "Missing": str}
    known = {field.name: kinds[str(field.type)] for field in fields(Job)}
    for name, value in data.items():
        if name not in known:
            raise JobError(f"the job has an unknown field {name!r}", remedy="Remove it.")
        if type(value) is not known[name]:
            raise JobError(f"the job's field {name!r} is {value!r}", remedy=f"Give a {known[name].__name__}.")
    return data


@dataclass(frozen=True)
class Event:
    """One message of a run to whoever follows it.

    Attributes:
        kind: "stage" (a step begins), "step" (`done` of `total` within the stage), "frame" (frame `frame` is written),
            "note" (worth knowing) or "warning" (worth acting on).
        stage: "analyse", "fill" or "report".
        text: what to show.
        done, total: how far the stage is.
        frame: the frame it is about.
    """

    kind: Literal["stage", "step", "frame", "note", "warning"]
    stage: str
    text: str = ""
    done: int = 0
    total: int = 0
    frame: int | None = None


Progress = Callable[[Event], None]


def silent(_event: Event) -> None:
    """A Progress that shows nothing."""
