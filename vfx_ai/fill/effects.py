"""A hole filled together with what its object leaves around it: shadows, reflections, light that it throws.

The surroundings are hidden in all frames alike, since what an object leaves moves along with it. What the other frames
then say of them is held against the plate, see `ratio`. An effect is divided out of the plate, so that its texture and
grain stay; where the ratio is no good, other frames' pixels stand in. Where there is none, the fill is the usual one.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module

import torch

from vfx_ai.fill import ENGINES, OTHER_FRAME, RELIT, ladder
from vfx_ai.fill.contract import Fill, claimed_confidence, claimed_stops, mean_gain, nothing, shares
from vfx_ai.fill.hiding import Hiding, around, growth, probes
from vfx_ai.fill.ladder import DOUBTFUL_STOPS, Ladder, laid
from vfx_ai.fill.ratio import Effects, measured
from vfx_ai.fill.tiles import fill_in_tiles
from vfx_ai.motion.carried import SURROUNDINGS_SHARE
from vfx_ai.motion.sampling import pixel_grid
from vfx_ai.shot import Shot, crop

REACH = 4  # times half the object's thickness: what it leaves is looked for about twice its own size around it
WIDEST = {"locked": 0.15, "moving": SURROUNDINGS_SHARE}  # of the width; a moving background is known no farther
EXTREME_STOPS = 3.0  # more isn't divided out: noise would become a picture


def reach(shot: Shot, kind: str) -> int:
    """By how many pixels around the hole an object's effects are looked for; the same for all frames of a shot."""
    numbers = probes(shot)
    return min(REACH * growth(shot, numbers), round(WIDEST[kind] * shot.width)) if numbers else 1


def hidden(hiding: Hiding, engines: Ladder, number: int) -> Ladder:
    """The engines as they fill frame `number` of a shot that hides more."""
    near = around(hiding.numbers, number)
    rungs = tuple(
        replace(rung, ready=import_module(ENGINES[rung.name].module).hidden(hiding, rung.ready, near))
        for rung in engines.rungs
    )
    return replace(engines, rungs=rungs)


def fill(shot: Shot, hiding: Hiding, engines: Ladder, number: int, blend: int = 0) -> Fill:
    """Fill the hole of one frame, and what its object leaves around it.

    Args:
        shot: the plate and its matte.
        hiding: the same with the surroundings hidden by `reach`.
        engines: ready to fill `shot`.
        number: which frame.
        blend: see `ladder.fill`.

    Returns:
        A fill with `effects`; without any it is what `ladder.fill` gives.
    """
    wide = fill_in_tiles(ladder.fill, hiding, hidden(hiding, engines, number), number, blend)
    view = shot.view(number)
    plate, hole = crop(view.scene, wide.box), crop(view.hole, wide.box)
    known = crop(view.seen, wide.box) & (wide.source == OTHER_FRAME)
    claimed = claimed_stops(wide.confidence)
    found = measured(plate, wide.scene, claimed, known, hole, shot.width / shot.working_size[1])
    effect = found.coverage > 0
    if not bool(effect.any()):
        return fill_in_tiles(ladder.fill, shot, engines, number, blend)
    relit = _divided(wide, found, effect, plate)
    # Frames in which the place is next to the object would bring what it leaves into the hole.
    done = _part(relit, hole | effect)
    left = torch.zeros_like(view.hole)
    left[wide.box.y0 : wide.box.y1, wide.box.x0 : wide.box.x1] = hole & (done.source == 0)
    if bool(left.any()):
        done = _beside(done, fill_in_tiles(ladder.fill, shot, engines, number, blend, region=left))
    lent = crop(view.hole, done.box) & (done.source == OTHER_FRAME)
    return replace(
        done,
        never_seen=done.never_seen & crop(view.hole, done.box) & (done.source == 0),
        frames=shares(done.origin[2][lent]),
        gain=mean_gain(done.matched[:, lent]),
    )


def _divided(wide: Fill, found: Effects, effect: torch.Tensor, plate: torch.Tensor) -> Fill:
    """What other frames say, but for what is better divided out of the plate; the ratio's error is its confidence."""
    good = effect & (found.stops.abs().amax(0) <= EXTREME_STOPS)
    good &= claimed_stops(wide.confidence) <= DOUBTFUL_STOPS
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
