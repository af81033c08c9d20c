#!/usr/bin/env python3
"""Whether own texture tiles: how often one place is taken, and how far the fill is like itself at a distance.

    python bench/tiling.py [--result out/dial/occluder-6/clean.####.exr] [--out out/tiling]

A plain texture of 400x240 is filled by the real command, `--engine patch --detail 1`, over holes that leave a rim of so
many pixels. `taken again` is the share of the hole whose place lends to another part of the hole too, `times` how often
in the mean, `at one distance` the share that is the same as what lies at that distance, whichever is worst; `alike` is
the greatest correlation of the fill with itself, and `truth` that of what was there. With `--result` the first three of
the frame in the middle of a result, where it took its own texture.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import OpenEXR

import vfx_ai
from vfx_ai.fill import PATCH
from vfx_ai.media.sequence import find_sequence

Array = npt.NDArray[np.float64]
SIZE, RIMS, SEEDS = (240, 400), (90, 60, 30, 20, 16), (1, 2, 3)
LEAST, SHARED = 12, 0.15  # pixels of distance, and the share of the hole that must lie on itself
MAP = ("fill.from.x", "fill.from.y", "fill.from.frame", "fill.source")


def plain(seed: int) -> Array:
    """A wall of fine texture, half a stop strong."""
    noise = cv2.GaussianBlur(np.random.default_rng(seed).standard_normal((*SIZE, 3)), (0, 0), 0.8)
    return np.asarray(0.2 * 2.0 ** (0.5 * noise / noise.std()))


def channels(path: Path, names: tuple[str, ...]) -> Array:
    """[C, H, W] of a file."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return np.stack([file.channels()[name].pixels.astype(np.float64) for name in names])


def written(path: Path, planes: dict[str, npt.NDArray[np.float32]]) -> None:
    """Write a float EXR."""
    path.parent.mkdir(parents=True, exist_ok=True)
    OpenEXR.File({"type": OpenEXR.scanlineimage}, planes).write(str(path))


def uses(path: Path) -> tuple[float, float, float]:
    """Of own texture: the share whose place is taken again, how often in the mean, and that at one distance."""
    x, y, frame, source = channels(path, MAP)
    rows, columns = np.nonzero(source == PATCH)
    places = np.stack([part[rows, columns].round().astype(int) for part in (frame, y, x)], 1)
    _, which, counts = np.unique(places, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(which.ravel(), kind="stable")
    at = np.stack([rows, columns], 1)[order]
    ends = np.cumsum(counts)
    apart: Counter[tuple[int, int]] = Counter()
    for start, end in zip(ends - counts, ends, strict=True):
        group = at[start:end]
        i, j = np.triu_indices(len(group), 1)
        apart.update(map(tuple, (group[j] - group[i]).tolist()))
    worst = max(apart.values(), default=0)
    often = counts[which.ravel()]
    return float((often > 1).mean()), float(often.mean()), worst / len(rows)


def alike(picture: Array, hole: tuple[slice, slice]) -> float:
    """The greatest correlation of the hole's light [H, W, 3] with itself at a distance."""
    light = np.log2(picture)
    light = np.moveaxis((light - cv2.GaussianBlur(light, (0, 0), LEAST))[hole], -1, 0)
    tall, wide = light.shape[1:]
    size = (2 * tall, 2 * wide)
    spectrum = np.fft.rfft2(light, size)
    square, there = (np.fft.rfft2(part, size) for part in ((light**2).sum(0), np.ones((tall, wide))))
    own, theirs = (np.fft.irfft2(a.conj() * b, size) for a, b in ((square, there), (there, square)))
    both, shared = (np.fft.irfft2(part, size) for part in ((np.abs(spectrum) ** 2).sum(0), np.abs(there) ** 2))
    y, x = (np.minimum(np.arange(side), side - np.arange(side)) for side in size)
    counts = (np.maximum(y[:, None], x[None]) >= LEAST) & (shared > SHARED * tall * wide)
    return float((both / np.sqrt(np.maximum(own * theirs, 1e-9)))[counts].max())


def filled(wall: Array, rim: int, folder: Path) -> tuple[Path, tuple[slice, slice]]:
    """The result of a wall with such a hole, and where the hole was."""
    hole = slice(rim, SIZE[0] - rim), slice(rim, SIZE[1] - rim)
    plate, matte = wall.astype(np.float32), np.zeros(SIZE, np.float32)
    plate[hole], matte[hole] = 3, 1
    written(folder / "plate.1001.exr", {name: np.ascontiguousarray(plate[..., i]) for i, name in enumerate("RGB")})
    written(folder / "matte.1001.exr", {"A": matte})
    paths = [folder / f"{name}.1001.exr" for name in ("plate", "matte", "clean")]
    vfx_ai.inpaint(*paths, engine="patch", grain="none", detail=1.0, force=True)
    return paths[-1], hole


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--result", default="")
    parser.add_argument("--out", type=Path, default=Path("out/tiling"))
    asked = parser.parse_args()
    if asked.result:
        result = find_sequence(asked.result)
        number = result.frames[len(result.frames) // 2]
        again, times, worst = uses(result.path(number))
        print(f"frame {number}: taken again {again:.0%}, {times:.1f} times, at one distance {worst:.0%}")
        return
    print("| rim | taken again | times | at one distance | alike | truth |\n|---|---|---|---|---|---|")
    for rim in RIMS:
        figures = []
        for seed in SEEDS:
            wall = plain(seed)
            path, hole = filled(wall, rim, asked.out)
            made = np.moveaxis(channels(path, ("R", "G", "B")), 0, -1)
            figures.append((*uses(path), alike(made, hole), alike(wall, hole)))
        again, times, worst, like, truth = np.mean(figures, 0)
        print(f"| {rim} | {again:.0%} | {times:.1f} | {worst:.0%} | {like:.2f} | {truth:.2f} |", flush=True)


if __name__ == "__main__":
    main()
