#!/usr/bin/env python3
"""What the rule for soft matte edges is worth: the usual composite, the hard hole, and the rule in between.

    python bench/soft_edges.py ../shared [--shots card-road,wires-5,locked-2] [--out out/soft_edges]

One analysis per shot; the fill is laid over the plate by each rule, and the referee scores it. See
docs/decisions/004-soft-edges.md.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from pathlib import Path

from referee import shots

from vfx_ai.finish import composite
from vfx_ai.job import Job
from vfx_ai.run import run

RULES = {"the usual composite": math.inf, "where plate and fill are alike": composite.ALIKE_STOPS, "hard hole": 1e-6}


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
        for rule, stops in RULES.items():
            composite.ALIKE_STOPS = stops
            run(Job(str(plate), str(matte), str(result), force=True))
            judge = [sys.executable, str(asked.shared / "score" / "score.py"), "--json"]
            names = {"--result": result, "--truth": shot / "clean.####.exr", "--plate": plate, "--matte": matte}
            for name, path in names.items():
                judge += [name, str(path)]
            figures = json.loads(subprocess.run(judge, check=True, capture_output=True, text=True).stdout)
            print(f"| {shot.name} | {rule} | {figures['psnr']} | {figures['ssim']} | {figures['stops']} |", flush=True)


if __name__ == "__main__":
    main()
