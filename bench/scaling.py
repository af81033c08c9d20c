#!/usr/bin/env python3
"""How cost grows with frames, with megapixels and with the hole's area, and the straight lines through it.

    python bench/scaling.py [--camera locked] [--lengths 8,16,32] [--sizes 540p,1080p,UHD] [--holes 0.005,0.02,0.08]
        [--series length,size,hole] [--hole-size 1080p] [--frames 6] [--rounds 2] [--engine auto] [--device cpu]
        [--page docs/benchmarks.md] [--picture docs/images/scaling.svg]

Shots are made; one thing grows and the others stay: frames at 540p with a hole of 2 %; the frame's size with a hole of
as many pixels as ever; the hole's area at 1080p, or at `--hole-size` (`--small` halves the sides of the first and the
last). Processor time of all threads, the best of the rounds, of the analysis (the first run) and of a run with the
analysis kept, its report included ("fill"); of that, by the clock, also what finds the fill's pixels in other frames
("engine"), what makes up those that no frame shows, their tone with it ("own texture"), and what reads, writes and
verifies them ("files"). Through each row goes the straight line with the least squares; "off" is how far its worst
figure is from it, as a share of the largest: what grows faster than in a straight line shows there. The most memory is
that of the whole process, its libraries with it. Tables and picture become the page's part that this owns; `--page ""`
leaves both alone.
"""

from __future__ import annotations

from vfx_ai.threads import wait_without_spinning

wait_without_spinning()  # before all else that computes, as the command does

import argparse
import resource
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from overhead import TRAVEL, job, timing
from page import BENCHMARKS, Page, page_of
from scenes import SIZES, Scene, write_shot
from svg import COLORS, Panel, disc, line, linear, text, write

from vfx_ai.run import run

FILES = ("decode", "view", "encode", "verify")
COSTS = ("analysis", "fill", "engine", "own texture", "files")
PER_MEGAPIXEL = ("fill", "engine", "own texture")
HOLE = 0.02
PIXELS = 40_000  # of the hole, where the frame's size grows
MEGA = 1e6


@dataclass(frozen=True)
class Series:
    """What grows, in which unit, and what it cost: of each step the value, and milliseconds per frame by kind.

    `whole`: what was measured is the whole run's, in seconds; else a frame's, in milliseconds.
    """

    name: str
    unit: str
    steps: Sequence[tuple[float, dict[str, float]]]
    whole: bool

    def costs(self, kind: str) -> list[float]:
        """Of one kind, step by step."""
        return [cost[kind] for _, cost in self.steps]


@dataclass(frozen=True)
class Line:
    """start + slope * x, and the farthest figure from it, as a share of the largest."""

    start: float
    slope: float
    off: float


def straight(xs: Sequence[float], ys: Sequence[float]) -> Line:
    """The line with the least squares."""
    slope, start = np.polyfit(np.array(xs, float), np.array(ys, float), 1)
    off = np.abs(np.array(ys) - (start + slope * np.array(xs))).max() / max(*np.abs(ys), 1e-9)
    return Line(float(start), float(slope), float(off))


def costs(scene: Scene, name: str, asked: argparse.Namespace) -> dict[str, float]:
    """Seconds by kind of work: of processors for analysis and fill, by timers around calls for engine and files."""
    shot, out = asked.out / name / asked.camera, asked.out / name / "result"
    for folder in (shot, out):
        shutil.rmtree(folder, ignore_errors=True)
    wanted = job(write_shot(scene, shot), out, asked)
    spent = time.process_time()
    run(wanted)
    first = time.process_time() - spent
    rounds: list[dict[str, float]] = []
    for _ in range(asked.rounds):
        with timing() as stages:
            spent = time.process_time()
            run(wanted)
            fill = time.process_time() - spent
        stages.seconds["files"] = sum(stages.seconds[stage] for stage in FILES)
        rounds.append({"fill": fill, **{kind: stages.seconds[kind] for kind in COSTS[2:]}})
    shutil.rmtree(asked.out / name)
    best = {kind: min(each[kind] for each in rounds) for kind in COSTS if kind != "analysis"}
    return {"analysis": max(0.0, first - best["fill"]), **best}


def measured(
    name: str,
    unit: str,
    scenes: Sequence[tuple[float, Scene]],
    asked: argparse.Namespace,
    whole: bool = False,
) -> Series:
    """A series; of what isn't a whole run's, milliseconds per frame."""
    steps = []
    for value, scene in scenes:
        found = costs(scene, f"{name}-{value:g}", asked)
        steps.append((value, found if whole else {k: 1000 * s / scene.frames for k, s in found.items()}))
    return Series(name, unit, steps, whole)


def show(series: Series, say: Callable[[str], None]) -> None:
    """A table of the figures, with their lines."""
    values = [value for value, _ in series.steps]
    what = "s" if series.whole else "ms/frame"
    say(
        f"\n| {series.name}: {what} | " + " | ".join(f"{value:g} {series.unit}" for value in values) + " | line | off |"
    )
    say("|---" * (len(values) + 3) + "|")
    for kind in COSTS:
        made = straight(values, series.costs(kind))
        figures = " | ".join(f"{cost:.{1 if series.whole else 0}f}" for cost in series.costs(kind))
        words = f"{made.start:.3g} + {made.slope:.3g} per {_one(series.unit)}"
        say(f"| {kind} | {figures} | {words} | {made.off:.0%} |")


