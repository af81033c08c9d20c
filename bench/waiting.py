#!/usr/bin/env python3
"""How long a shot takes by how waiting threads wait, on a free machine and beside as many busy processes as cores.

    python bench/waiting.py [--shot samples/courtyard] [--out out/waiting]

Each run is the real command in a process of its own, from nothing. Seconds are by the clock and of processors.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil

WAYS = {
    "as the command does": {},
    "they sleep at once": {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"},
    "they spin for 3 ms, as torch comes": {"GOMP_SPINCOUNT": "300000"},
    "one thread": {"OMP_NUM_THREADS": "1"},
}


def seconds(command: list[str], how: dict[str, str]) -> tuple[float, float]:
    """What a command takes by the clock and of processors."""
    clock, before = time.perf_counter(), os.times()
    subprocess.run(command, env=os.environ | how, check=True)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - clock, spent


def main() -> None:
    """Print a row per way."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shot", type=Path, default=Path("samples/courtyard"))
    parser.add_argument("--out", type=Path, default=Path("out/waiting"))
    asked = parser.parse_args()
    plate, matte = asked.shot / "plate.####.exr", asked.shot / "matte.####.exr"
    print("| threads that wait | free, s | of processors | beside others, s | of processors |\n" + "|---" * 5 + "|")
    for name, how in WAYS.items():
        told = []
        for others in (0, psutil.cpu_count() or 1):
            shutil.rmtree(asked.out, ignore_errors=True)
            busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(others)]
            try:
                command = ["inpaint", str(plate), "--matte", str(matte), "-o", str(asked.out / "clean.####.exr")]
                told += seconds([sys.executable, "-m", "vfx_ai", *command, "--quiet"], how)
            finally:
                for one in busy:
                    one.kill()
        print(f"| {name} | " + " | ".join(f"{one:.0f}" for one in told) + " |", flush=True)


if __name__ == "__main__":
    main()
