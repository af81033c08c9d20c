#!/usr/bin/env python3
"""Cost against the hole's area in a frame of one size, and against the frame's size with a hole of one area.

    python bench/hole_area.py [--shot locked] [--frames 6] [--engine auto] [--device cpu] [--out out/hole_area]

Milliseconds per frame of the fill step with the analysis kept, the best of the rounds. "engine" is what finds the
fill's pixels; "files" reads, writes and verifies them; "all" is the whole step, in which these run beside each other,
so that it can be less than their sum. Below each table stands by which factor the cost grew from first row to last.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from overhead import TRAVEL, job, timing
from scenes import SIZES, Scene, write_shot

from vfx_ai.run import run

FILES = ("decode", "view", "encode", "verify")
HOLES, SIZE = (0.005, 0.02, 0.08), "1080p"  # the first table: shares of a frame
PIXELS = 40_000  # the second: a hole of so many
Row = tuple[str, int, dict[str, float]]


def costs(scene: Scene, name: str, asked: argparse.Namespace) -> dict[str, float]:
    """Milliseconds per frame by kind of work."""
    shot, out = asked.out / name / asked.shot, asked.out / name / "result"
    for folder in (shot, out):
        shutil.rmtree(folder, ignore_errors=True)
    wanted = job(write_shot(scene, shot), out, asked)
    run(wanted)
    rounds = []
    for _ in range(asked.rounds):
        with timing() as stages:
            whole = run(wanted).seconds["fill"]
        files, engine = sum(stages.seconds[stage] for stage in FILES), stages.seconds["engine"]
        rounds.append({"engine": engine, "files": files, "all": whole})
    shutil.rmtree(asked.out / name)
    return {part: 1000 * min(each[part] for each in rounds) / scene.frames for part in rounds[0]}


def table(title: str, rows: list[Row]) -> None:
    """Print a row for each measurement, and how costs grew from the first to the last."""
    print(f"\n| {title} | hole, pixels | engine | files | all |\n|---|---|---|---|---|")
    for name, pixels, cost in rows:
        print(f"| {name} | {pixels} | " + " | ".join(f"{cost[part]:.0f}" for part in cost) + " |")
    print()
    for part in ("engine", "files"):
        print(f"{part}: times {rows[-1][2][part] / rows[0][2][part]:.1f} from the first row to the last", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shot", choices=TRAVEL, default="locked")
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=Path("out/hole_area"))
    asked = parser.parse_args()
    asked.solve = False

    def row(name: str, size: str, share: float) -> Row:
        width, height = SIZES[size]
        scene = Scene(width, height, asked.frames, TRAVEL[asked.shot], share)
        return name, round(share * width * height), costs(scene, f"{size}-{share:.4f}", asked)

    table(f"{SIZE}, hole of", [row(f"{100 * share:g} %", SIZE, share) for share in HOLES])
    areas = {size: width * height for size, (width, height) in SIZES.items()}
    sizes = sorted(areas, key=lambda size: areas[size])
    table("frame of", [row(size, size, PIXELS / areas[size]) for size in sizes])


if __name__ == "__main__":
    main()
