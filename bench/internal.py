#!/usr/bin/env python3
"""Shots whose answer is known, made smaller: what no frame shows, by the engine that learns from a shot and by others.

    python bench/internal.py ../shared [--shots occluder-6,dolly-1] [--size 320x180] [--frames 6] [--out out/internal]

The real command fills each shot on the CPU with `--engine internal`, which learns from it within its usual budget, and
with `--engine auto` at several `--detail`; without regraining. Only pixels that no frame shows are measured: those
with fill.source 3. OpenCV's TELEA gets the same pictures with all real pixels in place. psnr: sRGB-encoded, clipped to
0..1; stops: mean |log2((result + 0.01) / (truth + 0.01))|; gradient and grain: the mean size of the gradient and the
median of |Laplacian| of sRGB-encoded luma, over those of the truth there (1 is as rough as the truth). The first row's
processor seconds hold the analysis and all of the learning; the others find both in the folder.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import OpenEXR

Pixels = np.ndarray
LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
MODEL = 3  # of fill.source
# What is run after each other in one folder, so that the analysis is made once and the network trained once.
RUNS = {
    "internal": ["--engine", "internal"],
    "internal, likeliest (--strength 0.01)": ["--engine", "internal", "--strength", "0.01"],
    "smooth (auto, --detail 0)": ["--engine", "auto", "--detail", "0"],
    "own texture (auto, --detail 0.3)": ["--engine", "auto", "--detail", "0.3"],
}


def read(path: Path, names: str | tuple[str, ...] = "RGB") -> Pixels:
    """Channels of an EXR within its display window, [H, W, C] float32."""
    part = OpenEXR.File(str(path), separate_channels=True).parts[0]
    (x0, y0), (left, top) = part.header["displayWindow"][0], part.header["dataWindow"][0]
    width, height = (int(b - a + 1) for a, b in zip(*part.header["displayWindow"], strict=True))
    whole = np.stack([part.channels[name].pixels.astype(np.float32) for name in names], -1)
    return whole[y0 - top : y0 - top + height, x0 - left : x0 - left + width]


def write(path: Path, planes: dict[str, Pixels]) -> None:
    """An EXR, half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    held = {name: np.ascontiguousarray(plane, np.float16) for name, plane in planes.items()}
    header = {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION}
    OpenEXR.File(header, held).write(str(path))


def smaller(shot: Path, folder: Path, size: tuple[int, int], count: int) -> dict[int, Pixels]:
    """Write plate and matte smaller, numbered from 1001 on; gives the truth by number, [h, w, 3]."""
    numbers = sorted(int(path.name.split(".")[1]) for path in shot.glob("plate.*.exr"))
    picks = [numbers[round(i)] for i in np.linspace(0, len(numbers) - 1, count)]
    truths = {}
    for number, pick in enumerate(picks, 1001):
        plate, clean, matte = (
            read(shot / f"{name}.{pick}.exr", channels)
            for name, channels in (("plate", "RGB"), ("clean", "RGB"), ("matte", "A"))
        )
        clean = np.where(matte > 0, clean, plate)
        shrunk = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in (plate, clean, matte)]
        write(folder / f"plate.{number}.exr", dict(zip("RGB", np.moveaxis(shrunk[0], 2, 0), strict=True)))
        write(folder / f"matte.{number}.exr", {"A": (shrunk[2] > 0).astype(np.float32)})
        truths[number] = shrunk[1]
    return truths


def shown(light: Pixels) -> Pixels:
    """sRGB-encoded, 0..1."""
    x = np.clip(light, 0, 1)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.maximum(x, 1e-9) ** (1 / 2.4) - 0.055).astype(np.float32)


