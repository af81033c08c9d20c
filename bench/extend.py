#!/usr/bin/env python3
"""Crop shots whose answer is known, extend them back with the real command, and compare with what was cropped.

    python bench/extend.py ../shared [--shots dolly-1,handheld-4] [--share 0.1] [--sample 6] [--details 0,1]
        [--out out/extend]

The clean pictures (of shots whose clean pictures aren't whole the plates, whose object is given as a matte and not
measured) lose a share of their width on the left and on the right. Psnr is that of light held to 0..1, by a
power of 1/2.2; stops are the mean difference in log2(light + 0.02). Both are told apart for pixels that other frames
saw, as the result says, and for the others. Beside it, over the same pixels: the edge repeated, mirrored, and OpenCV's
Telea inpainting. A picture of one frame (truth, result, where from, edge, mirror, Telea) is written beside the results.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import OpenEXR

Pixels = np.ndarray
WHOLE = 0.9  # share of a clean picture that has light


def read(path: Path, names: Sequence[str] = "RGB") -> Pixels:
    """Channels of an EXR, [H, W, C] float32."""
    part = OpenEXR.File(str(path), separate_channels=True).parts[0]
    return np.stack([part.channels[name].pixels.astype(np.float32) for name in names], -1)


def shown(light: Pixels) -> Pixels:
    """Light as a display's codes, 0..1."""
    return np.clip(light, 0, 1) ** (1 / 2.2)


def telea(light: Pixels, cut: int) -> Pixels:
    """OpenCV's inpainting of both bands, in a display's 8 bits."""
    wide = cv2.copyMakeBorder(np.round(shown(light) * 255).astype(np.uint8), 0, 0, cut, cut, cv2.BORDER_CONSTANT)
    hole = np.zeros(wide.shape[:2], np.uint8)
    hole[:, :cut] = hole[:, -cut:] = 255
    return (cv2.inpaint(wide, hole, 5, cv2.INPAINT_TELEA) / 255.0) ** 2.2


OTHERS: dict[str, Callable[[Pixels, int], Pixels]] = {
    "edge repeated": lambda light, cut: cv2.copyMakeBorder(light, 0, 0, cut, cut, cv2.BORDER_REPLICATE),
    "mirrored": lambda light, cut: cv2.copyMakeBorder(light, 0, 0, cut, cut, cv2.BORDER_REFLECT),
    "OpenCV Telea": telea,
}


def crop(shot: Path, folder: Path, share: float) -> tuple[str, int]:
    """Write the cropped pictures and mattes; gives the name of what was cropped, and the pixels taken off each side."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = sorted(int(path.name.split(".")[1]) for path in shot.glob("clean.*.exr"))
    outside = read(shot / f"matte.{numbers[0]}.exr", "A")[..., 0] == 0
    whole = (read(shot / f"clean.{numbers[0]}.exr")[outside] > 0).mean() > WHOLE
    stem, cut = "clean" if whole else "plate", 0
    for number in numbers:
        light, matte = read(shot / f"{stem}.{number}.exr"), read(shot / f"matte.{number}.exr", "A")
        cut = round(share * light.shape[1])
        colors = dict(zip("RGB", np.moveaxis(light, 2, 0), strict=True))
        for name, planes in (("plate", colors), ("matte", {"A": matte[..., 0]})):
            held = {channel: np.ascontiguousarray(plane[:, cut:-cut], np.float16) for channel, plane in planes.items()}
            header = {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION}
            OpenEXR.File(header, held).write(str(folder / f"{name}.{number}.exr"))
    return stem, cut


def figures(made: Pixels, truth: Pixels, where: Pixels) -> str:
    """Psnr and stops over a mask, as a cell of the table."""
    if not where.any():
        return "-"
    square = float(np.mean((shown(made) - shown(truth))[where] ** 2))
    stops = float(np.abs(np.log2(made.clip(0) + 0.02) - np.log2(truth.clip(0) + 0.02))[where].mean())
    return f"{-10 * np.log10(square):.2f} dB, {stops:.3f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="dolly-1,handheld-4")
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--sample", type=int, default=6)
    parser.add_argument("--details", default="0,1", help="values of --detail; the picture is of the last")
    parser.add_argument("--out", type=Path, default=Path("out/extend"))
    asked = parser.parse_args()
    print("| shot | | seen elsewhere | never seen | share seen |")
    print("|---|---|---|---|---|")
    for name in asked.shots.split(","):
        shot, out = asked.shared / "truth" / name, asked.out / name
        shutil.rmtree(out, ignore_errors=True)
        stem, cut = crop(shot, out / "plate", asked.share)
        command = [sys.executable, "-m", "vfx_ai", "plate", "extend", str(out / "plate" / "plate.####.exr")]
        command += ["--pad", f"{cut},0,{cut},0", "-o", str(out / "wide.####.exr"), "--sample", str(asked.sample)]
        command += ["--matte", str(out / "plate" / "matte.####.exr")] if stem == "plate" else []
        made = {}
        for detail in asked.details.split(","):
            subprocess.run([*command, "--detail", detail, "--grain", "none", "--quiet"], check=True)
            paths = sorted(out.glob("wide.*.exr"))
            made[f"vfx-ai, --detail {detail}"] = np.stack([read(path) for path in paths])
        last = made[f"vfx-ai, --detail {detail}"]
        truth = np.stack([read(shot / path.name.replace("wide", stem)) for path in paths])
        source = np.stack([read(path, ("fill.source",))[..., 0] for path in paths])
        if stem == "plate":
            mattes = [read(shot / path.name.replace("wide", "matte"), "A")[..., 0] for path in paths]
            source[np.stack(mattes) > 0] = 0
        for title, extended in OTHERS.items():
            made[title] = np.stack([extended(light[:, cut:-cut], cut).astype(np.float32) for light in truth])
        seen, never = source == 1, source > 1
        for title, light in made.items():
            cells = [figures(light, truth, where) for where in (seen, never)]
            print(
                f"| {name} | {title} | {' | '.join(cells)} | {100 * seen.sum() / (source > 0).sum():.0f} % |",
                flush=True,
            )
        middle = len(paths) // 2
        kinds = np.where(seen[middle], 0.6, np.where(never[middle], 0.25, 1.0))[..., None] * shown(truth[middle])
        rows = [shown(truth[middle]), shown(last[middle]), kinds, *(shown(made[t][middle]) for t in OTHERS)]
        sheet = np.vstack([np.hstack(rows[i : i + 2]) for i in range(0, len(rows), 2)])
        cv2.imwrite(str(out / "sheet.png"), np.round(sheet[..., ::-1] * 255).astype(np.uint8))


if __name__ == "__main__":
    main()
