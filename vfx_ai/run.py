"""run(job): the one way in, and the only file that knows the order: analyse, fill frame by frame, report."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from vfx_ai.analysis import analyse, measured_grain
from vfx_ai.asked import open_shot, resolve
from vfx_ai.budget import parse_memory
from vfx_ai.device import choose_device, device_name
from vfx_ai.editstep import EditStep
from vfx_ai.fill import MAKERS, makers
from vfx_ai.fill.paints import Paints, check
from vfx_ai.framestep import Filled, FrameStep
from vfx_ai.job import Edited, Job, Progress, silent
from vfx_ai.overlap import overlapped, shared_cores
from vfx_ai.plan import Plan, plan
from vfx_ai.proof.record import Report
from vfx_ai.proof.report import write_report
from vfx_ai.telling import Cancelled, Teller
from vfx_ai.unpainted import stands, unpainted
from vfx_ai.versions import versions
from vfx_ai.viewing import color_notes, color_record, viewer_of
from vfx_ai.writestep import show_anew, write_frame

__all__ = ["Plan", "plan", "run"]


def run(
    job: Job, progress: Progress = silent, cancelled: Cancelled = lambda: False, told: Sequence[str] = ()
) -> Report:
    """Do a job: fill the hole in every frame asked for, verify each, and write the report.

    Args:
        job: what is asked.
        progress: is told how far the run is.
        cancelled: is asked often; when it says True the run ends with Interrupted. Finished frames stay.
        told: what was told before, for the report's notes.

    Returns:
        The report, which also lies beside the results as report.json and report.html.

    Raises:
        VfxAiError: see `vfx_ai.errors`; frames written before it stay.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    asked = resolve(job)
    notes = [
        *told,
        *makers.told(job),
        *([f"Results are written to {asked.output}."] if asked.output != job.output else []),
    ]
    tell = Teller(progress, cancelled, notes)
    device, budget = choose_device(job.device), parse_memory(job.memory)
    shot = open_shot(asked, device, budget)
    for info in shot.infos.values():
        notes.extend(note for note in info.notes if note not in notes)
    notes.extend(color_notes(shot))
    shot.coverage(asked.frames[0])  # a matte that can't be read is refused before anything is written
    for doubt in check(Paints(shot, asked.painted, job.colorspace)):
        tell.note(doubt, "warning")
    asked.folder.open()
    before = {n: None if job.force else asked.folder.finished(n, asked.result(n)) for n in asked.frames}
    records = {n: record for n, record in before.items() if record is not None and stands(record, asked.painted)}
    todo = [n for n in asked.frames if n not in records]
    seconds = {}
    viewer = viewer_of(asked, shot)
    color = color_record(shot, viewer)
    for number, record in records.items():
        if record.shown != viewer.identity:
            tell.check()
            records[number] = show_anew(asked, viewer, record)

    tell.stage("analyse", len(shot.numbers))
    shot, motion, choice = analyse(asked, shot, tell, dense=bool(todo))
    name = f"{choice.name}, then {job.engine}" if job.engine in MAKERS else choice.name
    name = job.engine if isinstance(job, Edited) else name
    grain = measured_grain(asked, shot, motion, tell)
    seconds["analyse"] = time.perf_counter() - clock

    clock = time.perf_counter()
    tell.stage("fill", len(asked.frames), len(records), f"engine {name}: {choice.why}")
    does = EditStep if isinstance(job, Edited) else FrameStep
    worker = does(asked, shot, motion, choice, tell, grain)
    for number, record in unpainted(asked, before, records, worker.reached):
        records[number] = record if record.shown == viewer.identity else show_anew(asked, viewer, record)
    todo = [n for n in todo if n not in records]
    skipped = tuple(sorted(records))

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
    seconds["fill"] = time.perf_counter() - clock

    clock = time.perf_counter()
    tell.stage("report", 1)
    if not any(record.hole for record in records.values()):
        beyond = any(record.outside_data_window for record in records.values())
        fault = "lies outside the plate's data window" if beyond else "is empty"
        tell.note(f"The matte {fault} in every frame asked for: nothing was taken out.", "warning")
    if job.effects and not any(record.effects for record in records.values()):
        tell.note("Nothing was found that the object leaves beside its matte.")
    outside = "the matte and its effects" if job.effects else "the matte"
    bad = [r.frame for r in records.values() if r.differing or r.findings]
    report = Report(
        job={**asdict(job), "output": asked.output},
        frames=tuple(records[n] for n in asked.frames),
        engine=name,
        why=choice.why,
        color=color,
        trials=tuple(asdict(t) for t in choice.trials),
        grain={"levels": grain.levels, "sigma": grain.sigma} if grain else {},
        notes=tuple(notes),
        seconds=seconds,
        versions=versions(),
        device=device_name(worker.shot.device),
        started=started,
        skipped=skipped,
        verdict=f"{len(bad)} frames differ from the plate" if bad else f"identical outside {outside}",
        passed=not bad,
    )
    parent = Path(asked.output).parent
    places = {"report": parent / "report.html", "report.json": parent / "report.json"}
    report = replace(report, pictures={k: str(v) for k, v in places.items()})
    seconds["report"] = time.perf_counter() - clock
    write_report(report, asked.folder.pictures, parent)
    return report
