"""What is asked of whole plates: frozen, and checked before any file is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vfx_ai.errors import JobError
from vfx_ai.job import (
    Missing,
    check_choices,
    check_made_up,
    check_named,
    check_numbers,
    exposure_in_stops,
    focal_in_pixels,
)

_SIDE = re.compile(r"(\d+(?:\.\d+)?)(%?)", re.ASCII)
_FORMAT = re.compile(r"(\d+)\s*[x*]\s*(\d+)", re.ASCII)


@dataclass(frozen=True)
class Clean:
    """A clean plate: the background of the shot, with what moves by itself gone.

    Attributes:
        plate: sequence, folder or file.
        output: pattern of the result, e.g. "out/clean.####.exr"; of a single plate also a name, e.g. "out/single.exr".
        matte: what has to go, a sequence or one held file; empty: what disagrees with the other frames, where the
            camera stands still or only turns.
        matte_channel: channel of the matte file; empty: A, else the only one, else luminance.
        matte_invert: what has to go is where the matte is 0.
        matte_grow: "3" pixels, "-2" pixels or "0.5%" of the plate's display width, applied to the matte, also to one
            that was found.
        single: one stitched plate of all frames, and for each frame the map (STMap) that puts it back there.
        frames: which frames, e.g. "1001,1010-1020x2"; empty: all. Of a single plate: which get a map.
        sample: only this many frames, spread over `frames`; 0: all.
        colorspace: what the plate's numbers mean, as for a Job.
        exposure: stops by which the report's pictures are exposed up, or "auto".
        missing: what a gap in the plate means: "error", "hold" (the frame before) or "black".
        layer: which layer of the plate is cleaned.
        engine: "auto" or the name of an engine in `vfx_ai.fill`.
        grain: "match", "keep" or "none", as for a Job.
        detail: how much of the shot's own texture is laid on what no frame shows, 0 to 1; null: as for a Job.
        device: "auto", "cpu", "cuda" or "mps".
        memory: frame budget, e.g. "4G" or "50%" of the machine's memory.
        force: do mattes and frames anew that are finished.
    """

    plate: str
    output: str
    matte: str = ""
    matte_channel: str = ""
    matte_invert: bool = False
    matte_grow: str = "0"
    single: bool = False
    frames: str = ""
    sample: int = 0
    colorspace: str = ""
    exposure: str = "auto"
    missing: Missing = "error"
    layer: str = "RGB"
    engine: str = "auto"
    grain: str = "match"
    detail: float | None = None
    device: str = "auto"
    memory: str = "25%"
    force: bool = False

    def __post_init__(self) -> None:
        check_named(self.plate, self.output, "clean")
        check_numbers(self.detail, sample=self.sample)
        if (self.matte_channel or self.matte_invert) and not self.matte:
            raise JobError("it was said how the matte is read, but no matte was named", remedy="Name it with --matte.")
        exposure_in_stops(self.exposure)
        check_choices(missing=self.missing, device=self.device, grain=self.grain)


@dataclass(frozen=True)
class Extend:
    """A wider plate: what other frames saw beyond the edge, then the shot's own texture.

    Attributes:
        plate: sequence, folder or file of EXRs.
        output: pattern of the result, e.g. "out/wide.####.exr".
        pad: "left,top,right,bottom" that the picture's frame grows by, each in pixels, or "12%" of its width or height.
        format: "2048x858", the size of the picture's new frame, its middle where the old one's was.
        overscan: "10%" or "64": the picture's frame stays, and pixels are added beyond it on all sides. One of these
            three is given.
        matte: what moves by itself, and so lends no pixel; a sequence or one held file. It isn't taken out.
        matte_channel: channel of the matte file; empty: A, else the only one, else luminance.
        matte_invert: what moves is where the matte is 0.
        matte_grow: "3" pixels, "-2" pixels or "0.5%" of the plate's display width, applied to the matte.
        frames: which frames, e.g. "1001,1010-1020x2"; empty: all.
        sample: only this many frames, spread over `frames`; 0: all.
        colorspace: what the plate's numbers mean, as for a Job.
        exposure: stops by which the report's pictures are exposed up, or "auto".
        missing: what a gap in the plate means: "error", "hold" (the frame before) or "black".
        layer: which layer of the plate is extended.
        layers: other layers that are extended from the same pixels: "all", or names with commas between them.
        ids: what layers of ids become beyond the edge: "nearest" or "clear".
        camera: file of a camera that exists; empty: it is solved where that helps.
        focal: focal length, "1800" pixels across the plate's display window, or "32mm/36mm".
        engine: "auto" or the name of an engine in `vfx_ai.fill`.
        blend: how many frames that agree are averaged for one pixel; 0: the engine's own choice.
        grain: "match", "keep" or "none", as for a Job.
        detail: how much of what no frame shows is copied from the shot's own regions, 0 (level tone) to 1; null: 1.
        model: a model that makes up what no frame shows, as for a Job; empty: none.
        prompt: what the model is to make, in words; empty: what fits.
        negative: what it is to keep away from, in words, where the model takes that.
        strength: how much of what the hole begins with the model may change: more than 0, to 1, all of it.
        seed: another number, another result.
        lora: adapters of the registry that are laid on the model, with their weights: "ourlook:0.8,grade:0.5".
        reference: a picture of what the model is to make, where it can be shown one; without a model one that lends
            its texture to what no frame shows; empty: none.
        use: what the result is for, "commercial" or "research".
        policy: the studio's file of what is allowed and forbidden, as for a Job.
        models_dir: the folder of models, as for a Job.
        device: "auto", "cpu", "cuda" or "mps".
        memory: frame budget, e.g. "4G" or "50%" of the machine's memory.
        aovs: write fill.source, fill.confidence, fill.from and fill.gain beside RGB; and what a model made as files of
            its own, "out/wide_made.####.exr".
        force: do frames anew that are finished.
    """

    plate: str
    output: str
    pad: str = ""
    format: str = ""
    overscan: str = ""
    matte: str = ""
    matte_channel: str = ""
    matte_invert: bool = False
    matte_grow: str = "0"
    frames: str = ""
    sample: int = 0
    colorspace: str = ""
    exposure: str = "auto"
    missing: Missing = "error"
    layer: str = "RGB"
    layers: str = ""
    ids: str = "nearest"
    camera: str = ""
    focal: str = ""
    engine: str = "auto"
    blend: int = 0
    grain: str = "match"
    detail: float | None = None
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
    aovs: bool = True
    force: bool = False

    def __post_init__(self) -> None:
        check_named(self.plate, self.output, "wide")
        check_numbers(self.detail, sample=self.sample, blend=self.blend)
        if self.matte_channel and not self.matte:
            raise JobError("a channel of the matte was named, but no matte", remedy="Name it with --matte.")
        focal_in_pixels(self.focal, 1)
        exposure_in_stops(self.exposure)
        check_choices(missing=self.missing, device=self.device, ids=self.ids, grain=self.grain)
        words = {"prompt": self.prompt, "negative": self.negative}
        if self.model:  # without one it lends its texture
            words["reference"] = self.reference
        check_made_up(self.model, self.strength, self.seed, lora=self.lora, use=self.use, **words)
        given = [name for name in ("pad", "format", "overscan") if getattr(self, name)]
        if len(given) != 1:
            what = f"{' and '.join(given)} were given" if given else "nothing says how far the plate is to be extended"
            raise JobError(what, remedy="Use one of --pad 12%,0,12%,0, --format 2048x858 or --overscan 10%.")
        self.grown(1000, 1000)

    def grown(self, width: int, height: int) -> tuple[int, int, int, int]:
        """By how many pixels (left, top, right, bottom) a frame of that size grows; less than 0 where it shrinks.

        Raises:
            JobError: what was given is no such thing.
        """
        if self.format:
            found = _FORMAT.fullmatch(self.format.strip())
            if not found or not int(found[1]) or not int(found[2]):
                raise JobError(f"format is {self.format!r}", remedy="Give width x height, e.g. --format 2048x858.")
            across, down = int(found[1]) - width, int(found[2]) - height
            return across // 2, down // 2, across - across // 2, down - down // 2
        if self.overscan:
            x, y = (_side("overscan", self.overscan, size) for size in (width, height))
            return x, y, x, y
        sides = self.pad.split(",")
        if len(sides) != 4:
            raise JobError(f"pad is {self.pad!r}", remedy="Give left,top,right,bottom, e.g. --pad 12%,0,12%,0.")
        sizes = (width, height, width, height)
        left, top, right, bottom = (_side("pad", side, size) for side, size in zip(sides, sizes, strict=True))
        return left, top, right, bottom


def _side(name: str, text: str, size: int) -> int:
    found = _SIDE.fullmatch(text.strip())
    if not found:
        raise JobError(f"{name} is {text!r}", remedy="Give pixels or percent, e.g. 64 or 12%.")
    return round(float(found[1]) * size / 100) if found[2] else round(float(found[1]))
