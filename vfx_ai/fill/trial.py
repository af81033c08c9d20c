"""Which engine is best for a shot, measured: pixels around the hole are hidden, and every engine rebuilds them.

In a few frames the matte is grown over what is seen around it, in these and all other frames alike. What the engines
put there is held against what the plate shows. That tells which engine to take, and in which places another one, what
error to expect of it, and how far its own claims of error are to be believed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import groupby
from typing import Any

import torch

from vfx_ai.fill import ENGINES, SMOOTHLY
from vfx_ai.fill.contract import Fill, claimed_stops, nothing
from vfx_ai.fill.hiding import Hiding, around, growth, probes, squares
from vfx_ai.fill.masks import dilated
from vfx_ai.fill.places import CELL, Place, gathered
from vfx_ai.fill.smooth import complete
from vfx_ai.media.color import to_log
from vfx_ai.media.curves import scene_to_srgb
from vfx_ai.media.frame import Window
from vfx_ai.shot import Shot, crop, hole_box

FEWEST_PIXELS = 200


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
        places: how each did in small parts; there another one may go first.
    """

    engines: tuple[str, ...]
    why: str
    trials: tuple[Trial, ...] = ()
    places: tuple[Place, ...] = ()

    @property
    def name(self) -> str:
        """The engine that is asked first."""
        return self.engines[0] if self.engines else SMOOTHLY

    @property
    def needed(self) -> tuple[str, ...]:
        """The engines that go first somewhere, or later: all that were tried, if parts of the shot may differ."""
        tried = (t.engine for t in self.trials if self.places and t.engine != SMOOTHLY)
        return tuple(dict.fromkeys((*self.engines, *tried)))

    @property
    def names(self) -> tuple[str, ...]:
        """All that was tried, SMOOTHLY among them: the one that goes first, then the others, the better before."""
        return (self.name, *(t.engine for t in self.trials if t.engine != self.name))

    @property
    def factors(self) -> dict[str, float]:
        """By what each engine's claims of error are to be multiplied."""
        return {t.engine: t.factor for t in self.trials}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Choice:
        """The choice from what `asdict` made of it."""
        trials, places = (Trial(**t) for t in data["trials"]), (Place.from_dict(p) for p in data["places"])
        return cls(tuple(data["engines"]), str(data["why"]), tuple(trials), tuple(places))


def trial(shot: Shot, ready: dict[str, Any]) -> tuple[list[Trial], tuple[Place, ...]]:
    """Let engines rebuild hidden pixels.

    Args:
        shot: the plate and its matte.
        ready: per engine what its `ready` gave.

    Returns:
        How each did, the best first, and how each did in places; nothing where there is nothing to hide.
    """
    numbers = probes(shot)
    if not numbers:
        return [], ()
    hiding = Hiding(shot, partial(dilated, radius=growth(shot, numbers)))
    parts = [_Part(n, region, hole_box(region, 0)) for n in numbers for region in squares(shot, hiding, n)]
    if sum(int(part.region.sum()) for part in parts) < FEWEST_PIXELS:
        return [], ()
    results, errors = [], {}
    for name, given in (*ready.items(), (SMOOTHLY, None)):
        result, errors[name] = _tried(name, shot, hiding, given, parts)
        results.append(result)
    cell = CELL * shot.width / shot.working_size[1]
    places = (
        gathered(part.number, part.box, crop(part.region, part.box), {n: e[i] for n, e in errors.items()}, cell)
        for i, part in enumerate(parts)
    )
    return sorted(results, key=lambda r: -r.psnr), tuple(place for some in places for place in some)


@dataclass(frozen=True)
class _Part:
    """Hidden pixels `region` [H, W] bool of frame `number`, and the box around them."""

    number: int
    region: torch.Tensor
    box: Window


def _tried(
    name: str, shot: Shot, hiding: Hiding, ready: object, parts: Sequence[_Part]
) -> tuple[Trial, list[torch.Tensor]]:
    """How an engine does, and its squared error [h, w] in each part."""
    square = stops = reached = claimed = true = 0.0
    count, maps = 0, []
    for number, group in groupby(parts, lambda part: part.number):
        known = _hidden(name, hiding, ready, number)
        for part in group:
            raw = _rebuilt(name, hiding, known, part)
            fill = complete(hiding, raw, crop(part.region, raw.box))
            inner, wanted = part.box.slices(fill.box), crop(part.region, part.box)
            scene, truth = fill.scene[(..., *inner)], crop(shot.view(number).scene, part.box)
            off = (to_log(scene) - to_log(truth)).abs().mean(0)
            mine = wanted & (raw.source[inner] > 0)
            maps.append(((_shown(scene) - _shown(truth)) ** 2).mean(0))
            square += float(maps[-1][wanted].sum())
            stops += float(off[wanted].sum())
            true += float(off[mine].sum())
            claimed += float(claimed_stops(raw.confidence[inner])[mine].sum())
            reached += int(mine.sum())
            count += int(wanted.sum())
    psnr = -10 * math.log10(max(square / count, 1e-10))
    few = max(reached, 1)
    return Trial(name, psnr, stops / count, reached / count, claimed / few, true / few, count), maps


def _shown(scene: torch.Tensor) -> torch.Tensor:
    """Scene-linear light [3, h, w] as a display shows it, 0..1: errors that count for the eye."""
    return torch.from_numpy(scene_to_srgb(scene.clamp(0, 1).cpu().numpy())).to(scene.device)


def _hidden(name: str, hiding: Hiding, ready: object, number: int) -> object:
    """What an engine knows of a frame when what is hidden for the trial is forgotten."""
    if name == SMOOTHLY:
        return None
    known: object = import_module(ENGINES[name].module).hidden(hiding, ready, around(hiding.numbers, number))
    return known


def _rebuilt(name: str, hiding: Hiding, known: object, part: _Part) -> Fill:
    if name == SMOOTHLY:
        box = hole_box(part.region, 1)
        return nothing(part.number, box, crop(part.region, box))
    fill: Fill = import_module(ENGINES[name].module).fill(hiding, known, part.number, 0, part.region)
    return fill
