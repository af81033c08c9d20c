"""One step of a job on one machine of a farm, as the job's file and the scheduler say."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from vfx_ai.farm.chunks import from_expression
from vfx_ai.farm.jobfile import Asked, FarmJob, changed, check_paths, read_job, read_json
from vfx_ai.farm.mapping import rules_from
from vfx_ai.job import Job, Progress, Step
from vfx_ai.plates.clean import clean
from vfx_ai.plates.extend import extend
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.plates.single import Single
from vfx_ai.proof.record import Report
from vfx_ai.run import run

Cancelled = Callable[[], bool]


def read_task(file: Path, frames: str = "", values: Mapping[str, str] | None = None, mapping: str = "") -> FarmJob:
    """The job of a file as this machine is to do it.

    Args:
        file: written by `submit`.
        frames: of these alone, as Open Job Description or --frames write them; "": as the job says.
        values: fields that are otherwise, as typed; an empty text leaves a field as it is.
        mapping: a file with path mapping rules; "": none.

    Raises:
        VfxAiError: a file is none such, or something in it makes no sense.
    """
    rules = rules_from(read_json(Path(mapping), "path mapping"), Path(mapping)) if mapping else ()
    job = changed(read_job(file), values or {}, rules)
    check_paths(job, file)
    if frames:
        words = frames if "x" in frames else from_expression(frames)
        job = FarmJob(job.kind, replace(job.job, frames=words, sample=0))  # type: ignore[arg-type]
    return job


def perform_step(job: Asked, step: Step, progress: Progress, cancelled: Cancelled) -> Report:
    """Do a step of a job.

    Raises:
        VfxAiError: see `vfx_ai.run.run`.
    """
    if isinstance(job, Clean):
        made = clean(job, progress, cancelled, step)
        assert not isinstance(made, Single)  # refused as the job was read
        return made
    if isinstance(job, Extend):
        return extend(job, progress, cancelled, step)
    assert isinstance(job, Job)
    return run(job, progress, cancelled, step=step)


def end_with_parent(code: int = 130) -> None:
    """End this process when whoever started it is gone: its end of standard input is then closed."""

    def watch() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        os._exit(code)

    threading.Thread(target=watch, daemon=True, name="leash").start()
