#!/usr/bin/env python3
"""How close a result comes to the sample shot's true clean plate.

    python samples/score_sample.py out/clean.####.exr

Works from files alone and uses nothing of the program, so that it is a judge apart. Inside the hole (matte above 0):

    PSNR     dB, of sRGB-encoded values clipped to 0..1: what the eye would see on a monitor; more is better
    stops    mean of |log2((result + 0.01) / (truth + 0.01))|: the error in exposure, lamps included; less is better

and outside of it `changed`: the pixels of which any bit of R, G or B is not the plate's. Beside the result it shows the
figures of doing nothing, and of OpenCV's inpainting (TELEA, on each frame alone, on 8 bits: its floats are unstable).
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
from rich.console import Console
from rich.table import Table

SAMPLE = Path(__file__).resolve().parent / "courtyard"
# keeps the stops of near-black from counting for more than the eye would see
FLOOR = 0.01
TELEA_RADIUS = 5  # pixels


def frames_of(pattern: str) -> dict[int, Path]:
    """The files of a pattern with #### in its name, by frame number."""
    path = Path(pattern)
    parts = re.split(r"#+", path.name)
    if len(parts) != 2:
        sys.exit(f"{pattern}: want one run of # in the file's name, as in out/clean.####.exr")
    spelled = re.compile(re.escape(parts[0]) + r"(-?\d+)" + re.escape(parts[1]))
    if not path.parent.is_dir():
        sys.exit(f"{path.parent}: there is no such folder")
    found = {int(match[1]): file for file in path.parent.iterdir() if (match := spelled.fullmatch(file.name))}
    if not found:
        sys.exit(f"{pattern}: no frame there")
    return dict(sorted(found.items()))


def read(path: Path, names: str) -> np.ndarray:
    """The channels of a file's first part, [H, W, len(names)], as the type that they are stored in."""
    if not path.is_file():
        sys.exit(f"{path}: there is no such frame")
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = file.channels()
        if missing := [name for name in names if name not in channels]:
            sys.exit(f"{path}: has no channel {missing[0]}")
        return np.stack([np.array(channels[name].pixels) for name in names], axis=-1)


def on_monitor(linear: np.ndarray) -> np.ndarray:
    """sRGB-encoded, clipped to 0..1."""
    x = np.clip(np.nan_to_num(linear.astype(np.float64)), 0, 1)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055)


def stops(linear: np.ndarray) -> np.ndarray:
    """Exposure in stops above FLOOR, negatives as black."""
    return np.log2(np.maximum(np.nan_to_num(linear.astype(np.float64)), 0) + FLOOR)


def telea(plate: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """The plate with its hole filled by OpenCV as it is commonly called, on 8 bits; outside the plate as it is."""
    encoded = (on_monitor(plate) * 255 + 0.5).astype(np.uint8)
    filled = cv2.inpaint(encoded, hole.astype(np.uint8), TELEA_RADIUS, cv2.INPAINT_TELEA) / 255.0
    linear = np.where(filled <= 0.04045, filled / 12.92, ((filled + 0.055) / 1.055) ** 2.4)
    return np.where(hole[..., None], linear.astype(plate.dtype), plate)


class Tally:
    """Errors summed over the frames."""

    def __init__(self) -> None:
        self.square = self.stops = 0.0
        self.values = self.changed = 0

    def add(self, result: np.ndarray, clean: np.ndarray, plate: np.ndarray, hole: np.ndarray) -> None:
        """Counts one frame; all pictures are [H, W, 3], `hole` is [H, W] bool."""
        self.square += float(((on_monitor(result) - on_monitor(clean))[hole] ** 2).sum())
        self.stops += float(np.abs(stops(result) - stops(clean))[hole].sum())
        self.values += 3 * int(hole.sum())
        same_type = result.dtype == plate.dtype
        bits = np.uint16 if plate.dtype == np.float16 else np.uint32
        differs = (result.view(bits) != plate.view(bits)).any(-1) if same_type else np.ones(hole.shape, bool)
        self.changed += int((differs & ~hole).sum())

    @property
    def psnr(self) -> float:
        """dB, inside the hole; infinite if nothing differs."""
        return -10 * float(np.log10(self.square / self.values)) if self.square else float("inf")

    @property
    def mean_stops(self) -> float:
        """The mean error in stops, inside the hole."""
        return self.stops / self.values


def score(pattern: str, sample: Path = SAMPLE) -> dict[str, Tally]:
    """Tallies of the result's frames against the sample's, by name: doing nothing, TELEA, the result."""
    tallies = {"nothing done": Tally(), "OpenCV TELEA": Tally(), "vfx-ai": Tally()}
    for frame, path in frames_of(pattern).items():
        plate = read(sample / f"plate.{frame:04d}.exr", "RGB")
        clean = read(sample / f"clean.{frame:04d}.exr", "RGB")
        hole = read(sample / f"matte.{frame:04d}.exr", "A")[..., 0] > 0
        result = read(path, "RGB")
        if result.shape != plate.shape:
            sys.exit(f"{path}: is {result.shape[1]}x{result.shape[0]}, the plate {plate.shape[1]}x{plate.shape[0]}")
        candidates = (plate, telea(plate, hole), result)
        for tally, picture in zip(tallies.values(), candidates, strict=True):
            tally.add(picture, clean, plate, hole)
    return tallies


def main() -> int:
    """Prints the table; 1 if the result changed a pixel outside of the matte."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("result", help="the result's frames, as out/clean.####.exr")
    parser.add_argument("--sample", type=Path, default=SAMPLE, help="the folder of plate, matte and clean")
    asked = parser.parse_args()
    tallies = score(asked.result, asked.sample)
    table = Table(title=f"Against the true clean plate, {len(frames_of(asked.result))} frames")
    table.add_column("")
    for heading in ("PSNR in the hole, dB", "error in the hole, stops", "pixels changed outside"):
        table.add_column(heading, justify="right")
    for name, tally in tallies.items():
        style = "bold" if name == "vfx-ai" else None
        table.add_row(name, f"{tally.psnr:.1f}", f"{tally.mean_stops:.3f}", str(tally.changed), style=style)
    Console().print(table)
    return 1 if tallies["vfx-ai"].changed else 0


if __name__ == "__main__":
    sys.exit(main())
