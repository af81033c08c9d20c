"""One step of a job on one machine of a farm, as the job's file and the scheduler say."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from vfx_ai.errors import Interrupted, OutputError, VfxAiError
from vfx_ai.farm.chunks import from_expression
from vfx_ai.farm.jobfile import Asked, FarmJob, changed, check_paths, read_job, read_json
from vfx_ai.farm.mapping import rules_from
from vfx_ai.job import Cancelled, Job, Progress, Step
from vfx_ai.media.atomic import replacing
from vfx_ai.plates.clean import clean
from vfx_ai.plates.extend import extend
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.plates.single import Single
from vfx_ai.proof.record import Report
from vfx_ai.run import run
from vfx_ai.terminal.summary import report_summary

OUTCOME = "outcome.json"


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
        job = FarmJob(job.kind, replace(job.job, frames=words, sample=0))
    return job


def perform_task(
    file: Path,
    step: Step,
    frames: str,
    values: Mapping[str, str],
    mapping: str,
    progress: Progress,
    cancelled: Cancelled,
) -> Report:
    """Do a step of a job's file; how it ended lies beside that, where it can be written.

    Args:
        file, frames, values, mapping: as for `read_task`.
        step: of the run.
        progress, cancelled: as for a run.

    Raises:
        VfxAiError: the file is no such job, or the step can't be done.
    """
    try:
        asked = read_task(file, frames, values, mapping)
        report = perform_step(asked.job, step, progress, cancelled)
    except Interrupted:
        raise
    except VfxAiError as error:
        told = {"message": error.message, "file": error.file or "", "frame": error.frame, "remedy": error.remedy}
        _tell_outcome(file, {"error": told})
        raise
    if step in ("all", "report"):
        _tell_outcome(file, {"figures": report_summary(report)})
    return report


def _tell_outcome(file: Path, outcome: dict[str, object]) -> None:
    """Write down how the job stands: its report's figures, or the error of the last task that failed."""
    with suppress(OutputError), replacing(file.with_name(OUTCOME)) as beside:
        beside.write_text(json.dumps(outcome, default=str), encoding="utf-8")


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
        # Not by sys.stdin: a thread that waits within it aborts Python as that ends.
        while os.read(0, 4096):
            pass
        os._exit(code)

    threading.Thread(target=watch, daemon=True, name="leash").start()
