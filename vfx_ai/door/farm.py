"""What a Python caller asks of many machines: one shot cut into pieces, and many shots in a night."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from vfx_ai.door.calls import never

if TYPE_CHECKING:
    from vfx_ai.farm.night import Night
    from vfx_ai.farm.submit import Submitted
    from vfx_ai.job import Job, Progress, Step
    from vfx_ai.plates.jobs import Clean, Extend
    from vfx_ai.proof.record import Report


def submit(
    job: Job | Clean | Extend,
    to: str = "openjd",
    bundle: str | PathLike[str] = "",
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **options: Any,
) -> Submitted:
    """Cut a job into chunks for many machines, as the command `vfx-ai submit` does.

    Args:
        job: what is asked: a `Job`, or a `Clean` or `Extend` of `vfx_ai.plates.jobs`.
        to: "openjd" or "deadline", which write a bundle; "local" or "ray", which do it at once.
        bundle: the folder for its files.
        progress, cancelled: as for `inpaint`, where it is done at once.
        options: chunk (frames; 0: by cost), target (seconds of a chunk), workers, threads, program, address, gpus,
            dry_run.

    Returns:
        What was written, the chunks and what they cost; of what was done at once, `answer` has its figures.

    Raises:
        VfxAiError: what was asked can't be done, or a chunk failed as often as it was tried.
        TypeError: `options` has another name.
    """
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.farm.submit import submit as submitted

    return submitted(job, to, fspath(bundle), progress=progress or silent, cancelled=cancelled or never, **options)


def task(
    file: str | PathLike[str],
    step: Step = "all",
    frames: str = "",
    *,
    values: Mapping[str, str] | None = None,
    path_mapping: str | PathLike[str] = "",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Report:
    """Do a step of a job's file, as the command `vfx-ai task` does.

    Args:
        file: as `submit` writes it.
        step: "all", "analyse", "fill" or "report".
        frames: these alone, e.g. "1001-1010,1020" or "1001-1010:3"; "": those of the job.
        values: fields that are otherwise than written, as typed.
        path_mapping: a file of rules of Open Job Description; "": none.
        progress, cancelled: as for `inpaint`.

    Returns:
        What was done, as for `inpaint`.

    Raises:
        VfxAiError: the file is no such job, or the step can't be done.
    """
    from pathlib import Path

    from vfx_ai.job import check_choices, silent
    from vfx_ai.threads import wait_without_spinning

    check_choices(step=step)
    wait_without_spinning()
    from vfx_ai.farm.task import perform_task

    mapping = fspath(path_mapping)
    return perform_task(Path(file), step, frames, values or {}, mapping, progress or silent, cancelled or never)


def batch(
    shots: str | PathLike[str],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **options: Any,
) -> Night:
    """Do a list of shots, as the command `vfx-ai batch` does.

    Args:
        shots: a CSV or an OpenTimelineIO file.
        progress, cancelled: as for `inpaint`.
        options: output, matte, page, values, to, bundle, chunk, target, workers, threads, program, address, gpus,
            force, look, dry_run.

    Returns:
        How each shot ended; `failed` names those that failed, `page` is the page over all.

    Raises:
        VfxAiError: the list makes no sense: nothing was run.
        TypeError: `options` has another name.
    """
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.farm.batch import batch as all_of_them

    return all_of_them(fspath(shots), progress=progress or silent, cancelled=cancelled or never, **options)
