"""What the past and the future show of a hole, laid over each other and mixed.

Both are aligned once more, half of what is left of the way each, so that errors of the way they came don't double
edges. Where they agree they are mixed by their distance in time, so that a source fades into the next rather than
switches; where they don't, the fresher one is taken. What came about by a guess and doesn't fit into its surroundings
is left open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill import OTHER_FRAME
from vfx_ai.fill.claims import claimed_by_looks
from vfx_ai.fill.contract import Fill, claimed_confidence, mean_gain, shares
from vfx_ai.fill.masks import box_mean
from vfx_ai.fill.middle import first
from vfx_ai.fill.plausible import implausible
from vfx_ai.media.color import LOG_PIVOT, in_stops
from vfx_ai.media.frame import Window
from vfx_ai.motion.flow import dense_flow
from vfx_ai.motion.pyramid import resized
from vfx_ai.motion.sampling import length, pixel_grid, resample, sample, sees
from vfx_ai.shot import Shot, crop

LOOKS = 2  # frames that are asked on each side, once the point is in sight
MARGIN = 12  # pixels around the hole's box; what is seen there holds the alignment of past and future in place
AGREE_STOPS = 0.35  # past and future that differ less are mixed
FARTHEST = 4.0  # pixels; what past and future are farther apart is another thing, not an error of the way
STRICT = 4.0  # exponent that is added to the weights where past and future disagree
UNSURE_WEIGHT = 0.1  # of a look that is a guess, or beside something nearer
ALIKE_STOPS, ALONE_STOPS = 0.7, 2.0  # looks of one thing differ by less, by more of two things
AREA = 5  # pixels over which past and future are compared

Gain = Callable[[int], torch.Tensor]  # the factor [3] that matches a frame's pixels to the one that is filled


@dataclass(frozen=True)
class Look:
    """What one look into the past or the future shows, over a box.

    Attributes:
        positions: [2, h, w] float32 on the canvas, in the frame that shows the point.
        frame: [h, w] int64, that frame's index in the shot; -1 where none shows it.
        steps: [h, w] float32, how many frames away.
        guessed: [h, w] bool, a step on the way was a guess.
        beside: [h, w] bool, the point lies beside something nearer there, whose light it may have a share of.
    """

    positions: torch.Tensor
    frame: torch.Tensor
    steps: torch.Tensor
    guessed: torch.Tensor
    beside: torch.Tensor

    @property
    def found(self) -> torch.Tensor:
        """[h, w] bool: some frame shows the point."""
        return self.frame >= 0


def mixed(
    shot: Shot,
    number: int,
    box: Window,
    hole: torch.Tensor,
    past: list[Look],
    future: list[Look],
    gain: Gain,
    drift: float,
    blend: int = 0,
) -> Fill:
    """Fill a hole with what looks into the past and the future show.

    Args:
        shot: the plate and its matte.
        number: which frame.
        box: where the looks and the hole lie on the canvas.
        hole: [h, w] bool.
        past, future: LOOKS looks each, the nearest first.
        gain: by what pixels of another frame are multiplied.
        drift: how the error of the way to a look grows with the distance in frames, as a power of it.
        blend: 1 takes each pixel from a single frame; else all looks are mixed.
    """
    off, agreed = _disagreement(shot, past[0], future[0], gain)
    share = past[0].steps / (past[0].steps + future[0].steps).clamp(min=1)
    past = [_moved(shot, look, -share * off) for look in past]
    future = [_moved(shot, look, (1 - share) * off) for look in future]
    looks = past + future
    values = torch.stack([fetch(shot, gain, look) for look in looks])
    found = torch.stack([look.found for look in looks])
    steps = torch.stack([look.steps for look in looks])
    weights = _weights(looks, agreed, _alone(values, found, steps), blend)
    scene = (values * weights[:, None]).sum(0) / weights.sum(0).clamp(min=1e-9)
    reached = hole & found.any(0)
    doubtful = reached & _guessed(past[0], future[0])
    around = torch.where(hole, scene, crop(shot.view(number).scene, box))
    reached &= ~implausible(around, crop(shot.seen(number), box) | (reached & ~doubtful), doubtful)
    origin, matched = _origin(shot, looks, weights, gain)
    stops = claimed_by_looks(
        values,
        found,
        weights,
        steps,
        torch.stack([look.guessed for look in looks]),
        around,
        crop(shot.view(number).valid, box) & (~hole | reached),
        drift,
    )
    return Fill(
        number,
        box,
        scene,
        torch.where(reached, OTHER_FRAME, 0).to(torch.uint8),
        torch.where(reached, claimed_confidence(stops), 0.0),
        hole & ~found.any(0),
        torch.where(reached, origin, 0.0),
        torch.where(reached, matched, 1.0),
        shares(origin[2][reached]),
        mean_gain(matched[:, reached]),
    )


def fetch(shot: Shot, gain: Gain, look: Look) -> torch.Tensor:
    """The pixels [3, h, w] that a look shows, matched in exposure; 0 where it shows none."""
    out = torch.zeros((3, *look.frame.shape), device=shot.device)
    for index in torch.unique(look.frame).tolist():
        if index < 0:
            continue
        other, mask = shot.numbers[index], look.frame == index
        pixels = resample(shot.view(other).scene, look.positions[:, mask][:, None])[:, 0]
        out[:, mask] = pixels * gain(other)[:, None]
    return out


def _moved(shot: Shot, look: Look, off: torch.Tensor) -> Look:
    """A look with its positions moved by `off` [2, h, w], except where what must go would come into sight."""
    positions = look.positions + off
    for index in torch.unique(look.frame[look.found]).tolist():
        mask = look.frame == index
        shown = sees(shot.seen(shot.numbers[index]), positions[:, mask][:, None])[0]
        positions[:, mask] = torch.where(shown, positions[:, mask], look.positions[:, mask])
    return replace(look, positions=positions)


def _disagreement(shot: Shot, past: Look, future: Look, gain: Gain) -> tuple[torch.Tensor, torch.Tensor]:
    """How far [2, h, w] what the past shows must be moved to lie on what the future shows, and how alike [h, w] they
    are then (0..1)."""
    both = past.found & future.found
    if not bool(both.any()):
        return torch.zeros_like(past.positions), torch.zeros_like(past.steps)
    before, after = (in_stops(fetch(shot, gain, look)) for look in (past, future))
    off = _apart(before, after, past.found, future.found, shot.working_size[1] / shot.width)
    off = torch.where(both & (length(off) < FARTHEST), off, 0.0)
    moved = sample(after, pixel_grid(both.shape, shot.device) + off)
    apart = box_mean((moved - before).abs().amax(0)[None], AREA)[0]
    return off, torch.where(both, torch.exp(-((apart / AGREE_STOPS) ** 2)), 0.0)


def _apart(
    before: torch.Tensor, after: torch.Tensor, found: torch.Tensor, other_found: torch.Tensor, factor: float
) -> torch.Tensor:
    """The motion [2, h, w] between two pictures [3, h, w] of a box, found at the working size."""
    full = (before.shape[1], before.shape[2])
    size = (max(1, round(full[0] * factor)), max(1, round(full[1] * factor)))
    if size == full:
        return dense_flow(before, after, found, other_found)
    both = F.interpolate(torch.cat([before, after, found[None], other_found[None]])[None], size=size, mode="area")[0]
    return resized(dense_flow(both[:3], both[3:6], both[6] > 0.99, both[7] > 0.99), full)


def _weights(looks: list[Look], agreed: torch.Tensor, alone: torch.Tensor, blend: int) -> torch.Tensor:
    """Weight of each look [L, h, w]: the nearer in time the more, and the more exclusively the less they agree."""
    nearness = torch.stack([look.found / look.steps.clamp(min=1) for look in looks]) * ~alone
    trust = torch.stack([torch.where(look.guessed | look.beside, UNSURE_WEIGHT, 1.0) for look in looks])
    strictness = 1 + STRICT * (1 - agreed) if blend != 1 else torch.full_like(agreed, 1 + STRICT)
    weights = nearness * trust
    weights = (weights / weights.amax(0).clamp(min=1e-9)) ** strictness
    if blend == 1:
        weights = weights * F.one_hot(weights.argmax(0), len(looks)).permute(2, 0, 1)
    return weights


def _alone(values: torch.Tensor, found: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
    """Looks [L, h, w] bool whose light is by far another one than that of most others, one of which is as near in time.

    They came from another thing, whose depth was missed: a lamp's 60 leaves specks even in a small share. `values` is
    [L, 3, h, w], `found` and `steps` are [L, h, w].
    """
    alone, several = torch.zeros_like(found), found.sum(0) > 2
    light = values.clamp(min=0) + LOG_PIVOT
    low, high = (torch.where(found[:, None], sign * light, torch.inf).amin(0) for sign in (1, -1))
    rows, columns = torch.nonzero(several & (-high / low > 2**ALONE_STOPS).any(0), as_tuple=True)
    stops, there, away = light[..., rows, columns].log2(), found[:, rows, columns], steps[:, rows, columns]
    apart = torch.stack([(stops - one).abs().amax(1) for one in stops])  # of each from each
    apart = torch.where(there & there[:, None], apart, torch.inf)
    support = (apart < ALIKE_STOPS).sum(0)
    most = support.amax(0)
    far = apart.gather(0, first(support == most)[None, None].expand(1, *there.shape))[0]
    nearest = torch.where(far < ALIKE_STOPS, away, torch.inf).amin(0)
    alone[:, rows, columns] = there & (far > ALONE_STOPS) & (most > 1) & (support < most) & (away >= nearest)
    return alone


def _origin(shot: Shot, looks: list[Look], weights: torch.Tensor, gain: Gain) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the look of the largest weight took each pixel from (x, y, frame) [3, h, w], and its gain [3, h, w]."""
    main = weights.argmax(0)
    x, y = (torch.stack([look.positions[i] for look in looks]).gather(0, main[None])[0] for i in (0, 1))
    index = torch.stack([look.frame for look in looks]).gather(0, main[None])[0]
    frame, matched = torch.zeros_like(x), torch.ones((3, *index.shape), device=x.device)
    for i in torch.unique(index[index >= 0]).tolist():
        mask = index == i
        frame[mask] = shot.numbers[i]
        matched[:, mask] = gain(shot.numbers[i])[:, None]
    return torch.stack([x, y, frame]), matched


def _guessed(past: Look, future: Look) -> torch.Tensor:
    """Where [h, w] no look came about without a guess on the way."""
    return (past.guessed | ~past.found) & (future.guessed | ~future.found)
