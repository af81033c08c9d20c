#!/usr/bin/env python3
"""Pictures of filled shots: the plate, the result, and how far the result is from the truth.

    python bench/quality.py ../shared out/referee [--shots dolly-1,rig-3] [--out docs/images/quality]

The second folder holds what bench/referee.py left: a folder of results per shot. For each shot one picture of the frame
in the middle of those with a hole: before, after, and the error in the hole in stops, black for none to white for
LARGEST_STOPS and more, outside of the hole the plate, dimmed. All three have the same exposure.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from referee import shots

from vfx_ai.media import plate as plate_files
from vfx_ai.media.color import to_log
from vfx_ai.media.frame import BoolArray, ByteArray, FloatArray
from vfx_ai.media.sequence import Sequence, find_sequence
from vfx_ai.proof.pictures import picture_for_the_eye, write_atomically

WIDTH = 480  # of each of the three
GAP = 6
LARGEST_STOPS = 2.0
DIMMED = 0.3
QUALITY = 85


def pixels(sequence: Sequence, number: int) -> FloatArray:
    """The default layer of a frame, [H, W, 3] float32."""
    path = sequence.path(number)
    return plate_files.read(path, number, plate_files.probe(path, number).layers[0]).pixels


def coverage(matte: Sequence, number: int) -> BoolArray:
    """The hole of a frame, [H, W] bool."""
    return plate_files.read_channel(matte.path(number), number).values > 0


def error_picture(plate: FloatArray, result: FloatArray, truth: FloatArray, hole: BoolArray) -> FloatArray:
    """The error as light [H, W, 3] that a display shows evenly from black to white."""
    import torch

    stops = (to_log(torch.from_numpy(result.copy())) - to_log(torch.from_numpy(truth.copy()))).abs().mean(-1).numpy()
    shown = np.clip(stops / LARGEST_STOPS, 0, 1) ** 2.2
    return np.where(hole[..., None], shown[..., None], plate.clip(0, 1) * DIMMED).astype(np.float32)


def picture(shot: Path, results: Path) -> tuple[int, ByteArray]:
    """The middle frame's number, and before, after and error side by side, [h, w, 3] uint8."""
    plate, clean, matte = (find_sequence(str(shot / f"{name}.####.exr")) for name in ("plate", "clean", "matte"))
    made = find_sequence(str(results / "clean.####.exr"))
    holes = [number for number in made.frames if coverage(matte, number).any()]
    number = holes[len(holes) // 2]
    before, after, truth = pixels(plate, number), pixels(made, number), pixels(clean, number)
    size = (WIDTH, round(before.shape[0] * WIDTH / before.shape[1]))
    error = error_picture(before, after, truth, coverage(matte, number))
    gap = np.full((size[1], GAP, 3), 255, np.uint8)
    left, middle, right = (picture_for_the_eye(part, size) for part in (before, after, error))
    return number, np.hstack([left, gap, middle, gap, right])


def main() -> None:
    """Write a JPEG per shot and print their names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--shots", default="")
    parser.add_argument("--out", type=Path, default=Path("docs/images/quality"))
    asked = parser.parse_args()
    for shot in shots(asked.shared, set(filter(None, asked.shots.split(",")))):
        if (asked.results / shot.name).is_dir():
            number, side_by_side = picture(shot, asked.results / shot.name)
            done, data = cv2.imencode(".jpg", side_by_side[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            assert done
            asked.out.mkdir(parents=True, exist_ok=True)
            write_atomically(asked.out / f"{shot.name}.jpg", data.tobytes())
            print(f"{asked.out / shot.name}.jpg: frame {number}", flush=True)


if __name__ == "__main__":
    main()
