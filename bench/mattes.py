#!/usr/bin/env python3
"""Make mattes from one box and one click, and compare them with true ones.

    python bench/mattes.py ../shared [--shots dolly-1,card-road] [--out out/mattes] [--frames 8] [--edge soft]

The folder holds truth/ and clips/ (plate and matte sequences); they are no part of this repository. The box is that of
the true matte in the first frame that has one, the click its deepest point there. Figures are intersection over union
at half coverage. Mattes under truth/ are grown by a pixel, so they are shrunk by one (a square of 3 x 3) before; those
under clips/ are compared as they are, though some take in a shadow or a rim that a click doesn't name.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import vfx_ai
from vfx_ai.media.plate import read_channel

BoolArray = npt.NDArray[np.bool_]


def true_matte(shot: Path, number: int) -> tuple[BoolArray, int, int]:
    """The object in a frame, and where its array begins."""
    found = read_channel(shot / f"matte.{number}.exr", number)
    values = np.asarray(found.values, np.float32)
    if shot.parent.name != "clips":
        values = np.asarray(cv2.erode(values, np.ones((3, 3), np.uint8)))
    return values > 0.5, found.data_window.x0, found.data_window.y0


def prompts(shot: Path, numbers: list[int]) -> tuple[str, str, int]:
    """One click, one box, and their frame."""
    for number in numbers:
        matte, x0, y0 = true_matte(shot, number)
        if matte.sum() < 30:
            continue
        depth = cv2.distanceTransform(np.pad(matte.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        y, x = np.unravel_index(int(depth.argmax()), depth.shape)
        rows, columns = np.flatnonzero(matte.any(1)), np.flatnonzero(matte.any(0))
        box = (columns[0] + x0, rows[0] + y0, columns[-1] + 1 + x0, rows[-1] + 1 + y0)
        return f"+{x + x0},{y + y0}@{number}", f"{','.join(map(str, box))}@{number}", number
    raise SystemExit(f"{shot}: no matte with an object")


def main() -> None:
    """Print a row for each shot, and the mean."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="")
    parser.add_argument("--out", type=Path, default=Path("out/mattes"))
    parser.add_argument("--frames", type=int, default=0, help="this many from the first with a click; 0: all")
    parser.add_argument("--edge", default="soft")
    asked = parser.parse_args()
    wanted, rooms = set(filter(None, asked.shots.split(","))), [asked.shared / "truth", asked.shared / "clips"]
    folders = [f for room in rooms if room.is_dir() for f in sorted(room.iterdir())] or sorted(asked.shared.iterdir())
    print("| shot | method | IoU mean | first | least | frames in doubt | s/frame |\n|---|---|---|---|---|---|---|")
    means = []
    for shot in folders:
        numbers = sorted(int(path.name.split(".")[1]) for path in shot.glob("matte.*.exr"))
        if not numbers or (wanted and shot.name not in wanted):
            continue
        point, box, first = prompts(shot, numbers)
        numbers = [n for n in numbers if n >= first][: asked.frames or None]
        clock = time.perf_counter()
        made = vfx_ai.make_matte(
            shot / "plate.####.exr",
            asked.out / shot.name / "matte.####.exr",
            points=[point],
            boxes=[box],
            frames=f"{numbers[0]}-{numbers[-1]}",
            edge=asked.edge,
        )
        seconds = (time.perf_counter() - clock) / len(numbers)
        scores = []
        for number in numbers:
            ours = read_channel(asked.out / shot.name / f"matte.{number}.exr", number).values > 0.5
            truth = true_matte(shot, number)[0]
            scores.append(float((ours & truth).sum() / max((ours | truth).sum(), 1)))
        means.append(float(np.mean(scores)))
        doubts = len({frame for frame, _ in made.doubts})
        row = (f"{means[-1]:.3f}", f"{scores[0]:.3f}", f"{min(scores):.3f}", str(doubts), f"{seconds:.1f}")
        print(f"| {shot.name} | {made.method} | {' | '.join(row)} |", flush=True)
    print(f"| mean | | {np.mean(means):.3f} | | | | |")


if __name__ == "__main__":
    main()
