"""What a shot costs, so that work can be cut: by frames that were done, else by this machine and the hole's size."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from vfx_ai.budget import parse_memory
from vfx_ai.farm.found import Found
from vfx_ai.job import Job
from vfx_ai.media import plate as plate_files
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.shot import WORKING_WIDTH
from vfx_ai.steps.asked import Asked, resolve
from vfx_ai.steps.plan import START_SECONDS, cost_of, plan

REPORT_SECONDS_PER_FRAME = 0.05
BASE_BYTES = 700_000_000  # of a process with all that is loaded
KEPT_BYTES = 17  # per pixel of a frame that is kept: light, and what is valid and seen
WORK_BYTES = 90  # per pixel of the frame that is filled and the ones that are being written
CLEAN_SHARE = 0.3  # of the picture that boxes around what moves take, before that is known
FEWEST_DONE = 3  # frames that were done, from which on they tell what the others take


@dataclass(frozen=True)
class Costs:
    """What the steps of a run take, in seconds and bytes.

    Attributes:
        start: a process, until it works.
        analyse: the shot, once, and no two machines at a time: the serial part.
        frames: some frames, by number, rising; those between take what lies between.
        report: the page.
        memory: of a process, at its most.
        basis: what the figures come from, in a sentence.
        finished: frames that are known to need nothing more.
    """

    start: float
    analyse: float
    frames: tuple[tuple[int, float], ...]
    report: float
    memory: int
    basis: str
    finished: tuple[int, ...] = ()

    def frame(self, number: int) -> float:
        """Seconds that a frame takes."""
        numbers = [n for n, _ in self.frames]
        at = bisect_left(numbers, number)
        if at in (0, len(numbers)):
            return self.frames[min(at, len(numbers) - 1)][1]
        (a, low), (b, high) = self.frames[at - 1], self.frames[at]
        return low + (high - low) * (number - a) / (b - a)

    def mean(self, frames: tuple[int, ...]) -> float:
        """Seconds that one of these frames takes, in the mean."""
        return sum(self.frame(n) for n in frames) / max(1, len(frames))


def estimate(found: Found) -> Costs:
    """What a job costs; nothing is written.

    Raises:
        VfxAiError: what the run would raise before its first frame.
    """
    job = found.farm_job.job
    report = START_SECONDS + REPORT_SECONDS_PER_FRAME * len(found.frames)
    if isinstance(job, Job) or (isinstance(job, Clean) and job.matte):
        as_job = job if isinstance(job, Job) else _as_job(job)
        planned = plan(as_job)
        pixels = planned.width * planned.height
        memory = _memory(job.memory, pixels, len(found.plate.frames))
        asked = resolve(as_job)
        if done := _done(asked):
            basis = f"{len(done)} finished frames of this shot"
            frames = _by_number(done, found.frames)
            return Costs(START_SECONDS, planned.analyse_seconds, frames, report, memory, basis, planned.finished)
        basis = (
            f"dense motion as measured here just now, engine {planned.engine}, and the hole's box in "
            f"{len(planned.frame_seconds)} frames; good for the order of magnitude"
        )
        each = planned.frame_seconds
        return Costs(START_SECONDS, planned.analyse_seconds, each, report, memory, basis, planned.finished)
    return _unseen(found, job, report)


def _as_job(job: Clean) -> Job:
    names = ("plate", "matte", "output", "matte_channel", "matte_invert", "matte_grow", "frames", "missing", "layer")
    more = ("colorspace", "engine", "grain", "detail", "device", "memory")
    return Job(**{name: getattr(job, name) for name in (*names, *more)})


def _unseen(found: Found, job: Clean | Extend, report: float) -> Costs:
    """Of a job whose hole isn't known before it is made."""
    first = found.plate.present[0]
    info = plate_files.probe(found.plate.path(first), first, job.layer, job.colorspace)
    width, height = info.data_window.width, info.data_window.height
    if isinstance(job, Extend):
        left, top, right, bottom = job.grown(info.display_window.width, info.display_window.height)
        wide, high = width + max(0, left) + max(0, right), height + max(0, top) + max(0, bottom)
        share, what = 1.0, "the new frame's size"
    else:
        wide, high, share, what = width, height, CLEAN_SHARE, f"a hole of {CLEAN_SHARE:.0%} of the picture, as a guess"
    pixels = wide * high
    small = pixels * min(1.0, WORKING_WIDTH / wide) ** 2
    cost = cost_of(len(found.plate.frames), pixels, small, share, "project" if job.engine == "auto" else job.engine)
    each = cost.write * 2 + cost.fill * share
    return Costs(
        START_SECONDS,
        cost.analyse,
        tuple((n, each) for n in sorted({found.frames[0], found.frames[-1]})),
        report,
        _memory(job.memory, pixels, len(found.plate.frames)),
        f"dense motion as measured here just now, and {what}; good for the order of magnitude",
    )


def _done(asked: Asked) -> dict[int, tuple[int, float]]:
    """Of frames that were done by the same method: pixels of the hole, and seconds; {} of too few."""
    done = {}
    for number in asked.frames:
        record = asked.finished(number)
        if record is not None:
            done[number] = record.hole, record.seconds
    return done if len(done) >= FEWEST_DONE else {}


def _by_number(done: dict[int, tuple[int, float]], frames: tuple[int, ...]) -> tuple[tuple[int, float], ...]:
    """Seconds of frames that were done; the first and the last frame of all take what their nearest takes."""
    known = sorted(done)
    middle = float(np.median([seconds for _, seconds in done.values()]))
    # One frame that waited for another program isn't what the next one takes.
    held = [(n, min(done[n][1], 3 * middle)) for n in known]
    ends = [(frames[0], held[0][1])] if frames[0] < known[0] else []
    return (*ends, *held, *([(frames[-1], held[-1][1])] if frames[-1] > known[-1] else []))


def _memory(budget: str, pixels: int, frames: int) -> int:
    return BASE_BYTES + min(parse_memory(budget), frames * pixels * KEPT_BYTES) + pixels * WORK_BYTES
