"""One frame of a job, small and soon: the same run on a scaled copy of the frames around it.

It shows what will be taken out and about what comes in its place. It is not a crop of the result: engine, grain and
what is said to be unseen are those of the small copy, in which only near frames can lend pixels.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.budget import parse_memory
from vfx_ai.device import choose_device
from vfx_ai.job import Cancelled, Job, Progress, focal_in_pixels, silent
from vfx_ai.media.atomic import replacing
from vfx_ai.media.frame import FloatArray, Window
from vfx_ai.media.lens import read_lens
from vfx_ai.media.matte_write import write_matte
from vfx_ai.media.output import refuse_input
from vfx_ai.media.plate import pick_layer, probe, read
from vfx_ai.media.sequence import Sequence, output_path, parse_frames
from vfx_ai.proof.pictures import encoded, picture_for_the_eye, write_atomically
from vfx_ai.proof.record import Report
from vfx_ai.run import run
from vfx_ai.shot import Shot, View
from vfx_ai.steps.analysis import surveyed, wait_for_analysis
from vfx_ai.steps.asked import open_shot, resolve
from vfx_ai.steps.viewing import viewer_for
from vfx_ai.studio.results import trial
from vfx_ai.telling import Teller

READING = "reading frames"
WHY = "a preview solves no camera and tries no engine"
LINEAR = "linear"  # the copy holds light, whatever the plate's numbers mean
MOST_LIGHT = 65504.0  # what a half holds; the copy is half


@dataclass(frozen=True)
class Previewed:
    """A preview that was written.

    Attributes:
        file: the picture.
        frame: which frame it shows.
        width, height: of the picture.
        scale: of the picture, 1 is the plate's own size.
        engine: that filled it; the job's own run may choose another.
        why: of the engine.
        hole, real, never_seen: pixels of the picture: to be filled, lent by other frames, and seen in none of them.
        frames: whose pixels could be lent.
        notes: what the small run had to say.
    """

    file: str
    frame: int
    width: int
    height: int
    scale: float
    engine: str
    why: str
    hole: int
    real: int
    never_seen: int
    frames: tuple[int, ...]
    notes: tuple[str, ...]


def preview(
    job: Job,
    frame: int,
    file: str,
    *,
    width: int = 480,
    reach: int = 8,
    progress: Progress = silent,
    cancelled: Cancelled = lambda: False,
) -> Previewed:
    """Write one frame of a job, small.

    Args:
        job: the job; nothing is written at its output.
        frame: of the plate.
        file: .exr (scene-linear, with the channels that tell where pixels came from), .png or .jpg (as the report
            shows it).
        width: pixels across, at most.
        reach: how many frames before and after it are looked at.
        progress, cancelled: as for `run`.

    Raises:
        VfxAiError: as of the run, or the file can't be written.
    """
    tell = Teller(progress, cancelled, [])
    asked = resolve(replace(job, frames=str(frame), sample=0, layers="", painted=""))
    target = Path(file)
    refuse_input(target, frame, [one for one in (asked.plate, asked.matte) if one is not None])
    asked = replace(asked, plate=near(asked.plate, frame, reach))
    shot = open_shot(asked, torch.device("cpu"), parse_memory(job.memory))
    scale = min(1.0, width / shot.width)
    with small_copy(shot, scale, tell) as folder:
        small = _small_job(job, frame, folder, shot, scale)
        if job.engine == "auto":
            small = replace(small, engine=_engine(small, tell))
        with trial():
            report = run(small, progress, cancelled)
        size = leave(output_path(str(report.job["output"]), frame), target, frame, shot, job.exposure)
    why = report.why if job.engine != "auto" else WHY
    return told(report, target, frame, size, scale, shot.numbers, why)


def near(plate: Sequence, frame: int, reach: int) -> Sequence:
    """A sequence's frames near one of them.

    Raises:
        JobError: it doesn't have that frame.
    """
    parse_frames(str(frame), plate.frames)
    numbers = tuple(n for n in plate.frames if abs(n - frame) <= reach)
    return replace(plate, frames=numbers, missing=tuple(n for n in plate.missing if n in numbers))


@contextmanager
def small_copy(shot: Shot, scale: float, tell: Teller) -> Iterator[Path]:
    """A folder with a shot's frames, scaled, as plate.####.exr with light in RGB and the matte in A; it goes again."""
    with TemporaryDirectory(prefix="vfx-ai-preview-", ignore_cleanup_errors=True) as name:
        tell.stage("analyse", len(shot.numbers), 0, READING)
        step = tell.steps("analyse", READING)
        for done, number in enumerate(shot.numbers, 1):
            if number not in shot.plate.missing:
                _copy(shot, number, scale, Path(name) / f"plate.{number:04d}.exr")
            step(done, len(shot.numbers))
        yield Path(name)


