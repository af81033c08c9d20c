#!/usr/bin/env python3
"""What a run costs over reading and writing the same frames, and where the time goes.

    python bench/overhead.py [--frames 12] [--size 1080p] [--rounds 3] [--grain none] [--device cpu]
        [--processes 0] [--out out/overhead] [--page docs/benchmarks.md]

Two shots are made: a camera that stands still, and one that travels past planes in depth, whose camera is given (or
solved, with --solve). For each, in one process, in turns: a bare EXR read and write of the plate's frames by the
OpenEXR package as it comes, the same with as many threads as there are cores, a bare read of the plate and write of
what the run writes (its eight channels of `fill.*` as well), and the real run, first with its analysis
and then with --force and the analysis kept. The best of the rounds counts. Processor time is that of all threads, and
steadier where other work shares the machine. At the end one more run with a timer around each stage; where stages run
beside each other, their shares add up to more than the whole. With --processes the same frames are also filled by so
many processes of `submit --to local`, which share a GPU if there is one; frames a second are those after the first.
The tables become the page's part that this owns; `--page ""` leaves it alone.
"""

from __future__ import annotations

from vfx_ai.threads import wait_without_spinning

wait_without_spinning()  # before all else that computes, as the command does

import argparse
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import OpenEXR
import psutil
import torch
from page import BENCHMARKS, Page, page_of
from scenes import SIZES, Scene, write_shot

from vfx_ai.device import choose_device, device_name
from vfx_ai.farm.submit import submit
from vfx_ai.job import Job
from vfx_ai.proof.record import Report
from vfx_ai.run import run

TRAVEL = {"locked": 0.0, "moving": 0.08}
# Stage, module and name of what is timed. Time within another of these is its own, not the outer's.
TIMED = (
    ("decode", "vfx_ai.media.plate", "read"),
    ("decode", "vfx_ai.shot", "read_matte"),
    ("view", "vfx_ai.shot", "Shot._load"),
    ("engine", "vfx_ai.steps.frame", "fill_in_tiles"),
    ("engine", "vfx_ai.fill.ladder", "ready"),
    ("own texture", "vfx_ai.fill.unseen", "Unseen.completed"),
    ("finish", "vfx_ai.steps.frame", "complete"),
    ("finish", "vfx_ai.steps.frame", "composite"),
    ("finish", "vfx_ai.steps.frame", "ungrained"),
    ("finish", "vfx_ai.steps.frame", "grained"),
    ("finish", "vfx_ai.steps.frame", "traced"),
    ("encode", "vfx_ai.media.plate", "write"),
    ("verify", "vfx_ai.steps.write", "verify_frame"),
    ("pictures", "vfx_ai.steps.write", "save_pictures"),
)


class Stages:
    """Seconds by stage, those of a stage within another counted once."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = threading.local()

    def timed(self, stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, whose time is added to a stage."""

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            stack = self._inner.__dict__.setdefault("stack", [0.0])
            stack.append(0.0)
            start = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                spent = time.perf_counter() - start
                self.seconds[stage] += spent - stack.pop()
                stack[-1] += spent

        return wrapped


@contextmanager
def timing() -> Iterator[Stages]:
    """Timers around what TIMED names, taken away again."""
    stages, before = Stages(), []
    for stage, module, name in TIMED:
        owner = import_module(module)
        *outer, last = name.split(".")
        for part in outer:
            owner = getattr(owner, part)
        before.append((owner, last, getattr(owner, last)))
        setattr(owner, last, stages.timed(stage, getattr(owner, last)))
    try:
        yield stages
    finally:
        for owner, last, call in before:
            setattr(owner, last, call)


def bare(shot: Path, out: Path, threads: int) -> tuple[float, float]:
    """Seconds (by the clock, of processors) to read and write all frames of a plate by the OpenEXR package."""
    out.mkdir(parents=True, exist_ok=True)
    before = OpenEXR.global_thread_count()
    OpenEXR.set_global_thread_count(threads)
    clock, spent = time.perf_counter(), time.process_time()
    for path in sorted(shot.glob("plate.*.exr")):
        OpenEXR.File(str(path), separate_channels=True).write(str(out / path.name))
    seconds = time.perf_counter() - clock, time.process_time() - spent
    OpenEXR.set_global_thread_count(before)
    return seconds


def both(shot: Path, result: Path, out: Path) -> tuple[float, float]:
    """Seconds (by the clock, of processors) to read all frames of a plate, and to write those of a result."""
    seconds = spent = 0.0
    for plate, done in zip(sorted(shot.glob("plate.*.exr")), sorted(result.glob("clean.*.exr")), strict=True):
        file = OpenEXR.File(str(done), separate_channels=True)
        clock, busy = time.perf_counter(), time.process_time()
        OpenEXR.File(str(plate), separate_channels=True)
        file.write(str(out / plate.name))
        seconds, spent = seconds + time.perf_counter() - clock, spent + time.process_time() - busy
    return seconds, spent


def filled(wanted: Job) -> tuple[float, float]:
    """Seconds of a run's fill step by the clock, and of processors for the whole run, whose analysis is kept."""
    spent = time.process_time()
    return run(wanted).seconds["fill"], time.process_time() - spent


