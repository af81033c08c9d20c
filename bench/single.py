#!/usr/bin/env python3
"""How true a single plate of a camera that travels is: put back by its maps, against the shot and what the matte hides.

    python bench/single.py ../shared [--shot dolly-1] [--at 5] [--out out/single]
        [--picture docs/images/single-camera.jpg]

`has a place` is the share of the frame's pixels that the map's A says so of; psnr (of light held to 0..1, by a power of
1/2.2) is that of these, sampled bilinearly: against the plate outside the matte, and against the true clean plate
within it. The picture shows the plate, a frame, the same from the single plate, and a sign that was painted on once.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import OpenEXR

Array = npt.NDArray[np.float32]
HEIGHT, GAP = 200, 6  # pixels of a picture, and between them
SIGN = np.array([1.5, 1.1, 0.1], np.float32)


def read(path: Path, names: str = "RGB") -> Array:
    """Channels of an EXR, [H, W, C] float32."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return np.stack([file.channels()[name].pixels.astype(np.float32) for name in names], -1)


def shown(light: Array) -> Array:
    """Light as a display's codes, 0..1."""
    return np.asarray(np.clip(light, 0, 1) ** (1 / 2.2), np.float32)


def psnr(made: Array, truth: Array, where: npt.NDArray[np.bool_]) -> str:
    """Of what lies within a mask, as a cell of the table."""
    square = float(np.mean((shown(made) - shown(truth))[where] ** 2)) if where.any() else 0.0
    return f"{-10 * np.log10(square):.2f} dB" if square else "the same"


def put_back(single: Array, stmap: Array) -> Array:
    """A frame from the single plate, by its map R G, as an STMap node does."""
    height, width = single.shape[:2]
    x, y = stmap[..., 0] * width - 0.5, (1 - stmap[..., 1]) * height - 0.5
    return np.asarray(cv2.remap(single, x, y, cv2.INTER_LINEAR), np.float32)


def sheet(named: list[tuple[str, Array]]) -> npt.NDArray[np.uint8]:
    """Pictures side by side, in one height, with their names above."""
    tiles = []
    for name, light in named:
        size = (round(light.shape[1] * HEIGHT / light.shape[0]), HEIGHT)
        tile = np.full((HEIGHT + 20, size[0], 3), 255, np.uint8)
        tile[20:] = np.round(255 * shown(cv2.resize(light, size, interpolation=cv2.INTER_AREA)))[..., ::-1]
        cv2.putText(tile, name, (1, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (40, 40, 40), 1, cv2.LINE_AA)
        tiles += [tile, np.full((HEIGHT + 20, GAP, 3), 255, np.uint8)]
    return np.hstack(tiles[:-1])


def main() -> None:
    """Print a row for each frame, and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shot", default="dolly-1")
    parser.add_argument("--at", type=int, default=5, help="frames that are compared, spread over the shot")
    parser.add_argument("--out", type=Path, default=Path("out/single"))
    parser.add_argument("--picture", type=Path, default=Path("docs/images/single-camera.jpg"))
    asked = parser.parse_args()
    shot, out = asked.shared / "truth" / asked.shot, asked.out / asked.shot
    command = ["plate", "clean", str(shot / "plate.####.exr"), "--matte", str(shot / "matte.####.exr"), "--single"]
    command += ["-o", str(out / "single.exr"), "--sample", str(asked.at)]
    subprocess.run([sys.executable, "-m", "vfx_ai", *command], check=True)
    single = read(out / "single.exr")
    height, width = single.shape[:2]
    sign = np.zeros((height, width), np.uint8)
    cv2.putText(sign, "PAINT", (width // 2 - 90, height // 3), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 255, 4, cv2.LINE_AA)
    paint = np.asarray(single + sign[..., None] / np.float32(255) * (SIGN - single), np.float32)
    maps = sorted(out.glob("stmap.*.exr"))
    print("| frame | has a place | outside the matte | within it |\n|---|---|---|---|")
    for path in maps:
        number, stmap = path.name.split(".")[1], read(path, "RGA")
        plate, clean = (read(shot / f"{name}.{number}.exr") for name in ("plate", "clean"))
        hole, there = read(shot / f"matte.{number}.exr", "A")[..., 0] > 0, stmap[..., 2] == 1
        back = put_back(single, stmap)
        outside, within = psnr(back, plate, there & ~hole), psnr(back, clean, there & hole)
        print(f"| {number} | {there.mean():.1%} | {outside} | {within} |")
    number, stmap = maps[1].name.split(".")[1], read(maps[1], "RGA")
    plate = read(shot / f"plate.{number}.exr")
    painted = np.where(stmap[..., 2:] == 1, put_back(paint, stmap), 0).astype(np.float32)
    named = [
        ("--single, painted on once", paint),
        (f"frame {number}", plate),
        ("from the single plate; black: no place", painted),
    ]
    done, data = cv2.imencode(".jpg", sheet(named), [cv2.IMWRITE_JPEG_QUALITY, 88])
    assert done
    asked.picture.parent.mkdir(parents=True, exist_ok=True)
    asked.picture.write_bytes(data.tobytes())


if __name__ == "__main__":
    main()
