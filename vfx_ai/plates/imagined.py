"""What `vfx-ai plate generate --prompt` does: a new plate that a model makes up, from words or from a first picture.

It is the same as filling a hole that covers whole frames: windows of a video model, each going on from the frames that
it shares with the one before, as these were written; or one picture of an image model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import torch

from vfx_ai.device import choose_device, device_name
from vfx_ai.errors import JobError
from vfx_ai.fill import FOUNDATION
from vfx_ai.fill.checkpoint import check_reference, checkpoint, model_of
from vfx_ai.fill.diffusion_image import ImageMaker
from vfx_ai.fill.diffusion_video import METHOD, VideoMaker
from vfx_ai.fill.families import FAMILIES, IMAGE, VIDEO, family_of
from vfx_ai.fill.made_windows import windows_of
from vfx_ai.fill.makers import Ask, Wanted, seed_of
from vfx_ai.fill.makers_cost import cost_of_pictures, cost_of_videos
from vfx_ai.job import Job, Progress, silent
from vfx_ai.media.output import refuse_input
from vfx_ai.media.reference import identity_of
from vfx_ai.media.sequence import find_sequence, output_path
from vfx_ai.plates import sidecars
from vfx_ai.plates.asked_new import in_sequence, rate_of, size_of
from vfx_ai.plates.footage import Footage
from vfx_ai.plates.imagined_files import Files
from vfx_ai.plates.jobs_new import PlateByModel
from vfx_ai.plates.kept import Kept
from vfx_ai.proof.model_facts import model_facts
from vfx_ai.proof.wording import counted, duration, making
from vfx_ai.studio.models import Chosen, chosen
from vfx_ai.telling import Cancelled, Teller

SIZE = "1280x720"
ENGINES = {IMAGE: "diffusion_image", VIDEO: "diffusion_video"}


@dataclass(frozen=True)
class Imagined:
    """A plate that a model made up.

    Attributes:
        output: the pattern of its files.
        frames: numbers of files that were written, or were finished before.
        width, height: of a frame.
        model: by name, with its licence, and what is laid on it.
        windows: in which it was made.
        device: what computed.
        notes: what is good to know.
        seconds: that it took.
        would: of a dry run: what it would take.
    """

    output: str
    frames: tuple[int, ...]
    width: int
    height: int
    model: str
    windows: int
    device: str
    notes: tuple[str, ...]
    seconds: float
    would: str = ""

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Names and values for people."""
        return (
            ("plate", f"{counted(len(self.frames), 'frame')} of {self.width}x{self.height}"),
            ("model", self.model),
            ("would take", self.would) if self.would else ("made in", counted(self.windows, "window")),
            *(("note", note) for note in self.notes),
            ("time", f"{duration(self.seconds)} on {self.device}"),
            ("result", self.output),
        )


def imagine_plate(
    prompt: str,
    output: str,
    *,
    model: str,
    image: str = "",
    frames: int = 1,
    size: str = "",
    negative: str = "",
    seed: int = 1,
    lora: str = "",
    reference: str = "",
    use: str = "commercial",
    policy: str = "",
    models_dir: str = "",
    start: int = 1001,
    fps: str = "",
    colorspace: str = "",
    device: str = "auto",
    aovs: bool = True,
    force: bool = False,
    dry_run: bool = False,
    progress: Progress = silent,
    cancelled: Cancelled = lambda: False,
) -> Imagined:
    """Write a plate that a model makes up: EXR, half, scene-linear.

    Args:
        prompt: what it shows, in words; "": what goes on from `image`.
        output: pattern of the result's files.
        model: a name in the registry, of a family of FAMILIES.
        image: the first frame, for a model of videos; "": none.
        frames: how many; 1 for a model of images.
        size: "1920x1080"; "": the image's, else 1280x720.
        negative, seed, lora, reference, use, policy, models_dir: as in a Job.
        start: number of the first file.
        fps: written into the files; "": the image's.
        colorspace: of the image, as in a Job.
        device: "auto", "cpu", "cuda" or "mps".
        aovs: write fill.source (4), fill.confidence (0) and made.A (1); of the image 0, 1 and 0.
        force: do anew what is finished.
        dry_run: check all, and write nothing.
        progress, cancelled: as for a run.

    Raises:
        VfxAiError: a file can't be read or written, the model isn't allowed, or what is asked makes no sense.
    """
    clock = time.perf_counter()
    job = Job(
        "none", "none", output, engine="diffusion_video", model=model, prompt=prompt, negative=negative, seed=seed,
        lora=lora, reference=reference, use=use, policy=policy, models_dir=models_dir, device=device,
        colorspace=colorspace,
    )  # fmt: skip
    found, kind = _model(job)
    if not (prompt or image):
        raise JobError("neither words nor a picture were given", remedy='Write --prompt "..." or --image FILE.')
    if frames < 1 or (kind == IMAGE and frames > 1):
        raise JobError(
            f"frames is {frames}" + (f", and {found.model.name} makes single pictures" if kind == IMAGE else ""),
            remedy="Give 1 or more, and a model of videos for more than one.",
        )
    first = _first(image, colorspace)
    if first is not None and kind == IMAGE:
        raise JobError("a model of images goes on from no picture", remedy="Take a model of videos for --image.")
    width, height = size_of(size or SIZE) if size or first is None else (first.window.width, first.window.height)
    target, rate, where = in_sequence(output, frames), rate_of(fps), choose_device(device)
    numbers = tuple(range(start, start + frames))
    inputs = [*([first.files] if first else []), *([find_sequence(reference, role="reference")] if reference else [])]
    for number in numbers if inputs else ():
        refuse_input(output_path(target, number), number, inputs)
    notes: list[str] = []
    if not dry_run:
        tell = Teller(progress, cancelled, notes)
        for doubt in found.doubts:
            tell.note(doubt, "warning")
        more = (identity_of(reference),) if reference else ()
        own = (METHOD, found.identity, prompt, negative, seed, width, height, numbers, fps, colorspace, aovs, *more)
        kept = Kept(target, [first.files] if first else [], "imagined", *own)
        said, whole = sidecars.job_hash("imagined", *own), {FOUNDATION: width * height}
        header, given = (sidecars.stamp(said, ENGINES[kind], made) for made in (whole, {}))
        files = Files(target, kept, first, height, width, aovs=aovs, rate=rate, force=force, header=header, given=given)
        shot: Any = SimpleNamespace(device=where, width=width)
        ask = Ask(job, shot, kept.path, _nothing, lambda text: tell.steps("fill", text), tell.note, found)
        windows = _make(ask, found, kind, numbers, files, tell)
        asked = PlateByModel(
            model, output, prompt=prompt, image=image, frames=frames, size=f"{width}x{height}", negative=negative,
            lora=lora, reference=reference, use=use, policy=policy, models_dir=models_dir, seed=seed, start=start,
            fps=fps, colorspace=colorspace, device=device, aovs=aovs, force=force,
        )  # fmt: skip
        facts = {"device": device_name(where), "notes": tuple(notes), "models": model_facts(found, ENGINES[kind])}
        each = {number: {} if first is not None and number == start else whole for number in numbers}
        sidecars.write(asked, target, kept.path, said, ENGINES[kind], each, tell, **facts)
    else:
        windows = 0
    would = _would(job, found, kind, numbers, (height, width), where) if dry_run else ""
    return Imagined(
        target, numbers, width, height, found.told(), windows, device_name(where), tuple(notes),
        time.perf_counter() - clock, would,
    )  # fmt: skip


