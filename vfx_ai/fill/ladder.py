"""Several engines after each other: the first fills what it can, the next what is left open or better left to it.

In a part of the shot where the trial found another engine clearly better, that one goes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vfx_ai.fill import ENGINES
from vfx_ai.fill.contract import Fill, claimed_confidence, claimed_stops, mean_gain, nothing, shares
from vfx_ai.fill.masks import box_sum, dilated
from vfx_ai.fill.places import CELL, favorites
from vfx_ai.fill.tiles import joined
from vfx_ai.fill.trial import Choice
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
    """Engines, ready to fill.

    Attributes:
        rungs: every engine that is asked anywhere.
        choice: the order in which they are asked, and in which places another one goes first.
        motion: carries places from frame to frame.
    """

    rungs: tuple[Rung, ...]
    choice: Choice
    motion: Motion

    def ready_of(self, name: str) -> Any:
        """What an engine made ready; None if it is none of the rungs."""
        return next((rung.ready for rung in self.rungs if rung.name == name), None)


def ready(shot: Shot, motion: Motion, folder: Path, choice: Choice) -> Ladder:
    """The engines of a choice, ready to fill."""
    rungs = [
        Rung(name, import_module(ENGINES[name].module).ready(shot, motion, folder), choice.factors.get(name, 1.0))
        for name in choice.needed
    ]
    return Ladder(tuple(rungs), choice, motion)


def fill(shot: Shot, ladder: Ladder, number: int, blend: int = 0, region: torch.Tensor | None = None) -> Fill:
    """Fill the hole of one frame, engine after engine; see `fill` of the engines.

    The confidence is what each engine claims, corrected by how far its claims were right in the trial.
    """
    hole = shot.view(number).hole if region is None else shot.view(number).hole & region
    pieces = [_in_order(shot, ladder, order, number, blend, part) for order, part in _parts(shot, ladder, number, hole)]
    return pieces[0] if len(pieces) == 1 else joined(pieces)


def _parts(shot: Shot, ladder: Ladder, number: int, hole: torch.Tensor) -> list[tuple[tuple[Rung, ...], torch.Tensor]]:
    """The hole [H, W] in parts, each with the engines that fill it in their order."""
    choice, rungs = ladder.choice, {rung.name: rung for rung in ladder.rungs}
    whole = tuple(rungs[name] for name in choice.engines)
    box = hole_box(hole, 0)
    if not choice.places or box.empty:
        return [(whole, hole)]
    names, cell = choice.names, CELL * shot.width / shot.working_size[1]
    # Cells are counted from the canvas's corner, so that a part of a hole gets what the whole would.
    x, y = (np.arange(int(a // cell), int((b - 1) // cell) + 1) for a, b in ((box.x0, box.x1), (box.y0, box.y1)))
    grid = np.meshgrid((x + 0.5) * cell, (y + 0.5) * cell)
    first = favorites(choice.places, names, ladder.motion, number, grid[0], grid[1], cell)
    if not first.any():
        return [(whole, hole)]
    columns = (np.arange(box.x0, box.x1) // cell).astype(int) - x[0]
    rows = (np.arange(box.y0, box.y1) // cell).astype(int) - y[0]
    index = torch.from_numpy(first[rows[:, None], columns[None]]).to(hole.device)
    parts = []
    for i, name in enumerate(names):
        part = torch.zeros_like(hole)
        part[box.y0 : box.y1, box.x0 : box.x1] = index == i
        part &= hole
        if bool(part.any()):
            others = tuple(rung for rung in whole if rung.name != name)
            parts.append(((rungs[name], *others) if name in rungs else whole if i == 0 else (), part))
    return parts


def _in_order(shot: Shot, ladder: Ladder, order: Sequence[Rung], number: int, blend: int, hole: torch.Tensor) -> Fill:
    """Fill a part [H, W] of the hole, engine after engine.

    Where one goes first because it was clearly better there than the shot's best, nothing contradicts it.
    """
    own = [rung.name for rung in order] != list(ladder.choice.engines)
    box = hole_box(hole, 1)
    done = nothing(number, box, crop(hole, box))
    for i, rung in enumerate(order):
        left = torch.zeros_like(hole)
        left[done.box.y0 : done.box.y1, done.box.x0 : done.box.x1] = _doubtful(done)
        left &= hole
        if bool(left.any()):
            judges = () if own and i == 0 else order
            done = _joined(done, _filled(shot, judges, rung, number, blend, dilated(left, AROUND) & hole))
    return done


def _filled(shot: Shot, judges: Sequence[Rung], rung: Rung, number: int, blend: int, region: torch.Tensor) -> Fill:
    """What an engine fills, without what another one knows to be wrong."""
    made: Fill = import_module(ENGINES[rung.name].module).fill(shot, rung.ready, number, blend, region)
    certain = claimed_confidence(claimed_stops(made.confidence) * rung.factor)
    made = replace(made, confidence=torch.where(made.source > 0, certain, 0.0))
    for other in judges:
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
    a, b = (laid(fill, box) for fill in (first, second))
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


def laid(fill: Fill, box: Window) -> Fill:
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
        effects=None if fill.effects is None else larger(fill.effects, 0),
    )


def _mean_error(fill: Fill) -> torch.Tensor:
    """The error in stops that is expected around each pixel [h, w], of pixels that are filled."""
    there = (fill.source > 0).float()
    both = box_sum(torch.stack([claimed_stops(fill.confidence) * there, there]), AREA)
    return both[0] / both[1].clamp(min=1e-6)
