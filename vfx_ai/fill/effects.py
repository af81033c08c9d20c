"""A hole filled together with what its object leaves around it: shadows, reflections, light that it throws.

Where such may fall is hidden in all frames alike, since what an object leaves moves along with it, see `cast`. What
the other frames then say is held against the plate, see `ratio`. An effect is divided out of the plate, so that its
texture and grain stay; where the ratio is no good, other frames' pixels stand in. Where there is none, the fill is the
usual one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import torch

from vfx_ai.caching import Kept
from vfx_ai.fill import ENGINES, OTHER_FRAME, RELIT, cast, ladder
from vfx_ai.fill.contract import Fill, claimed_confidence, claimed_stops, mean_gain, nothing, shares
from vfx_ai.fill.hiding import Hiding, around
from vfx_ai.fill.ladder import DOUBTFUL_STOPS, Ladder, laid
from vfx_ai.fill.ratio import LEAST_STOPS, Effects, Foretold, measured
from vfx_ai.fill.tiles import fill_in_tiles
from vfx_ai.media.frame import Window
from vfx_ai.motion.sampling import pixel_grid, sample
from vfx_ai.shot import Shot, crop

WIDEST = {"flow": cast.FIRST_LOOK}  # of the width: what its motion is found for; of other engines cast.WIDEST
MOST_TOLD = 64  # frames of which it is kept what is expected
EXTREME_STOPS = 3.0  # more isn't divided out: noise would become a picture


@dataclass(frozen=True)
class Known:
    """What is known of a shot's effects, the shot with what they may fall on hidden, and who can rebuild it.

    `told` keeps what is expected of frames: [3, h, w] float32 in stops, at the working size; 0 where that is nothing.
    """

    cast: cast.Cast
    hiding: Hiding
    engines: Ladder
    told: Kept[int, torch.Tensor]


def file_in(analysis: Path, engine: str) -> Path:
    """Where a run by an engine keeps what it knows of its shot's effects."""
    return analysis / f"cast-{engine}.npz"


def analyse(shot: Shot, engines: Ladder, folder: Path, engine: str, progress: Callable[[int, int], None]) -> None:
    """Look for what the object leaves in a few frames, and write that to `file_in`, unless it is there."""
    path = file_in(folder, engine)
    if path.exists():
        return
    hidings: dict[bytes, Hiding] = {}
    able = _first_alone(_able(shot, engines, folder, progress))

    def measure(offsets: cast.Mask, number: int) -> tuple[Window, Effects]:
        hiding = hidings.setdefault(offsets.tobytes(), cast.hiding(shot, offsets))
        wide, found, _ = _found(shot, hiding, able, number, 0, None)
        return wide.box, found

    cast.save(cast.look(shot, measure, WIDEST.get(engines.choice.name, cast.WIDEST), progress), path)


