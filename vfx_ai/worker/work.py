"""What the working process does for each kind: a function for each row of `kinds.KINDS`, named there.

Each takes what is asked, a Progress, and what tells whether it is to stop; it gives what the host is told at the end.
What is heavy is imported when it is first needed, and stays for the next job.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vfx_ai.board.jobs import Storyboard
from vfx_ai.job import Cancelled, Job, Missing, Progress
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.plates.jobs_edit import Edit
from vfx_ai.plates.jobs_new import PlateByModel, PlateGenerate, PlateLoop
from vfx_ai.worker.kinds import MatteClick, MattePick, Names, Nothing, Preview


def inpaint(job: Job, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The job, as the command `vfx-ai inpaint` does it.

    Raises:
        VerifyError: a pixel outside the matte differs; any other VfxAiError as the run's.
    """
    from vfx_ai.run import run

    with _claim(job, "clean"):
        return _summary(run(job, progress, cancelled))


def matte_click(asked: MatteClick, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The matte, as the command `vfx-ai matte click` makes it."""
    from vfx_ai.matte.clicks import make_matte

    with _claim(asked, "matte"):
        return asdict(make_matte(**_fields(asked), progress=progress, cancelled=cancelled))


def matte_pick(asked: MattePick, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The matte, as the command `vfx-ai matte pick` makes it."""
    from vfx_ai.matte.pick import pick_matte

    with _claim(asked, "matte"):
        return asdict(pick_matte(**_fields(asked), progress=progress, cancelled=cancelled))


def plate_clean(asked: Clean, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The clean plate, as the command `vfx-ai plate clean` makes it.

    Raises:
        VerifyError: a pixel outside the matte differs; any other VfxAiError as the run's.
    """
    from vfx_ai.plates.clean import clean
    from vfx_ai.plates.single import Single

    with _claim(asked, "clean"):
        made = clean(asked, progress, cancelled)
        return _told(made) if isinstance(made, Single) else _summary(made)


def edit(asked: Edit, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The change, as the command `vfx-ai edit` makes it.

    Raises:
        VerifyError: a pixel outside the matte differs; any other VfxAiError as the run's.
    """
    from vfx_ai.plates.edit import edit as edited

    with _claim(asked, "edit"):
        return _summary(edited(asked, progress, cancelled))


def plate_extend(asked: Extend, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The wider plate, as the command `vfx-ai plate extend` makes it.

    Raises:
        VerifyError: a pixel of the old area differs; any other VfxAiError as the run's.
    """
    from vfx_ai.plates.extend import extend

    with _claim(asked, "wide"):
        return _summary(extend(asked, progress, cancelled))


def plate_generate(asked: PlateGenerate, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The plate, as the command `vfx-ai plate generate` makes it."""
    from vfx_ai.plates.generate import generate_plate

    with _claim_beside(asked.like[0], asked.output, asked.missing, "new"):
        return _told(generate_plate(**_fields(asked), progress=progress, cancelled=cancelled))


def plate_by_model(asked: PlateByModel, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The plate, as the command `vfx-ai plate generate --model` makes it."""
    from vfx_ai.claim import claimed
    from vfx_ai.plates.asked_new import in_sequence
    from vfx_ai.plates.by_model import plate_by_model as made_by

    with claimed(in_sequence(asked.output, asked.frames)):
        return _told(made_by(**_fields(asked), progress=progress, cancelled=cancelled))


def plate_loop(asked: PlateLoop, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The loop, as the command `vfx-ai plate loop` makes it."""
    from vfx_ai.plates.loop import make_loop

    with _claim(asked, "loop"):
        return _told(make_loop(**_fields(asked), progress=progress, cancelled=cancelled))


def storyboard(asked: Storyboard, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """The board, as the command `vfx-ai storyboard` makes it."""
    from vfx_ai.board.make import make_board
    from vfx_ai.claim import claimed

    with claimed(str(Path(asked.output) / "board.html")):
        made = make_board(asked, progress, cancelled)
        return asdict(made) | {"result": made.page}


def preview(asked: Preview, progress: Progress, cancelled: Cancelled) -> dict[str, Any]:
    """One frame of a job, small."""
    how = {"width": asked.width, "reach": asked.reach, "progress": progress, "cancelled": cancelled}
    return asdict(previews()[asked.kind](asked.asked, asked.frame, asked.file, **how))


def previews() -> dict[str, Callable[..., Any]]:
    """What makes one frame of a job, for each kind of `kinds.PREVIEWED`."""
    from vfx_ai import preview, preview_matte, preview_plates

    def by_fields(does: Callable[..., Any]) -> Callable[..., Any]:
        return lambda job, frame, file, **how: does(frame, file, **how, **_fields(job))

    return {
        "inpaint": preview.preview,
        "plate_clean": preview_plates.preview_clean,
        "plate_extend": preview_plates.preview_extend,
        "matte_click": by_fields(preview_matte.preview_click),
        "matte_pick": by_fields(preview_matte.preview_pick),
    }


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


def _claim(
    asked: Job | MatteClick | MattePick | Clean | Edit | Extend | PlateLoop, ending: str
) -> AbstractContextManager[Path]:
    """Within it no other worker writes what is asked for; `ending` names files where only a folder is given."""
    return _claim_beside(asked.plate, asked.output, asked.missing, ending)


def _claim_beside(plate: str, output: str, missing: Missing, ending: str) -> AbstractContextManager[Path]:
    from vfx_ai.claim import claimed
    from vfx_ai.media.sequence import find_sequence, resolve_output

    return claimed(resolve_output(output, find_sequence(plate, missing=missing), ending))


def _summary(report: Any) -> dict[str, Any]:
    """What is told of a run.

    Raises:
        VerifyError: a pixel that was to stay differs.
    """
    from vfx_ai.terminal.summary import refuse_unless_passed, report_summary

    refuse_unless_passed(report)
    return report_summary(report)


def _told(made: Any) -> dict[str, Any]:
    """What is told of a plate that was made."""
    return asdict(made) | {"result": made.output}


def _fields(asked: MatteClick | MattePick | PlateByModel | PlateGenerate | PlateLoop) -> dict[str, Any]:
    return dict(vars(asked))
