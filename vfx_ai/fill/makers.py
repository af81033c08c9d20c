"""What a maker of pixels is: a model that fills what no frame shows. Its contract, for whoever writes one.

A maker's module (a row of MAKERS in `vfx_ai.fill`) has three functions:

    check(job, found) -> None   refuses, with a JobError or InputError, what it can't do. It is asked of every run and
                                plan before anything is read: quick, and nothing heavy is imported.
    identity(job, found) -> str what else than the job's fields decides its pixels (the files of a model, a method's
                                version). What was made under another identity isn't used again.
    maker(ask) -> Maker         opens it, when the first pixel is needed; nobody asks for it where every pixel is real.

    told(job, found) -> str     (may be missing) whose pixels they are, for the report: a model and its licence.

`found` is the job's model as the registry has it, looked up and allowed once a run; None: it names none.
and what `maker` gives has one method:

    make(wanted, step) -> light [3, H, W] float32, scene-linear, unbounded, on the shot's device

(What makes windows of frames instead says `windowed` in its row, and is a WindowMaker, see there.)

It is asked for one key frame at a time (`fill.keys`: few, and the same ones whichever frames a run was asked for), in a
fixed order. `wanted.scene` is that frame whole: the plate, the real pixels of other frames, what was made in key frames
before it and lies here too, and a smooth tone in `wanted.region`, which is what to make. Only pixels of the region are
read of what it gives. All that it uses must follow from the job and the shot: chance from `wanted.seed` alone (by a
generator on the CPU, so that devices agree), nothing from the clock, nor from frames that were made before. Then every
process makes the same picture, whichever frame needs it first.

`step(done, total)` is to be called between steps of some seconds at most: it tells how far it is, and raises
Interrupted when the run is to stop, which a maker lets pass. Pictures that are made are kept by `fill.made`, which also
carries them to all frames and takes away what looks like grain, since every frame gets the plate's own; a maker keeps
in `ask.folder` only what it needs itself (weights that it learned), written by `media.atomic.replacing`. Out of memory
it may give up with the device's own error: the run then goes on with the CPU.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import torch

from vfx_ai.errors import JobError, ResourceError
from vfx_ai.fill import MAKERS
from vfx_ai.job import Job
from vfx_ai.shot import Shot
from vfx_ai.studio.models import Chosen, chosen

Step = Callable[[int, int], None]  # called with (done, total)

# Fields of a job that change no pixel that is made. (The plate's and the matte's decide the whole analysis folder.)
_NO_MATTER = frozenset(
    {
        "plate",
        "matte",
        "output",
        "camera",
        "colorspace",
        "detail",
        "layers",
        "ids",
        "aovs",
        "keep_compression",
        "use",
        "reference",
    }
)


@dataclass(frozen=True)
class Known:
    """A frame with all of its real pixels.

    Attributes:
        number: the frame's number.
        scene: [3, H, W] float32, scene-linear: the plate, in its hole the pixels of other frames (or by hand), and a
            smooth tone where there are none; 0 outside the data window.
        real: [H, W] bool, where it is the background as a camera saw it or an artist painted it.
        bare: [H, W] bool, pixels of the hole without a real one.
    """

    number: int
    scene: torch.Tensor
    real: torch.Tensor
    bare: torch.Tensor


@dataclass(frozen=True)
class Ask:
    """What a maker is opened with, once a run.

    Attributes:
        job: what is asked: model, prompt, strength, seed and so on.
        shot: the plate and its matte; pixels are made on its device.
        folder: for what it keeps itself; its own, thrown away when the shot or its matte changes.
        picture: any frame of the shot with its real pixels. It takes as long as a fill: for few frames.
        progress: gives, for the name of a part of the work, what is called with (done, total); see `Step`.
        note: tells the user something, once; it stands in the report too.
        found: the job's model, from `model_for`.
    """

    job: Job
    shot: Shot
    folder: Path
    picture: Callable[[int], Known]
    progress: Callable[[str], Step]
    note: Callable[[str], None]
    found: Chosen | None = None


@dataclass(frozen=True)
class Wanted:
    """One picture that is to be made.

    Attributes:
        number: the key frame's number.
        scene: [3, H, W] float32, scene-linear, on the canvas, finite; see `Known` and above.
        region: [H, W] bool, what to make; at least one pixel.
        known: [H, W] bool, what of `scene` may be gone by: real pixels, and those that were made before. What is
            neither known nor in the region (outside the data window, what another object hides) is no background.
        seed: 0..2^63 - 1, by the job's seed and the frame.
    """

    number: int
    scene: torch.Tensor
    region: torch.Tensor
    known: torch.Tensor
    seed: int


class Maker(Protocol):
    """What makes pictures."""

    def make(self, wanted: Wanted, step: Step) -> torch.Tensor:
        """Light [3, H, W] float32, scene-linear; what it is outside the region doesn't matter."""
        ...