def telea(light: Pixels, hole: Pixels) -> Pixels:
    """OpenCV's inpainting, in a display's 8 bits."""
    codes = np.round(np.clip(light, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8)
    made = cv2.inpaint(codes, hole.astype(np.uint8), 5, cv2.INPAINT_TELEA)
    return ((made / 255.0) ** 2.2).astype(np.float32)


def figures(made: dict[int, Pixels], truths: dict[int, Pixels], holes: dict[int, Pixels]) -> list[float]:
    """psnr, stops, gradient and grain over all frames together."""
    square, stops, count, slopes, fine = 0.0, 0.0, 0, [], []
    for number, hole in holes.items():
        if not hole.any():
            continue
        a, b = made[number], truths[number]
        square += float(((shown(a) - shown(b))[hole] ** 2).mean(-1).sum())
        ratio = np.log2((np.maximum(a, 0) + 0.01) / (np.maximum(b, 0) + 0.01))
        stops, count = stops + float(np.abs(ratio)[hole].mean(-1).sum()), count + int(hole.sum())
        inner = cv2.erode(hole.astype(np.uint8), np.ones((3, 3))) > 0
        if inner.any():
            lumas = [shown(part) @ LUMA for part in (a, b)]
            slopes.append([float(np.hypot(*np.gradient(luma))[inner].mean()) for luma in lumas])
            fine.append([float(np.median(np.abs(cv2.Laplacian(luma, cv2.CV_32F))[inner])) for luma in lumas])
    gradient, grain = (float(np.mean(part, 0)[0] / np.mean(part, 0)[1]) for part in (slopes, fine))
    return [-10 * float(np.log10(square / count)), stops / count, gradient, grain]


def sheet(number: int, truth: Pixels, made: dict[str, dict[int, Pixels]], plate: Path, path: Path) -> None:
    """A picture: plate and truth, then what each made."""
    parts = [read(plate / f"plate.{number}.exr"), truth, *(frames[number] for frames in made.values())]
    parts += [np.zeros_like(truth)] * (len(parts) % 2)
    rows = [np.hstack([shown(part) for part in parts[i : i + 2]]) for i in range(0, len(parts), 2)]
    cv2.imwrite(str(path), np.round(np.vstack(rows)[..., ::-1] * 255).astype(np.uint8))


def main() -> None:
    """Print the table, shot by shot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="occluder-6,dolly-1")
    parser.add_argument("--size", default="320x180")
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--out", type=Path, default=Path("out/internal"))
    asked = parser.parse_args()
    width, height = (int(side) for side in asked.size.split("x"))
    print("| shot | never seen | | psnr | stops | gradient | grain | processor s |")
    print("|---|---|---|---|---|---|---|---|")
    for name in asked.shots.split(","):
        out = asked.out / name
        shutil.rmtree(out, ignore_errors=True)
        truths = smaller(asked.shared / "truth" / name, out / "plate", (width, height), asked.frames)
        made: dict[str, dict[int, Pixels]] = {}
        holes: dict[int, Pixels] = {}
        seconds = {}
        for title, options in RUNS.items():
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [sys.executable, "-m", "vfx_ai", "inpaint", str(out / "plate" / "plate.####.exr")]
            command += ["--matte", str(out / "plate" / "matte.####.exr"), "-o", str(out / "clean.####.exr"), *options]
            subprocess.run([*command, "--grain", "none", "--device", "cpu", "--force", "--quiet"], check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            seconds[title] = f"{after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.0f}"
            made[title] = {number: read(out / f"clean.{number}.exr") for number in truths}
            if not holes:
                holes = {n: read(out / f"clean.{n}.exr", ("fill.source",))[..., 0] == MODEL for n in truths}
        first = made["internal"]
        made["OpenCV TELEA"] = {
            n: np.where(hole[..., None], telea(first[n], hole), first[n]) for n, hole in holes.items()
        }
        share = 100 * sum(hole.sum() for hole in holes.values()) / sum(hole.size for hole in holes.values())
        for title, frames in made.items():
            psnr, stops, gradient, grain = figures(frames, truths, holes)
            row = f"{name} | {share:.1f} % | {title} | {psnr:.2f} | {stops:.3f} | {gradient:.2f} | {grain:.2f}"
            print(f"| {row} | {seconds.get(title, '-')} |", flush=True)
        middle = 1001 + asked.frames // 2
        sheet(middle, truths[middle], made, out / "plate", out / "sheet.png")


if __name__ == "__main__":
    main()
