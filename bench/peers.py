#!/usr/bin/env python3
"""vfx-ai beside other tools, on the same shots, in one run: a table and a picture, in docs/benchmarks.md as well.

    python bench/peers.py ../shared [--shots card-tennis,wires-5] [--tools ...] [--out out/peers]
        [--page docs/benchmarks.md] [--picture docs/images/peers.svg]

The folder holds truth/ and clips/ (plate, matte and clean sequences) and score/score.py; it is no part of this
repository. Each tool and shot is a process of its own, from nothing; seconds are by the clock and of processors, start,
reading and writing included. Tools that aren't installed are left out and named: `pip install '.[bench]'` gets them.
Ours is run as its user would, and once more without regraining and without its detail, since psnr compares with a
truth of other grain. The table, the means, each with how many shots it is of, and the picture (quality against time per
frame, and memory) become the page's part that this owns; `--page ""` leaves it alone. All figures also go to
results.csv in the folder of --out.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import OpenImageIO
import psutil
from page import BENCHMARKS, Page, page_of
from peer_picture import draw
from peer_shots import Clip, by_frame, flow_chain, registered_median
from peer_tools import Bools, Floats, biharmonic, delogo, ffmpeg, gmic, opencv, patchmatch, removelogo
from referee import shots

SHOWN = ("psnr", "ssim", "stops", "flicker", "grain")  # of the referee's scores
OURS, POLL_SECONDS, KILL_SECONDS = "vfx-ai", 0.1, 10.0
ALONE = "vfx-ai patch"  # the shot's own texture, without a pixel of other frames
UNGRAINED = "vfx-ai without grain or detail"
OWN: dict[str, list[str]] = {
    OURS: [],
    UNGRAINED: ["--grain", "none", "--detail", "0"],
    ALONE: ["--engine", "patch"],
}


@dataclass(frozen=True)
class Tool:
    """How a tool is run, and the module or program that it needs, if it isn't always there."""

    run: Callable[[Clip], Iterator[Floats]]
    module: str = ""
    program: str = ""

    @property
    def missing(self) -> bool:
        """Whether it isn't installed."""
        return bool(self.module) and find_spec(self.module) is None and not shutil.which(self.program)


TOOLS: dict[str, Tool] = {
    "flow chain": Tool(flow_chain),
    "registered median": Tool(registered_median),
    "PyPatchMatch": Tool(by_frame(patchmatch), "patchmatch"),
    "G'MIC matchpatch": Tool(by_frame(gmic("inpaint_matchpatch")), "gmic"),
    "G'MIC morpho": Tool(by_frame(gmic("inpaint_morpho")), "gmic"),
    "OpenCV TELEA": Tool(by_frame(opencv(cv2.INPAINT_TELEA))),
    "scikit-image biharmonic": Tool(by_frame(biharmonic), "skimage"),
    "OpenCV NS": Tool(by_frame(opencv(cv2.INPAINT_NS))),
    "ffmpeg delogo": Tool(by_frame(ffmpeg(delogo)), "imageio_ffmpeg", "ffmpeg"),
    "ffmpeg removelogo": Tool(by_frame(ffmpeg(removelogo)), "imageio_ffmpeg", "ffmpeg"),
}


@dataclass(frozen=True)
class Row:
    """One tool on one shot: the referee's figures, seconds per frame, and the most memory held at once.

    `engine` is what our own chose, `grain` how grainy the hole is beside its ring: 1 is alike.
    """

    shot: str
    tool: str
    engine: str
    psnr: float
    ssim: float
    stops: float
    flicker: float
    grain: float | None
    changed: int
    seconds: float
    processor: float
    megabytes: float


def run_tool(name: str, shot: Path, out: Path) -> None:
    """Fill a shot with one of the TOOLS, in this process."""
    cv2.setNumThreads(psutil.cpu_count() or 1)
    plates = sorted(shot.glob("plate.*.exr"))
    clip = Clip([pixels(path, "RGB") for path in plates], [hole(shot, path) for path in plates])
    for path, filled in zip(plates, TOOLS[name].run(clip), strict=True):
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        planes = {channel: np.ascontiguousarray(filled[..., i], np.float16) for i, channel in enumerate("RGB")}
        OpenEXR.File(header, planes).write(str(out / path.name.replace("plate", "clean")))


def pixels(path: Path, names: Sequence[str]) -> Floats:
    """Channels of a file [H, W, C], over its display window."""
    buffer = OpenImageIO.ImageBuf(str(path))
    spec = buffer.spec()
    x, y = spec.full_x, spec.full_y
    window = OpenImageIO.ROI(x, x + spec.full_width, y, y + spec.full_height)
    order = [spec.channelindex(name) for name in names]
    values: Floats = np.ascontiguousarray(buffer.get_pixels(OpenImageIO.FLOAT, roi=window)[..., order])
    return values


def hole(shot: Path, plate: Path) -> Bools:
    """What is to be filled in a plate's frame [H, W]."""
    matte: Bools = pixels(shot / plate.name.replace("plate", "matte"), "A")[..., 0] > 0
    return matte


class FailedError(Exception):
    """A tool came to no result: the others go on."""


