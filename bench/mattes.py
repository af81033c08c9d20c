#!/usr/bin/env python3
"""Make mattes from one box and one click in the first frame, or a wire's two ends, and compare them with true ones.

    python bench/mattes.py ../shared [--shots dolly-1,card-road] [--out out/mattes] [--frames 8] [--edge soft]

The folder holds truth/ and clips/ (plate and matte sequences), or shots themselves; they are no part of this
repository.
The box is that of the true matte in the first frame that has one, the click its deepest point there; where the matte
lies in several places, each gets a box and a click. What is long and thin gets its two ends instead, as a wire. Figures
are intersection over union at half coverage; since artists' mattes of wires are generous, "covered" says how much of
the true matte's middle ours has. Mattes under clips/ are compared as they are, though some take in a shadow or a rim
that no click names; all others are grown by a pixel, so they are shrunk by one (a square of 3 x 3) before. Of the
frames below 0.6 and of those above 0.85 it also says how many were named in a warning.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import vfx_ai
from vfx_ai.media.plate import read_channel

BoolArray = npt.NDArray[np.bool_]

THIN = 12  # times as long as wide
APART = 0.1  # of the largest part: what is smaller is no object of its own
BAD, GOOD = 0.6, 0.85
NAMED = ("below 0.6, named", "above 0.85, named")


def true_matte(shot: Path, number: int) -> tuple[BoolArray, int, int]:
    """The object in a frame, and where its array begins."""
    found = read_channel(shot / f"matte.{number}.exr", number)
    values = np.asarray(found.values, np.float32)
    if shot.parent.name != "clips":
        values = np.asarray(cv2.erode(values, np.ones((3, 3), np.uint8)))
    return values > 0.5, found.data_window.x0, found.data_window.y0


@dataclass(frozen=True)
class Said:
    """What is said of a shot, and in which frame."""

    number: int
    points: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()
    wires: tuple[str, ...] = ()


def prompts(shot: Path, numbers: list[int]) -> Said:
    """A click and a box for each place where the matte lies, or its ends where it is thin."""
    for number in numbers:
        matte, x0, y0 = true_matte(shot, number)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(matte.astype(np.uint8), np.ones((5, 5))))
        areas = stats[1:, cv2.CC_STAT_AREA]
        if count == 1 or areas.max() < 30:
            continue
        said = Said(number)
        for label in 1 + np.flatnonzero(areas > APART * areas.max()):
            part = matte & (labels == label)
            depth = cv2.distanceTransform(np.pad(part.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
            y, x = np.unravel_index(int(depth.argmax()), depth.shape)
            rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
            box = (columns[0] + x0, rows[0] + y0, columns[-1] + 1 + x0, rows[-1] + 1 + y0)
            length = float(np.hypot(box[2] - box[0], box[3] - box[1]))
            if length > THIN * 2 * depth.max():
                said = replace(said, wires=(*said.wires, f"{ends(part, x0, y0)}@{number}"))
                continue
            point, corners = f"part{label}:+{x + x0},{y + y0}@{number}", ",".join(map(str, box))
            said = replace(said, points=(*said.points, point), boxes=(*said.boxes, f"part{label}:{corners}@{number}"))
        return said
    raise SystemExit(f"{shot}: no matte with an object")


def ends(part: BoolArray, x0: int, y0: int) -> str:
    """Where a thin part begins and ends, "X,Y,X,Y"."""
    rows, columns = np.nonzero(part)
    along = columns if np.ptp(columns) > np.ptp(rows) else rows
    found = []
    for end in (along.min(), along.max()):
        found += [f"{columns[along == end].mean() + x0:.1f}", f"{rows[along == end].mean() + y0:.1f}"]
    return ",".join(found)


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
    headings = ("shot", "frames", "method", "IoU mean", "first", "least", *NAMED, "covered", "s/frame")
    print(f"| {' | '.join(headings)} |\n|{'---|' * len(headings)}")
    means = []
    for shot in folders:
        numbers = sorted(int(path.name.split(".")[1]) for path in shot.glob("matte.*.exr"))
        if not numbers or (wanted and shot.name not in wanted):
            continue
        said = prompts(shot, numbers)
        numbers = [n for n in numbers if n >= said.number][: asked.frames or None]
        clock = time.perf_counter()
        made = vfx_ai.make_matte(
            shot / "plate.####.exr",
            asked.out / shot.name / "matte.####.exr",
            points=said.points,
            boxes=said.boxes,
            wires=said.wires,
            frames=f"{numbers[0]}-{numbers[-1]}",
            edge=asked.edge,
        )
        seconds = (time.perf_counter() - clock) / len(numbers)
        scores, covered = [], []
        for number in numbers:
            ours = read_channel(asked.out / shot.name / f"matte.{number}.exr", number).values > 0.5
            truth = true_matte(shot, number)[0]
            scores.append(float((ours & truth).sum() / max((ours | truth).sum(), 1)))
            inner = np.asarray(cv2.distanceTransform(np.pad(truth, 1).astype(np.uint8), cv2.DIST_L2, 5))[1:-1, 1:-1]
            middle = inner >= np.asarray(cv2.dilate(inner, np.ones((3, 3)))) - 0.5
            covered.append(float(ours[truth & middle].mean()) if truth.any() else 1.0)
        means.append(float(np.mean(scores)))
        doubts = {frame for frame, _ in made.doubts}
        bad, good = ({n for n, score in zip(numbers, scores, strict=True) if test(score)} for test in (_bad, _good))
        row = (f"{means[-1]:.3f}", f"{scores[0]:.3f}", f"{min(scores):.3f}", f"{len(bad)}, {len(bad & doubts)}")
        rest = (f"{len(good)}, {len(good & doubts)}", f"{np.mean(covered):.3f}", f"{seconds:.1f}")
        print(f"| {shot.name} | {len(numbers)} | {made.method} | {' | '.join((*row, *rest))} |", flush=True)
    print(f"| mean | | | {np.mean(means):.3f} | | | | | | |")


def _bad(score: float) -> bool:
    return score < BAD


def _good(score: float) -> bool:
    return score > GOOD


if __name__ == "__main__":
    main()
