#!/usr/bin/env python3
"""What `--detail` does to what no frame shows: the referee's figures, and a sheet of pictures to judge it by eye.

    python bench/dial.py ../shared --shot occluder-6 [--details 0,0.35,0.7,1] [--grain none] [--out out/dial]
        [--sheet FILE]

The shot is analysed once and filled for each detail. The sheet shows what lies around the hole in
the frame in the middle: the plate, a result for each detail, and the truth, all in the same exposure.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from quality import GAP, QUALITY, coverage, pixels
from referee import SHOWN, fill_and_score, shots

from vfx_ai.media.frame import BoolArray, ByteArray, FloatArray
from vfx_ai.media.sequence import find_sequence
from vfx_ai.proof.pictures import picture_for_the_eye, write_atomically

AROUND, HEIGHT, IN_A_ROW = 0.35, 300, 3  # of the hole's size; pixels of a picture, and how many stand side by side


def around(hole: BoolArray) -> tuple[slice, slice]:
    """Rows and columns of a hole [H, W] and of what lies around it."""
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    margin = round(AROUND * max(np.ptp(rows), np.ptp(columns)))
    first, second = (slice(max(0, int(ends[0]) - margin), int(ends[-1]) + margin + 1) for ends in (rows, columns))
    return first, second


def sheet(shown: list[tuple[str, FloatArray]]) -> ByteArray:
    """Pictures [h, w, 3] with their names, in rows; [H, W, 3] uint8."""
    tiles = []
    for name, light in shown:
        size = (round(HEIGHT * light.shape[1] / light.shape[0]), HEIGHT)
        larger = cv2.resize(light, size, interpolation=cv2.INTER_CUBIC)
        tile = np.ascontiguousarray(picture_for_the_eye(larger.astype(np.float32), size))
        cv2.putText(tile, name, (9, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (0, 0, 0), 4, cv2.LINE_AA)
        cv2.putText(tile, name, (9, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 1, cv2.LINE_AA)
        tiles.append(np.pad(tile, ((0, GAP), (0, GAP), (0, 0)), constant_values=255))
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % IN_A_ROW)
    rows = [np.hstack(tiles[i : i + IN_A_ROW]) for i in range(0, len(tiles), IN_A_ROW)]
    return np.asarray(np.vstack(rows)[:-GAP, :-GAP], np.uint8)


def main() -> None:
    """Print a row for each detail, and write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shot", default="occluder-6")
    parser.add_argument("--details", default="0,0.35,0.7,1")
    parser.add_argument("--grain", default="none", choices=("match", "keep", "none"))
    parser.add_argument("--out", type=Path, default=Path("out/dial"))
    parser.add_argument("--sheet", type=Path, default=None)
    asked = parser.parse_args()
    (shot,) = shots(asked.shared, {asked.shot})
    plate, clean, matte = (find_sequence(str(shot / f"{name}.####.exr")) for name in ("plate", "clean", "matte"))
    holes = [number for number in matte.frames if coverage(matte, number).any()]
    number = holes[len(holes) // 2]
    hole, before = coverage(matte, number), pixels(plate, number)
    part, result = around(hole), asked.out / asked.shot
    shown = [("plate", before[part])]
    print("| detail | " + " | ".join(SHOWN) + " |\n" + "|---" * (len(SHOWN) + 1) + "|")
    for detail in asked.details.split(","):
        options = ["--grain", asked.grain, "--detail", detail]
        figures = fill_and_score(asked.shared, shot, result, options, from_nothing=False)
        print(f"| {detail} | " + " | ".join(f"{figures[name]:g}" for name in SHOWN) + " |", flush=True)
        shown.append((f"detail {detail}", pixels(find_sequence(str(result / "clean.####.exr")), number)[part]))
    shown.append(("the truth", np.where(hole[..., None], pixels(clean, number), before)[part]))
    target = asked.sheet or asked.out / f"{asked.shot}.jpg"
    done, data = cv2.imencode(".jpg", sheet(shown)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    write_atomically(target, data.tobytes())
    print(f"\n{target}: frame {number}")


if __name__ == "__main__":
    main()