def measured(command: list[str], log: Path, patience: float) -> tuple[float, float, float]:
    """Seconds by the clock and of processors, and most bytes held at once, of a process and those it starts.

    Raises:
        FailedError: it ended with an error, or took more than `patience` seconds.
    """
    clock = time.perf_counter()
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
    watched, spent, most = psutil.Process(process.pid), 0.0, 0
    while process.poll() is None:
        try:
            family = [watched, *watched.children(recursive=True)]
            most = max(most, sum(member.memory_info().rss for member in family))
            spent = sum(watched.cpu_times()[:4])
        except psutil.Error:
            continue
        if time.perf_counter() - clock > patience:
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            psutil.wait_procs(family, timeout=KILL_SECONDS)
            process.wait()
            raise FailedError(f"not done after {patience:.0f} s")
        time.sleep(POLL_SECONDS)
    if process.returncode:
        raise FailedError(f"it ended with {process.returncode}, see {log}")
    return time.perf_counter() - clock, spent, most


def row(shared: Path, shot: Path, tool: str, folder: Path, patience: float) -> Row:
    """Fill a shot with a tool, from nothing, and let the referee score it.

    Raises:
        FailedError: the tool came to no result.
    """
    out = folder / shot.name / tool.replace(" ", "-").replace("'", "")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    names = {part: shot / f"{part}.####.exr" for part in ("plate", "matte")}
    result = out / "clean.####.exr"
    command = [sys.executable, __file__, "--one", tool, str(shot), str(out)]
    if tool in OWN:
        command = [sys.executable, "-m", "vfx_ai", "inpaint", str(names["plate"]), "--matte", str(names["matte"])]
        command += ["-o", str(result), "--quiet", *OWN[tool]]
    seconds, processor, most = measured(command, out / "log.txt", patience)
    judge = [sys.executable, str(shared / "score" / "score.py"), "--json"]
    for part, path in {**names, "result": result, "truth": shot / "clean.####.exr"}.items():
        judge += [f"--{part}", str(path)]
    told: dict[str, Any] = json.loads(subprocess.run(judge, check=True, capture_output=True, text=True).stdout)
    frames = told["frames"]
    scores = {name: told[name] for name in (*SHOWN, "changed")}
    engine = json.loads((out / "report.json").read_text(encoding="utf-8"))["engine"] if tool in OWN else ""
    return Row(
        shot.name,
        tool,
        engine,
        **scores,
        seconds=seconds / frames,
        processor=processor / frames,
        megabytes=most / 2**20,
    )


def main() -> None:
    """Print a row as soon as it is known, and draw the picture at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--shots", default="")
    parser.add_argument("--tools", default=",".join([*OWN, *TOOLS]))
    parser.add_argument("--out", type=Path, default=Path("out/peers"))
    parser.add_argument("--patience", type=float, default=3600.0, help="seconds for a tool and shot")
    parser.add_argument("--page", type=page_of, default=BENCHMARKS)
    parser.add_argument("--picture", type=Path, default=Path("docs/images/peers.svg"))
    asked = parser.parse_args()
    page = Page(asked.page, Path(__file__).name)
    wanted = [name for name in asked.tools.split(",") if name in OWN or not TOOLS[name].missing]
    left_out = [name for name in asked.tools.split(",") if name not in wanted]
    page.say(f"Not installed, and left out: {', '.join(left_out)}.\n" if left_out else "")
    page.say(
        "| shot | tool | psnr | ssim | stops | flicker | grain | changed | s/frame | processor s/frame | peak, MB |"
    )
    page.say("|---" * 11 + "|")
    asked.out.mkdir(parents=True, exist_ok=True)
    rows = []
    with (asked.out / "results.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Row)])
        table.writeheader()
        for shot in shots(asked.shared, set(filter(None, asked.shots.split(",")))):
            for tool in wanted:
                try:
                    rows.append(row(asked.shared, shot, tool, asked.out, asked.patience))
                except FailedError as error:
                    page.say(f"| {shot.name} | {tool} | {error} |" + " |" * (3 + len(SHOWN)))
                    continue
                table.writerow(asdict(rows[-1]))
                file.flush()
                page.say(line(rows[-1]))
    page.say("\n| mean | shots | psnr | ssim | stops | flicker | s/frame | processor s/frame |")
    page.say("|---" * 8 + "|")
    for tool in wanted:
        if some := [each for each in rows if each.tool == tool]:
            page.say(mean(tool, some))
    if rows:
        draw(asked.picture, [asdict(each) for each in rows], tuple(OWN))
        page.picture(asked.picture, "Quality against processor time per frame, and the most memory, of each tool")
    page.write()


def line(each: Row) -> str:
    """A row of the printed table."""
    name = f"**{each.tool}** ({each.engine})" if each.tool in OWN else each.tool
    grain = "-" if each.grain is None else f"{each.grain:.2f}"
    scores = f"{each.psnr:.2f} | {each.ssim:.4f} | {each.stops:.4f} | {each.flicker:.2f} | {grain} | {each.changed}"
    return f"| {each.shot} | {name} | {scores} | {each.seconds:.2f} | {each.processor:.2f} | {each.megabytes:.0f} |"


def mean(tool: str, rows: list[Row]) -> str:
    """A tool's mean figures over its shots."""
    names = ("psnr", "ssim", "stops", "flicker", "seconds", "processor")
    means = " | ".join(f"{np.mean([getattr(r, name) for r in rows]):.3f}" for name in names)
    return f"| {tool} | {len(rows)} | {means} |"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_tool(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()