def leave(result: Path, target: Path, frame: int, shot: Shot, exposure: str) -> tuple[int, int]:
    """Put the picture of a small run where it was asked for, as it is or for the eye; its width and height.

    Raises:
        OutputError: it can't be written.
    """
    info = probe(result, frame, "RGB", LINEAR)
    pixels = read(result, frame, pick_layer(info, "RGB"), info.space).pixels
    if target.suffix.lower() == ".exr":
        with replacing(target, frame) as beside:
            shutil.copyfile(result, beside)
    else:
        picture = picture_for_the_eye(pixels, (pixels.shape[1], pixels.shape[0]), viewer_for(exposure, shot))
        write_atomically(target, encoded(picture, target.suffix.lower()), frame=frame)
    return pixels.shape[1], pixels.shape[0]


def told(
    report: Report, target: Path, frame: int, size: tuple[int, int], scale: float, numbers: tuple[int, ...], why: str
) -> Previewed:
    """What is told of a preview that a run made; `size` is width and height, `numbers` the frames that it saw."""
    record = report.frames[0]
    seen = record.hole, record.real, record.never_seen
    return Previewed(str(target), frame, *size, scale, report.engine, why, *seen, numbers, report.notes)


def _copy(shot: Shot, number: int, scale: float, path: Path) -> None:
    """Write one frame of a shot, scaled, with its matte as channel A; half, NaN where nothing is known."""
    size = max(1, round(shot.height * scale)), max(1, round(shot.width * scale))
    left, top = round(shot.canvas.x0 * scale), round(shot.canvas.y0 * scale)
    shown = shot.infos[number].display_window
    pixels, coverage = _scaled(shot.view(number), size)
    write_matte(
        path,
        number,
        coverage,
        Window(left, top, left + size[1], top + size[0]),
        Window(*(round(side * scale) for side in (shown.x0, shown.y0, shown.x1, shown.y1))),
        read_lens(shot.plate.path(number), number).pixel_aspect,
        others={name: pixels[index] for index, name in enumerate("RGB")},
    )


def _scaled(view: View, size: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    """Light [3, h, w] and coverage [h, w] of a frame, each pixel the mean of those that it covers."""
    known = view.valid[None].float()
    both = F.interpolate(torch.cat([view.scene * known, known, view.coverage[None]])[None], size=size, mode="area")[0]
    light = both[:3] / both[3].clamp(min=1e-6)
    light = torch.where(both[3] > 0, light.clamp(-MOST_LIGHT, MOST_LIGHT), torch.nan)
    return light.numpy(), both[4].clamp(0, 1).numpy()


def _small_job(job: Job, frame: int, folder: Path, shot: Shot, scale: float) -> Job:
    """The same job on the copy."""
    focal = focal_in_pixels(job.focal, shot.infos[frame].display_window.width)
    return replace(
        job,
        plate=str(folder / "plate.####.exr"),
        matte="",
        output=str(folder / "out" / "clean.####.exr"),
        frames=str(frame),
        sample=0,
        colorspace=LINEAR,
        layer="RGB",
        matte_channel="A",
        matte_objects="",
        matte_layer="",
        matte_invert=False,
        matte_grow="0",
        focal="" if focal is None else f"{focal * scale:.3f}",
        layers="",
        painted="",
    )


def _engine(small: Job, tell: Teller) -> str:
    """The engine for a preview: solving the camera and trying engines takes longer than a look is worth."""
    asked = resolve(small)
    asked.folder.open(lambda: wait_for_analysis(tell))  # the run goes on from what is found here
    motion = surveyed(asked, open_shot(asked, choose_device(small.device), parse_memory(small.memory)), tell)
    return "temporal" if motion.kind == "locked" else "flow"
