#!/usr/bin/env python3
"""The pictures of docs/plates-new.md: elements made by arithmetic, and what `vfx-ai plate` makes of them.

python bench/plate_pictures.py [--elements fire,water,leaves,clouds] [--out docs/images] [--work out/plate_pictures]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import OpenEXR
from elements import ELEMENTS

import vfx_ai
from vfx_ai.media.color_space import LINEAR
from vfx_ai.media.color_view import viewer

SIZE, FRAMES, SHOWN, LOOPED = (128, 72), 24, 4, 80
Array = npt.NDArray[np.float32]


def written(volume: Array, folder: Path) -> str:
    """The pattern of a sequence with these frames."""
    folder.mkdir(parents=True, exist_ok=True)
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    for i, frame in enumerate(volume):
        planes = {c: np.ascontiguousarray(frame[..., j], np.float16) for j, c in enumerate("RGB")}
        OpenEXR.File(header, planes).write(str(folder / f"plate.{1001 + i}.exr"))
    return str(folder / "plate.####.exr")


def read(pattern: str, numbers: tuple[int, ...]) -> Array:
    """Frames of a sequence."""
    found = []
    for number in numbers:
        with OpenEXR.File(pattern.replace("####", f"{number:04d}"), separate_channels=True) as file:
            found.append(np.stack([file.channels()[c].pixels for c in "RGB"], -1).astype(np.float32))
    return np.stack(found)


def strip(volume: Array, picks: list[int]) -> Array:
    """Some frames side by side, and the middle row through time, twice as wide as high."""
    height = volume.shape[1]
    through = volume[:, height // 2]
    through = cv2.resize(through, (through.shape[1], height), interpolation=cv2.INTER_NEAREST)
    parts = [volume[i] for i in picks] + [through]
    gap = np.full((height, 4, 3), 0.2, np.float32)
    return np.concatenate([piece for part in parts for piece in (part, gap)][:-1], 1)


def save(rows: list[Array], path: Path) -> None:
    """Write rows below each other as a PNG."""
    wide = max(row.shape[1] for row in rows)
    gap = np.full((4, wide, 3), 0.2, np.float32)
    padded = [np.pad(row, ((0, 0), (0, wide - row.shape[1]), (0, 0))) for row in rows]
    whole = np.concatenate([piece for row in padded for piece in (row, gap)][:-1])
    shown = (viewer(LINEAR).shown(whole) * 255 + 0.5).astype(np.uint8)
    large = cv2.resize(shown, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), large[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])


def new_plate(name: str, asked: argparse.Namespace) -> None:
    """The reference above, the same element with another seed, and the new plate below."""
    reference, truth = (ELEMENTS[name](FRAMES, SIZE[1], SIZE[0], seed) for seed in (1, 2))
    like = written(reference, asked.work / name / "ref")
    target = asked.work / name / "new" / "new.####.exr"
    made = vfx_ai.generate(like, target, frames=FRAMES, device="cpu")
    picks = [round(i) for i in np.linspace(0, FRAMES - 1, SHOWN)]
    save(
        [strip(v, picks) for v in (reference, truth, read(str(target), made.frames))], asked.out / f"plates-{name}.png"
    )
    print(name, dict(made.rows()), flush=True)


def looped(asked: argparse.Namespace) -> None:
    """Frames around the seam of a loop: the last two and the first two; and those of the bare cut."""
    plate = written(ELEMENTS["fire"](LOOPED, SIZE[1], SIZE[0], 1), asked.work / "loop/ref")
    target = asked.work / "loop/out/loop.####.exr"
    made = vfx_ai.loop(plate, target)
    around = (made.last - 1, made.last, made.first, made.first + 1)
    rows = []
    for pattern in (plate, str(target)):
        whole = read(pattern, made.frames)
        turned = np.roll(whole, len(whole) // 2, 0)  # the seam in the middle of the strip through time
        frames = read(pattern, around)
        rows.append(strip(np.concatenate([frames, turned]), [0, 1, 2, 3])[:, : 4 * (SIZE[0] + 4)])
        through = cv2.resize(turned[:, SIZE[1] * 2 // 3], (SIZE[0], SIZE[1]), interpolation=cv2.INTER_NEAREST)
        rows[-1] = np.concatenate([rows[-1], through], 1)
    save(rows, asked.out / "plates-loop.png")
    print("loop", made.seam, flush=True)


def main() -> None:
    """Write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", default="loop,fire,water,leaves,clouds")
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--work", type=Path, default=Path("out/plate_pictures"))
    asked = parser.parse_args()
    for name in asked.elements.split(","):
        if name == "loop":
            looped(asked)
        else:
            new_plate(name, asked)


if __name__ == "__main__":
    main()
