"""Several engines after each other: the first fills what it can, the next what is left open or better left to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from vfx_ai.fill import ENGINES
from vfx_ai.fill.contract import Fill, claimed_confidence, claimed_stops, mean_gain, nothing, shares
from vfx_ai.fill.masks import box_sum, dilated
from vfx_ai.media.frame import Window
from vfx_ai.motion.survey import Motion
from vfx_ai.shot import Shot, crop, hole_box

DOUBTFUL_STOPS = 0.5  # an expected error beyond which the next engine is asked
BETTER = 0.7  # the next engine's expected error must be less than this share
AREA = 7  # pixels over which expected errors are compared
AROUND = 3  # pixels around a doubtful one that are asked for as well


@dataclass(frozen=True)
class Rung:
    """An engine, what it made ready, and by what its claims of error are to be multiplied."""

    name: str
    ready: Any
    factor: float = 1.0


@dataclass(frozen=True)
class Ladder:
    """Engines in the order in which they are asked."""

    rungs: tuple[Rung, ...]


def ready(shot: Shot, motion: Motion, folder: Path, engines: Sequence[str], factors: Mapping[str, float]) -> Ladder:
    """The engines in their order, ready to fill."""
    rungs = [
        Rung(name, import_module(ENGINES[name].module).ready(shot, motion, folder), factors.get(name, 1.0))
        for name in engines
    ]
    return Ladder(tuple(rungs))


def fill(shot: Shot, ladder: Ladder, number: int, blend: int = 0, region: torch.Tensor | None = None) -> Fill:
    """Fill the hole of one frame, engine after engine; see `fill` of the engines.

    The confidence is what each engine claims, corrected by how far its claims were right in the trial.
    """
    hole = shot.view(number).hole if region is None else shot.view(number).hole & region
    box = hole_box(hole, 1)
    done = nothing(number, box, crop(hole, box))
    for rung in ladder.rungs:
        left = torch.zeros_like(hole)
        left[done.box.y0 : done.box.y1, done.box.x0 : done.box.x1] = _doubtful(done)
        left &= hole
        if bool(left.any()):
            done = _joined(done, _filled(shot, ladder, rung, number, blend, dilated(left, AROUND) & hole))
    return done


def _filled(shot: Shot, ladder: Ladder, rung: Rung, number: int, blend: int, region: torch.Tensor) -> Fill:
    """What an engine fills, without what another one knows to be wrong."""
    made: Fill = import_module(ENGINES[rung.name].module).fill(shot, rung.ready, number, blend, region)
    certain = claimed_confidence(claimed_stops(made.confidence) * rung.factor)
    made = replace(made, confidence=torch.where(made.source > 0, certain, 0.0))
    for other in ladder.rungs:
        ask = getattr(import_module(ENGINES[other.name].module), "contradicted", None)
        if ask is not None and other is not rung and bool((made.source > 0).any()):
            right = ~ask(shot, other.ready, made)
            made = replace(made, source=made.source * right, confidence=made.confidence * right)
    return made


def _doubtful(fill: Fill) -> torch.Tensor:
    return (fill.source == 0) | (claimed_stops(fill.confidence) > DOUBTFUL_STOPS)


def _joined(first: Fill, second: Fill) -> Fill:
    """The first fill with the second's pixels where it is open, or where the second promises clearly less error."""
    box = first.box.union(second.box)
    a, b = (_laid(fill, box) for fill in (first, second))
    take, contested = (b.source > 0) & (a.source == 0), (b.source > 0) & (a.source > 0) & _doubtful(a)
    if bool(contested.any()):
        take |= contested & (_mean_error(b) < BETTER * _mean_error(a))
    source, origin = torch.where(take, b.source, a.source), torch.where(take, b.origin, a.origin)
    matched = torch.where(take, b.matched, a.matched)
    return replace(
        a,
        scene=torch.where(take, b.scene, a.scene),
        source=source,
        confidence=torch.where(take, b.confidence, a.confidence),
        origin=origin,
        matched=matched,
        never_seen=a.never_seen & b.never_seen & (source == 0),
        frames=shares(origin[2][source > 0]),
        gain=mean_gain(matched[:, source > 0]),
        depth_ratio=torch.where(take, b.ratio(), a.ratio()),
    )


def _laid(fill: Fill, box: Window) -> Fill:
    """The same fill over a larger box; beyond its own it has nothing, and leaves it to others what no frame shows."""
    if fill.box == box:
        return fill
    there, size = fill.box.slices(box), (box.height, box.width)

    def larger(part: torch.Tensor, empty: float) -> torch.Tensor:
        out = part.new_full((*part.shape[:-2], *size), empty)
        out[(..., *there)] = part
        return out

    return replace(
        fill,
        box=box,
        scene=larger(fill.scene, 0),
        source=larger(fill.source, 0),
        confidence=larger(fill.confidence, 0),
        never_seen=larger(fill.never_seen, 1),
        origin=larger(fill.origin, 0),
        matched=larger(fill.matched, 1),
        depth_ratio=larger(fill.ratio(), 1),
    )


def _mean_error(fill: Fill) -> torch.Tensor:
    """The error in stops that is expected around each pixel [h, w], of pixels that are filled."""
    there = (fill.source > 0).float()
    both = box_sum(torch.stack([claimed_stops(fill.confidence) * there, there]), AREA)
    return both[0] / both[1].clamp(min=1e-6)
