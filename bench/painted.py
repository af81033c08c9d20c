#!/usr/bin/env python3
"""What one painted frame is worth: shots whose answer is known, filled with and without a paint-out of one frame.

    python bench/painted.py ../shared [--shots dolly-1,occluder-6,handheld-4] [--out out/painted]

The paint-out is the true clean picture of the middle frame. The referee measures all frames; then, but for the painted
frame, psnr (of light held to 0..1, by a power of 1/2.2) over what the run without paint made up, and over what it found
in other frames. Both runs share one analysis. See bench/referee.py for what the folder holds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import OpenEXR

SHOWN = ("psnr", "ssim", "stops", "flicker", "shimmer")


def fill(shot: Path, out: Path, options: list[str]) -> dict[str, float]:
    """Run the real command on a shot and return what its report says of the whole shot."""
    command = [sys.executable, "-m", "vfx_ai", "inpaint", str(shot / "plate.####.exr")]
    command += ["--matte", str(shot / "matte.####.exr"), "-o", str(out / "clean.####.exr"), "--grain", "none", *options]
    subprocess.run([*command, "--quiet"], check=True)
    frames = json.loads((out / "report.json").read_text())["frames"]
    hole = sum(frame["hole"] for frame in frames)
    return {name: sum(frame[name] for frame in frames) / max(hole, 1) for name in ("painted", "real", "never_seen")}


def score(shared: Path, shot: Path, out: Path) -> dict[str, float]:
    """The referee's figures."""
    files = {"result": out / "clean", "truth": shot / "clean", "plate": shot / "plate", "matte": shot / "matte"}
    arguments = [part for name, stem in files.items() for part in (f"--{name}", f"{stem}.####.exr")]
    judge = [sys.executable, str(shared / "score" / "score.py"), *arguments, "--json"]
    found: dict[str, float] = json.loads(subprocess.run(judge, check=True, capture_output=True, text=True).stdout)
    return found


def channels(path: Path, names: tuple[str, ...]) -> np.ndarray:
    """Channels of an EXR, [H, W, C] float32."""
    part = OpenEXR.File(str(path), separate_channels=True).parts[0]
    return np.stack([part.channels[name].pixels.astype(np.float32) for name in names], -1)


def decibels(shot: Path, bare: Path, out: Path, without: int) -> list[float]:
    """Psnr over the pixels that the run without paint made up, and over those that it found."""
    error, count = np.zeros(2), np.zeros(2)
    for path in sorted(out.glob("clean.*.exr")):
        if int(path.name.split(".")[1]) == without:
            continue
        made, truth = (channels(p, ("R", "G", "B")).clip(0, 1) ** (1 / 2.2) for p in (path, shot / path.name))
        source = channels(bare / path.name, ("fill.source",))[..., 0]
        square = ((made - truth) ** 2).mean(-1)
        for index, where in enumerate((source >= 2, source == 1)):
            error[index] += square[where].sum()
            count[index] += where.sum()
    return [float(-10 * np.log10(e / n)) if n and e else float("nan") for e, n in zip(error, count, strict=True)]


def main() -> None:
    """Print the table, a row as soon as a run is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="dolly-1,occluder-6,handheld-4")
    parser.add_argument("--out", type=Path, default=Path("out/painted"))
    asked = parser.parse_args()
    print(f"| shot | paint | {' | '.join(SHOWN)} | made up before | found before | painted | never seen |")
    print("|---" * (len(SHOWN) + 6) + "|")
    for name in asked.shots.split(","):
        shot = next(asked.shared / room / name for room in ("truth", "clips") if (asked.shared / room / name).is_dir())
        numbers = sorted(int(path.name.split(".")[1]) for path in shot.glob("plate.*.exr"))
        middle, bare = numbers[len(numbers) // 2], asked.out / name / "none"
        painted = asked.out / name / "painted"
        for out, word, options in (
            (bare, "none", []),
            (painted, str(middle), ["--painted", f"{shot}/clean.{middle}.exr"]),
        ):
            if out == painted:
                analysis = Path("clean.vfx-ai") / "analysis"
                shutil.rmtree(painted, ignore_errors=True)
                shutil.copytree(bare / analysis, painted / analysis)
            told, figures = fill(shot, out, options), score(asked.shared, shot, out)
            cells = [f"{figures[one]:g}" for one in SHOWN]
            cells += [f"{value:.2f}" for value in decibels(shot, bare, out, middle)]
            cells += [f"{100 * told[one]:.1f} %" for one in ("painted", "never_seen")]
            print(f"| {name} | {word} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
