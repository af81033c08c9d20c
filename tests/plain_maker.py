"""A maker for tests: stripes and a lamp, by the frame's seed, on the tone that it is shown."""

from __future__ import annotations

import torch

from vfx_ai.fill.makers import Ask, Step, Wanted
from vfx_ai.job import Job

LAMP = 60.0
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
