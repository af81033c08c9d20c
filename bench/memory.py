#!/usr/bin/env python3
"""Peak memory of a short run and of a long one: it must not grow with the shot's length.

    python bench/memory.py [--shot samples/courtyard] [--lengths 40,200] [--engine auto] [--out out/memory]

The shot is played forwards and backwards until it is as long as wanted. Each run is the real command in a process of
its own, from nothing.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil

POLL_SECONDS = 0.05


def lengthened(shot: Path, frames: int, target: Path) -> None:
    """Copies of a shot's plate and matte, there and back, `frames` long, from frame 1001."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in ("plate", "matte"):
        files = sorted(shot.glob(f"{name}.*.exr"))
        there_and_back = files + files[-2:0:-1]
        for i in range(frames):
            shutil.copyfile(there_and_back[i % len(there_and_back)], target / f"{name}.{1001 + i}.exr")


def peak(command: list[str]) -> int:
    """Most bytes that a command's process held at once."""
    process = subprocess.Popen(command)
    watched, most = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            most = max(most, watched.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(POLL_SECONDS)
    if process.wait():
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return most


def main() -> None:
    """Print a row per length, and the ratio of the last to the first."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shot", type=Path, default=Path("samples/courtyard"))
    parser.add_argument("--lengths", default="40,200")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--out", type=Path, default=Path("out/memory"))
    asked = parser.parse_args()
    peaks = []
    print("| frames | peak, MB | s/frame |\n|---|---|---|")
    for frames in map(int, asked.lengths.split(",")):
        shot, out = asked.out / f"shot-{frames}", asked.out / f"result-{frames}"
        lengthened(asked.shot, frames, shot)
        shutil.rmtree(out, ignore_errors=True)
        clock = time.perf_counter()
        plate, matte, result = shot / "plate.####.exr", shot / "matte.####.exr", out / "clean.####.exr"
        command = [sys.executable, "-m", "vfx_ai", "inpaint", str(plate), "--matte", str(matte), "-o", str(result)]
        peaks.append(peak([*command, "--engine", asked.engine, "--quiet"]))
        print(f"| {frames} | {peaks[-1] / 2**20:.0f} | {(time.perf_counter() - clock) / frames:.2f} |", flush=True)
    print(f"\nlongest against shortest: {peaks[-1] / peaks[0]:.3f}")


if __name__ == "__main__":
    main()
