#!/usr/bin/env python3
"""Scattered holes in single frames of real clips, which no other frame can fill: own texture beside other tools.

    python bench/scattered.py ../shared [--shots card-road,card-tennis] [--frames 2] [--share 0.08] [--seed 5]
        [--tools ...] [--out out/scattered] [--page docs/benchmarks.md]

The clean pictures of clips whose answer is known get blots and strokes, which are all that is measured; each frame is a
shot of its own. In the holes every tool is given the same grey. Ours is run as `--engine patch --grain none` at several
`--detail`; each tool and frame is a process of its own. A row per tool: the referee's figures, the means over all
frames; `grain` is of the hole over the ring around it, in the last row that of the truth. A picture of each frame
(plate, truth, then what each tool made) is written beside the results.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
from page import BENCHMARKS, Page, page_of
from peer_tools import Bools, Floats
from peers import TOOLS, FailedError, measured, pixels

SCORES = ("psnr", "ssim", "stops", "grain")
DETAILS = ("0", "0.15", "1")
OURS = {f"vfx-ai patch --detail {detail}": ["--detail", detail] for detail in DETAILS}
ALONE = (
    *("PyPatchMatch", "G'MIC matchpatch", "G'MIC morpho", "OpenCV TELEA", "OpenCV NS"),
    "scikit-image biharmonic",
)  # those that look at one frame
GREY = 0.18
BLOT, STROKE = (0.015, 0.05), (0.01, 0.02)  # of the width: half axes, and half of a stroke's width
NUMBER, PATIENCE = 1001, 900.0


def scattered(size: tuple[int, int], share: float, rng: np.random.Generator) -> Bools:
    """Blots and strokes [H, W] that cover about a share of a picture."""
    height, width = size
    hole = np.zeros(size, np.uint8)
    while hole.mean() < share:
        at = (int(rng.uniform(0.05, 0.95) * width), int(rng.uniform(0.05, 0.95) * height))
        if rng.random() < 0.7:
            axes = (int(rng.uniform(*BLOT) * width), int(rng.uniform(*BLOT) * width))
            cv2.ellipse(hole, at, axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
        else:
            to = tuple(int(p + rng.uniform(-0.12, 0.12) * width) for p in at)
            cv2.line(hole, at, to, 1, max(2, int(2 * rng.uniform(*STROKE) * width)))
    found: Bools = hole > 0
    return found


def write(path: Path, planes: dict[str, Floats]) -> None:
    """An EXR, half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = {name: np.ascontiguousarray(plane, np.float16) for name, plane in planes.items()}
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, held).write(str(path))


def spoiled(clean: Path, folder: Path, share: float, rng: np.random.Generator) -> Path:
    """A shot of one frame with its answer: plate, matte and clean."""
    truth = pixels(clean, "RGB")
    hole = scattered(truth.shape[:2], share, rng)
    plate = np.where(hole[..., None], np.float32(GREY), truth)
    for name, picture in (("plate", plate), ("clean", truth)):
        write(folder / f"{name}.{NUMBER}.exr", dict(zip("RGB", np.moveaxis(picture, -1, 0), strict=True)))
    write(folder / f"matte.{NUMBER}.exr", {"A": hole.astype(np.float32)})
    return folder


def filled(tool: str, shot: Path, out: Path) -> Path:
    """Fill it with a tool; gives the folder of the result.

    Raises:
        FailedError: the tool came to no result.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    command = [sys.executable, str(Path(__file__).with_name("peers.py")), "--one", tool, str(shot), str(out)]
    if tool in OURS:
        command = [sys.executable, "-m", "vfx_ai", "inpaint", str(shot / "plate.####.exr"), "--quiet"]
        command += ["--matte", str(shot / "matte.####.exr"), "-o", str(out / "clean.####.exr")]
        command += ["--engine", "patch", "--grain", "none", *OURS[tool]]
    measured(command, out / "log.txt", PATIENCE)
    return out


def scores(shared: Path, shot: Path, result: Path) -> dict[str, Any]:
    """What the referee says of a result."""
    command = [sys.executable, str(shared / "score" / "score.py"), "--json", "--truth", str(shot / "clean.####.exr")]
    command += ["--plate", str(shot / "plate.####.exr"), "--matte", str(shot / "matte.####.exr")]
    command += ["--result", str(result / "clean.####.exr")]
    told: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return told


def sheet(folders: list[Path], path: Path) -> None:
    """A picture of the frame as each has it, two beside each other."""
    shown = [np.clip(pixels(folder, "RGB"), 0, 1) ** (1 / 2.2) for folder in folders]
    shown += [np.zeros_like(shown[0])] * (len(shown) % 2)
    rows = [np.hstack(shown[i : i + 2]) for i in range(0, len(shown), 2)]
    cv2.imwrite(str(path), np.round(np.vstack(rows)[..., ::-1] * 255).astype(np.uint8))


def main() -> None:
    """Fill every frame with every tool, and print the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="card-road,card-tennis")
    parser.add_argument("--frames", type=int, default=2, help="of each clip")
    parser.add_argument("--share", type=float, default=0.08, help="of the picture that is hidden")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--tools", default=",".join([*OURS, *ALONE]))
    parser.add_argument("--out", type=Path, default=Path("out/scattered"))
    parser.add_argument("--page", type=page_of, default=BENCHMARKS)
    asked = parser.parse_args()
    page, rng = Page(asked.page, Path(__file__).name), np.random.default_rng(asked.seed)
    tools = [name for name in asked.tools.split(",") if name in OURS or not TOOLS[name].missing]
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in (*tools, "the truth")}
    for name in asked.shots.split(","):
        clean = sorted((asked.shared / "clips" / name).glob("clean.*.exr"))
        for which in np.linspace(0, len(clean) - 1, asked.frames + 2).round().astype(int)[1:-1]:
            folder = asked.out / f"{name}-{clean[which].name.split('.')[1]}"
            shot = spoiled(clean[which], folder / "shot", asked.share, rng)
            shown = [shot / f"{part}.{NUMBER}.exr" for part in ("plate", "clean")]
            for tool in tools:
                try:
                    result = filled(tool, shot, folder / "".join(c for c in tool if c.isalnum() or c in ".-"))
                except FailedError as error:
                    page.say(f"{tool} on {folder.name}: {error}")
                    continue
                told[tool].append(scores(asked.shared, shot, result))
                shown.append(result / f"clean.{NUMBER}.exr")
            told["the truth"].append(scores(asked.shared, shot, shot))
            sheet(shown, folder / "sheet.png")
    page.say(f"| tool | frames | {' | '.join(SCORES)} |")
    page.say("|---" * (2 + len(SCORES)) + "|")
    for tool, rows in told.items():
        if rows:
            means = [float(np.mean([row[score] for row in rows])) for score in SCORES]
            told_of = ("grain",) if tool == "the truth" else SCORES  # all else is without an error there
            figures = [f"{mean:.3f}" if score in told_of else "-" for score, mean in zip(SCORES, means, strict=True)]
            page.say(f"| {f'**{tool}**' if tool in OURS else tool} | {len(rows)} | {' | '.join(figures)} |")
    page.write()


if __name__ == "__main__":
    main()
