#!/usr/bin/env python3
"""How much of a known shadow --effects takes out: a soft drop shadow is added to the shots with an answer.

    python bench/effects.py ../shared [--shots locked-2,handheld-4] [--frames 6] [--ratio 0.5] [--out out/effects]

The folder holds truth/, as for bench/referee.py. The shadow is the object's own matte, thrown down and to the side by
--offset of its height, made soft, and multiplied into the plate outside the matte, in all frames. The real command
fills a few frames with --effects and without. A row per shot: the error within the shadow (where it takes 0.05 stops or
more) in stops, over red, green and blue, of the plate, and of both results; the last column is the part that is left.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import OpenEXR
from peers import hole, pixels
from referee import shots

from vfx_ai.matte.channels import read_matte
from vfx_ai.media import plate as plate_files

Array = npt.NDArray[np.float32]
LEAST = 0.05  # stops
DARK = 0.01  # added to light before its logarithm, as the referee does
ASIDE = 0.35  # of the object's height: how far the shadow lies to the right
SOFT = 0.08  # of the object's height: the blur's standard deviation


def shadow(coverage: Array, solid: npt.NDArray[np.bool_], ratio: float, offset: float) -> Array:
    """What a shadow leaves of the light, [H, W], 1 where it doesn't fall or the matte is."""
    if not solid.any():
        return np.ones_like(coverage)
    count, labels = cv2.connectedComponents(solid.astype(np.uint8))
    tall = max(int(np.ptp(np.nonzero(labels == i)[0])) + 1 for i in range(1, count))
    move = np.array([[1, 0, ASIDE * tall], [0, 1, offset * tall]], np.float32)
    thrown = cv2.warpAffine(coverage, move, coverage.shape[::-1])
    strength = cv2.GaussianBlur(thrown, (0, 0), max(SOFT * tall, 1.0))
    return np.where(solid, 1.0, ratio**strength).astype(np.float32)


def shaded(shot: Path, out: Path, ratio: float, offset: float) -> dict[int, Array]:
    """Write the shot's plate with the shadow, and give the shadow of each frame."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    made = {}
    for path in sorted(shot.glob("plate.*.exr")):
        number = int(path.name.split(".")[-2])
        info = plate_files.probe(path, number)
        matte = shot / path.name.replace("plate", "matte")
        coverage = read_matte(matte, number, onto=info, window=info.data_window).coverage
        made[number] = shadow(coverage, hole(shot, path), ratio, offset)
        file = OpenEXR.File(str(path), separate_channels=True)
        channels = file.parts[0].channels
        for name in "RGB":
            held = channels[name].pixels
            lit = (held.astype(np.float32) * made[number]).astype(held.dtype)
            channels[name].pixels = np.where(made[number] < 1, lit, held)
        file.write(str(out / path.name))
    return made


def stops(picture: Array, truth: Array, where: npt.NDArray[np.bool_]) -> Array:
    """Mean error of each pixel that is asked for, in stops: [N]."""
    light = (np.log2(np.maximum(part[where], 0) + DARK) for part in (picture, truth))
    return np.asarray(np.abs(next(light) - next(light)).mean(-1))


def main() -> None:
    """Print the table, a row as soon as a shot is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="locked-2")
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--ratio", type=float, default=0.5)
    parser.add_argument("--offset", type=float, default=0.35)
    parser.add_argument("--out", type=Path, default=Path("out/effects"))
    asked = parser.parse_args()
    print("| shot | pixels | shadow, stops | without --effects | with | left |\n" + "|---" * 6 + "|")
    for shot in shots(asked.shared, set(filter(None, asked.shots.split(",")))):
        folder = asked.out / shot.name
        shadows = shaded(shot, folder / "shot", asked.ratio, asked.offset)
        errors: dict[str, list[Array]] = {"plate": [], "without": [], "with": []}
        for name, options in (("without", []), ("with", ["--effects"])):
            plate, result = folder / "shot" / "plate.####.exr", folder / name / "clean.####.exr"
            command = [
                sys.executable,
                "-m",
                "vfx_ai",
                "inpaint",
                plate,
                "--matte",
                shot / "matte.####.exr",
                "-o",
                result,
            ]
            subprocess.run([*map(str, command), "--sample", str(asked.frames), "--quiet", *options], check=True)
            for path in sorted(result.parent.glob("clean.*.exr")):
                where = -np.log2(shadows[int(path.name.split(".")[-2])]) >= LEAST
                # Outside the matte the plate as it was is the truth.
                truth = pixels(shot / path.name.replace("clean", "plate"), "RGB")
                errors[name].append(stops(pixels(path, "RGB"), truth, where))
                if name == "with":
                    before = pixels(folder / "shot" / path.name.replace("clean", "plate"), "RGB")
                    errors["plate"].append(stops(before, truth, where))
        means = {name: float(np.concatenate(parts).mean()) for name, parts in errors.items()}
        count = sum(part.size for part in errors["with"])
        figures = " | ".join(f"{means[name]:.3f}" for name in ("plate", "without", "with"))
        print(f"| {shot.name} | {count} | {figures} | {100 * means['with'] / means['plate']:.0f} % |", flush=True)


if __name__ == "__main__":
    main()