def ready(shot: Shot, engines: Ladder, folder: Path, engine: str) -> Known:
    """What `fill` needs, read from where `analyse` wrote it."""
    known, able = cast.read(file_in(folder, engine)), _able(shot, engines, folder, lambda _done, _total: None)
    return Known(known, cast.hiding(shot, known.offsets), able, Kept(shot.budget // 16, MOST_TOLD))


def _able(shot: Shot, engines: Ladder, folder: Path, progress: Callable[[int, int], None]) -> Ladder:
    """The engines, the first of which knows enough to rebuild what lies around the hole."""
    rungs = list(engines.rungs)
    if not rungs or rungs[0].name != engines.choice.name:
        return engines
    farther = getattr(import_module(ENGINES[rungs[0].name].module), "farther", None)
    if farther is None:
        return engines
    rungs[0] = replace(rungs[0], ready=farther(shot, engines.motion, folder, WIDEST[rungs[0].name], progress))
    return replace(engines, rungs=tuple(rungs))


def _first_alone(engines: Ladder) -> Ladder:
    """The engine that is asked first: what it leaves open or is unsure of tells little of light, and takes long."""
    choice = replace(engines.choice, engines=engines.choice.engines[:1], places=())
    return replace(engines, rungs=tuple(r for r in engines.rungs if r.name == choice.name), choice=choice)


def hidden(hiding: Hiding, engines: Ladder, number: int) -> Ladder:
    """The engines as they fill frame `number` of a shot that hides more."""
    near = around(hiding.numbers, number)
    rungs = tuple(
        replace(rung, ready=import_module(ENGINES[rung.name].module).hidden(hiding, rung.ready, near))
        for rung in engines.rungs
    )
    return replace(engines, rungs=rungs)


def fill(shot: Shot, known: Known, engines: Ladder, number: int, blend: int = 0) -> Fill:
    """Fill the hole of one frame, and what its object leaves around it.

    Args:
        shot: the plate and its matte.
        known: from `ready`.
        engines: ready to fill `shot`.
        number: which frame.
        blend: see `ladder.fill`.

    Returns:
        A fill with `effects`; without any it is what `ladder.fill` gives.
    """
    wide, found, plate = _found(shot, known.hiding, known.engines, number, blend, known.cast)
    effect = found.coverage > 0
    if not bool(effect.any()):
        return fill_in_tiles(ladder.fill, shot, engines, number, blend)
    relit = _divided(wide, found, effect, plate)
    # Frames in which the place is next to the object would bring what it leaves into the hole.
    view = shot.view(number)
    hole = crop(view.hole, wide.box)
    done = _part(relit, hole | effect)
    left = torch.zeros_like(view.hole)
    left[wide.box.y0 : wide.box.y1, wide.box.x0 : wide.box.x1] = hole & (done.source == 0)
    if bool(left.any()):
        near = fill_in_tiles(ladder.fill, shot, engines, number, blend, region=left)
        done = _beside(done, _undone(shot, known, near))
    lent = crop(view.hole, done.box) & (done.source == OTHER_FRAME)
    return replace(
        done,
        never_seen=done.never_seen & crop(view.hole, done.box) & (done.source == 0),
        frames=shares(done.origin[2][lent]),
        gain=mean_gain(done.matched[:, lent]),
    )


def _undone(shot: Shot, known: Known, near: Fill) -> Fill:
    """What frames near the object lent, without what it leaves there, as far as that is expected of these frames."""
    gain = torch.ones_like(near.matched)
    factor = shot.working_size[1] / shot.width
    for other in near.frames:
        here = (near.source == OTHER_FRAME) & (near.origin[2] == other)
        stops = known.told.get(other, lambda number: _expected(shot, known, number))
        gain[:, here] = torch.exp2(-sample(stops, ((near.origin[:2, here] + 0.5) * factor - 0.5)[:, None])[:, 0])
    return replace(near, scene=near.scene * gain, matched=near.matched * gain)


def _expected(shot: Shot, known: Known, number: int) -> torch.Tensor:
    stops, there = (torch.from_numpy(part).to(shot.device) for part in cast.told(known.cast, shot, number))
    return torch.where(there & (stops.mean(0).abs() > LEAST_STOPS), stops, 0.0)


def _found(
    shot: Shot, hiding: Hiding, engines: Ladder, number: int, blend: int, told: cast.Cast | None
) -> tuple[Fill, Effects, torch.Tensor]:
    """What other frames say of a frame's hole and its surroundings, the effects beside it, and the plate there."""
    wide = fill_in_tiles(ladder.fill, hiding, hidden(hiding, engines, number), number, blend)
    view = shot.view(number)
    plate, hole, seen = (crop(part, wide.box) for part in (view.scene, view.hole, view.seen))
    expected = None
    if told is not None:
        stops, where = cast.foretold(told, shot, number, wide.box)
        expected = Foretold(stops, where & seen & ~hole)
    known, scale = seen & (wide.source == OTHER_FRAME), shot.width / shot.working_size[1]
    return wide, measured(plate, wide.scene, claimed_stops(wide.confidence), known, hole, scale, expected), plate


def _divided(wide: Fill, found: Effects, effect: torch.Tensor, plate: torch.Tensor) -> Fill:
    """What other frames say, but for what is better divided out of the plate; the ratio's error is its confidence."""
    good = effect & (found.stops.abs().amax(0) <= EXTREME_STOPS)
    good &= (claimed_stops(wide.confidence) <= DOUBTFUL_STOPS) | found.expected
    gain = torch.exp2(-found.stops)
    own = torch.cat([pixel_grid(effect.shape, effect.device, wide.box.x0, wide.box.y0), torch.zeros_like(gain[:1])])
    own[2] = wide.number
    return replace(
        wide,
        scene=torch.where(good, plate * gain, wide.scene),
        source=torch.where(good, RELIT, wide.source).to(torch.uint8),
        confidence=torch.where(good, claimed_confidence(found.error), wide.confidence),
        origin=torch.where(good, own, wide.origin),
        matched=torch.where(good, gain, wide.matched),
        depth_ratio=torch.where(good, 1.0, wide.ratio()),
        effects=found.coverage,
    )


def _part(whole: Fill, region: torch.Tensor) -> Fill:
    """A fill where a region [h, w] bool of its box is; nothing elsewhere."""
    empty = nothing(whole.number, whole.box, region)
    return replace(
        whole,
        scene=torch.where(region, whole.scene, empty.scene),
        source=torch.where(region, whole.source, empty.source),
        confidence=torch.where(region, whole.confidence, empty.confidence),
        never_seen=region & whole.never_seen,
        origin=torch.where(region, whole.origin, empty.origin),
        matched=torch.where(region, whole.matched, empty.matched),
        depth_ratio=torch.where(region, whole.ratio(), 1.0),
    )


def _beside(done: Fill, more: Fill) -> Fill:
    """Two fills of pixels that don't overlap, as one."""
    box = done.box.union(more.box)
    a, b = laid(done, box), laid(more, box)
    take = b.source > 0
    return replace(
        a,
        scene=torch.where(take, b.scene, a.scene),
        source=torch.where(take, b.source, a.source),
        confidence=torch.where(take, b.confidence, a.confidence),
        never_seen=a.never_seen & b.never_seen,
        origin=torch.where(take, b.origin, a.origin),
        matched=torch.where(take, b.matched, a.matched),
        depth_ratio=torch.where(take, b.ratio(), a.ratio()),
    )
