"""Which engine is best for a shot, measured: pixels around the hole are hidden, and every engine rebuilds them.

In a few frames the matte is grown over what is seen around it, in these and all other frames alike. What the engines
put there is held against what the plate shows. That tells which engine to take, what error to expect of it, and how
far its own claims of error are to be believed.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill import ENGINES
from vfx_ai.fill.contract import Fill, claimed_stops, nothing
from vfx_ai.fill.smooth import complete
from vfx_ai.media.color import scene_to_srgb, to_log
from vfx_ai.shot import MOST_SEEN, MOST_SMALL, MOST_VIEWS, Kept, Shot, View, crop, hole_box

PROBES = 3  # frames in which pixels are hidden
AROUND = 8  # frames before and after each for which motion is carried anew
THINNEST, THICKEST = 3, 24  # by how many pixels the matte is grown, at the working size
SIDE = 160  # pixels of the square, at the working size, in which an engine rebuilds
FEWEST_PIXELS = 200
SMOOTHLY = "smooth"  # no engine at all, for comparison


@dataclass(frozen=True)
class Trial:
    """How an engine did.

    Attributes:
        engine: its name; SMOOTHLY for the smooth fill alone.
        psnr: dB, over display-encoded values clipped to 0..1, what it couldn't reach filled smoothly.
        stops: mean absolute error.
        reached: share of the hidden pixels that it filled.
        claimed: mean error in stops that its confidence claims, of what it reached.
        true: mean error in stops of what it reached.
        pixels: how many were hidden.
    """

    engine: str
    psnr: float
    stops: float
    reached: float
    claimed: float
    true: float
    pixels: int

    @property
    def factor(self) -> float:
        """By what its claims of error are to be multiplied."""
        return min(max(self.true / max(self.claimed, 1e-4), 0.25), 4.0) if self.reached else 1.0


@dataclass(frozen=True)
class Choice:
    """Which engines fill, and why.

    Attributes:
        engines: the first fills what it can; the next what that left open or is unsure of, and so on; none: all is
            filled smoothly.
        why: a sentence.
        trials: how each did where the answer is known, the best first; empty where there was nothing to choose.
    """

    engines: tuple[str, ...]
    why: str
    trials: tuple[Trial, ...] = ()

    @property
    def name(self) -> str:
        """The engine that is asked first."""
        return self.engines[0] if self.engines else SMOOTHLY

    @property
    def factors(self) -> dict[str, float]:
        """By what each engine's claims of error are to be multiplied."""
        return {t.engine: t.factor for t in self.trials}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Choice:
        """The choice from what `asdict` made of it."""
        return cls(tuple(data["engines"]), str(data["why"]), tuple(Trial(**t) for t in data["trials"]))


