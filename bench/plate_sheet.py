#!/usr/bin/env python3
"""The contact sheet of docs/plates.md: what each command of whole plates makes, and own texture and paint with it.

    python bench/plate_sheet.py [--rows texture,clean,...] [--out docs/images] [--work out/plate_sheet]

The real commands run on the sample shot, on a shot of the benchmarks' (`scenes`), and on elements made by arithmetic
(`elements`). Each row becomes a picture of its own, plates-sheet-ROW.jpg: pictures side by side, with a name above.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import OpenEXR
from elements import ELEMENTS
from plate_pictures import read as frames_of
from plate_pictures import written
from scenes import Scene, write_shot

from vfx_ai.media.color_space import LINEAR
from vfx_ai.media.color_view import viewer

Array = npt.NDArray[np.float32]
SAMPLE = Path(__file__).parent.parent / "samples" / "courtyard"
PLATE, MATTE = str(SAMPLE / "plate.####.exr"), str(SAMPLE / "matte.####.exr")
HEIGHT, GAP = 150, 6  # pixels of a picture, and between them
STILL = "1009"
FIRE, FRAMES, LOOPED = (128, 72), 24, 60


def command(*words: object) -> None:
    """Run the program as its user does."""
    subprocess.run([sys.executable, "-m", "vfx_ai", *map(str, words), "--quiet"], check=True)


def light(path: Path, names: str = "RGB") -> Array:
    """Channels of an EXR, [H, W, C]."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        return np.stack([file.channels()[name].pixels.astype(np.float32) for name in names], -1)


def row(named: list[tuple[str, Array]], target: Path) -> None:
    """Write scene-linear pictures side by side, in one height, each with its name above."""
    tiles = []
    for name, picture in named:
        size = (round(picture.shape[1] * HEIGHT / picture.shape[0]), HEIGHT)
        how = cv2.INTER_AREA if size[1] < picture.shape[0] else cv2.INTER_CUBIC
        shown = viewer(LINEAR).shown(np.maximum(cv2.resize(picture, size, interpolation=how), 0))
        tile = np.full((HEIGHT + 20, size[0], 3), 255, np.uint8)
        tile[20:] = np.round(255 * shown[..., ::-1]).astype(np.uint8)
        cv2.putText(tile, name, (1, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (40, 40, 40), 1, cv2.LINE_AA)
        tiles += [tile, np.full((HEIGHT + 20, GAP, 3), 255, np.uint8)]
    target.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(target), np.hstack(tiles[:-1]), [cv2.IMWRITE_JPEG_QUALITY, 90])
    print(target, flush=True)


def around(path: str, picture: Array) -> Array:
    """What of a picture of the sample shot's frame `path` lies around its hole."""
    rows, columns = np.nonzero(light(Path(MATTE.replace("####", path)), "A")[..., 0])
    y, x = round(rows.mean()), round(columns.mean())
    half = round(0.8 * max(np.ptp(rows), np.ptp(columns)))
    height, width = picture.shape[:2]
    top, left = min(max(0, y - half), height - 2 * half), min(max(0, x - half), width - 2 * half)
    return picture[top : top + 2 * half, left : left + 2 * half]


def texture(work: Path, target: Path) -> None:
    """What no frame shows, here a whole hole: as tone, with the usual texture, with all of it, and the truth."""
    shown = [("plate", light(SAMPLE / f"plate.{STILL}.exr"))]
    for detail in ("0", "0.15", "1"):
        out = work / f"detail-{detail}" / "clean.####.exr"
        asked = ("--engine", "patch", "--grain", "none", "--frames", STILL, "--detail", detail)
        command("inpaint", PLATE, "--matte", MATTE, "-o", out, *asked)
        shown.append((f"--detail {detail}", light(Path(str(out).replace("####", STILL)))))
    truth, matte = light(SAMPLE / f"clean.{STILL}.exr"), light(SAMPLE / f"matte.{STILL}.exr", "A")
    shown.append(("truth", np.where(matte > 0, truth, shown[0][1])))
    row([(name, around(STILL, picture)) for name, picture in shown], target)


def painted(work: Path, target: Path) -> None:
    """A frame painted by hand (the truth with a sign on it), and the frames that it is carried to."""
    plate, truth = light(SAMPLE / f"plate.{STILL}.exr"), light(SAMPLE / f"clean.{STILL}.exr")
    matte = light(SAMPLE / f"matte.{STILL}.exr", "A")
    paint = np.ascontiguousarray(np.where(matte > 0, truth, plate))
    rows, columns = np.nonzero(matte[..., 0])
    middle = (round(columns.mean()), round(rows.mean()))
    for way in (-1, 1):
        cv2.line(
            paint, (middle[0] - 9, middle[1] - 9 * way), (middle[0] + 9, middle[1] + 9 * way), (1.2, 0.05, 0.05), 2
        )
    (work / "paint").mkdir(parents=True, exist_ok=True)
    file = work / "paint" / f"clean.{STILL}.exr"
    planes = {name: np.ascontiguousarray(paint[..., i], np.float16) for i, name in enumerate("RGB")}
    OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}, planes).write(str(file))
    out = work / "clean.####.exr"
    picks = ("1007", "1008", "1010")
    command(
        "inpaint",
        PLATE,
        "--matte",
        MATTE,
        "-o",
        out,
        "--painted",
        file,
        "--frames",
        ",".join(picks),
        "--engine",
        "flow",
    )
    shown = [(f"{STILL} painted", around(STILL, paint))]
    shown += [(f"{n} follows", around(n, light(Path(str(out).replace("####", n))))) for n in picks]
    row(shown, target)


