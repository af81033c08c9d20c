#!/usr/bin/env python3
"""Whether the grain of a filled hole is that of the plate around it: frame-to-frame variance, by light and by scale.

    python bench/grain.py [../shared --shots handheld-4,locked-2] [--results out/referee] [--out out/grain]

Shots of its own, textured planes under film grain (see bench/scenes.py), locked and travelling; with a folder, shots
of it that come with their answer. Each is filled from nothing by the real command, or its results are taken from
--results, where bench/referee.py left them.

Each frame is laid on the next by whole pixels, along the motion of the true pictures (DIS flow), and what differs is
measured in the hole and in the ring around it, at most 20 pixels away: half its variance, by the mean of absolute
differences, which a few edges sway less than squares; a median would count the steps to which files are rounded. Five
bands of light, each with a fifth of the hole's pixels; two scales, single pixels and means of 2 x 2. A figure is the
hole's variance over the ring's, of red, green and blue together; in brackets that of the true picture in the same hole,
which tells how far hole and ring differ by themselves.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from peer_tools import encoded
from peers import hole, pixels
from referee import shots
from scenes import Scene, write_shot

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
BANDS, SCALES = 5, (1, 2)
NEAR, FAR = 3, 20  # pixels from the hole, of the ring
NORMAL = np.pi / 2  # variance over the square of the mean absolute value, of a normal distribution
OWN = {
    "locked, film grain": Scene(640, 360, 8, 0.0, 0.03),
    "travelling, film grain": Scene(640, 360, 8, 0.06, 0.03),
}


def answer(shot: Path) -> str:
    """The name of the sequence that holds the truth under the plate's grain."""
    return "clean_grain" if any(shot.glob("clean_grain.*.exr")) else "clean"


def differences(frames: list[Array], flows: list[Array]) -> list[Array]:
    """What each frame differs from the next one [H, W, 3], which is laid on it by whole pixels."""
    out = []
    for (here, there), flow in zip(pairwise(frames), flows, strict=True):
        y, x = np.mgrid[: here.shape[0], : here.shape[1]]
        rows = np.clip(y + np.rint(flow[..., 1]).astype(int), 0, here.shape[0] - 1)
        columns = np.clip(x + np.rint(flow[..., 0]).astype(int), 0, here.shape[1] - 1)
        out.append(here - there[rows, columns])
    return out


def carried(masks: list[Mask], flows: list[Array]) -> list[Mask]:
    """Where both a frame and the next one, laid on it, are within a mask."""
    floats = [mask.astype(np.float64)[..., None] for mask in masks]
    return [mask & (apart[..., 0] == 0) for mask, apart in zip(masks, differences(floats, flows), strict=False)]


def variance(parts: list[Array], masks: list[Mask]) -> float:
    """Half the variance of differences within masks, by their mean size, the mean of the three channels."""
    values = np.concatenate([part[mask] for part, mask in zip(parts, masks, strict=True)])
    return float((np.abs(values).mean(0) ** 2).mean() * NORMAL / 2) if len(values) else float("nan")


def rows(shot: Path, results: Path) -> list[str]:
    """A row per band of light."""
    paths = sorted(results.glob("clean.*.exr"))
    if len(paths) < 2:
        sys.exit(f"{results}: fewer than two frames clean.####.exr to compare")
    names = [path.name.replace("clean", answer(shot)) for path in paths]
    holes = [hole(shot, shot / path.name.replace("clean", "plate")) for path in paths]
    plates = [pixels(shot / path.name.replace("clean", "plate"), "RGB") for path in paths]
    results_ = [pixels(path, "RGB") for path in paths]
    truths = [
        np.where(inside[..., None], pixels(shot / name, "RGB"), plate)
        for name, inside, plate in zip(names, holes, plates, strict=True)
    ]
    codes = [(encoded(np.clip(truth, 0, 1)).mean(-1) * 255).astype(np.uint8) for truth in truths]
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flows = [dis.calc(a, b, None) for a, b in pairwise(codes)]
    inside = carried(holes, flows)
    ring = carried([near(mask, FAR) & ~near(mask, NEAR) for mask in holes], flows)
    level = [cv2.GaussianBlur(truth.mean(-1), (0, 0), 2) for truth in truths[:-1]]
    edges = np.quantile(
        np.concatenate([a[m] for a, m in zip(level, inside, strict=True)]), np.linspace(0, 1, BANDS + 1)
    )
    made = differences(results_, flows), differences(truths, flows)
    out = []
    for low, high in pairwise(edges):
        band = [(a >= low) & (a <= high) for a in level]
        here, around = ([a & b for a, b in zip(part, band, strict=True)] for part in (inside, ring))
        cells = []
        for scale in SCALES:
            result, truth = ([cv2.blur(d, (scale, scale)) for d in part] for part in made)
            base = variance(truth, around)
            cells.append(f"{variance(result, here) / base:.2f} ({variance(truth, here) / base:.2f})")
        out.append(f"{low:.3f} to {high:.3f} | {sum(int(m.sum()) for m in here)} | " + " | ".join(cells))
    return out


def near(mask: Mask, reach: int) -> Mask:
    """A mask with so many pixels more on each side."""
    side = 2 * reach + 1
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)


def fill(shot: Path, out: Path, grain: str) -> None:
    """Run the real command on a shot, from nothing."""
    shutil.rmtree(out, ignore_errors=True)
    plate, matte, result = (str(p) for p in (shot / "plate.####.exr", shot / "matte.####.exr", out / "clean.####.exr"))
    camera = ["--camera", str(shot / "camera.json")] if (shot / "camera.json").exists() else []
    command = [sys.executable, "-m", "vfx_ai", "inpaint", plate, "--matte", matte, "-o", result, "--grain", grain]
    subprocess.run([*command, *camera, "--quiet"], check=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path, nargs="?")
    parser.add_argument("--shots", default="")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out/grain"))
    parser.add_argument("--grain", default="match")
    asked = parser.parse_args()
    print("| shot | light | pixels | " + " | ".join(f"{scale} px" for scale in SCALES) + " |")
    print("|---" * (3 + len(SCALES)) + "|")
    if not asked.results:
        for name, scene in OWN.items():
            folder = asked.out / name.partition(",")[0]
            write_shot(scene, folder / "shot")
            fill(folder / "shot", folder / asked.grain, asked.grain)
            for row in rows(folder / "shot", folder / asked.grain):
                print(f"| {name} | {row} |", flush=True)
    for shot in shots(asked.shared, set(filter(None, asked.shots.split(",")))) if asked.shared else []:
        results = (asked.results or asked.out) / shot.name
        if not asked.results:
            fill(shot, results, asked.grain)
        for row in rows(shot, results):
            print(f"| {shot.name} | {row} |", flush=True)


if __name__ == "__main__":
    main()
