#!/usr/bin/env python3
"""New plates and loops against what is to be had: the same element made again with another seed, a cut, a cross-fade.

    python bench/plates.py generate [--elements fire,water,leaves,clouds] [--frames 24] [--size 128x72] [--seeds 1]
    python bench/plates.py loop [--elements fire,water,leaves] [--frames 80] [--size 112x64]
    python bench/plates.py cost [--elements water] [--frames 12] [--size 960x540] [--memory 25%]

generate and loop print a table of the figures that the commands themselves print (`vfx_ai/plates/figures.py`,
`loop_figures.py` say what they are). "truth" is the element with another seed: what a perfect tool would score. cost
runs the command on files of a size, and prints its time, its memory and what they would be for 120 frames of 1080p.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import OpenEXR
import torch
from elements import ELEMENTS

import vfx_ai
from vfx_ai.media.color import from_log, to_log
from vfx_ai.plates.choose import nature_of, recipe_for
from vfx_ai.plates.figures import Figures, compare, copy_share
from vfx_ai.plates.levels import Clip
from vfx_ai.plates.loop_change import moments
from vfx_ai.plates.loop_figures import seam_of
from vfx_ai.plates.loop_pair import best_pair, distances
from vfx_ai.plates.spread import spreading
from vfx_ai.plates.synthesis import synthesise

CPU = torch.device("cpu")
HEAD = "| element | coherence | completeness | copy | spectrum | flicker | finest | p99.9 | most | mean | CPU-s |"
FULL = (120, 1080, 1920)


def made(name: str, frames: int, size: tuple[int, int], seed: int) -> torch.Tensor:
    """An element in stops, [T, H, W, 3]."""
    return to_log(torch.from_numpy(ELEMENTS[name](frames, size[1], size[0], seed)))


def row(name: str, f: Figures, copied: float, seconds: float) -> None:
    """Print one line of the first table."""
    numbers = [f.coherence, f.completeness, copied]
    print(
        f"| {name} | " + " | ".join("" if n < 0 else f"{n:.2f}" for n in numbers),
        f"{f.spectrum:.1f} dB",
        f"{f.flicker:.2f}",
        f"{f.fine:+.1f} dB",
        *(f"{n:.2f}" for n in (f.highlight, f.brightest, f.mean)),
        f"{seconds:.0f} |" if seconds else "|",
        sep=" | ",
        flush=True,
    )


def generate(asked: argparse.Namespace) -> None:
    """The table of new plates."""
    print(f"\n{asked.frames} frames of {asked.size[0]}x{asked.size[1]}\n\n{HEAD}\n|{'---|' * 11}")
    for name in asked.elements:
        reference = made(name, asked.frames, asked.size, 1)
        clip = Clip(reference)
        recipe = recipe_for(nature_of(clip), clip)
        with spreading(CPU, 1) as spread:
            row(f"{name}, truth", compare(made(name, asked.frames, asked.size, 2), reference, from_log, spread), -1, 0)
            for seed in range(1, asked.seeds + 1):
                clock = time.process_time()
                one = synthesise([clip], (asked.frames, asked.size[1], asked.size[0]), recipe, seed, spread)
                clock = time.process_time() - clock
                figures = compare(one.light, reference, from_log, spread)
                row(f"{name}, seed {seed}", figures, copy_share(one.corner), clock)
    print(f"\npeak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")


def loop(asked: argparse.Namespace) -> None:
    """The table of loops."""
    print(
        f"\n{asked.frames} frames of {asked.size[0]}x{asked.size[1]}; loops of {asked.length[0]} to {asked.length[1]}\n"
    )
    print("| element | frames | way | step at the seam | largest | coherence |\n|---|---|---|---|---|---|")
    for name in asked.elements:
        clip = made(name, asked.frames, asked.size, 1)
        with spreading(CPU, 1):
            pair = best_pair(distances(clip), *asked.length, asked.over)
            if pair is None:
                sys.exit("the shot is too short")
            part = clip[pair.first - asked.over : pair.after]
            when = moments(part[-asked.over :], part[: asked.over])
            ways = seam_of(part, asked.over, when)
            naive = clip[: asked.over + asked.length[1]]
            ways["cut anywhere"] = seam_of(naive, asked.over, moments(naive[-asked.over :], naive[: asked.over]))["cut"]
        for way, seam in ways.items():
            print(
                f"| {name} | {pair.after - pair.first} | {way} | {seam.step:.2f} | {seam.largest:.2f} | "
                f"{seam.coherence:.3f} |"
            )
        plain = ways["loop"]
        print(
            f"| {name} | | the plate itself | 1 | {plain.usual_largest:.2f} | {plain.usual_coherence:.3f} |", flush=True
        )


class Clock:
    """CPU seconds by stage, from a run's events."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage, self._from = "reading", time.process_time()

    def __call__(self, event: vfx_ai.Event) -> None:
        """Take note of a stage that ends."""
        now = "search" if "coarse" in event.text else "reading"
        now = {"fill": "frames", "report": "report"}.get(event.stage, now)
        if now != self._stage:
            passed = time.process_time() - self._from
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + passed
            self._stage, self._from = now, time.process_time()