def job(shot: Path, out: Path, asked: argparse.Namespace) -> Job:
    """The job that is timed."""
    camera = shot / "camera.json" if not asked.solve and shot.name == "moving" else ""
    plate, matte, result = shot / "plate.####.exr", shot / "matte.####.exr", out / "clean.####.exr"
    fields = {"camera": str(camera), "engine": asked.engine, "device": asked.device, "grain": asked.grain}
    return Job(str(plate), str(matte), str(result), force=True, **fields)


def measured(shot: Path, asked: argparse.Namespace, page: Page) -> None:
    """Say the figures of one shot."""
    out, cores = asked.out / f"result-{shot.name}", psutil.cpu_count() or 1
    shutil.rmtree(out, ignore_errors=True)
    wanted, times = job(shot, out, asked), defaultdict(list)
    first = run(wanted)
    for _ in range(asked.rounds):
        times["bare"].append(bare(shot, asked.out / "bare", 0))
        times["threads"].append(bare(shot, asked.out / "bare", cores))
        times["both"].append(both(shot, out, asked.out / "bare"))
        times["fill"].append(filled(wanted))
    with timing() as stages:
        whole = run(wanted).seconds["fill"]
    together = [beside_each_other(wanted, asked.processes)] if asked.processes else []
    best = {name: min(clock for clock, _ in seconds) for name, seconds in times.items()}
    spent = {name: min(spent for _, spent in seconds) for name, seconds in times.items()}
    analysed = first.seconds["analyse"] + first.seconds["fill"]
    table(
        page,
        f"{shot.name}: {asked.frames} frames, {asked.size}, engine {first.engine} on {first.device}",
        (
            ("bare read and write, ms/frame", 1000 * best["bare"] / asked.frames),
            (f"the same with {cores} threads, ms/frame", 1000 * best["threads"] / asked.frames),
            ("bare read of the plate, write of the result, ms/frame", 1000 * best["both"] / asked.frames),
            ("fill step, ms/frame", 1000 * best["fill"] / asked.frames),
            ("fill step, frames/s", asked.frames / best["fill"]),
            ("fill step over bare", best["fill"] / best["bare"]),
            ("fill step over bare with threads", best["fill"] / best["threads"]),
            ("fill step over bare read of the plate, write of the result", best["fill"] / best["both"]),
            ("processor time over bare", spent["fill"] / spent["bare"]),
            ("analysis, s/frame", first.seconds["analyse"] / asked.frames),
            ("analysis and fill over bare", analysed / best["bare"]),
            *((f"{asked.processes} processes, frames/s", many) for many in together),
            *((f"share of {name}, %", 100 * part / whole) for name, part in shares(stages, whole)),
        ),
    )
    page.say(f"\n{peak_memory(first)}")


def beside_each_other(wanted: Job, processes: int) -> float:
    """Frames a second that so many processes fill, from the first result to the last."""
    results = sorted(Path(wanted.output).parent.glob("clean.*.exr"))
    for result in results:
        result.unlink()
    submit(wanted, "local", workers=processes, chunk=-(-len(results) // processes))
    times = [result.stat().st_mtime for result in results]
    return (len(times) - 1) / (max(times) - min(times))


def shares(stages: Stages, whole: float) -> list[tuple[str, float]]:
    """Seconds by stage in the order of TIMED, and what is left."""
    names = dict.fromkeys(stage for stage, _, _ in TIMED)
    found = [(name, stages.seconds[name]) for name in names]
    return [*found, ("the rest", max(0.0, whole - sum(stages.seconds.values())))]


def table(page: Page, title: str, rows: tuple[tuple[str, float], ...]) -> None:
    """Rows of a name and a figure."""
    page.say(f"\n| {title} | |\n|---|---|")
    for name, figure in rows:
        page.say(f"| {name} | {figure:.{0 if figure >= 100 else 1 if figure >= 10 else 2}f} |")


def peak_memory(report: Report) -> str:
    """The most memory that was held on the device, and by the process."""
    held = f"Memory of the process at the end: {psutil.Process().memory_info().rss / 2**20:.0f} MB"
    if not torch.cuda.is_available() or report.device == device_name(torch.device("cpu")):
        return held
    return f"Peak on the device: {torch.cuda.max_memory_allocated() / 2**20:.0f} MB; {held}"


def main() -> None:
    """Make the shots and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=12)
    parser.add_argument("--size", choices=SIZES, default="1080p")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shots", default="locked,moving")
    parser.add_argument("--solve", action="store_true")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--grain", default="match", choices=("match", "keep", "none"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--processes", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out/overhead"))
    parser.add_argument("--page", type=page_of, default=BENCHMARKS)
    asked = parser.parse_args()
    page = Page(asked.page, Path(__file__).name)
    page.say(f"Device: {device_name(choose_device(asked.device))}; {psutil.cpu_count()} cores.")
    for name in asked.shots.split(","):
        width, height = SIZES[asked.size]
        scene = Scene(width, height, asked.frames, TRAVEL[name])
        measured(write_shot(scene, asked.out / name), asked, page)
    page.write()


if __name__ == "__main__":
    main()