class Hiding(Shot):
    """A shot whose matte is grown by a number of pixels of the canvas, for a trial."""

    def __init__(self, shot: Shot, grow: int) -> None:
        self.__dict__.update(copy.copy(shot.__dict__))
        self._shot, self._grow = shot, grow
        self._views: Kept[int, View] = Kept(shot.budget, MOST_VIEWS)  # their pictures are those of the shot
        self._small: Kept[int, tuple[torch.Tensor, torch.Tensor]] = Kept(shot.budget // 4, MOST_SMALL)
        self._seen = Kept(shot.budget // 16, MOST_SEEN)

    def _load(self, number: int) -> View:
        view = self._shot.view(number)
        return replace(view, coverage=torch.maximum(view.coverage, _grown(view.hole, self._grow)))


def trial(shot: Shot, ready: dict[str, Any]) -> list[Trial]:
    """Let engines rebuild hidden pixels, the best first; none where there is nothing to hide.

    Args:
        shot: the plate and its matte.
        ready: per engine what its `ready` gave.
    """
    probes = _probes(shot)
    if not probes:
        return []
    hiding = Hiding(shot, _growth(shot, probes))
    results = [_tried(name, shot, hiding, given, probes) for name, given in (*ready.items(), (SMOOTHLY, None))]
    return sorted((r for r in results if r.pixels >= FEWEST_PIXELS), key=lambda r: -r.psnr)


def _probes(shot: Shot) -> list[int]:
    """Frames with a hole, spread over the shot, away from its ends."""
    numbers = [n for n in shot.numbers if n not in shot.plate.missing and shot.coverage(n).any()]
    picks = np.linspace(0, len(numbers) - 1, PROBES + 2).round().astype(int)[1:-1]
    return sorted({numbers[i] for i in picks}) if numbers else []


def _growth(shot: Shot, probes: Sequence[int]) -> int:
    """Half of the hole's own thickness, about: what is hidden for the trial is then hidden about as long."""
    factor = shot.width / shot.working_size[1]
    thickness = []
    for number in probes:
        hole = F.adaptive_max_pool2d(shot.view(number).hole[None, None].float(), shot.working_size)
        area = float(hole.sum())
        edge = area - float((1 - F.max_pool2d(1 - hole, 3, 1, 1)).sum())
        thickness.append(2 * area / max(edge, 1.0))
    return round(min(max(float(np.median(thickness)) / 2, THINNEST), THICKEST) * factor)


def _around(numbers: Sequence[int], number: int) -> Sequence[int]:
    index = numbers.index(number)
    return numbers[max(0, index - AROUND) : index + AROUND + 1]


def _tried(name: str, shot: Shot, hiding: Hiding, ready: object, probes: Sequence[int]) -> Trial:
    square = stops = reached = claimed = true = 0.0
    count = 0
    for number in probes:
        region = _region(shot, hiding, number)
        if not bool(region.any()):
            continue
        raw = _rebuilt(name, hiding, ready, number, region)
        wanted = crop(region, raw.box)
        fill = complete(hiding, raw, wanted)
        truth = crop(shot.view(number).scene, fill.box)
        off = (to_log(fill.scene) - to_log(truth)).abs().mean(0)
        shown = [torch.from_numpy(scene_to_srgb(s.clamp(0, 1).cpu().numpy())).to(s.device) for s in (fill.scene, truth)]
        mine = wanted & (raw.source > 0)
        square += float(((shown[0] - shown[1]) ** 2).mean(0)[wanted].sum())
        stops += float(off[wanted].sum())
        true += float(off[mine].sum())
        claimed += float(claimed_stops(raw.confidence)[mine].sum())
        reached += int(mine.sum())
        count += int(wanted.sum())
    psnr = -10 * math.log10(max(square / max(count, 1), 1e-10))
    return Trial(
        name,
        psnr,
        stops / max(count, 1),
        reached / max(count, 1),
        claimed / max(reached, 1),
        true / max(reached, 1),
        count,
    )


def _rebuilt(name: str, hiding: Hiding, ready: object, number: int, region: torch.Tensor) -> Fill:
    if name == SMOOTHLY:
        box = hole_box(region, 1)
        return nothing(number, box, crop(region, box))
    module = import_module(ENGINES[name].module)
    known = module.hidden(hiding, ready, _around(hiding.numbers, number))
    fill: Fill = module.fill(hiding, known, number, 0, region)
    return fill


def _region(shot: Shot, hiding: Hiding, number: int) -> torch.Tensor:
    """[H, W] bool: seen pixels that are hidden now, in a square around the middle of the hole."""
    view = shot.view(number)
    region = hiding.view(number).hole & view.seen
    box = hole_box(view.hole, 0)
    half = round(SIDE * shot.width / shot.working_size[1] / 2)
    rows, columns = torch.nonzero(region, as_tuple=True)
    if rows.numel() == 0:
        return region
    middle = rows.float().mean(), columns.float().mean()
    nearest = ((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2).argmin()
    y, x = (int(v) for v in (rows[nearest], columns[nearest])) if not box.empty else (0, 0)
    square = torch.zeros_like(region)
    square[max(0, y - half) : y + half, max(0, x - half) : x + half] = True
    return region & square


def _grown(hole: torch.Tensor, grow: int) -> torch.Tensor:
    box = np.ones((2 * grow + 1, 2 * grow + 1), np.uint8)
    return torch.from_numpy(cv2.dilate(hole.byte().cpu().numpy(), box)).to(hole.device)
