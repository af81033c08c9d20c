"""What is asked of an edit: frozen, and checked before any file is opened."""

from __future__ import annotations

from dataclasses import dataclass

from vfx_ai.errors import JobError
from vfx_ai.job import Missing, check_choices, check_made_up, check_named, check_numbers, exposure_in_stops


@dataclass(frozen=True)
class Edit:
    """A change to what a shot shows, made by a model after words: within a matte, or over the whole picture.

    Attributes:
        plate: sequence, folder or file of EXRs.
        output: pattern of the result, e.g. "out/edit.####.exr". What the model made lies beside it by itself, with the
            matte as its alpha, as "out/edit_made.####.exr".
        model: the model that makes it: a name in the registry, or the path that it was registered with.
        prompt: what it is to make, in words.
        negative: what it is to keep away from, in words, where the model takes that.
        strength: how much of what is there it may change: more than 0, to 1, all of it.
        seed: another number, another result.
        lora: adapters of the registry that are laid on the model, with their weights: "ourlook:0.8,grade:0.5".
        reference: a picture of what the model is to make, where it can be shown one; empty: none.
        use: what the result is for, "commercial" or "research".
        policy: the studio's file of what is allowed and forbidden, as for a Job.
        models_dir: the folder of models, as for a Job.
        matte: where it may change, a sequence or one held file; soft where the matte is soft. Empty: everywhere.
        matte_channel: channel of the matte file; empty: A, else the only one, else luminance.
        matte_invert: it may change where the matte is 0.
        matte_grow: "3" pixels, "-2" pixels or "0.5%" of the plate's display width, applied to the matte.
        frames: which frames, e.g. "1001,1010-1020x2"; empty: all.
        sample: only this many frames, spread over `frames`; 0: all.
        colorspace: what the plate's numbers mean, as for a Job.
        exposure: stops by which the report's pictures are exposed up, or "auto".
        missing: what a gap in the plate means: "error", "hold" (the frame before) or "black".
        layer: which layer of the plate is changed.
        device: "auto", "cpu", "cuda" or "mps".
        memory: frame budget, e.g. "4G" or "50%" of the machine's memory.
        force: do frames anew that are finished.
    """

    plate: str
    output: str
    model: str
    prompt: str
    negative: str = ""
    strength: float = 0.4
    seed: int = 1
    lora: str = ""
    reference: str = ""
    use: str = "commercial"
    policy: str = ""
    models_dir: str = ""
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
    device: str = "auto"
    memory: str = "25%"
    force: bool = False

    def __post_init__(self) -> None:
        check_named(self.plate, self.output, "edit")
        if not self.model:
            raise JobError("no model was given", remedy="Name one with --model; see `vfx-ai models list`.")
        words = {"prompt": self.prompt, "negative": self.negative, "reference": self.reference}
        check_made_up(self.model, self.strength, self.seed, lora=self.lora, use=self.use, **words)
        if (self.matte_channel or self.matte_invert) and not self.matte:
            raise JobError("it was said how the matte is read, but no matte was named", remedy="Name it with --matte.")
        check_numbers(None, sample=self.sample)
        exposure_in_stops(self.exposure)
        check_choices(missing=self.missing, device=self.device)
