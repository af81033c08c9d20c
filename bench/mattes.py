#!/usr/bin/env python3
"""Make mattes from one box and one click in the first frame, and compare them with true ones in all frames.

    python bench/mattes.py ../shared [--shots dolly-1,card-road] [--out out/mattes] [--frames 8] [--edge soft]

The folder holds truth/ and clips/ (plate and matte sequences), or shots themselves; they are no part of this
repository.
The box is that of the true matte in the first frame that has one, the click its deepest point there; where the matte
lies in several places, each gets a box and a click. Figures are intersection over union at half coverage. Mattes under
clips/ are compared as they are, though some take in a shadow or a rim that no click names; all others are grown by
a pixel, so they are shrunk by one (a square of 3 x 3) before. The last columns say how many frames are below 0.6 and
how many of these were named in a warning, then how many above 0.85 were named all the same.
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

APART = 0.1  # of the largest part: what is smaller is no object of its own
BAD, GOOD = 0.6, 0.85


def true_matte(shot: Path, number: int) -> tuple[BoolArray, int, int]:
    """The object in a frame, and where its array begins."""
    found = read_channel(shot / f"matte.{number}.exr", number)
    values = np.asarray(found.values, np.float32)
    if shot.parent.name != "clips":
        values = np.asarray(cv2.erode(values, np.ones((3, 3), np.uint8)))
    return values > 0.5, found.data_window.x0, found.data_window.y0


def prompts(shot: Path, numbers: list[int]) -> tuple[list[str], list[str], int]:
    """A click and a box for each place where the matte lies, and their frame."""
    for number in numbers:
        matte, x0, y0 = true_matte(shot, number)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(matte.astype(np.uint8), np.ones((5, 5))))
        areas = stats[1:, cv2.CC_STAT_AREA]
        if count == 1 or areas.max() < 30:
            continue
        points, boxes = [], []
        for label in 1 + np.flatnonzero(areas > APART * areas.max()):
            part = matte & (labels == label)
            depth = cv2.distanceTransform(np.pad(part.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
            y, x = np.unravel_index(int(depth.argmax()), depth.shape)
            rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
            box = (columns[0] + x0, rows[0] + y0, columns[-1] + 1 + x0, rows[-1] + 1 + y0)
            points.append(f"part{label}:+{x + x0},{y + y0}@{number}")
            boxes.append(f"part{label}:{','.join(map(str, box))}@{number}")
        return points, boxes, number
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
    print("| shot | frames | method | IoU mean | first | least | below 0.6, named | above 0.85, named | s/frame |")
    print("|---|---|---|---|---|---|---|---|---|")
    means = []
    for shot in folders:
        numbers = sorted(int(path.name.split(".")[1]) for path in shot.glob("matte.*.exr"))
        if not numbers or (wanted and shot.name not in wanted):
            continue
        points, boxes, first = prompts(shot, numbers)
        numbers = [n for n in numbers if n >= first][: asked.frames or None]
        clock = time.perf_counter()
        made = vfx_ai.make_matte(
            shot / "plate.####.exr",
            asked.out / shot.name / "matte.####.exr",
            points=points,
            boxes=boxes,
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
        doubts = {frame for frame, _ in made.doubts}
        bad, good = ({n for n, score in zip(numbers, scores, strict=True) if test(score)} for test in (_bad, _good))
        row = (f"{means[-1]:.3f}", f"{scores[0]:.3f}", f"{min(scores):.3f}", f"{len(bad)}, {len(bad & doubts)}")
        rest = (f"{len(good)}, {len(good & doubts)}", f"{seconds:.1f}")
        print(f"| {shot.name} | {len(numbers)} | {made.method} | {' | '.join((*row, *rest))} |", flush=True)
    print(f"| mean | | | {np.mean(means):.3f} | | | | | |")


def _bad(score: float) -> bool:
    return score < BAD


def _good(score: float) -> bool:
    return score > GOOD


if __name__ == "__main__":
    main()
