#!/usr/bin/env python3
"""What the rule for soft matte edges is worth, beside the usual composite, the hard hole, and not measuring.

    python bench/soft_edges.py ../shared [--shots card-road,wires-5,locked-2] [--out out/soft_edges]

One analysis per shot; the fill is laid over the plate by each rule, and the referee scores it. See
docs/decisions/004-soft-edges.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import torch
from referee import shots

from vfx_ai.fill.contract import Fill
from vfx_ai.finish import composite, edges
from vfx_ai.job import Job
from vfx_ai.media.color import to_log
from vfx_ai.run import run
from vfx_ai.shot import Shot, crop


def usual(shot: Shot, fill: Fill) -> torch.Tensor:
    """The plate keeps what the matte leaves it."""
    view = shot.view(fill.number)
    return (1 - crop(view.coverage, fill.box)) * crop(view.valid, fill.box)


def alike(shot: Shot, fill: Fill) -> torch.Tensor:
    """The plate keeps that only where it shows what the fill shows."""
    view = shot.view(fill.number)
    apart = (to_log(crop(view.scene, fill.box)) - to_log(fill.scene)).abs().amax(0)
    return usual(shot, fill) * torch.exp(-((apart / edges.UNTOLD_STOPS) ** 2))


def hard(shot: Shot, fill: Fill) -> torch.Tensor:
    """The fill takes every pixel."""
    return torch.zeros_like(fill.confidence)


RULES = {
    "the usual composite": usual,
    "where plate and fill are alike": alike,
    "hard hole": hard,
    "measured": edges.kept,
}


def main() -> None:
    """Print a row per shot and rule."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="card-road,wires-5,locked-2")
    parser.add_argument("--out", type=Path, default=Path("out/soft_edges"))
    asked = parser.parse_args()
    print("| shot | rule | psnr | ssim | stops |\n|---|---|---|---|---|")
    for shot in shots(asked.shared, set(asked.shots.split(","))):
        plate, matte, result = (
            shot / "plate.####.exr",
            shot / "matte.####.exr",
            asked.out / shot.name / "clean.####.exr",
        )
        for rule, kept in RULES.items():
            composite.kept = kept
            run(Job(str(plate), str(matte), str(result), grain="none", force=True))
            judge = [sys.executable, str(asked.shared / "score" / "score.py"), "--json"]
            names = {"--result": result, "--truth": shot / "clean.####.exr", "--plate": plate, "--matte": matte}
            for name, path in names.items():
                judge += [name, str(path)]
            figures = json.loads(subprocess.run(judge, check=True, capture_output=True, text=True).stdout)
            print(f"| {shot.name} | {rule} | {figures['psnr']} | {figures['ssim']} | {figures['stops']} |", flush=True)


if __name__ == "__main__":
    main()