class WindowMaker(Protocol):
    """What makes windows of frames; its row in MAKERS says `windowed`.

    Attributes:
        length: frames of a window.
        overlap: of these, that the next window has too.
    """

    length: int
    overlap: int

    def make(
        self, numbers: Sequence[int], read: Callable[[int], Wanted], seed: int, step: Step
    ) -> Iterator[tuple[int, torch.Tensor]]:
        """Make one window.

        Args:
            numbers: its frames; those that an earlier window made come first, and are known as a whole.
            read: gives a frame, all over the same box of the canvas; it may be asked several times.
            seed: of the window.
            step: see above.

        Yields:
            Each frame's number and its light [3, h, w] over the box.
        """
        ...


def check(job: Job, found: Chosen | None) -> None:
    """Let a job's maker refuse it; `found` is its model.

    Raises:
        JobError, InputError: see the message.
    """
    _module(job.engine).check(job, found)


def model_for(job: Job) -> Chosen | None:
    """A job's model, found and allowed, and nothing of it loaded; its maker, if it names one, may refuse the job.

    A run asks once, and hands it on.

    Raises:
        JobError, InputError: see the message.
    """
    if job.engine not in MAKERS:
        if job.model:
            raise JobError(
                f"the model {job.model} was named, and the engine {job.engine} asks none",
                remedy="Add --engine diffusion_image or --engine diffusion_video, as the model is one of images or "
                "videos.",
            )
        return None
    found = chosen(job)
    check(job, found)
    return found


def identity(job: Job, found: Chosen | None) -> str:
    """What else than its fields decides what a job's maker makes: a model's contents, for one; "" without a maker."""
    return str(_module(job.engine).identity(job, found)) if job.engine in MAKERS else ""


def told(job: Job, found: Chosen | None) -> tuple[str, ...]:
    """What a report says of a job's maker, as sentences."""
    ask = getattr(_module(job.engine), "told", None) if job.engine in MAKERS else None
    return () if ask is None else (f"What no frame shows is made by {ask(job, found)}.",)


def opened(ask: Ask) -> Maker:
    """The maker that a job names."""
    made: Maker = _module(ask.job.engine).maker(ask)
    return made


def opened_windows(ask: Ask) -> WindowMaker:
    """The maker of windows that a job names."""
    made: WindowMaker = _module(ask.job.engine).maker(ask)
    return made


def folder_of(analysis: Path, job: Job, painted: Iterable[str], found: Chosen | None) -> Path:
    """Where the pictures of a job's maker lie, by all that decides them.

    Args:
        analysis: the shot's analysis folder.
        job: names a maker.
        painted: the paint-outs' identities.
        found: its model.
    """
    fields = {name: value for name, value in job.pixel_fields().items() if name not in _NO_MATTER}
    parts: list[Any] = [fields, sorted(painted), identity(job, found)]
    return analysis / "made" / hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def seed_of(seed: int, number: int) -> int:
    """The seed of a frame, 0..2^63 - 1."""
    return int.from_bytes(hashlib.sha256(f"{seed} {number}".encode()).digest()[:8], "big") >> 1


def checked(engine: str, wanted: Wanted, light: torch.Tensor) -> torch.Tensor:
    """What a maker gave, if it is of the right shape and finite where it was wanted.

    Raises:
        ResourceError: it isn't.
    """
    if light.shape != wanted.scene.shape or not bool(torch.isfinite(light[:, wanted.region]).all()):
        raise ResourceError(
            f"{engine} gave no picture, but NaN or Inf",
            frame=wanted.number,
            remedy="Its numbers overflow in half precision: use --device cpu, or another model.",
        )
    return light.to(wanted.scene.device, torch.float32)


def _module(engine: str) -> Any:
    return import_module(MAKERS[engine].module)
