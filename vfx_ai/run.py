"""run(job): the one way in, and the only file that knows the order: analyse, fill frame by frame, report."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from vfx_ai.asked import Asked, open_shot, resolve
from vfx_ai.budget import parse_memory
from vfx_ai.device import choose_device, device_name, refuse_unless_cpu_can_help
from vfx_ai.errors import InputError
from vfx_ai.fill import ENGINES
from vfx_ai.framestep import FrameStep, open_on_cpu
from vfx_ai.job import Job, Progress, silent
from vfx_ai.media.atomic import replacing
from vfx_ai.motion.survey import Motion, survey
from vfx_ai.plan import Plan, plan
from vfx_ai.proof.record import Report
from vfx_ai.proof.report import write_report
from vfx_ai.shot import Shot
from vfx_ai.telling import Cancelled, Teller
from vfx_ai.versions import versions

__all__ = ["Plan", "plan", "run"]


def run(job: Job, progress: Progress = silent, cancelled: Cancelled = lambda: False) -> Report:
    """Do a job: fill the hole in every frame asked for, verify each, and write the report.

    Args:
        job: what is asked.
        progress: is told how far the run is.
        cancelled: is asked often; when it says True the run ends with Interrupted. Finished frames stay.

    Returns:
        The report, which also lies beside the results as report.json and report.html.

    Raises:
        VfxAiError: see `vfx_ai.errors`; frames written before it stay.
    """
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    asked = resolve(job)
    notes: list[str] = [f"Results are written to {asked.output}."] if asked.output != job.output else []
    tell = Teller(progress, cancelled, notes)
    device, budget = choose_device(job.device), parse_memory(job.memory)
    shot = open_shot(asked, device, budget)
    for info in shot.infos.values():
        notes.extend(note for note in info.notes if note not in notes)
    shot.coverage(asked.frames[0])  # a matte that can't be read is refused before anything is written
    asked.folder.open()
    before = {n: None if job.force else asked.folder.finished(n, asked.result(n)) for n in asked.frames}
    records = {n: record for n, record in before.items() if record is not None}
    todo = [n for n in asked.frames if n not in records]
    seconds = {}

    tell.stage("analyse", len(shot.numbers))
    shot, motion = analyse(asked, shot, tell, dense=bool(todo))
    name, why = choose_engine(job, motion)
    seconds["analyse"] = time.perf_counter() - clock

    clock = time.perf_counter()
    tell.stage("fill", len(asked.frames), len(records), f"engine {name}: {why}")
    worker = FrameStep(asked, shot, motion, name, tell)
    for number in todo:
        tell.check()
        records[number] = worker.frame(number)
        tell.frame(number, len(records), len(asked.frames))
    seconds["fill"] = time.perf_counter() - clock

    clock = time.perf_counter()
    tell.stage("report", 1)
    if not any(record.hole for record in records.values()):
        beyond = any(record.outside_data_window for record in records.values())
        fault = "lies outside the plate's data window" if beyond else "is empty"
        tell.note(f"The matte {fault} in every frame asked for: nothing was taken out.", "warning")
    bad = [r.frame for r in records.values() if r.differing or r.findings]
    report = Report(
        job={**asdict(job), "output": asked.output},
        frames=tuple(records[n] for n in asked.frames),
        engine=name,
        why=why,
        notes=tuple(notes),
        seconds=seconds,
        versions=versions(),
        device=device_name(worker.shot.device),
        started=started,
        skipped=tuple(n for n in asked.frames if before[n] is not None),
        verdict=f"{len(bad)} frames differ from the plate" if bad else "identical outside the matte",
        passed=not bad,
    )
    parent = Path(asked.output).parent
    places = {"report": parent / "report.html", "report.json": parent / "report.json"}
    report = replace(report, pictures={k: str(v) for k, v in places.items()})
    seconds["report"] = time.perf_counter() - clock
    write_report(report, asked.folder.pictures, parent)
    return report


def analyse(asked: Asked, shot: Shot, tell: Teller, *, dense: bool) -> tuple[Shot, Motion]:
    """Write what the engine needs to the analysis folder; if the device's memory runs out, by the CPU.

    Args:
        asked, shot, tell: of the run.
        dense: also what only frames that are yet to be done need.

    Returns:
        The shot to go on with, and its survey.
    """
    try:
        motion = analyse_motion(asked, shot, tell)
        if dense:
            engine = import_module(ENGINES[choose_engine(asked.job, motion)[0]].module)
            engine.analyse(shot, motion, asked.folder.analysis, tell.steps("analyse"))
        return shot, motion
    except (RuntimeError, MemoryError) as error:
        refuse_unless_cpu_can_help(error, shot.device)
    return analyse(asked, open_on_cpu(asked, shot, tell), tell, dense=dense)


def analyse_motion(asked: Asked, shot: Shot, tell: Teller) -> Motion:
    """The survey of the shot, from the analysis folder if it is there."""
    path = asked.folder.analysis / "motion.json"
    with suppress(OSError, ValueError, TypeError, KeyError):  # not there, or damaged: made anew
        return Motion.from_dict(json.loads(path.read_text(encoding="utf-8")))
    if not any(bool(shot.seen(n).any()) for n in shot.numbers):
        raise InputError(
            "the matte covers every pixel of every frame",
            file=asked.job.matte or asked.job.plate,
            remedy="Use --matte-invert if the matte is white where the background is.",
        )
    motion = survey(shot, tell.steps("analyse"))
    with replacing(path) as beside:
        beside.write_text(json.dumps(motion.to_dict()), encoding="utf-8")
    return motion


def choose_engine(job: Job, motion: Motion) -> tuple[str, str]:
    """The engine's name, and why, in a sentence."""
    if job.engine != "auto":
        return job.engine, "it was asked for"
    if motion.kind == "locked":
        return "temporal", f"the camera stands still (a corner moves {motion.farthest:.2f} px at most)"
    return "flow", f"the camera moves (a corner by {motion.farthest:.0f} px or more)"
