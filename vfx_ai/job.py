"""What is asked: a Job, frozen, to and from JSON; and the events by which a run tells how far it is.

A host can load this file by its path, as client.py and errors.py, without the package around it, in Python 3.9 too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

# Loaded by its path it finds what it needs beside itself, and leaves the host's `vfx_ai`, if there is any, as it was.
_BY_PATH = __name__ != "vfx_ai.job"
_OURS = ("vfx_ai", "vfx_ai.errors", "vfx_ai.checks", "vfx_ai.typed")
_before = {name: sys.modules.pop(name) for name in _OURS if name in sys.modules} if _BY_PATH else {}
try:
    if _BY_PATH:
        _FOLDER = Path(__file__).resolve().parent
        sys.modules["vfx_ai"] = ModuleType("vfx_ai")
        sys.modules["vfx_ai"].__path__ = [str(_FOLDER)]
        for _module in list(sys.modules.values()):  # errors.py may be loaded already, by whatever name
            if Path(str(getattr(_module, "__file__", None) or "")) == _FOLDER / "errors.py":
                sys.modules["vfx_ai.errors"] = _module

    from vfx_ai.checks import (
        CHOICES,
        check_choices,
        check_made_up,
        check_matte,
        check_named,
        check_numbers,
        exposure_in_stops,
        focal_in_pixels,
    )
    from vfx_ai.errors import JobError
    from vfx_ai.typed import typed
finally:
    if _BY_PATH:
        for _name in _OURS:
            sys.modules.pop(_name, None)
        sys.modules.update(_before)

# Whoever asks for a job finds its checks here as well.
__all__ = [
    "CHOICES",
    "SCHEMA",
    "Cancelled",
    "Edited",
    "Event",
    "Job",
    "JobError",
    "Missing",
    "Progress",
    "Widened",
    "check_choices",
    "check_made_up",
    "check_matte",
    "check_named",
    "check_numbers",
    "exposure_in_stops",
    "focal_in_pixels",
    "silent",
]

SCHEMA = 1
Missing = Literal["error", "hold", "black"]
Step = Literal["all", "analyse", "fill", "report"]  # of a run, which several machines may share

# Fields that decide where or how the work is done, but not what any pixel becomes.
# (What paint-outs reach is told by each frame's record: the others stand, whatever is painted.)
_NOT_IN_KEY = frozenset(
    {"frames", "sample", "device", "memory", "force", "exposure", "painted", "use", "policy", "models_dir"}
)


@dataclass(frozen=True)
class Job:
    """One removal: a plate, the matte of what must go, and where the result is written.

    Attributes:
        plate: sequence, folder or file, in any spelling that `media.sequence.find_sequence` takes. All of its frames
            are the shot: any of them may lend pixels to any other.
        matte: sequence, folder or file (one file is held over the shot); empty: `matte_channel` or `matte_objects` of
            the plate itself.
        output: pattern of the result, e.g. "out/clean.####.exr".
        frames: which frames to fill, e.g. "1001,1010-1020x2"; empty: all frames of the plate.
        sample: fill only this many frames, spread over `frames`; 0: all.
        colorspace: what the plate's numbers mean: a color space of the OpenColorIO config, its alias or role, or a
            short name as "logc4"; empty: $OCIO's file rules or the file itself tell.
        exposure: stops by which the report's pictures are exposed up, e.g. "1.5" or "-2"; "auto": by the plate's mid
            level.
        missing: what a gap in the plate means: "error", "hold" (the frame before) or "black".
        layer: which layer of the plate is filled: "RGB", a layer's prefix, or a part's name.
        matte_channel: channel of the matte file; empty: A, else the only one, else luminance.
        matte_objects: instead of a channel, objects of the file's cryptomatte, "Ball,crowd_*"; see
            `matte.selection.parse_objects`.
        matte_layer: which cryptomatte, if there are several: "CryptoMaterial"; empty: the only one, or that of objects.
        matte_invert: the hole is where the matte is 0.
        matte_grow: "3" pixels, "-2" pixels or "0.5%" of the plate's display width, applied to the matte.
        camera: file of a camera that exists, .chan, .usd, .usda, .usdc or .json; empty: it is solved where that helps.
        focal: focal length, "1800" pixels across the plate's display window, or "32mm/36mm" of a sensor as wide as the
            picture; empty: that of the camera's file or the plate's metadata, else unknown.
        engine: "auto" or the name of an engine in `vfx_ai.fill`.
        blend: how many frames that agree are averaged for one pixel; 1 keeps the grain of a single frame; 0: the
            engine's own choice.
        grain: "match" (the fill gets the plate's own grain, as measured), "keep" (each pixel keeps that of the single
            frame that it came from) or "none" (what mixing frames leaves of it).
        detail: how much of the shot's own texture is laid on what no frame shows, 0 (none, a smooth surface) to 1;
            None: all of it where the plate's grain is matched, else 0.2, which stays nearer to what can be known.
        painted: frames that an artist painted what must go out of, a file or a pattern, several with commas between
            them: "paint/clean.1012.exr". They are carried through the shot, before anything else is looked for.
        model: a model that makes up what no frame shows: a name in the registry (`vfx-ai models list`), or a folder or
            .safetensors file; empty: none.
        prompt: what the model is to make, in words; empty: what fits.
        negative: what it is to keep away from, in words, where the model takes that.
        strength: how much of what the hole begins with the model may change: more than 0, to 1, all of it.
        seed: another number, another result.
        lora: adapters of the registry that are laid on the model, with their weights: "ourlook:0.8,grade:0.5".
        reference: a picture of what the model is to make, where it can be shown one; without a model one that lends
            its texture to what no frame shows; empty: none.
        use: what the result is for, "commercial" or "research". A model whose licence doesn't allow that is refused.
        policy: the studio's file of what is allowed and forbidden; empty: that of $VFX_AI_POLICY, if there is one.
        models_dir: the folder of models; empty: that of $VFX_AI_MODELS, else where the system keeps a user's data.
        device: "auto", "cpu", "cuda" or "mps".
        memory: frame budget, e.g. "4G" or "50%" of the machine's memory.
        layers: other layers of an EXR that are filled from the same pixels: "all", or names with commas between them,
            also as patterns ("diffuse,specular,crypto*"); empty: they stay as they are.
        ids: what layers of ids become in the hole: "nearest" (the id of the nearest pixel) or "clear" (0).
        effects: also take out what the object leaves beside the matte: shadow, reflection, light that it throws.
        aovs: write fill.source, fill.confidence, fill.from and fill.gain beside RGB; and what a model made of an EXR as
            files of its own, "out/clean_made.####.exr".
        keep_compression: write a lossy compression again, although it changes untouched pixels.
        force: do frames anew that are finished.
    """

    plate: str
    matte: str
    output: str
    frames: str = ""
    sample: int = 0
    colorspace: str = ""
    exposure: str = "auto"
    missing: Missing = "error"
    layer: str = "RGB"
    matte_channel: str = ""
    matte_objects: str = ""
    matte_layer: str = ""
    matte_invert: bool = False
    matte_grow: str = "0"
    camera: str = ""
    focal: str = ""
    engine: str = "auto"
    blend: int = 0
    grain: str = "match"
    detail: float | None = None
    painted: str = ""
    model: str = ""
    prompt: str = ""
    negative: str = ""
    strength: float = 1.0
    seed: int = 1
    lora: str = ""
    reference: str = ""
    use: str = "commercial"
    policy: str = ""
    models_dir: str = ""
    device: str = "auto"
    memory: str = "25%"
    layers: str = ""
    ids: str = "nearest"
    effects: bool = False
    aovs: bool = True
    keep_compression: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        check_named(self.plate, self.output, "clean")
        check_choices(missing=self.missing, device=self.device, ids=self.ids, grain=self.grain)
        check_numbers(self.detail, sample=self.sample, blend=self.blend)
        focal_in_pixels(self.focal, 1)
        exposure_in_stops(self.exposure)
        check_matte(self.matte, self.matte_channel, self.matte_objects, self.matte_layer)
        words = {"prompt": self.prompt, "negative": self.negative}
        if self.model:  # without one it lends its texture
            words["reference"] = self.reference
        check_made_up(self.model, self.strength, self.seed, lora=self.lora, use=self.use, **words)

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
        except (ValueError, RecursionError) as error:
            raise JobError(f"the job is not JSON: {error}", remedy="Write it with Job.to_json().") from None
        if not isinstance(data, dict) or data.pop("schema", None) != SCHEMA:
            raise JobError("the job has another schema", remedy=f"This version reads schema {SCHEMA}.")
        return typed(cls, data)

    def pixel_fields(self) -> dict[str, Any]:
        """The fields that decide what a filled pixel becomes, for the key by which a finished frame is known."""
        # 0 and 0.0 are the same, and written differently.
        floats = {one.name for one in fields(self) if str(one.type).startswith("float")}
        return {
            name: float(value) if name in floats and value is not None else value
            for name, value in asdict(self).items()
            if name not in _NOT_IN_KEY
        }


@dataclass(frozen=True)
class Widened(Job):
    """A job on a plate that was made larger, with zeros where its matte's hole is: for `plates.extend` alone.

    Attributes:
        aside: channel of the matte's files that names what lends no pixel, and isn't filled either; empty: nothing.
        made_by: how that channel was made, for the key by which finished frames are known.
        display: (x0, y0, x1, y1), the display window of the results, its ends exclusive.
    """

    aside: str = ""
    made_by: str = ""
    display: tuple[int, int, int, int] = (0, 0, 0, 0)


@dataclass(frozen=True)
class Edited(Job):
    """A job whose hole is not removed but changed by a model, from what is there: for `plates.edit` alone."""


@dataclass(frozen=True)
class Event:
    """One message of a run to whoever follows it.

    Attributes:
        kind: "stage" (a step begins), "step" (`done` of `total` within the stage), "frame" (frame `frame` is written),
            "note" (worth knowing) or "warning" (worth acting on).
        stage: "analyse", "fill" or "report"; "matte" where a matte is made, "board" a storyboard.
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
Cancelled = Callable[[], bool]  # whether it is to stop


def silent(_event: Event) -> None:
    """A Progress that shows nothing."""
