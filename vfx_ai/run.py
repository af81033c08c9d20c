"""run(job): the one way in, and the only file that knows the order: analyse, fill frame by frame, report.

Each of the three can be done by itself, also by another machine: what one leaves in the work folder, the next finds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from vfx_ai.budget import parse_memory
from vfx_ai.claim import together
from vfx_ai.device import choose_device, device_name
from vfx_ai.errors import MissingFrameError
from vfx_ai.fill import MAKERS, makers
from vfx_ai.fill.paints import Paints, check
from vfx_ai.fill.trial import Choice
from vfx_ai.finish.grain import Grain
from vfx_ai.job import Edited, Job, Progress, Step, check_choices, silent
from vfx_ai.media.color_view import Viewer
from vfx_ai.proof.model_facts import model_facts
from vfx_ai.proof.record import ColorRecord, FrameRecord, Report
from vfx_ai.proof.report import write_report
from vfx_ai.proof.wording import ranges
from vfx_ai.shot import Shot
from vfx_ai.steps.analysis import analysed, wait_for_analysis
from vfx_ai.steps.asked import Asked, open_shot, resolve, told_of_effects
from vfx_ai.steps.edit import EditStep
from vfx_ai.steps.filled import Filled
from vfx_ai.steps.frame import FrameStep
from vfx_ai.steps.overlap import overlapped, shared_cores
from vfx_ai.steps.plan import Plan, plan
from vfx_ai.steps.proof import write_run
from vfx_ai.steps.unpainted import stands, unpainted
from vfx_ai.steps.viewing import color_notes, color_record, viewer_of
from vfx_ai.steps.write import show_anew, write_frame
from vfx_ai.telling import Cancelled, Teller
from vfx_ai.versions import versions

__all__ = ["Plan", "plan", "run"]

APART = "What the model made lies by itself, with what would be there without it, in"


def run(
    job: Job,
    progress: Progress = silent,
    cancelled: Cancelled = lambda: False,
    told: Sequence[str] = (),
    step: Step = "all",
    whole: tuple[str, Any] | None = None,
) -> Report:
    """Do a job: fill the hole in every frame asked for, verify each, and write the report.

    Args:
        job: what is asked.
        progress: is told how far the run is.
        cancelled: is asked often; when it says True the run ends with Interrupted. Finished frames stay.
        told: what was told before, for the report's notes.
        step: "all"; or one of "analyse" (the shot, and no frame), "fill" (the job's frames, with the analysis made
            first if it isn't there) and "report" (on the job's frames, all of them finished).
        whole: what the job is a part of, for the sidecar: a kind of `steps.proof.READ`, and what was asked (a
            dataclass).

    Returns:
        The report, which also lies beside the results as report.json and report.html, with the sidecar; of the steps
        "analyse" and "fill" one of what they did, which isn't written.

    Raises:
        MissingFrameError: the step is "report", and a frame isn't finished.
        VfxAiError: see `vfx_ai.errors`; frames written before it stay.
    """
    check_choices(step=step)
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    asked = resolve(job)
    notes = [
        *told,
        *makers.told(job, asked.model),
        *told_of_effects(asked),
        *([f"{APART} {asked.apart}."] if asked.apart and not isinstance(job, Edited) else []),
        *([f"Results are written to {asked.output}."] if asked.output != job.output else []),
    ]
    tell = Teller(progress, cancelled, notes)
    device, budget = choose_device(job.device), parse_memory(job.memory)
    shot = open_shot(asked, device, budget)
    for info in shot.infos.values():
        notes.extend(note for note in info.notes if note not in notes)
    notes.extend(color_notes(shot))
    shot.coverage(asked.frames[0])  # a matte that can't be read is refused before anything is written
    for doubt in (*(asked.model.doubts if asked.model else ()), *check(Paints(shot, asked.painted, job.colorspace))):
        tell.note(doubt, "warning")
    with together(asked.folder.path, asked.folder.analysis_key, asked.output):
        asked.folder.open(lambda: wait_for_analysis(tell))
        return _steps(asked, shot, tell, notes, step, started, clock, whole or ("inpaint", job))


@dataclass(frozen=True)
class _Analysed:
    """What the first step found, and what it took."""

    shot: Shot
    choice: Choice
    grain: Grain | None
    viewer: Viewer
    color: ColorRecord
    seconds: float
    models: tuple[dict[str, Any], ...]


def _steps(
    asked: Asked,
    shot: Shot,
    tell: Teller,
    notes: list[str],
    step: Step,
    started: str,
    clock: float,
    whole: tuple[str, Any],
) -> Report:
    anew = asked.job.force and step != "report"
    before = {n: None if anew else asked.finished(n) for n in asked.frames}
    records = {n: record for n, record in before.items() if record is not None and stands(record, asked.painted)}
    missing = [n for n in asked.frames if n not in records]
    if step == "report" and missing:
        raise MissingFrameError(
            f"{len(missing)} of {len(asked.frames)} frames aren't filled: {ranges(missing)}",
            file=asked.result(missing[0]),
            frame=missing[0],
            remedy="Run the step fill for them, and then the report again.",
        )
    viewer = viewer_of(asked, shot)
    color = color_record(shot, viewer)
    _show_anew(asked, viewer, records, tell)
    tell.stage("analyse", len(shot.numbers))
    shot, motion, choice, grain = analysed(asked, shot, tell, dense=bool(missing))
    models = model_facts(asked.model, asked.job.engine)
    found = _Analysed(shot, choice, grain, viewer, color, time.perf_counter() - clock, models)
    skipped: tuple[int, ...] = ()
    seconds = {"analyse": found.seconds}
    device = shot.device
    if step in ("all", "fill"):
        clock = time.perf_counter()
        does = EditStep if isinstance(asked.job, Edited) else FrameStep
        worker = does(asked, shot, motion, choice, tell, grain)
        skipped = _fill(asked, found, worker, before, records, tell)
        device, seconds["fill"] = worker.shot.device, time.perf_counter() - clock
    if step in ("analyse", "fill"):
        asked.folder.tell(notes)
        records = records if step == "fill" else {}
    if step == "report":
        notes.extend(note for note in asked.folder.told() if note not in notes)
        seconds["fill"] = sum(record.seconds for record in records.values())
    clock = time.perf_counter()
    if step in ("all", "report"):
        tell.stage("report", 1)
        _doubts(asked, records, tell)
    report = _report(asked, found, records, notes, skipped, seconds)
    report = replace(report, device=device_name(device), started=started)
    if step in ("analyse", "fill"):
        return report
    parent = Path(asked.output).parent
    sidecar = write_run(asked, report, tell, whole[0], asdict(whole[1]))
    places = {"report": parent / "report.html", "report.json": parent / "report.json", "sidecar": sidecar}
    report = replace(report, pictures={k: str(v) for k, v in places.items()}, notes=tuple(notes))
    seconds["report"] = time.perf_counter() - clock
    write_report(report, asked.folder.pictures, parent)
    return report


def _show_anew(asked: Asked, viewer: Viewer, records: dict[int, FrameRecord], tell: Teller) -> None:
    """Make pictures of finished frames anew where they were made with another viewer."""
    for number, record in records.items():
        if record.shown != viewer.identity:
            tell.check()
            records[number] = show_anew(asked, viewer, record)


def _fill(
    asked: Asked,
    found: _Analysed,
    worker: FrameStep,
    before: dict[int, FrameRecord | None],
    records: dict[int, FrameRecord],
    tell: Teller,
) -> tuple[int, ...]:
    """Fill the frames without a record, and add theirs; gives those that needed nothing."""
    name, viewer = _engine(asked, found), found.viewer
    tell.stage("fill", len(asked.frames), len(records), f"engine {name}: {found.choice.why}")
    for number, record in unpainted(asked, before, records, worker.reached):
        records[number] = record if record.shown == viewer.identity else show_anew(asked, viewer, record)
    todo = [n for n in asked.frames if n not in records]
    skipped = tuple(sorted(records))
    worker.expect(todo)

    def filled(number: int) -> Filled:
        tell.check()
        return worker.frame(number)

    with (
        shared_cores() as workers,
        closing(overlapped(todo, filled, partial(write_frame, asked, name, viewer), workers)) as written,
    ):
        for record, otherwise in written:
            for note in otherwise:
                tell.note(note)
            records[record.frame] = record
            tell.frame(record.frame, len(records), len(asked.frames))
    return skipped


def _engine(asked: Asked, found: _Analysed) -> str:
    """What fills: engines, and after them what makes pixels, if the job names that."""
    name = asked.job.engine
    if isinstance(asked.job, Edited):
        return name
    return f"{found.choice.name}, then {name}" if name in MAKERS else found.choice.name


def _doubts(asked: Asked, records: dict[int, FrameRecord], tell: Teller) -> None:
    """Note it where nothing was taken out."""
    if not any(record.hole for record in records.values()):
        beyond = any(record.outside_data_window for record in records.values())
        fault = "lies outside the plate's data window" if beyond else "is empty"
        tell.note(f"The matte {fault} in every frame asked for: nothing was taken out.", "warning")
    if asked.job.effects and not any(record.effects for record in records.values()):
        tell.note("Nothing was found that the object leaves beside its matte.")


def _report(
    asked: Asked,
    found: _Analysed,
    records: dict[int, FrameRecord],
    notes: Sequence[str],
    skipped: tuple[int, ...],
    seconds: dict[str, float],
) -> Report:
    job, grain = asked.job, found.grain
    outside = "the matte and its effects" if job.effects else "the matte"
    bad = [r.frame for r in records.values() if r.differing or r.findings]
    return Report(
        job={**asdict(job), "output": asked.output},
        frames=tuple(records[n] for n in asked.frames if n in records),
        engine=_engine(asked, found),
        why=found.choice.why,
        color=found.color,
        trials=tuple(asdict(t) for t in found.choice.trials),
        grain={"levels": grain.levels, "sigma": grain.sigma} if grain else {},
        notes=tuple(notes),
        seconds=seconds,
        versions=versions(),
        device="",
        started="",
        skipped=skipped,
        models=found.models,
        verdict=f"{len(bad)} frames differ from the plate" if bad else f"identical outside {outside}",
        passed=not bad,
    )