def cost(asked: argparse.Namespace) -> None:
    """Time and memory of the command, and what follows for a longer, larger plate."""
    for name in asked.elements:
        folder = asked.out / name
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "ref").mkdir(parents=True)
        for i, frame in enumerate(ELEMENTS[name](asked.frames, asked.size[1], asked.size[0], 1)):
            planes = {c: np.ascontiguousarray(frame[..., j], np.float16) for j, c in enumerate("RGB")}
            header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
            OpenEXR.File(header, planes).write(str(folder / f"ref/ref.{1001 + i}.exr"))
        like, clock, wall = folder / "ref/ref.####.exr", Clock(), time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        one = vfx_ai.generate(like, folder / "out/n.####.exr", memory=asked.memory, device="cpu", progress=clock)
        wall, stages = time.perf_counter() - wall, clock.seconds
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        pixels = asked.frames * asked.size[0] * asked.size[1]
        searched = 2 * pixels * one.scale**2
        per = stages["search"] / searched * 2, stages["frames"] / pixels, stages["reading"] / pixels
        spent = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in stages.items())
        print(f"\n{name}, {asked.frames} frames of {asked.size[0]}x{asked.size[1]}: {wall:.0f} s; CPU {spent}")
        print(f"searched at {100 * one.scale:.0f}% of the size")
        print(
            f"CPU for a pixel: searched {1e6 * per[0]:.0f} us, "
            f"written {1e6 * per[1]:.2f} us, read {1e6 * per[2]:.2f} us"
        )
        print(f"peak memory {peak / 1e6:.2f} GB, {1024 * (peak - before) / searched:.0f} bytes for a searched pixel")
        full = FULL[0] * FULL[1] * FULL[2]
        total = asked.most / 2 * per[0] + full * (per[1] + per[2])
        print(f"120 frames of 1080p from as many, one core: about {total / 60:.0f} minutes")
        rows = dict(one.rows())
        print(
            "; ".join(f"{k}: {v}" for k, v in rows.items() if k in ("largest copied piece", "finest detail", "light"))
        )


def main() -> None:
    """Print one table."""
    from vfx_ai.plates.asked_new import MOST_SEARCHED

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("generate", "loop", "cost"))
    parser.add_argument("--elements")
    parser.add_argument("--frames", type=int)
    parser.add_argument("--size")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--length", default="24-60")
    parser.add_argument("--over", type=int, default=10)
    parser.add_argument("--memory", default="25%")
    parser.add_argument("--out", type=Path, default=Path("out/plates"))
    asked = parser.parse_args()
    usual = {
        "generate": ("fire,water,leaves,clouds", 24, "128x72"),
        "loop": ("fire,water,leaves", 80, "112x64"),
        "cost": ("water", 12, "960x540"),
    }[asked.what]
    asked.elements = (asked.elements or usual[0]).split(",")
    asked.frames = asked.frames or usual[1]
    asked.size = tuple(int(n) for n in (asked.size or usual[2]).split("x"))
    asked.length = tuple(int(n) for n in asked.length.split("-"))
    asked.most = MOST_SEARCHED
    {"generate": generate, "loop": loop, "cost": cost}[asked.what](asked)


if __name__ == "__main__":
    main()