def _would(
    job: Job, found: Chosen, kind: str, numbers: tuple[int, ...], size: tuple[int, int], device: torch.device
) -> str:
    """What it would take, for people."""
    model = model_of(found, kind)[1]
    if kind == VIDEO:
        cost = cost_of_videos(job, model, numbers, size, device)
    else:
        cost = cost_of_pictures(job, model, len(numbers), size, device)
    what = "window" if kind == VIDEO else "picture"
    return making(what, cost.pictures, cost.crops, cost.tiles, cost.steps, cost.seconds)


def _make(ask: Ask, found: Chosen, kind: str, numbers: tuple[int, ...], files: Files, tell: Teller) -> int:
    """Make what isn't there; gives the number of windows."""
    tell.stage("fill", len(numbers), sum(files.there(n) for n in numbers))
    if all(files.there(n) for n in numbers):
        return 0
    assert found.model.path is not None
    model, seed = checkpoint(found.model.path, kind), ask.job.seed
    if kind == IMAGE:
        wanted = _wanted(numbers[0], None, files.size, seed)
        files.write(numbers[0], ImageMaker(ask, found, model).make(wanted, ask.progress("the picture")))
        tell.frame(numbers[0], 1, 1)
        return 1
    maker = VideoMaker(ask, found, model)
    before: set[int] = set()
    windows = windows_of(numbers, maker.length, maker.overlap)
    for window in windows:
        if not all(files.there(n) for n in window):
            known = {n: files.light for n in window if n in before}
            opening = files.opening() if window[0] == numbers[0] else None
            own = seed_of(seed, window[0])
            step = ask.progress(f"frames {window[0]} to {window[-1]}")
            for number, light in maker.make(window, _reader(known, opening, window[0], files.size, own), own, step):
                if number not in before and not files.there(number):
                    files.write(number, light, given=opening is not None and number == window[0])
                    tell.frame(number, number - numbers[0] + 1, len(numbers))
        before |= set(window)
    return len(windows)


def _reader(
    known: Mapping[int, Callable[[int], torch.Tensor]],
    opening: torch.Tensor | None,
    first: int,
    size: tuple[int, int],
    seed: int,
) -> Callable[[int], Wanted]:
    def read(number: int) -> Wanted:
        light = known[number](number) if number in known else opening if number == first else None
        return _wanted(number, light, size, seed)

    return read


def _wanted(number: int, light: torch.Tensor | None, size: tuple[int, int], seed: int) -> Wanted:
    region = torch.full(size, light is None)
    return Wanted(number, torch.full((3, *size), 0.18) if light is None else light, region, ~region, seed)


def _model(job: Job) -> tuple[Chosen, str]:
    """The model that is asked, allowed for its use, and its kind."""
    found = chosen(job)
    if found is None or found.model.path is None:
        raise JobError("no model was named", remedy="Name one with --model; see `vfx-ai models list`.")
    family = family_of(found.model.pipeline)
    kind = FAMILIES[family].kind if family else VIDEO
    check_reference(job.reference, checkpoint(found.model.path, kind).family)
    return found, kind


def _first(image: str, colorspace: str) -> Footage | None:
    return Footage(find_sequence(image, role="picture"), "RGB", colorspace) if image else None


def _nothing(number: int) -> Any:
    raise JobError(f"a plate that is made up has no frame {number} to look at")