def clean(work: Path, target: Path) -> None:
    """A shot that pans, what is found to move in it, and the plate without that."""
    scene = Scene(width=384, height=216, frames=12, pan=0.6)
    shot, number = write_shot(scene, work / "shot"), scene.numbers[6]
    command("plate", "clean", shot / "plate.####.exr", "-o", work / "clean.####.exr", "--frames", number)
    found = light(work / f"clean.matte.{number}.exr", "A").repeat(3, -1)
    shown = [("plate", light(shot / f"plate.{number}.exr")), ("found to move", found)]
    row([*shown, ("plate clean", light(work / f"clean.{number}.exr"))], target)


def single(work: Path, target: Path) -> None:
    """One stitched plate, painted on once, and two frames into which the maps put that back."""
    scene = Scene(width=384, height=216, frames=12, pan=1.2)
    shot = write_shot(scene, work / "shot")
    command("plate", "clean", shot / "plate.####.exr", "-o", work / "single.exr", "--single")
    plate = np.ascontiguousarray(light(work / "single.exr"))
    height, width = plate.shape[:2]
    sign = np.zeros((height, width), np.uint8)
    cv2.putText(sign, "PAINT", (width // 2 - 60, height // 2), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 255, 3, cv2.LINE_AA)
    plate += sign[..., None] / np.float32(255) * (np.array([1.5, 1.1, 0.1], np.float32) - plate)
    shown = [("--single, painted once", plate)]
    for number in (scene.numbers[1], scene.numbers[10]):
        at = light(work / f"stmap.{number}.exr", "RG")
        x, y = at[..., 0] * width - 0.5, (1 - at[..., 1]) * height - 0.5
        shown.append((f"back in {number}", cv2.remap(plate, x, y, cv2.INTER_CUBIC)))
    row(shown, target)


def extend(work: Path, target: Path) -> None:
    """Two frames of the sample shot, wider, and where the pixels of the second are from."""
    out, picks = work / "wide.####.exr", ("1002", "1015")
    asked = (
        "--matte",
        MATTE,
        "--matte-grow",
        2,
        "--pad",
        "12%,0,12%,0",
        "--engine",
        "flow",
        "--frames",
        ",".join(picks),
    )
    command("plate", "extend", PLATE, *asked, "-o", out)
    shown = []
    for number in picks:
        path = Path(str(out).replace("####", number))
        shown.append((f"{number}, 12 % wider", light(path)))
    source, grey = light(path, ("fill.source",)), light(path).mean(-1, keepdims=True)
    kinds = np.select([source == 1, source > 1], [[0.05, 0.15, 0.8], [0.8, 0.1, 0.05]], 0.0)
    shown.append(("blue: seen, red: made up", np.where(source > 0, 0.6 * kinds + 0.4 * grey, grey).astype(np.float32)))
    row(shown, target)


def generate(work: Path, target: Path) -> None:
    """A fire of up to 40, and a new one like it."""
    reference = ELEMENTS["fire"](FRAMES, FIRE[1], FIRE[0], 1)
    like = written(reference, work / "ref")
    command("plate", "generate", "--like", like, "--frames", FRAMES, "-o", work / "new.####.exr", "--device", "cpu")
    made = frames_of(str(work / "new.####.exr"), tuple(range(1001, 1001 + FRAMES)))
    row([("reference", reference[8]), ("", reference[16]), ("new plate", made[8]), ("", made[16])], target)


def loop(work: Path, target: Path) -> None:
    """The last two frames of a loop, and the first two."""
    plate = written(ELEMENTS["fire"](LOOPED, FIRE[1], FIRE[0], 1), work / "ref")
    command("plate", "loop", plate, "-o", work / "loop.####.exr", "--length", "24-40")
    numbers = sorted(int(path.name.split(".")[1]) for path in work.glob("loop.*.exr"))
    made = frames_of(str(work / "loop.####.exr"), tuple(numbers))
    row([("the loop's last two", made[-2]), ("", made[-1]), ("and first two", made[0]), ("", made[1])], target)


ROWS: dict[str, Callable[[Path, Path], None]] = {
    "texture": texture,
    "painted": painted,
    "clean": clean,
    "single": single,
    "extend": extend,
    "generate": generate,
    "loop": loop,
}


def main() -> None:
    """Make the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--work", type=Path, default=Path("out/plate_sheet"))
    asked = parser.parse_args()
    for name in asked.rows.split(","):
        ROWS[name](asked.work / name, asked.out / f"plates-sheet-{name}.jpg")


if __name__ == "__main__":
    main()
