"""Paint-outs: what an artist painted in a few frames is carried to all others along the background's motion.

A painted frame is a whole picture: its hole shows what the artist wants to be seen there, and around it what the camera
saw. So it is laid over whatever the engines found, wherever the background behind another frame's hole was painted.
Beyond what was painted its own real pixels go on for some way, and fade out: no edge is left where paint ends.

Of several painted frames the nearest before and the nearest after go first; between them one fades into the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill import PAINTED
from vfx_ai.fill.carry import Carry
from vfx_ai.fill.contract import UNSURE_STOPS, Fill, claimed_confidence, mean_gain, shares
from vfx_ai.fill.ladder import Ladder, laid
from vfx_ai.fill.paints import Paint, Paints
from vfx_ai.fill.ring import RING, patch_side, ring_around
from vfx_ai.media.color import in_stops
from vfx_ai.media.frame import Window
from vfx_ai.motion.exposure import match_gain
from vfx_ai.motion.flow import dense_flow
from vfx_ai.motion.pyramid import resized
from vfx_ai.motion.sampling import length, pixel_grid, resample, sample, sees
from vfx_ai.shot import Shot, View, crop, hole_box

ENOUGH = 2  # painted frames of each side that are laid over each other
FARTHEST = 0.006  # of the picture's width: what is put right of a carried place at most
PROBED = 3.0  # stops: a pixel beside the hole that differs by more tells nothing of the way
LEAST_STOPS = 0.03  # error that is claimed at least


@dataclass(frozen=True)
class _Lent:
    """What painted frames of one side give: light [3, h, w], how much of it [h, w], how far away in frames, and of
    the frame that gave most x, y, number [3, h, w] and its factor [3, h, w]; expected error [h, w] in stops."""

    scene: torch.Tensor
    alpha: torch.Tensor
    away: torch.Tensor
    origin: torch.Tensor
    matched: torch.Tensor
    stops: torch.Tensor


class Carried:
    """Carries paint into frames.

    Args:
        shot, ladder, paints: of the run.
    """

    def __init__(self, shot: Shot, ladder: Ladder, paints: Paints) -> None:
        self._shot, self._paints, self._carry = shot, paints, Carry(shot, ladder)

    def reached(self, number: int, others: Iterable[int]) -> dict[int, bool]:
        """Whether paint of each of some frames, by its number, comes into the hole of frame `number`."""
        hole = self._shot.view(number).hole
        box = hole_box(hole, 0)
        if box.empty:
            return dict.fromkeys(others, False)
        inside = crop(hole, box)
        return {
            other: other == number or bool((self._reach(number, other, box)[0][inside] > 0).any()) for other in others
        }

    def _reach(self, number: int, other: int, box: Window) -> tuple[torch.Tensor, torch.Tensor]:
        """How much [h, w] of what a box shows was painted in another frame, and where it lies there [2, h, w]."""
        at, sure = self._carry.to(number, other, box)
        paint = self._paints.of(other)
        return sample(paint.reach[None], at)[0] * (sees(paint.valid, at) & sure), at

    def laid(self, fill: Fill) -> Fill:
        """The fill with paint laid over it, softly where paint ends.

        Args:
            fill: from the engines, as far as they came.

        Returns:
            The same fill where no paint comes; else painted pixels have the source PAINTED.
        """
        shot, number = self._shot, fill.number
        view = shot.view(number)
        hole = hole_box(view.hole, 0)
        if hole.empty:
            return fill
        reach = max(8, round(RING * shot.width / 1000))
        box = hole.grown(reach).intersection(Window(0, 0, shot.width, shot.height))
        guide, known = self._guide(fill, box)
        sides = [
            side for others in self._paints.order(number) if (side := self._side(number, others, box, guide, known))
        ]
        if not sides:
            return fill
        return _over(laid(fill, fill.box.union(hole)), self._faded(sides), box, view)

    def _guide(self, fill: Fill, box: Window) -> tuple[torch.Tensor, torch.Tensor]:
        """What is known of the background of a box: the plate, and in the hole what the engines are sure of."""
        view = self._shot.view(fill.number)
        scene, known = crop(view.scene, box).clone(), crop(view.seen, box).clone()
        inner = fill.box.intersection(box)
        there, here = (..., *inner.slices(box)), (..., *inner.slices(fill.box))
        sure = (fill.source[here] > 0) & (fill.confidence[here] > 0.5)
        scene[there] = torch.where(sure, fill.scene[here], scene[there])
        known[there] = known[there] | sure
        return scene, known

    def _side(
        self, number: int, others: list[int], box: Window, guide: torch.Tensor, known: torch.Tensor
    ) -> _Lent | None:
        """What painted frames of one side give, the nearest laid over those behind it."""
        inside = crop(self._shot.view(number).hole, box)
        found: list[_Lent] = []
        for other in others:
            alpha, at = self._reach(number, other, box)
            if not bool((alpha * inside > 0).any()):
                continue
            found.append(self._fetched(number, other, box, alpha, at, guide, known))
            if len(found) == ENOUGH:
                break
        if not found:
            return None
        first = found[0]
        for behind in found[1:]:
            rest = (1 - first.alpha) * behind.alpha
            total = (first.alpha + rest).clamp(min=1e-6)
            more = rest > first.alpha
            first = _Lent(
                (first.scene * first.alpha + behind.scene * rest) / total,
                first.alpha + rest,
                (first.away * first.alpha + behind.away * rest) / total,
                torch.where(more, behind.origin, first.origin),
                torch.where(more, behind.matched, first.matched),
                (first.stops * first.alpha + behind.stops * rest) / total,
            )
        return first

    def _fetched(
        self,
        number: int,
        other: int,
        box: Window,
        alpha: torch.Tensor,
        at: torch.Tensor,
        guide: torch.Tensor,
        known: torch.Tensor,
    ) -> _Lent:
        shot, paint = self._shot, self._paints.of(other)
        gain = self._gain(number, box, at, paint)
        at = self._put_right(at, paint, guide, known, gain)
        scene = resample(paint.scene, at) * gain[:, None, None]
        there = known & sees(paint.valid, at)
        off = (in_stops(scene) - in_stops(guide)).abs().mean(0)
        off = off[there & (off < PROBED)]
        stops = float(off.median()) if off.numel() else 2 * UNSURE_STOPS
        ones = torch.ones_like(alpha)
        origin = torch.cat([at, float(other) * ones[None]])
        return _Lent(
            scene,
            alpha * sees(paint.valid, at),
            ones * abs(shot.numbers.index(other) - shot.numbers.index(number)),
            origin,
            gain[:, None, None].expand_as(scene),
            ones * max(LEAST_STOPS, stops),
        )

    def _gain(self, number: int, box: Window, at: torch.Tensor, paint: Paint) -> torch.Tensor:
        """By what paint [3] is multiplied to be as bright as this frame, from what both show around the hole."""
        view = self._shot.view(number)
        ring = ring_around(view.hole, view.seen)
        x, y = ring[0].long(), ring[1].long()
        inside = (x >= box.x0) & (x < box.x1) & (y >= box.y0) & (y < box.y1)
        ring, x, y = ring[:, inside], x[inside], y[inside]
        there = at[:, y - box.y0, x - box.x0][:, None]
        fetched = resample(paint.scene, there)[:, 0]
        both = sees(paint.valid & ~paint.mask, there)[0]
        return match_gain(view.scene[:, y, x], fetched, both, ring, patch_side(self._shot.width))

    def _put_right(
        self, at: torch.Tensor, paint: Paint, guide: torch.Tensor, known: torch.Tensor, gain: torch.Tensor
    ) -> torch.Tensor:
        """Places [2, h, w] moved so that what was carried lies on what is known; behind the hole smoothly so."""
        factor = self._shot.working_size[1] / self._shot.width
        full = (at.shape[1], at.shape[2])
        size = (max(2, round(full[0] * factor)), max(2, round(full[1] * factor)))
        picture = in_stops(resample(paint.scene, at) * gain[:, None, None])
        both = torch.cat([in_stops(guide), picture, known[None].float(), sees(paint.valid, at)[None].float()])
        if size != full:
            both = F.interpolate(both[None], size=size, mode="area")[0]
        off = dense_flow(both[:3], both[3:6], both[6] > 0.99, both[7] > 0.99)
        off = resized(off, full) if size != full else off
        off = torch.where(length(off) < FARTHEST * self._shot.width, off, 0.0)
        return sample(at, pixel_grid(full, at.device) + off)

    @staticmethod
    def _faded(sides: list[_Lent]) -> _Lent:
        """Past and future, each the more the nearer in time."""
        if len(sides) == 1:
            return sides[0]
        past, future = sides
        total = (past.away + future.away).clamp(min=1)
        first, second = past.alpha * future.away / total, future.alpha * past.away / total
        both = (first + second).clamp(min=1e-6)
        more = second > first
        return _Lent(
            (past.scene * first + future.scene * second) / both,
            torch.maximum(past.alpha, future.alpha),
            torch.minimum(past.away, future.away),
            torch.where(more, future.origin, past.origin),
            torch.where(more, future.matched, past.matched),
            (past.stops * first + future.stops * second) / both,
        )


def _over(fill: Fill, lent: _Lent, box: Window, view: View) -> Fill:
    """A fill with paint over it."""
    common = box.intersection(fill.box)
    here, there = (..., *common.slices(fill.box)), (..., *common.slices(box))
    alpha = torch.zeros_like(fill.confidence)
    alpha[here] = lent.alpha[there]
    alpha = alpha * crop(view.hole, fill.box)

    def onto(whole: torch.Tensor, part: torch.Tensor) -> torch.Tensor:
        out = whole.clone()
        out[here] = part[there].to(out.dtype)
        return out

    there_already = fill.source > 0
    share = torch.where(there_already, alpha, (alpha > 0).float())  # nothing to fade into
    mostly = (share > 0.5) & (alpha > 0)
    scene = fill.scene + share * (onto(fill.scene, lent.scene) - fill.scene)
    certain = claimed_confidence(onto(fill.confidence, lent.stops))
    source = torch.where(mostly, PAINTED, fill.source).to(torch.uint8)
    origin = torch.where(mostly, onto(fill.origin, lent.origin), fill.origin)
    matched = torch.where(mostly, onto(fill.matched, lent.matched), fill.matched)
    return replace(
        fill,
        scene=torch.where(alpha > 0, scene, fill.scene),
        source=source,
        confidence=torch.where(mostly, certain, fill.confidence),
        never_seen=fill.never_seen & ~mostly,
        origin=origin,
        matched=matched,
        frames=shares(origin[2][source > 0]),
        gain=mean_gain(matched[:, source > 0]),
        depth_ratio=torch.where(mostly, 1.0, fill.ratio()),
    )