def per_megapixel(series: Series, pixels: int) -> str:
    """What each megapixel of hole more costs, by the lines of a series that grows with the hole's share of a frame."""
    slopes = {kind: straight([x for x, _ in series.steps], series.costs(kind)).slope for kind in PER_MEGAPIXEL}
    return ", ".join(f"{kind} {slope / 1000 / (pixels / MEGA / 100):.2g} s" for kind, slope in slopes.items())


def _one(unit: str) -> str:
    return {"frames": "frame", "MP": "MP", "% of the frame": "%"}[unit]


def draw(target: Path, all_series: Sequence[Series]) -> None:
    """A panel for each series: figures and lines."""
    side, top, gap = 250, 60, 80
    parts = []
    for index, series in enumerate(all_series):
        values = [value for value, _ in series.steps]
        most = max(max(series.costs(kind)) for kind in COSTS)
        x, y = (
            linear(title, [0, largest], _step(largest))
            for title, largest in (
                (f"{series.name}, {series.unit}", max(values)),
                (f"{'seconds' if series.whole else 'ms per frame'}", most),
            )
        )
        panel = Panel(70 + index * (side + gap), top, side, side, x, y)
        parts += panel.frame()
        for kind, color in zip(COSTS, COLORS, strict=False):
            made = straight(values, series.costs(kind))
            ends = [panel.at(value, max(0.0, made.start + made.slope * value)) for value in (0, max(values))]
            parts.append(line(ends[0], ends[1], color))
            parts += [
                disc(*panel.at(value, cost), color, 4) for value, cost in zip(values, series.costs(kind), strict=True)
            ]
    for index, (kind, color) in enumerate(zip(COSTS, COLORS, strict=False)):
        parts += [disc(76 + 110 * index, 18, color, 5), text(86 + 110 * index, 22, kind)]
    write(target, 70 + len(all_series) * (side + gap), top + side + 50, parts)


def _step(largest: float) -> float:
    """Between ticks: 1, 2 or 5 times a power of ten, about five of them."""
    power = 10.0 ** np.floor(np.log10(max(largest, 1e-9) / 5))
    return float(next(power * times for times in (1, 2, 5, 10) if power * times * 5 >= largest))


def main() -> None:
    """Measure all three, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--camera", choices=TRAVEL, default="locked")
    parser.add_argument("--lengths", default="8,16,32")
    parser.add_argument("--sizes", default="540p,1080p,UHD")
    parser.add_argument("--holes", default="0.005,0.02,0.08")
    parser.add_argument("--series", default="length,size,hole")
    parser.add_argument("--hole-size", default="1080p", choices=SIZES)
    parser.add_argument("--frames", type=int, default=6, help="where the size or the hole grows")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--grain", default="match", choices=("match", "keep", "none"))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=Path("out/scaling"))
    parser.add_argument("--page", type=page_of, default=BENCHMARKS)
    parser.add_argument("--picture", type=Path, default=Path("docs/images/scaling.svg"))
    asked = parser.parse_args()
    asked.solve = False
    page, travel, part = Page(asked.page, Path(__file__).name), TRAVEL[asked.camera], 2 if asked.small else 1

    def scene(size: str, frames: int, hole: float, part: int = 1) -> Scene:
        width, height = SIZES[size]
        return Scene(width // part, height // part, frames, travel, hole)

    lengths = [(float(n), scene("540p", int(n), HOLE, part)) for n in asked.lengths.split(",")]
    areas = {size: SIZES[size][0] * SIZES[size][1] for size in asked.sizes.split(",")}
    sizes = [(area / MEGA, scene(size, asked.frames, PIXELS / area)) for size, area in areas.items()]
    holes = [
        (100 * float(share), scene(asked.hole_size, asked.frames, float(share), part))
        for share in asked.holes.split(",")
    ]
    all_series = []
    for name, unit, scenes, whole in (
        ("length", "frames", lengths, True),
        ("size", "MP", sizes, False),
        ("hole", "% of the frame", holes, False),
    ):
        if name not in asked.series.split(","):
            continue
        all_series.append(measured(name, unit, sorted(scenes, key=lambda one: one[0]), asked, whole))
        show(all_series[-1], page.say)
    if "hole" in asked.series:
        wide, tall = SIZES[asked.hole_size]
        more = per_megapixel(all_series[-1], wide * tall // part**2)
        page.say(f"\nEach megapixel of hole more costs a frame: {more}.")
    page.say(f"The most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB.")
    if asked.page is None:
        return
    draw(asked.picture, all_series)
    page.picture(asked.picture, "Cost against length, size and the hole's area, with straight lines")
    page.write()


if __name__ == "__main__":
    main()
