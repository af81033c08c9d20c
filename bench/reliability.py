#!/usr/bin/env python3
"""Whether fill.confidence is worth believing: what it claims, against how far each pixel of a hole is from the truth.

    python bench/reliability.py ../shared [--shots dolly-1,card-road] [--results out/referee] [--out out/reliability]

The folder holds truth/ and clips/, as for bench/referee.py. Each shot is filled from nothing by the real command,
without grain, which nothing could foretell; or its results are taken from --results, where bench/referee.py --grain
none left them. The first table has a row per shot: claimed and true error on average, and the rank correlation
(Spearman's) between them, per pixel and over squares of 8 pixels, where noise averages out; 1 is perfect, 0 is worth
nothing. `filled alone` leaves out what was filled smoothly; `by neighbors` is, for those same pixels, the rank of one
who knew the true error of the pixels beside each: noise that no claim can foretell keeps even that far from 1. The
second table has a row per range of confidence: what it claims, in stops, by `vfx_ai.fill.contract.claimed_stops`, and
what is true, in stops and in sRGB (0..1). A confidence of 0 claims nothing; it counts in ranks as the worst.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from peer_tools import encoded
from peers import hole, pixels
from referee import shots

from vfx_ai.fill.contract import claimed_stops

Array = npt.NDArray[np.float64]
EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
SQUARE = 8
DARK = 0.01  # added to light before its logarithm, as the referee does


@dataclass(frozen=True)
class Held:
    """Pixels (or squares) of holes: confidence, claimed and true error in stops, true error in sRGB, and the mean true
    error in stops of the eight beside that were not filled smoothly; each [N]."""

    confidence: Array
    claimed: Array
    stops: Array
    srgb: Array
    beside: Array


def by_frame(shot: Path, results: Path) -> Iterator[tuple[Held, Held]]:
    """The pixels of each frame's hole, and its squares."""
    for path in sorted(results.glob("clean.*.exr")):
        here = hole(shot, shot / path.name.replace("clean", "plate"))
        got, truth = pixels(path, "RGB"), pixels(shot / path.name, "RGB")
        certain = pixels(path, ["fill.confidence"])[..., 0]
        stops = np.abs(np.log2((np.maximum(got, 0) + DARK) / (np.maximum(truth, 0) + DARK))).mean(-1)
        srgb = np.abs(encoded(np.clip(got, 0, 1)) - encoded(np.clip(truth, 0, 1))).mean(-1)
        claimed = claimed_stops(torch.from_numpy(certain)).numpy()
        maps = np.stack([certain, claimed, stops, srgb, beside(stops, here & (certain > 0))]).astype(np.float64)
        yield Held(*maps[:, here]), Held(*squares(maps, here))


def beside(stops: npt.NDArray[np.floating], counts: npt.NDArray[np.bool_]) -> Array:
    """Mean [H, W] over the up to eight pixels beside each that count."""
    both = np.pad(np.stack([stops * counts, counts]), ((0, 0), (1, 1), (1, 1)))
    height, width = stops.shape
    total = sum(both[:, y : y + height, x : x + width] for y in range(3) for x in range(3)) - both[:, 1:-1, 1:-1]
    return np.asarray(total[0] / np.maximum(total[1], 1), np.float64)


def squares(maps: Array, here: npt.NDArray[np.bool_]) -> Array:
    """Means [K, N] of maps [K, H, W] over the squares that lie in a hole by half or more."""
    height, width = (side // SQUARE * SQUARE for side in here.shape)
    cut = (slice(height), slice(width))
    shape = (-1, height // SQUARE, SQUARE, width // SQUARE, SQUARE)
    weight = here[cut].reshape(shape[1:]).mean((1, 3))
    total = (maps[:, *cut] * here[cut]).reshape(shape).mean((2, 4))
    most = weight >= 0.5
    return total[:, most] / weight[most]


def joined(parts: list[Held]) -> Held:
    """All pixels of several."""
    return Held(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("confidence", "claimed", "stops", "srgb", "beside")
        )
    )


def rank_correlation(a: Array, b: Array) -> float:
    """Spearman's, equal values sharing the mean of their ranks; nan if one of them is the same everywhere."""
    if a.size == 0:
        return float("nan")
    first, second = ranks(a), ranks(b)
    spread = first.std() * second.std()
    return float(((first - first.mean()) * (second - second.mean())).mean() / spread) if spread else float("nan")


def ranks(values: Array) -> Array:
    """Each value's place in order, from 0."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts + 1) / 2)[inverse], np.float64)


def fill(shot: Path, out: Path, engine: str) -> None:
    """Run the real command on a shot, from nothing."""
    shutil.rmtree(out, ignore_errors=True)
    plate, matte, result = (
        str(path) for path in (shot / "plate.####.exr", shot / "matte.####.exr", out / "clean.####.exr")
    )
    command = [sys.executable, "-m", "vfx_ai", "inpaint", plate, "--matte", matte, "-o", result, "--engine", engine]
    command += ["--grain", "none"]  # what is added at random, no one can foretell
    subprocess.run([*command, "--quiet"], check=True)


def correlations(name: str, held: Held, squared: Held) -> str:
    """A row of the first table."""
    mine = held.confidence > 0
    figures = (
        held.claimed[mine].mean() if mine.any() else np.nan,
        held.stops[mine].mean() if mine.any() else np.nan,
        held.stops.mean(),
        rank_correlation(held.claimed, held.stops),
        rank_correlation(held.claimed[mine], held.stops[mine]),
        rank_correlation(held.beside[mine], held.stops[mine]),
        rank_correlation(held.claimed, held.srgb),
        rank_correlation(squared.claimed, squared.stops),
    )
    return f"| {name} | {held.stops.size} | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |"


def bins(held: Held) -> Iterator[str]:
    """The rows of the second table."""
    ranges = [("0", held.confidence <= 0)]
    ranges += [(f"to {high:g}", (held.confidence > low) & (held.confidence <= high)) for low, high in pairwise(EDGES)]
    for name, inside in ranges:
        if inside.any():
            claimed = f"{held.claimed[inside].mean():.4f}" if name != "0" else "-"
            true = f"{held.stops[inside].mean():.4f} | {held.srgb[inside].mean():.4f}"
            yield f"| {name} | {100 * inside.mean():.1f} | {claimed} | {true} |"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out/reliability"))
    parser.add_argument("--engine", default="auto")
    asked = parser.parse_args()
    print(
        "| shot | pixels | claimed, stops | true there | true, all | rank, stops | filled alone | by neighbors"
        " | rank, sRGB | rank in squares, stops |"
    )
    print("|---" * 10 + "|")
    everything: list[tuple[Held, Held]] = []
    for shot in shots(asked.shared, set(filter(None, asked.shots.split(",")))):
        results = (asked.results or asked.out) / shot.name
        if not asked.results or not any(results.glob("clean.*.exr")):
            results = asked.out / shot.name
            fill(shot, results, asked.engine)
        frames = list(by_frame(shot, results))
        both = joined([pixel for pixel, _ in frames]), joined([square for _, square in frames])
        print(correlations(shot.name, *both), flush=True)
        everything.append(both)
    whole = joined([pixel for pixel, _ in everything])
    print(correlations("all", whole, joined([square for _, square in everything])))
    print("\n| confidence | % of the pixels | claimed, stops | true, stops | true, sRGB |\n|---|---|---|---|---|")
    print("\n".join(bins(whole)))


if __name__ == "__main__":
    main()
