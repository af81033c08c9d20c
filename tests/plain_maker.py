"""A maker for tests: stripes and a lamp, by the frame's seed, on the tone that it is shown; and a shot for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from rendered import save, waves, write_rgb

import vfx_ai
from vfx_ai.fill.makers import Ask, Step, Wanted
from vfx_ai.job import Job

LAMP = 60.0
SIZE, FRAMES = (96, 160), range(1001, 1006)
NEVER = (slice(36, 60), slice(70, 100))  # in the middle frame; the camera takes it along
MIDDLE = 1003
asked: list[int] = []  # the key frames that were made in this process
seen: list[Wanted] = []


def check(job: Job, found: object) -> None:
    pass


def identity(job: Job, found: object) -> str:
    return "plain 1"


class Stripes:
    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def make(self, wanted: Wanted, step: Step) -> torch.Tensor:
        asked.append(wanted.number)
        seen.append(wanted)
        chance = torch.Generator().manual_seed(wanted.seed)
        height, width = wanted.region.shape
        stripes = 0.5 + torch.rand((3, height, 1), generator=chance).expand(3, height, width)
        light = wanted.scene * stripes
        rows, columns = torch.nonzero(wanted.region, as_tuple=True)
        y, x = int(rows.float().mean()), int(columns.float().mean())
        light[:, y - 2 : y + 3, x - 2 : x + 3] = LAMP
        step(1, 2)
        step(2, 2)
        light[:, ~wanted.region] = torch.nan  # nobody may look there
        return light


def maker(ask: Ask) -> Stripes:
    return Stripes(ask)


def shot(folder: Path, pan: int = 0, stops: float = 0.0, frames: range = FRAMES) -> str:
    """A wall; what hangs on it is never seen, and a bar that crosses it is seen around."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    for number in frames:
        by = pan * (number - MIDDLE)
        plate = (waves(x + by, y, 3, 8, 60) * 2.0 ** (stops * (number - MIDDLE))).astype(np.float32)
        matte = np.zeros(SIZE, np.float32)
        matte[NEVER[0], NEVER[1].start - by : NEVER[1].stop - by] = 1
        bar = 8 + 30 * (number - frames[0])
        matte[:, bar : bar + 10] = 1
        plate[matte > 0] = 90.0
        write_rgb(folder / f"plate.{number}.exr", plate, (0, 0), SIZE[::-1])
        save(folder / f"matte.{number}.exr", {"A": matte})
    return str(folder / "plate.####.exr")


def filled(plate: str, name: str = "made", **fields: object) -> vfx_ai.Report:
    output = Path(plate).parent / name / "clean.####.exr"
    fields = {"grain": "none", "engine": "internal", **fields}
    return vfx_ai.inpaint(plate, plate.replace("plate.", "matte."), output, **fields)


def result(plate: str, number: int, name: str = "made") -> Path:
    return Path(plate).parent / name / f"clean.{number}.exr"
