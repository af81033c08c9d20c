"""What is asked of a training; before any file is opened."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vfx_ai.errors import JobError
from vfx_ai.job import Missing, check_choices, check_numbers
from vfx_ai.studio.model import check_name

MOST = {"steps": 10_000_000, "clip": 16, "width": 256}


@dataclass(frozen=True)
class Train:
    """A training from nothing but footage.

    Attributes:
        name: by which the model is asked for afterwards.
        plate: a shot, sequence, folder or file; or
        catalogue: the folder of a catalogue, whose cleared shots are learned from.
        matte, matte_channel, matte_invert, matte_grow: of the plate, as for a Job: what is no part of it.
        mattes: of the catalogue's shots, a folder: `FOLDER/<name of a shot>.####.exr`, or a folder of that name.
        masked: what these mattes cover, for the rights, with commas between: "faces,Ada Example".
        titles, tags, shots: which of the catalogue's shots, with commas between; all empty: every one.
        territory: where what is made will be shown, for the catalogue's rights: "world" or a country's code.
        refuse: a shot that isn't cleared ends it; else it is left out, and told.
        steps: of the training; 0: as many as usual on the device.
        minutes: at most; 0: however long it takes.
        seed: another number, another model.
        clip: neighboring frames that are learned from together; 0: 3 where a GPU trains and the footage moves, else 1.
        width: channels of the network; 0: as usual on the device.
        layer, colorspace, missing: of the plate, as for a Job.
        device, memory: as for a Job.
        models_dir: the folder of models, where the model and its report go; "": as for a Job.
        licence: what the model may be passed on under, in words; "": "own".
        force: begin anew, even where a checkpoint of the same training lies.
    """

    name: str
    plate: str = ""
    catalogue: str = ""
    matte: str = ""
    matte_channel: str = ""
    matte_invert: bool = False
    matte_grow: str = "0"
    mattes: str = ""
    masked: str = ""
    titles: str = ""
    tags: str = ""
    shots: str = ""
    territory: str = "world"
    refuse: bool = True
    steps: int = 0
    minutes: float = 0.0
    seed: int = 1
    clip: int = 0
    width: int = 0
    layer: str = "RGB"
    colorspace: str = ""
    missing: Missing = "error"
    device: str = "auto"
    memory: str = "25%"
    models_dir: str = ""
    licence: str = ""
    force: bool = False

    def __post_init__(self) -> None:
        check_name(self.name)
        if bool(self.plate) == bool(self.catalogue):
            raise JobError(
                "both a plate and a catalogue were given" if self.plate else "there is nothing to learn from",
                remedy="Give one of them: --plate shot/plate.####.exr, or --catalogue DIR.",
            )
        if not self.plate and (self.matte or (self.matte_channel and not self.mattes)):
            remedy = "Leave --matte out: it belongs to a plate. Mattes of a catalogue's shots: --mattes FOLDER."
            raise JobError("a matte was given, but no plate", remedy=remedy)
        if self.plate and (self.mattes or self.masked):
            raise JobError("mattes of a catalogue were given, but no catalogue", remedy="Write --matte for a plate's.")
        if self.masked and not self.mattes:
            raise JobError(
                f"{self.masked!r} is said to be masked, and there are no mattes",
                remedy="Give them with --mattes FOLDER.",
            )
        if not self.catalogue and (self.titles or self.tags or self.shots):
            raise JobError("shots were named, but no catalogue", remedy="Give --catalogue DIR.")
        check_choices(missing=self.missing, device=self.device)
        check_numbers(None, steps=self.steps, seed=self.seed, clip=self.clip, width=self.width)
        if not (0 <= self.minutes < math.inf):
            raise JobError(f"minutes is {self.minutes:g}", remedy="Give 0 or more.")
        for name, most in MOST.items():
            if getattr(self, name) > most:
                raise JobError(f"{name} is {getattr(self, name)}", remedy=f"Give {most} at most.")


def words_of(text: str) -> tuple[str, ...]:
    """Names with commas between."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
