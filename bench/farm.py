#!/usr/bin/env python3
"""How a show scales over 10, 100 and 1000 workers: simulated from per-frame costs that are measured first.

    python bench/farm.py [--size UHD] [--frames 6] [--shots 20] [--length 100] [--costs out/farm/costs.json]
        [--page docs/benchmarks.md]

Measured, each step in a process of its own as on a farm: how long a process takes to start, the analysis of a shot, a
frame that is filled, and a report; for a camera that stands still and one that travels (and is given). Then a show of
`--shots` shots of `--length` frames, every other of them with a travelling camera, is laid on workers that are one such
core each: a free worker takes the costliest task that is ready. Nothing is transferred, and no scheduler takes time.
With `--costs` a file of earlier measurements is taken, and nothing is measured. With `--page` the tables become the
page's part that this owns.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from overhead import TRAVEL
from page import Page, page_of
from scenes import SIZES, Scene, write_shot

from vfx_ai.farm.chunks import chunk_size
from vfx_ai.farm.cost import Costs
from vfx_ai.farm.found import find
from vfx_ai.job import Job

WORKERS = (1, 10, 100, 1000)
HOLE = 0.02


@dataclass(frozen=True)
class Measured:
    """Seconds of a core for one kind of shot: a process's start, and analysis, fill and report per frame."""

    start: float
    analyse: float
    fill: float
    report: float


def seconds_of(words: list[str]) -> float:
    """Seconds that a core works for a process of its own, computing with one thread: others' work doesn't count."""
    before = os.times()
    variables = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, env=variables)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def measure(kind: str, asked: argparse.Namespace) -> Measured:
    """The costs of one kind of shot."""
    width, height = SIZES[asked.size]
    folder = asked.out / kind
    shutil.rmtree(folder, ignore_errors=True)
    shot = write_shot(Scene(width, height, asked.frames, TRAVEL[kind], HOLE), folder / "shot")
    names = (str(shot / "plate.####.exr"), str(shot / "matte.####.exr"), str(folder / "out" / "clean.####.exr"))
    job = Job(*names, device=asked.device, camera=str(shot / "camera.json") if TRAVEL[kind] else "")
    file = folder / "job.json"
    file.write_text(find(job).farm_job.to_json(), encoding="utf-8")
    start = seconds_of(["-c", "import vfx_ai.farm.task"])
    task = ["-m", "vfx_ai", "task", str(file), "--quiet"]
    steps = ("analyse", "fill", "report")
    seconds = {step: max(0.0, seconds_of([*task, f"--step={step}"]) - start) for step in steps}
    shutil.rmtree(folder)
    return Measured(start, *(seconds[step] / asked.frames for step in steps))


@dataclass(frozen=True)
class Outcome:
    """A show on workers: seconds until it is done, seconds that workers worked, and frames of a chunk by kind."""

    wall: float
    work: float
    chunks: dict[str, int]


