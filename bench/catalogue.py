#!/usr/bin/env python3
"""A catalogue with many shots: what adding, listing and finding cost, and whether adding stays linear.

    python bench/catalogue.py [--shots 10000] [--out out/catalogue]

Rows are made up (no footage is read, which takes its own time: every file is hashed whole), but they go through the
same functions as real ones: the database, the index of words, and the ledger.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import shots_of
from vfx_ai.studio.catalogue_base import Catalogue, opened
from vfx_ai.studio.catalogue_find import find
from vfx_ai.studio.catalogue_keep import Asked, keep
from vfx_ai.studio.contents import Signed, content_of
from vfx_ai.studio.found import Found
from vfx_ai.studio.looks import CELLS, LAYOUT, Looks
from vfx_ai.studio.measure import Measured
from vfx_ai.studio.rights import cleared_shots

WORDS = ("harbour", "desert", "night", "day", "crane", "boat", "smoke", "rain", "street", "forest", "snow", "crowd")
FRAMES = 100
THUMBNAIL = b"x" * 9000  # about what a real one takes


def shot(number: int, rng: np.random.Generator) -> tuple[Asked, Found, tuple[Measured, ...]]:
    """A made-up sequence of FRAMES files."""
    path = f"/footage/show{number % 12:02d}/sc{number:05d}/plate.####.exr"
    digest = f"{number:064x}"
    files = tuple(Signed(1001 + n, 30_000_000, 1, digest) for n in range(FRAMES))
    palette = rng.dirichlet(np.full(CELLS, 0.02)).astype(np.float16)
    layout = rng.normal(40, 20, (LAYOUT, LAYOUT, 3)).astype(np.float16)
    light = {"mean": [3.0] * 3, "spread": [1.0] * 3, "low": 0.5, "middle": 3.0, "high": 6.0, "brightest": 9.0}
    looks = Looks(THUMBNAIL, palette, layout, light, 0.01)
    tags = tuple(str(word) for word in rng.choice(WORDS, 3, replace=False))
    made = Measured("sequence", path, (1001, 1100), FRAMES, 4096, 2160, 24.0, 3 << 30, content_of(files), files, looks)
    return (
        Asked(f"Show {number % 12:02d}", None, tags, "", "", True),
        Found(_ANY, Path(path), f"sc{number:05d}"),
        (made,),
    )


_ANY: Any = object()  # stands for a sequence: anything but a movie


def seconds(work: Callable[[], Any], times: int = 5) -> float:
    """The median time of a call."""
    taken = []
    for _ in range(times):
        clock = time.perf_counter()
        work()
        taken.append(time.perf_counter() - clock)
    return statistics.median(taken)


def filled(catalogue: Catalogue, shots: int) -> None:
    """Add shots, and print what each thousand took."""
    rng = np.random.default_rng(1)
    clock = time.perf_counter()
    for number in range(shots):
        keep(catalogue, *shot(number, rng))
        if (number + 1) % max(1, shots // 5) == 0:
            now = time.perf_counter()
            print(f"| {number + 1:,} shots | {1000 * (now - clock) / max(1, shots // 5):.1f} ms for each of the last |")
            clock = now


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=10_000)
    parser.add_argument("--out", type=Path, default=Path("out/catalogue"))
    asked = parser.parse_args()
    shutil.rmtree(asked.out, ignore_errors=True)
    print("| adding | |\n|---|---|")
    with opened(asked.out, make=True) as catalogue:
        filled(catalogue, asked.shots)
    size = sum(path.stat().st_size for path in asked.out.iterdir()) / 1e6
    with opened(asked.out) as catalogue:
        row = {
            "list all": lambda: shots_of(catalogue),
            "list a title": lambda: shots_of(catalogue, title="Show 03"),
            "find two words": lambda: find(catalogue, "harbour night"),
            "find a color": lambda: find(catalogue, color="teal"),
            "check the ledger": lambda: ledger.check(asked.out),
            "judge rights of all": lambda: cleared_shots(catalogue, "training"),
        }
        print(f"\n| {asked.shots:,} shots, {size:.0f} MB | |\n|---|---|")
        for name, work in row.items():
            print(f"| {name} | {1000 * seconds(work):.0f} ms |")


if __name__ == "__main__":
    main()
