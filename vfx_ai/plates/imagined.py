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

import numpy as np
import torch

from vfx_ai.device import choose_device, device_name
from vfx_ai.errors import JobError
from vfx_ai.fill import FOUNDATION
from vfx_ai.fill.checkpoint import checkpoint
from vfx_ai.fill.crops import scaled
from vfx_ai.fill.diffusion_image import ImageMaker
from vfx_ai.fill.diffusion_video import METHOD, VideoMaker
from vfx_ai.fill.families import FAMILIES, IMAGE, VIDEO, family_of
from vfx_ai.fill.made_windows import windows_of
from vfx_ai.fill.makers import Ask, Wanted, seed_of
from vfx_ai.job import Job, Progress, silent
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.new_write import write_new
from vfx_ai.media.output import refuse_input
from vfx_ai.media.sequence import find_sequence, output_path
from vfx_ai.media.stamp import Stamp
from vfx_ai.plates import sidecars
from vfx_ai.plates.asked_new import in_sequence, rate_of, size_of
from vfx_ai.plates.footage import Footage
from vfx_ai.plates.jobs_new import PlateByModel
from vfx_ai.plates.kept import Kept
from vfx_ai.proof.model_facts import model_facts
from vfx_ai.proof.wording import counted, duration
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

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Names and values for people."""
        return (
            ("plate", f"{counted(len(self.frames), 'frame')} of {self.width}x{self.height}"),
            ("model", self.model),
            ("made in", counted(self.windows, "window")),
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
        negative, seed, lora, use, policy, models_dir: as in a Job.
        start: number of the first file.
        fps: written into the files; "": the image's.
        colorspace: of the image, as in a Job.
        device: "auto", "cpu", "cuda" or "mps".
        aovs: write fill.source (4) and fill.confidence (0).
        force: do anew what is finished.
        dry_run: check all, and write nothing.
        progress, cancelled: as for a run.

    Raises:
        VfxAiError: a file can't be read or written, the model isn't allowed, or what is asked makes no sense.
    """
    clock = time.perf_counter()
    job = Job(
        "none", "none", output, engine="diffusion_video", model=model, prompt=prompt, negative=negative, seed=seed,
        lora=lora, use=use, policy=policy, models_dir=models_dir, device=device, colorspace=colorspace,
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
    for number in numbers if first is not None else ():
        refuse_input(output_path(target, number), number, [first.files] if first else [])
    notes: list[str] = []
    if not dry_run:
        tell = Teller(progress, cancelled, notes)
        for doubt in found.doubts:
            tell.note(doubt, "warning")
        own = (METHOD, found.identity, prompt, negative, seed, width, height, numbers, fps, colorspace, aovs)
        kept = Kept(target, [first.files] if first else [], "imagined", *own)
        said, whole = sidecars.job_hash("imagined", *own), {FOUNDATION: width * height}
        header = sidecars.stamp(said, ENGINES[kind], whole)
        files = _Files(target, kept, first, height, width, aovs=aovs, rate=rate, force=force, header=header)
        shot: Any = SimpleNamespace(device=where, width=width)
        ask = Ask(job, shot, kept.path, _nothing, lambda text: tell.steps("fill", text), tell.note)
        windows = _make(ask, found, kind, numbers, files, tell)
        asked = PlateByModel(
            model, output, prompt=prompt, image=image, frames=frames, size=f"{width}x{height}", negative=negative,
            lora=lora, use=use, policy=policy, models_dir=models_dir, seed=seed, start=start, fps=fps,
            colorspace=colorspace, device=device, aovs=aovs, force=force,
        )  # fmt: skip
        facts = {"device": device_name(where), "notes": tuple(notes), "models": model_facts(found, ENGINES[kind])}
        each = dict.fromkeys(numbers, whole)
        sidecars.write(asked, target, kept.path, said, ENGINES[kind], each, tell, **facts)
    else:
        windows = 0
    return Imagined(
        target, numbers, width, height, found.told(), windows, device_name(where), tuple(notes),
        time.perf_counter() - clock,
    )  # fmt: skip


class _Files:
    """Frames of the new plate on disk."""

    def __init__(
        self,
        target: str,
        kept: Kept,
        first: Footage | None,
        height: int,
        width: int,
        *,
        aovs: bool,
        rate: Any,
        force: bool,
        header: Stamp,
    ) -> None:
        self._target, self._kept, self.first, self.size = target, kept, first, (height, width)
        self._aovs, self._rate, self._force, self._header = aovs, rate, force, header
        self._done: set[int] = set()

    def there(self, number: int) -> bool:
        """Whether a frame is finished."""
        old = not self._force and self._kept.finished(number, output_path(self._target, number)) is not None
        return number in self._done or old

    def light(self, number: int) -> torch.Tensor:
        """A finished frame, [3, H, W], as it was written."""
        files = find_sequence(str(output_path(self._target, number)))
        return Footage(files, "RGB", "").light(files.frames[0])[0].permute(2, 0, 1).contiguous()

    def opening(self) -> torch.Tensor | None:
        """The picture [3, H, W] that the plate begins with, if one was given."""
        if self.first is None:
            return None
        light = self.first.light(self.first.files.frames[0])[0].permute(2, 0, 1)
        return from_log(scaled(to_log(light.contiguous()), self.size))

    def write(self, number: int, light: torch.Tensor) -> None:
        """Write a frame [3, H, W], and keep that it is finished."""
        path = output_path(self._target, number)
        like = None if self.first is None else self.first.files.path(self.first.files.frames[0])
        planes: dict[str, Any] = {}
        if self._aovs:
            planes = {
                "fill.source": np.full(self.size, FOUNDATION, np.float16),
                "fill.confidence": np.zeros(self.size, np.float16),
            }
        pixels = light.permute(1, 2, 0).cpu().numpy()
        if self.first is not None:
            space = self.first.info(self.first.files.frames[0]).space
            pixels = space.encode(pixels.reshape(-1, 3)).reshape(pixels.shape)
        write_new(path, number, pixels, planes, like=like, fps=self._rate, stamp=self._header)
        self._kept.keep(number, path, {})
        self._done.add(number)


def _make(ask: Ask, found: Chosen, kind: str, numbers: tuple[int, ...], files: _Files, tell: Teller) -> int:
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
                    files.write(number, light)
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
    checkpoint(found.model.path, kind)
    return found, kind


def _first(image: str, colorspace: str) -> Footage | None:
    return Footage(find_sequence(image, role="picture"), "RGB", colorspace) if image else None


def _nothing(number: int) -> Any:
    raise JobError(f"a plate that is made up has no frame {number} to look at")
