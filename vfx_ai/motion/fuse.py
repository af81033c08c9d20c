"""The background's depth behind a hole, from the depths of frames that saw it.

Every frame's depth is thrown into the hole; each pixel keeps the nearest that each frame throws there, and of those
that are about as deep as each other the mean is a candidate. Each candidate is then judged by all frames: one that
places a point there speaks for it, one that sees through it against it, one to which it is hidden says nothing. A
candidate behind a believed one pays, so that what is thin isn't lost before a wall. Pixels take over what their
neighbours believe in, unless their own evidence is stronger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.media.frame import Window
from vfx_ai.motion.camera import Camera
from vfx_ai.motion.depths import Depth, Sweep
from vfx_ai.motion.geometry import Relation, ideal, real, relation
from vfx_ai.motion.sampling import at_index, pixel_grid

AGREES, SEES_THROUGH = 1.5, 2.0  # planes
DOUBT = 0.5  # votes against that every candidate starts with
BELIEVED, BEHIND = 0.25, 1.0  # belief beyond which a nearer candidate counts, and what being behind it costs
BEHIND_PLANES = 3.0
ROUNDS = 4
GAIN_LEAST = 0.1  # of cost, for a pixel to take over what a neighbour believes in
NEAR_JUMP, FAR_JUMP, JUMP_WEIGHT = 1.5, 6.0, 2.5  # planes; the cost of differing from neighbours
SAME_LAYER, MOST_LAYERS = 1.5, 6  # planes by which what frames throw is of one candidate; candidates of a pixel
DIRECTIONS = ((0, 1), (0, -1), (1, 0), (-1, 0))


@dataclass(frozen=True)
class Witness:
    """A frame that tells of depth: its depth, and how pixels of the frame with the hole lie in it."""

    number: int
    depth: Depth
    relation: Relation


def fuse(
    small: Camera,
    number: int,
    box: Window,
    hole: torch.Tensor,
    own: Depth | None,
    witnesses: Sequence[Witness],
    sweep: Sweep,
) -> torch.Tensor:
    """Depth in a hole.

    Args:
        small: the camera at the working size.
        number: the frame with the hole.
        box: rows and columns of the working picture.
        hole: [h, w] bool, what is asked for.
        own: the frame's own depth, which holds the hole's edge in place.
        witnesses: other frames.
        sweep: the planes.

    Returns:
        Inverse depth [h, w] float32; 0 where nothing tells and outside the hole.
    """
    grid = pixel_grid(hole.shape, hole.device, box.x0, box.y0)
    rows, columns = torch.nonzero(hole, as_tuple=True)
    at = ideal(small, number, grid[:, rows, columns])
    every = torch.stack([thrown(small, number, box, hole.shape, w)[rows, columns] for w in witnesses])
    candidates = layers(every, SAME_LAYER * sweep.step)
    beliefs = torch.stack([_belief(at, c, witnesses, sweep) for c in candidates])
    costs = _costs(candidates, beliefs, candidates, beliefs, sweep)
    chosen = costs.argmin(0)
    best, cost = (values.gather(0, chosen[None])[0] for values in (candidates, costs))
    depth = torch.zeros(hole.shape, device=hole.device)
    if own is not None:
        _lay(depth, own, box)
    for _ in range(ROUNDS):
        for down, across in DIRECTIONS:
            depth[rows, columns] = best
            around = [_shifted(depth, d, a)[rows, columns] for d, a in DIRECTIONS]
            offer = _shifted(depth, down, across)[rows, columns]
            offered = _belief(at, offer, witnesses, sweep)
            asked = _costs(offer[None], offered[None], candidates, beliefs, sweep)[0] + _unlike(offer, around, sweep)
            better = (offer > 0) & (asked < cost + _unlike(best, around, sweep) - GAIN_LEAST)
            best = torch.where(better, offer, best)
            cost = torch.where(better, asked - _unlike(offer, around, sweep), cost)
    out = torch.zeros(hole.shape, device=hole.device)
    out[rows, columns] = best
    return out


def thrown(small: Camera, number: int, box: Window, size: torch.Size, witness: Witness) -> torch.Tensor:
    """The nearest inverse depth [h, w] that a frame throws to each pixel of a box of frame `number`; 0 where none."""
    depth = witness.depth
    out = torch.zeros(size[0] * size[1], device=depth.inverse.device)
    if depth.box.empty:
        return out.reshape(size)
    rows, columns = torch.nonzero(depth.trust > 0, as_tuple=True)
    at = torch.stack([columns + depth.box.x0, rows + depth.box.y0]).float()
    back = relation(small, witness.number, number)
    there, inverse = back.carry(at, depth.inverse[rows, columns])
    there = real(small, number, there)
    x, y = (there[0] - box.x0).round(), (there[1] - box.y0).round()
    inside = (x >= 0) & (y >= 0) & (x < size[1]) & (y < size[0]) & (inverse > 0)
    index = (y * size[1] + x)[inside].long()
    return out.scatter_reduce(0, index, inverse[inside], "amax").reshape(size)


def layers(thrown: torch.Tensor, within: float) -> torch.Tensor:
    """Inverse depths [C, N], 0 for none, as the means [L, N] of those that lie together, the nearest first.

    Args:
        thrown: what each of C frames throws to N pixels.
        within: by how much those of one mean are farther than the nearest of them, at most.
    """
    ordered = thrown.sort(0, descending=True).values
    total = torch.zeros((min(MOST_LAYERS, len(ordered)), ordered.shape[1]), device=thrown.device)
    count, which, first = torch.zeros_like(total), torch.zeros_like(ordered[0], dtype=torch.long), ordered[0]
    for value in ordered:
        apart = first - value > within
        which, first = which + apart, torch.where(apart, value, first)
        counts = ((value > 0) & (which < len(total))).float()[None]
        slot = which.clamp(max=len(total) - 1)[None]
        total.scatter_add_(0, slot, value[None] * counts)
        count.scatter_add_(0, slot, counts)
    return total / count.clamp(min=1)


def _belief(at: torch.Tensor, inverse: torch.Tensor, witnesses: Sequence[Witness], sweep: Sweep) -> torch.Tensor:
    """How far [N], 0..1, the frames believe that the background behind pixels `at` [2, N] lies at `inverse` [N]."""
    yes, no = torch.zeros_like(inverse), torch.full_like(inverse, DOUBT)
    for witness in witnesses:
        there, carried = witness.relation.carry(at, inverse)
        found, trust = _trusted(witness.depth, there)
        off = (found - carried) / sweep.step
        trust = trust * (carried > 0)
        yes += trust * (1 - off.abs() / AGREES).clamp(min=0)
        no += trust * (off < -SEES_THROUGH)
    return torch.where(inverse > 0, yes / (yes + no), 0.0)


def _trusted(depth: Depth, at: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    box = depth.box
    if box.empty:
        return torch.zeros_like(at[0]), torch.zeros_like(at[0])
    x, y = (at[0] - box.x0).round(), (at[1] - box.y0).round()
    inside = (x >= 0) & (y >= 0) & (x < box.width) & (y < box.height)
    index = (y.clamp(0, box.height - 1) * box.width + x.clamp(0, box.width - 1)).long()
    return at_index(depth.inverse.flatten(), index), at_index(depth.trust.flatten(), index) * inside


def _costs(
    offers: torch.Tensor, beliefs: torch.Tensor, candidates: torch.Tensor, theirs: torch.Tensor, sweep: Sweep
) -> torch.Tensor:
    """What it costs [C, N] to choose each of `offers`: disbelief, and what is believed in before it."""
    costs = 1 - beliefs
    for candidate, belief in zip(candidates, theirs, strict=True):
        nearer = candidate > offers + BEHIND_PLANES * sweep.step
        costs = torch.maximum(costs, 1 - beliefs + BEHIND * nearer * (belief - BELIEVED).clamp(min=0))
    return costs


def _unlike(inverse: torch.Tensor, around: Sequence[torch.Tensor], sweep: Sweep) -> torch.Tensor:
    """The cost [N] of differing from the pixels around."""
    total, count = torch.zeros_like(inverse), torch.zeros_like(inverse)
    for other in around:
        planes = (inverse - other).abs() / sweep.step
        there = other > 0
        total += there * ((planes - NEAR_JUMP).clamp(min=0) / (FAR_JUMP - NEAR_JUMP)).clamp(max=1)
        count += there
    return JUMP_WEIGHT * total / count.clamp(min=1)


def _lay(depth: torch.Tensor, own: Depth, box: Window) -> None:
    """Put what a frame itself knows of depth into a box."""
    both = own.box.intersection(box)
    if not both.empty:
        there, here = both.slices(box), both.slices(own.box)
        depth[there] = torch.where(own.trust[here] > 0, own.inverse[here], 0.0)


def _shifted(picture: torch.Tensor, down: int, across: int) -> torch.Tensor:
    """The value [h, w] of the pixel `down` and `across` from each; the border goes on."""
    padded = F.pad(picture[None, None], (1, 1, 1, 1), mode="replicate")[0, 0]
    height, width = picture.shape
    return padded[1 + down : 1 + down + height, 1 + across : 1 + across + width]
