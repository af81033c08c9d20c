#!/usr/bin/env python3
"""The picture of a clean plate in docs/plates.md: a shot, what was found to move, and the plate without it.

python bench/clean_pictures.py [--out docs/images/clean.jpg] [--work out/clean_pictures]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import OpenEXR
from scenes import Scene, write_shot

import vfx_ai

SCENE, SHOWN = Scene(width=384, height=216, frames=12, pan=0.6), (1, 6, 10)


def read(path: Path, names: str) -> npt.NDArray[np.float32]:
    """Channels of an EXR, [H, W, C] float32."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return np.stack([file.channels()[name].pixels.astype(np.float32) for name in names], -1)


def main() -> None:
    """Make it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/images/clean.jpg"))
    parser.add_argument("--work", type=Path, default=Path("out/clean_pictures"))
    options = parser.parse_args()
    shot, out = write_shot(SCENE, options.work / "shot"), options.work / "out"
    vfx_ai.clean(str(shot / "plate.####.exr"), str(out / "clean.####.exr"))
    rows = []
    for number in (SCENE.numbers[i] for i in SHOWN):
        matte = read(out / f"clean.matte.{number}.exr", "A").repeat(3, -1)
        row = [read(shot / f"plate.{number}.exr", "RGB"), matte, read(out / f"clean.{number}.exr", "RGB")]
        rows.append(np.concatenate([np.clip(part, 0, 1) ** (1 / 2.2) for part in row], 1))
        drawn = read(shot / f"matte.{number}.exr", "A")[..., 0] > 0
        found = matte[..., 0] > 0
        print(f"frame {number}: {(drawn & ~found).sum()} pixels missed of {drawn.sum()}, {(found & ~drawn).sum()} more")
    picture = np.rint(np.concatenate(rows)[..., ::-1] * 255).astype(np.uint8)
    cv2.imwrite(str(options.out), picture, [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main()