def simulate(shots: list[str], length: int, costs: dict[str, Measured], workers: int) -> Outcome:
    """Lay a show on workers: each takes the next task that is ready, the costliest kind of work first."""
    sizes = {}
    for kind, one in costs.items():
        frames = tuple(range(length))
        told = Costs(one.start, one.analyse * length, ((0, one.fill),), 0.0, 0, "")
        # As submit chooses it; and no chunk so large that workers stand idle.
        sizes[kind] = max(1, min(chunk_size(frames, told), -(-length * len(shots) // workers)))
    ready: list[tuple[float, float, int, str]] = []  # when, minus cost, shot, task
    left, ends = {}, dict.fromkeys(range(len(shots)), 0.0)
    for number, kind in enumerate(shots):
        one = costs[kind]
        left[number] = -(-length // sizes[kind])
        heapq.heappush(ready, (0.0, -one.analyse * length, number, "analyse"))
    free = [0.0] * workers
    heapq.heapify(free)
    work, over = 0.0, 0.0
    while ready:
        now = heapq.heappop(free)
        now = max(now, ready[0][0])
        # Of all that is ready by then, the costliest.
        waiting = []
        while ready and ready[0][0] <= now:
            waiting.append(heapq.heappop(ready))
        waiting.sort(key=lambda task: task[1])
        _, _, number, task = waiting.pop(0)
        for other in waiting:
            heapq.heappush(ready, other)
        one, size = costs[shots[number]], sizes[shots[number]]
        if task == "analyse":
            took = one.start + one.analyse * length
        elif task == "report":
            took = one.start + one.report * length
        else:
            took = one.start + one.fill * int(task)
        done = now + took
        work += took
        heapq.heappush(free, done)
        if task == "analyse":
            for at in range(0, length, size):
                some = min(size, length - at)
                heapq.heappush(ready, (done, -one.fill * some, number, str(some)))
        elif task != "report":
            left[number] -= 1
            ends[number] = max(ends[number], done)
            if not left[number]:
                heapq.heappush(ready, (ends[number], -one.report * length, number, "report"))
        over = max(over, done)
    return Outcome(over, work, sizes)


def table(costs: dict[str, Measured], asked: argparse.Namespace, page: Page) -> None:
    """Say what was measured, and how the show scales."""
    page.say(f"\nSeconds of a core, {asked.size}, a hole of {HOLE:.0%}; analysis and report per frame of the shot:\n")
    page.say("| camera | start of a process | analysis | fill | report |\n|---|---|---|---|---|")
    for kind, one in costs.items():
        page.say(f"| {kind} | {one.start:.2f} | {one.analyse:.2f} | {one.fill:.2f} | {one.report:.3f} |")
    kinds = list(costs)
    shots = [kinds[i % len(kinds)] for i in range(asked.shots)]
    frames = asked.shots * asked.length
    alone = simulate(shots, asked.length, costs, 1)
    serial = max(2 * one.start + (one.analyse + one.report) * asked.length for one in costs.values())
    fastest = serial + max(one.start + one.fill for one in costs.values())
    page.say(f"\nA show of {frames:,} frames in {asked.shots} shots:\n")
    heads = ("workers", "frames of a chunk", "until it is done", "times as fast", "of the workers' time used")
    page.say(f"| {' | '.join(heads)} | serial part, of the time |\n|{'---|' * (len(heads) + 1)}")
    for workers in WORKERS:
        made = simulate(shots, asked.length, costs, workers)
        chunk = ", ".join(f"{made.chunks[kind]} {kind}" for kind in kinds)
        used = made.work / (made.wall * workers)
        page.say(
            f"| {workers:,} | {chunk} | {made.wall / 60:,.1f} min | {alone.wall / made.wall:.1f} | {used:.0%} "
            f"| {min(1.0, serial / made.wall):.0%} |"
        )
    page.say(
        f"\nThe serial part is the analysis of one shot and its report: {serial / 60:.1f} min for the costliest kind. "
        f"No number of workers is done before {fastest / 60:.1f} min."
    )


def main() -> None:
    """Measure, unless told the costs, and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=SIZES, default="UHD")
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--shots", type=int, default=20)
    parser.add_argument("--length", type=int, default=100)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--costs", type=Path)
    parser.add_argument("--page", type=page_of)
    parser.add_argument("--out", type=Path, default=Path("out/farm"))
    asked = parser.parse_args()
    page = Page(asked.page, Path(__file__).name)
    if asked.costs:
        told = json.loads(asked.costs.read_text(encoding="utf-8"))
        costs = {kind: Measured(**one) for kind, one in told.items()}
    else:
        costs = {kind: measure(kind, asked) for kind in TRAVEL}
        (asked.out / "costs.json").write_text(json.dumps({k: asdict(one) for k, one in costs.items()}, indent=1))
    table(costs, asked, page)
    page.write()


if __name__ == "__main__":
    main()
