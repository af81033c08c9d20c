#!/usr/bin/env python3
"""What matching light and focus is worth: the error inside the hole with it and without, on shots that are changed so.

    python bench/finish.py ../shared/truth/dolly-1 [--changes still,vignette] [--frames 1001-1024x6]

A shot is a folder with plate, matte and clean sequences. Plate and clean are changed alike before the run; the one
analysis of a changed shot serves all runs, which add no grain; with --analysis that of the shot as it is (the folder
clean.vfx-ai/analysis beside an earlier result) serves for every change, as the camera and the scene stay. The error is
in stops, mean and median over what other frames lent. Flicker is how much a pixel's error changes from a frame to the
next, on average, and pumping how much the mean error of the whole hole does: what is right in each frame by itself may
still be seen to change.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import OpenEXR

from vfx_ai.fill import OTHER_FRAME
from vfx_ai.job import Job
from vfx_ai.media.color import to_log
from vfx_ai.run import run
from vfx_ai.steps import frame as frame_step
from vfx_ai.steps.asked import resolve

Picture = np.ndarray


def still(light: Picture, _x: Picture, _y: Picture, _t: float) -> Picture:
    """As it is."""
    return light


def vignette(light: Picture, x: Picture, y: Picture, _t: float) -> Picture:
    """Darker by a stop and a half in the corners."""
    return light * np.exp2(-0.75 * (x * x + y * y))[..., None].astype(np.float32)


def ramp(light: Picture, _x: Picture, _y: Picture, t: float) -> Picture:
    """Exposure that rises by a stop over the shot."""
    return light * np.float32(2.0**t)


def rolling(light: Picture, x: Picture, _y: Picture, t: float) -> Picture:
    """Light that comes up by a stop on one side while it goes down by a stop on the other."""
    return light * np.exp2((2 * t - 1) * x)[..., None].astype(np.float32)


def breathing(light: Picture, _x: Picture, _y: Picture, t: float) -> Picture:
    """Every other frame is out of focus by a Gaussian of 1.5 px."""
    return cv2.GaussianBlur(light, (0, 0), 1.5) if round(t * 1000) % 2 else light


CHANGES: dict[str, Callable[[Picture, Picture, Picture, float], Picture]] = {
    change.__name__: change for change in (still, vignette, ramp, rolling, breathing)
}
STEPS = {"without": (), "light": ("lit",), "light and focus": ("measured", "lit", "focused")}

NOTHING = {"measured": lambda _shot, _fill: {}, "lit": lambda _shot, fill: fill, "focused": lambda _s, fill, _: fill}


def changed(shot: Path, out: Path, change: str) -> None:
    """Write plate and clean, changed, and the matte as it is."""
    out.mkdir(parents=True, exist_ok=True)
    for name in ("plate", "clean"):
        files = sorted(shot.glob(f"{name}.*.exr"))
        for index, path in enumerate(files):
            file = OpenEXR.File(str(path), separate_channels=True)
            channels = file.parts[0].channels
            light = np.stack([channels[c].pixels.astype(np.float32) for c in "RGB"], -1)
            height, width = light.shape[:2]
            y, x = np.mgrid[0:height, 0:width] * 2.0
            # Focus changes with the frame, all else with time.
            when = index / 1000 if change == "breathing" else index / max(len(files) - 1, 1)
            made = CHANGES[change](light, x / (width - 1) - 1, y / (height - 1) - 1, when)
            for i, c in enumerate("RGB"):
                channels[c].pixels = np.ascontiguousarray(made[..., i]).astype(channels[c].pixels.dtype)
            file.write(str(out / path.name))
    for path in shot.glob("matte.*.exr"):
        shutil.copyfile(path, out / path.name)


def lend(analysis: Path, job: Job) -> None:
    """Let a job use the analysis of another shot."""
    folder = resolve(job).folder
    of_light = shutil.ignore_patterns("grain", "patch")  # what was kept of a picture itself, which is another now
    shutil.copytree(analysis, folder.analysis, ignore=of_light, dirs_exist_ok=True)
    (folder.analysis / "key.txt").write_text(folder.analysis_key)


def pixels(path: Path) -> dict[str, Picture]:
    """Every channel of a file."""
    file = OpenEXR.File(str(path), separate_channels=True)
    return {name: np.array(channel.pixels) for name, channel in file.parts[0].channels.items()}


def errors(result: Path, truth: Path) -> dict[int, Picture]:
    """Stops [H, W, 3] by which each pixel is too bright, per frame; NaN where no other frame lent it."""
    found = {}
    for path in sorted(result.glob("clean.*.exr")):
        mine, right = pixels(path), pixels(truth / path.name)
        off = [to_log(mine[c].astype(np.float32)) - to_log(right[c].astype(np.float32)) for c in "RGB"]
        came = mine["fill.source"] == OTHER_FRAME
        found[int(path.name.split(".")[1])] = np.where(came[..., None], np.stack(off, -1), np.nan)
    return found


def figures(found: dict[int, Picture]) -> list[float]:
    """Mean, median and worst frame's error, flicker and pumping, in stops, of `errors`."""
    off = [np.abs(one[~np.isnan(one[..., 0])]).mean(-1) for one in found.values()]
    changes = [np.abs(found[n + 1] - one) for n, one in found.items() if n + 1 in found]
    levels = {n: np.nanmean(one, (0, 1)) for n, one in found.items()}
    jumps = [np.abs(levels[n + 1] - level).mean() for n, level in levels.items() if n + 1 in levels]
    whole = np.concatenate(off)
    flicker = np.nanmean(np.concatenate([one.ravel() for one in changes])) if changes else np.nan
    worst = max(float(one.mean()) for one in off if one.size)
    return [whole.mean(), np.median(whole), worst, flicker, np.mean(jumps) if jumps else np.nan]


def main() -> None:
    """Print a row per change and setting."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shot", type=Path)
    parser.add_argument("--changes", default=",".join(CHANGES))
    parser.add_argument("--frames", default="")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--analysis", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out/finish"))
    asked = parser.parse_args()
    steps = {name: getattr(frame_step, name) for name in ("measured", "lit", "focused")}
    print("| shot | change | matched | mean | median | worst frame | flicker | pumping | s |\n" + "|---" * 9 + "|")
    for change in asked.changes.split(","):
        folder = asked.out / asked.shot.name / change
        changed(asked.shot, folder, change)
        for setting, used in STEPS.items():
            for name, step in steps.items():
                setattr(frame_step, name, step if name in used else NOTHING[name])
            output = folder / "out" / "clean.####.exr"
            plate, matte = str(folder / "plate.####.exr"), str(folder / "matte.####.exr")
            how = {"frames": asked.frames, "engine": asked.engine, "grain": "none", "force": True}
            job = Job(plate, matte, str(output), **how)
            if asked.analysis:
                lend(asked.analysis, job)
            report = run(job)
            told = " | ".join(f"{figure:.4f}" for figure in figures(errors(folder / "out", folder)))
            seconds = sum(f.seconds for f in report.frames) / len(report.frames)
            print(f"| {asked.shot.name} | {change} | {setting} | {told} | {seconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()
