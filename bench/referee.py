#!/usr/bin/env python3
"""Fill shots whose answer is known, and let the referee score them beside the best of the other tools.

    python bench/referee.py ../shared [--shots dolly-1,card-road] [--out out/referee] [--engine auto] [--grain none] \\
        [--detail 0]

The folder holds truth/ and clips/ (plate, matte and clean sequences), score/score.py and peers/results.csv; they are
no part of this repository. Each shot is filled from nothing by the real command. A figure in bold is better than
every other tool's on that shot. grain_truth is the referee's `grain` of the true picture, under the plate's grain if
there is such a one: hole and ring hold other things, so it isn't 1 by itself.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

SCORES = {"psnr": 1, "ssim": 1, "stops": -1, "flicker": -1}  # sign: which way is better
SHOWN = ("psnr", "ssim", "stops", "flicker", "shimmer", "shimmer_truth", "grain", "grain_truth", "changed", "nonfinite")
TRUE = {"truth": "clean", "plate": "plate", "matte": "matte"}  # the referee's arguments, and what is in a shot's folder


def shots(shared: Path, wanted: set[str]) -> list[Path]:
    """Folders under truth/ and clips/ that hold a plate, a matte and the answer."""
    found = [
        folder
        for room in ("truth", "clips")
        for folder in sorted((shared / room).iterdir())
        if folder.is_dir() and any(folder.glob("clean.*.exr")) and any(folder.glob("matte.*.exr"))
    ]
    return [folder for folder in found if not wanted or folder.name in wanted]


def best_of_peers(shared: Path) -> dict[str, dict[str, tuple[float, str]]]:
    """For each shot and score the best figure of another tool over all frames, and its name."""
    best: dict[str, dict[str, tuple[float, str]]] = {}
    figures = shared / "peers" / "results.csv"
    if not figures.exists():  # shots of one's own
        return best
    with figures.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["peer"].endswith("1frame"):
                continue
            for score, sign in SCORES.items():
                if not row[score]:
                    continue
                figure = (float(row[score]), row["peer"])
                kept = best.setdefault(row["shot"], {}).get(score)
                if kept is None or sign * figure[0] > sign * kept[0]:
                    best[row["shot"]][score] = figure
    return best


def fill_and_score(
    shared: Path, shot: Path, out: Path, options: list[str], from_nothing: bool = True
) -> dict[str, float]:
    """Run the real command on a shot and return the referee's figures and the seconds per frame.

    Without `from_nothing` an analysis that lies there is used again.
    """
    if from_nothing:
        shutil.rmtree(out, ignore_errors=True)
    plate, matte, result = shot / "plate.####.exr", shot / "matte.####.exr", out / "clean.####.exr"
    clock = time.perf_counter()
    command = [sys.executable, "-m", "vfx_ai", "inpaint", plate, "--matte", matte, "-o", result, "--force", *options]
    subprocess.run([*map(str, command), "--quiet"], check=True)
    seconds = time.perf_counter() - clock
    figures = judged(shared, shot, result)
    grained = "clean_grain" if any(shot.glob("clean_grain.*.exr")) else "clean"
    own = judged(shared, shot, shot / f"{grained}.####.exr")["grain"]
    report = json.loads((out / "report.json").read_text())
    return {**figures, "grain_truth": own, "seconds": seconds / figures["frames"], "engine": report["engine"]}


def judged(shared: Path, shot: Path, result: Path) -> dict[str, float]:
    """The referee's figures of a sequence."""
    names = {"result": result} | {f: shot / f"{n}.####.exr" for f, n in TRUE.items()}
    arguments = [str(part) for name, path in names.items() for part in (f"--{name}", path)]
    judge = [sys.executable, str(shared / "score" / "score.py"), *arguments, "--json"]
    out: dict[str, float] = json.loads(subprocess.run(judge, check=True, capture_output=True, text=True).stdout)
    return out


def cell(score: str, figure: float | None, peers: dict[str, tuple[float, str]]) -> str:
    """A figure, in bold if no other tool's is better or equal, and the best of the others'."""
    if figure is None:
        return "-"
    if score not in SCORES or score not in peers:
        return f"{figure:g}"
    better = SCORES[score] * figure > SCORES[score] * peers[score][0]
    return f"{'**' if better else ''}{figure:g}{'**' if better else ''} ({peers[score][0]:g} {peers[score][1]})"


def main() -> None:
    """Print the table, a row as soon as a shot is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="")
    parser.add_argument("--out", type=Path, default=Path("out/referee"))
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--grain", default="match", choices=("match", "keep", "none"))
    parser.add_argument("--detail", default="")
    asked = parser.parse_args()
    options = ["--engine", asked.engine, "--grain", asked.grain]
    options += ["--detail", asked.detail] if asked.detail else []
    peers = best_of_peers(asked.shared)
    print("| shot | engine | " + " | ".join(SHOWN) + " | s/frame |")
    print("|---" * (len(SHOWN) + 3) + "|")
    for shot in shots(asked.shared, set(filter(None, asked.shots.split(",")))):
        figures = fill_and_score(asked.shared, shot, asked.out / shot.name, options)
        cells = [cell(score, figures[score], peers.get(shot.name, {})) for score in SHOWN]
        print(f"| {shot.name} | {figures['engine']} | {' | '.join(cells)} | {figures['seconds']:.2f} |", flush=True)


if __name__ == "__main__":
    main()
