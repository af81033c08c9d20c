#!/usr/bin/env python3
"""What a render's own depth and motion layers are worth: the same shot filled without and with them.

    python bench/cg_layers.py ../shared [--shots dolly-1] [--engines project,flow] [--out out/cg_layers]

Takes the shots under truth/ that come with depth (Z) and motion (forward.u ... backward.v) of the clean plate. Plates
are written that carry these as layers; inside the matte they hold an object's depth and motion instead, as they would
in a render with the object. Each plate is filled from nothing by the real command and scored by the referee. The last
columns are the seconds a frame that the analysis took (wall time), and what the report says of the layers.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import OpenEXR
from referee import fill_and_score, shots

OBJECT = {"Z": 1.7, "forward.u": 4.0, "forward.v": -2.0, "backward.u": -4.0, "backward.v": 2.0}
NEEDED = {"project": "depth", "flow": "motion"}  # the sequence that an engine can use
SHOWN = ("psnr", "ssim", "stops", "flicker", "changed")


def channels(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """The channels of a file's first part, [H, W] each."""
    part = OpenEXR.File(str(path), separate_channels=True).parts[0]
    return {name: np.array(channel.pixels) for name, channel in part.channels.items()}


def write_plates(shot: Path, out: Path, sequence: str) -> None:
    """Write a shot's plate with a sequence's channels as layers, and link its other files beside it."""
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(shot.glob("plate.*.exr")):
        number = path.name.split(".")[1]
        hidden = channels(shot / f"matte.{number}.exr")["A"] > 0
        plate = OpenEXR.File(str(path), separate_channels=True)
        for name, values in channels(shot / f"{sequence}.{number}.exr").items():
            told = np.where(hidden, OBJECT[name], values).astype(np.float32)
            layer = name if "." in name else f"depth.{name}"
            plate.parts[0].channels[layer] = OpenEXR.Channel(layer, told)
        plate.write(str(out / path.name))
    for path in (*shot.glob("matte.*.exr"), *shot.glob("clean.*.exr")):
        (out / path.name).unlink(missing_ok=True)
        (out / path.name).symlink_to(path.resolve())


def said(out: Path) -> str:
    """What a report says of the plate's layers."""
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    return " ".join(note for note in report["notes"] if "layer" in note)


def main() -> None:
    """Print the table, a row as soon as it is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="")
    parser.add_argument("--engines", default="project,flow")
    parser.add_argument("--out", type=Path, default=Path("out/cg_layers"))
    asked = parser.parse_args()
    print(f"| shot | engine | layers | {' | '.join(SHOWN)} | analysis, s/frame | the report says |")
    print("|---" * (len(SHOWN) + 5) + "|")
    for shot in shots(asked.shared, set(filter(None, asked.shots.split(",")))):
        for engine in asked.engines.split(","):
            sequence = NEEDED[engine]
            if not any(shot.glob(f"{sequence}.*.exr")):
                continue
            layered = asked.out / f"{shot.name}.{sequence}"
            write_plates(shot, layered, sequence)
            for layers, plate in (("none", shot), (sequence, layered)):
                out = asked.out / f"{shot.name}.{engine}.{layers}"
                figures = fill_and_score(asked.shared, plate, out, engine, "none")
                seconds = json.loads((out / "report.json").read_text(encoding="utf-8"))["seconds"]["analyse"]
                cells = [f"{figures[name]:g}" for name in SHOWN]
                each = seconds / figures["frames"]
                row = [shot.name, engine, layers, *cells, f"{each:.2f}", said(out)]
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
