"""What the working process does for each kind: a function for each row of `kinds.KINDS`, named there.

Each takes what is asked, a Progress, and what tells whether it is to stop; it gives what the host is told at the end.
What is heavy is imported when it is first needed, and stays for the next job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from vfx_ai.board.jobs import Storyboard
from vfx_ai.job import Job, Progress
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.plates.jobs_edit import Edit
from vfx_ai.plates.jobs_new import PlateByModel, PlateGenerate, PlateLoop
from vfx_ai.worker.kinds import MatteClick, MattePick, Names, Nothing, Preview

Cancelled = Callable[[], bool]


def inpaint(job: Job, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The job, as the command `vfx-ai inpaint` does it.

    Raises:
        VerifyError: a pixel outside the matte differs; any other VfxAiError as the run's.
    """
    from vfx_ai.claim import claimed
    from vfx_ai.media.sequence import find_sequence, resolve_output
    from vfx_ai.run import run
    from vfx_ai.terminal.summary import refuse_unless_passed, report_summary

    target = resolve_output(job.output, find_sequence(job.plate, missing=job.missing))
    with claimed(target):
        report = run(job, progress, cancelled)
    refuse_unless_passed(report)
    return report_summary(report)


def matte_click(asked: MatteClick, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The matte, as the command `vfx-ai matte click` makes it."""
    from vfx_ai.claim import claimed
    from vfx_ai.matte.clicks import make_matte
    from vfx_ai.media.sequence import find_sequence, resolve_output

    target = resolve_output(asked.output, find_sequence(asked.plate, missing=asked.missing), "matte")
    with claimed(target):
        return asdict(make_matte(**_fields(asked), progress=progress, cancelled=cancelled))


def matte_pick(asked: MattePick, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The matte, as the command `vfx-ai matte pick` makes it."""
    from vfx_ai.claim import claimed
    from vfx_ai.matte.pick import pick_matte
    from vfx_ai.media.sequence import find_sequence, resolve_output

    target = resolve_output(asked.output, find_sequence(asked.plate, missing=asked.missing), "matte")
    with claimed(target):
        return asdict(pick_matte(**_fields(asked), progress=progress, cancelled=cancelled))


def plate_clean(asked: Clean, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The clean plate, as the command `vfx-ai plate clean` makes it.

    Raises:
        VerifyError: a pixel outside the matte differs; any other VfxAiError as the run's.
    """
    from vfx_ai.claim import claimed
    from vfx_ai.media.sequence import find_sequence, resolve_output
    from vfx_ai.plates.clean import clean
    from vfx_ai.plates.single import Single
    from vfx_ai.terminal.summary import refuse_unless_passed, report_summary

    target = resolve_output(asked.output, find_sequence(asked.plate, missing=asked.missing), "clean")
    with claimed(target):
        made = clean(asked, progress, cancelled)
    if isinstance(made, Single):
        return asdict(made) | {"result": made.output}
    refuse_unless_passed(made)
    return report_summary(made)


def edit(asked: Edit, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The change, as the command `vfx-ai edit` makes it.

    Raises:
        VerifyError: a pixel outside the matte differs; any other VfxAiError as the run's.
    """
    from vfx_ai.claim import claimed
    from vfx_ai.media.sequence import find_sequence, resolve_output
    from vfx_ai.plates.edit import edit as edited
    from vfx_ai.terminal.summary import refuse_unless_passed, report_summary

    target = resolve_output(asked.output, find_sequence(asked.plate, missing=asked.missing), "edit")
    with claimed(target):
        report = edited(asked, progress, cancelled)
    refuse_unless_passed(report)
    return report_summary(report)


def plate_extend(asked: Extend, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The wider plate, as the command `vfx-ai plate extend` makes it.

    Raises:
        VerifyError: a pixel of the old area differs; any other VfxAiError as the run's.
    """
    from vfx_ai.claim import claimed
    from vfx_ai.media.sequence import find_sequence, resolve_output
    from vfx_ai.plates.extend import extend
    from vfx_ai.terminal.summary import refuse_unless_passed, report_summary

    target = resolve_output(asked.output, find_sequence(asked.plate, missing=asked.missing), "wide")
    with claimed(target):
        report = extend(asked, progress, cancelled)
    refuse_unless_passed(report)
    return report_summary(report)


def plate_generate(asked: PlateGenerate, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The plate, as the command `vfx-ai plate generate` makes it."""
    from vfx_ai.claim import claimed
    from vfx_ai.media.sequence import find_sequence, resolve_output
    from vfx_ai.plates.generate import generate_plate

    target = resolve_output(asked.output, find_sequence(asked.like[0], missing=asked.missing), "new")
    with claimed(target):
        made = generate_plate(**_fields(asked), progress=progress, cancelled=cancelled)
    return asdict(made) | {"result": made.output}


def plate_by_model(asked: PlateByModel, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The plate, as the command `vfx-ai plate generate --model` makes it."""
    from vfx_ai.claim import claimed
    from vfx_ai.plates.asked_new import in_sequence
    from vfx_ai.plates.by_model import plate_by_model as made_by

    with claimed(in_sequence(asked.output, asked.frames)):
        made = made_by(**_fields(asked), progress=progress, cancelled=cancelled)
    return asdict(made) | {"result": made.output}


def plate_loop(asked: PlateLoop, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The loop, as the command `vfx-ai plate loop` makes it."""
    from vfx_ai.claim import claimed
    from vfx_ai.media.sequence import find_sequence, resolve_output
    from vfx_ai.plates.loop import make_loop

    target = resolve_output(asked.output, find_sequence(asked.plate, missing=asked.missing), "loop")
    with claimed(target):
        made = make_loop(**_fields(asked), progress=progress, cancelled=cancelled)
    return asdict(made) | {"result": made.output}


def storyboard(asked: Storyboard, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The board, as the command `vfx-ai storyboard` makes it."""
    from pathlib import Path

    from vfx_ai.board.make import make_board
    from vfx_ai.claim import claimed

    with claimed(str(Path(asked.output) / "board.html")):
        made = make_board(asked, progress, cancelled)
    return asdict(made) | {"result": made.page}


def preview(asked: Preview, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """One frame of a job, small."""
    job = asked.asked
    how: dict[str, Any] = {"width": asked.width, "reach": asked.reach, "progress": progress, "cancelled": cancelled}
    if asked.kind == "inpaint":
        from vfx_ai.preview import preview as previewed

        return asdict(previewed(job, asked.frame, asked.file, **how))
    if asked.kind in ("plate_clean", "plate_extend"):
        from vfx_ai import preview_plates as plates

        plate = plates.preview_clean if asked.kind == "plate_clean" else plates.preview_extend
        return asdict(plate(job, asked.frame, asked.file, **how))
    from vfx_ai import preview_matte as mattes

    matte = mattes.preview_click if asked.kind == "matte_click" else mattes.preview_pick
    return asdict(matte(asked.frame, asked.file, **how, **_fields(job)))


def plan(job: Job, _progress: Progress, _cancelled: Cancelled) -> dict[str, Any]:
    """What `vfx-ai inpaint --dry-run` says."""
    from vfx_ai.run import plan as planned

    return asdict(planned(job))


def names(asked: Names, _progress: Progress, _cancelled: Cancelled) -> dict[str, Any]:
    """What `vfx-ai matte names` lists."""
    from vfx_ai.matte.pick import matte_names

    return {"cryptomattes": [asdict(one) for one in matte_names(asked.plate, asked.frame, missing=asked.missing)]}


def doctor(_asked: Nothing, _progress: Progress, _cancelled: Cancelled) -> dict[str, Any]:
    """What `vfx-ai doctor` says."""
    from vfx_ai.doctor import examine

    return asdict(examine())


def devices(_asked: Nothing, _progress: Progress, _cancelled: Cancelled) -> dict[str, Any]:
    """What computes here, the best first."""
    from vfx_ai.doctor import PROBES

    return {"devices": [*PROBES["gpus"](), {"device": "cpu", "name": "CPU", "cores": PROBES["cores"]()}]}


def _fields(asked: MatteClick | MattePick | PlateByModel | PlateGenerate | PlateLoop) -> dict[str, Any]:
    return dict(vars(asked))
