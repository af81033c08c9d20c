"""What a job would do, and at what cost, without doing it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import torch

from vfx_ai.asked import open_shot, resolve
from vfx_ai.budget import parse_memory
from vfx_ai.device import choose_device
from vfx_ai.job import Job
from vfx_ai.shot import Shot

PROBES = 5  # frames whose mattes are read to tell the size of the hole
# Seconds per million pixels for each second that reading a million pixels takes on the same machine; measured on two
# cores with engine `flow` (docs/benchmarks.md). A guess of the order of magnitude, and said to be one.
ANALYSE_PER_READ, FILL_PER_READ = 120.0, 40.0
ANALYSIS_BYTES = 12  # per pixel at the working size, both directions


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    Attributes:
        frames: that would be filled or are finished.
        finished: of these, finished by an earlier run.
        width, height: of the canvas that holds all data windows.
        hole_percent: of the picture, mean over a few frames.
        engine: that is asked for; "auto" is decided by the analysis.
        memory_bytes: that frames may take.
        disk_bytes: that results and analysis take, about.
        seconds: that the run takes, about; good for its order of magnitude.
        notes: what the files make us assume.
        output: the pattern of the results.
    """

    frames: tuple[int, ...]
    finished: tuple[int, ...]
    width: int
    height: int
    hole_percent: float
    engine: str
    memory_bytes: int
    disk_bytes: int
    seconds: float
    notes: tuple[str, ...]
    output: str


def plan(job: Job) -> Plan:
    """Look at a job's files and say what it would do; nothing is written.

    Raises:
        VfxAiError: what `run` would raise before its first frame.
    """
    asked = resolve(job)
    choose_device(job.device)  # refused here rather than by the run
    budget = parse_memory(job.memory)
    shot = open_shot(asked, torch.device("cpu"), budget)
    finished = tuple(n for n in asked.frames if not job.force and asked.folder.finished(n, asked.result(n)))
    todo = len(asked.frames) - len(finished)
    picks = sorted({asked.frames[i] for i in np.linspace(0, len(asked.frames) - 1, PROBES).round().astype(int)})
    hole = float(np.mean([(shot.coverage(n) > 0).mean() for n in picks]))
    read_seconds = _seconds_to_read(shot, picks[0])
    small = shot.working_size[0] * shot.working_size[1] / (shot.height * shot.width)
    seconds = read_seconds * (
        (ANALYSE_PER_READ * small * len(shot.numbers) if todo else 0) + todo * (3 + FILL_PER_READ * hole)
    )
    size = sum(shot.plate.path(n).stat().st_size for n in asked.frames)
    notes = {note: None for info in shot.infos.values() for note in info.notes}
    return Plan(
        asked.frames,
        finished,
        shot.width,
        shot.height,
        100 * hole,
        job.engine,
        budget,
        int(size * 1.1 + len(shot.numbers) * small * shot.height * shot.width * ANALYSIS_BYTES),
        seconds,
        tuple(notes),
        asked.output,
    )


def _seconds_to_read(shot: Shot, number: int) -> float:
    clock = time.perf_counter()
    shot.frame(number)
    return max(time.perf_counter() - clock, 1e-3)
