"""What is asked of plates that are new, and of loops: frozen, and checked before any file is opened."""

from __future__ import annotations

from dataclasses import dataclass

from vfx_ai.errors import JobError
from vfx_ai.job import Missing, check_choices


@dataclass(frozen=True)
class PlateGenerate:
    """A new plate of the same kind as references, from their own patches.

    Attributes:
        like: the references: sequences, folders or stills.
        output: pattern of the result, e.g. "out/new.####.exr".
        frames: how many; 0: as many as the first reference has.
        size: width and height, e.g. "1920x1080"; empty: the first reference's.
        seed: another gives another plate.
        mask: what no patch may touch in the first reference, a sequence or one held file; empty: nothing.
        mask_channel: channel of the mask; empty: A, else the only one, else luminance.
        start: number of the first file.
        fps: written into the files, e.g. "23.976" or "24000/1001"; empty: the reference's.
        sample: write only this many frames, spread over all; 0: all.
        layer: which layer of the references.
        colorspace: what the references' numbers mean, as for a Job.
        missing: what a gap in a reference means: "error", "hold" (the frame before) or "black".
        device: "auto", "cpu", "cuda" or "mps".
        memory: a budget: "4G", "512M", or "25%" of the machine's memory.
        aovs: write fill.source, fill.confidence and fill.from beside RGB.
        force: do anew what is finished.
    """

    like: tuple[str, ...]
    output: str
    frames: int = 0
    size: str = ""
    seed: int = 1
    mask: str = ""
    mask_channel: str = ""
    start: int = 1001
    fps: str = ""
    sample: int = 0
    layer: str = "RGB"
    colorspace: str = ""
    missing: Missing = "error"
    device: str = "auto"
    memory: str = "25%"
    aovs: bool = True
    force: bool = False

    def __post_init__(self) -> None:
        check_choices(missing=self.missing, device=self.device)
        if not self.like:
            raise JobError("no reference was given", remedy="Name one, e.g. shot/surf.####.exr.")


@dataclass(frozen=True)
class PlateByModel:
    """A new plate that a model makes, of the studio's own footage or of diffusers.

    Attributes:
        model: a name in the registry.
        output: pattern of the result, e.g. "out/new.####.exr".
        prompt: what it shows, in words; empty: a model that learned from footage alone, or what goes on from `image`.
        image: the first frame, for a model of videos; empty: none.
        frames: how many.
        size: width and height, e.g. "1920x1080"; empty: the model's, or the image's.
        negative: what it is to keep away from, in words, where the model takes that.
        lora: adapters of the registry that are laid on the model, with their weights: "ourlook:0.8,grade:0.5".
        reference: a picture of what it is to make, where the model can be shown one; empty: none.
        use: what the result is for, "commercial" or "research"; the model's licence must allow it.
        policy: the studio's file of what is allowed and forbidden, as for a Job.
        models_dir: the folder of models, as for a Job.
        seed: another gives another plate.
        start: number of the first file.
        fps: written into the files; empty: the image's.
        colorspace: what the image's numbers mean, as for a Job.
        device: "auto", "cpu", "cuda" or "mps".
        memory: a budget: "4G", "512M", or "25%" of the machine's memory.
        aovs: write fill.source, fill.confidence and made.A (1 where the model made a pixel) beside RGB.
        force: do anew what is finished.
    """

    model: str
    output: str
    prompt: str = ""
    image: str = ""
    frames: int = 1
    size: str = ""
    negative: str = ""
    lora: str = ""
    reference: str = ""
    use: str = "commercial"
    policy: str = ""
    models_dir: str = ""
    seed: int = 1
    start: int = 1001
    fps: str = ""
    colorspace: str = ""
    device: str = "auto"
    memory: str = "25%"
    aovs: bool = True
    force: bool = False

    def __post_init__(self) -> None:
        check_choices(use=self.use, device=self.device)


@dataclass(frozen=True)
class PlateLoop:
    """A shot as a loop without a seam.

    Attributes:
        plate: sequence or folder.
        output: pattern of the result, e.g. "out/loop.####.exr".
        length: frames of the loop, e.g. "24-60" or "48".
        over: frames in which places change over, each at its own moment.
        start: number of the first file; 0: files have the numbers of the plate's frames.
        sample: write only so many frames, spread over the loop with both of its ends; 0: all.
        layer: which layer of the plate; others are cut.
        colorspace: what the plate's numbers mean, as for a Job.
        missing: what a gap in the plate means: "error", "hold" (the frame before) or "black".
        device: "auto", "cpu", "cuda" or "mps".
        memory: a budget: "4G", "512M", or "25%" of the machine's memory.
        aovs: write fill.source, fill.confidence, fill.from and fill.gain beside RGB.
        keep_compression: write a lossy compression again, although it changes untouched pixels.
        force: do frames anew that are finished.
    """

    plate: str
    output: str
    length: str = "24-60"
    over: int = 10
    start: int = 0
    sample: int = 0
    layer: str = "RGB"
    colorspace: str = ""
    missing: Missing = "error"
    device: str = "auto"
    memory: str = "25%"
    aovs: bool = True
    keep_compression: bool = False
    force: bool = False

    def __post_init__(self) -> None:
        check_choices(missing=self.missing, device=self.device)
