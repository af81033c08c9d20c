"""Which place of a picture each part of a hole takes its texture from: a shift, the same for whole regions.

Shift maps (Pritch, Kav-Venaki and Peleg, ICCV 2009), with shifts that are frequent in the picture (He and Sun,
"Statistics of Patch Offsets for Image Completion", ECCV 2012), and labels by min-sum belief propagation (Felzenszwalb
and Huttenlocher, IJCV 2006). It is done on a grid whose cells grow with the hole, so cost and memory are bounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill.masks import box_mean, box_sum, dilated

MOST_CELLS = 5000  # of a hole
SHIFTS, MULTIPLES, SPARE = 16, 3, 40  # by frequency, how often each, and for cells that few of these bring home
CHOICE, WAYS = 4, 24  # shifts that each cell is to have, and directions of those that are added
SAMPLES, OTHERS = 1500, 12000  # patches near the hole, and those that they are compared with
SIDE = 5  # of a patch, in cells
NEAREST = 6  # cells; a shorter shift tells that a picture is smooth, not that it repeats itself
NEAR = 24  # cells around the hole from which patches are taken
RIM = 5  # cells over which what is known beside a hole has a say
MOST = 4.0  # stops squared that one difference can count
FAR = 1e-3  # stops a cell
NO_PLACE = 1e3
PREFERRED = 1.0  # stops squared by which a picture that was given may fit worse than the key frame itself
TOGETHER = 64  # edges whose messages are found at once: as much as a processor's cache holds
ANY_KIND = -2  # of a cell that lends to cells of every kind


@dataclass(frozen=True)
class Weights:
    """What counts when a shift is chosen, against a seam of a stop.

    Attributes:
        tone: a tone that is off by a stop.
        across, down: a cell of shift: what lies near, and at the same height, is more alike.
        change: that two cells side by side have different shifts, whatever these show.
        rounds: of belief propagation.
        damped: share of a message that stays as it was in the round before, so that nothing swings to and fro.
    """

    tone: float = 2.0
    across: float = 0.003
    down: float = 0.006
    change: float = 0.0
    rounds: int = 12
    damped: float = 0.0


@dataclass(frozen=True)
class ShiftMap:
    """For each cell of a picture the shift to the place that lends its texture.

    Attributes:
        cell: pixels along a cell's side.
        shifts: [h, w, 2] int32, x and y in pixels.
        there: [h, w] bool, cells of the hole for which there is a place.
    """

    cell: int
    shifts: torch.Tensor
    there: torch.Tensor


def cell_size(hole: torch.Tensor) -> int:
    """How many pixels a cell's side has for a hole [H, W] bool."""
    return max(2, int((float(hole.sum()) / MOST_CELLS) ** 0.5) + 1)


def shift_map(
    looks: torch.Tensor,
    tone: torch.Tensor,
    hole: torch.Tensor,
    usable: torch.Tensor,
    cell: int,
    kinds: torch.Tensor | None = None,
    weights: Weights = Weights(),
    column: int = 0,
) -> ShiftMap:
    """Choose a shift for each cell of a hole.

    Args:
        looks: [C, h, w] float32 by cell: what is compared, in stops; meant where `usable`.
        tone: [3, h, w] float32 by cell: the tone that the hole is to have; beside it the first three of `looks`.
        hole: [h, w] bool by cell, cells with a pixel of the hole.
        usable: [h, w] bool by cell, cells that may lend their texture.
        cell: pixels along a cell's side.
        kinds: [h, w] int64, which surface a cell belongs to: it takes its texture from the same, or from ANY_KIND;
            None: all are one.
        weights: what counts how much.
        column: from which on there is another picture, whose first cell is as near as the first of all; 0: none.
    """
    none = ShiftMap(cell, torch.zeros((*hole.shape, 2), dtype=torch.int32), torch.zeros_like(hole).cpu())
    if not bool(hole.any()) or int(usable.sum()) < SIDE**2:
        return none
    kinds = torch.zeros_like(hole, dtype=torch.long) if kinds is None else kinds
    shifts = _candidates(looks, hole, usable, kinds)
    if column:
        shifts = torch.cat([shifts, _into(usable, hole, column)])
    rows, columns = torch.nonzero(hole, as_tuple=True)
    costs = torch.stack(
        [_cost(looks, tone, hole, usable, kinds, shift, weights, column)[rows, columns] for shift in shifts], 1
    )
    shown = torch.stack([shifted(looks, shift)[:, rows, columns].T for shift in shifts], 1)  # [N, K, C]
    chosen = _labelled(costs, shown, hole, weights)
    there = costs.gather(1, chosen[:, None])[:, 0] < NO_PLACE
    out = none.shifts.clone()
    out[rows.cpu(), columns.cpu()] = (shifts.to(chosen.device)[chosen] * cell).int().cpu()
    placed = none.there.clone()
    placed[rows.cpu(), columns.cpu()] = there.cpu()
    return ShiftMap(cell, out, placed)


def _candidates(looks: torch.Tensor, hole: torch.Tensor, usable: torch.Tensor, kinds: torch.Tensor) -> torch.Tensor:
    """Shifts [K, 2] in cells, x and y."""
    height, width = hole.shape
    whole = box_sum(usable.float(), SIDE) > SIDE**2 - 0.5
    near = whole & dilated(hole, NEAR)
    near = near if int(near.sum()) > SAMPLES // 10 else whole
    here, there = (_spread(torch.nonzero(mask), count) for mask, count in ((near, SAMPLES), (whole, OTHERS)))
    found = torch.zeros((0, 2), dtype=torch.long, device=hole.device)
    if len(here) and len(there):
        patches = F.unfold(looks[None], SIDE, padding=SIDE // 2)[0].reshape(-1, height, width)
        a, b = (patches[:, at[:, 0], at[:, 1]].T for at in (here, there))
        best = []
        for part, where in zip(torch.split(a, 256), torch.split(here, 256), strict=True):
            # Where many are alike the nearest counts, so that a pattern shows its period.
            off = torch.cdist(part, b) + FAR * torch.cdist(where.float(), there.float())
            off[(where[:, None] - there[None]).abs().amax(2) < NEAREST] = torch.inf
            best.append(off.argmin(1))
        found = (there[torch.cat(best)] - here).flip(1)
    votes = torch.zeros((2 * height + 1, 2 * width + 1), device=hole.device)
    votes.index_put_((found[:, 1] + height, found[:, 0] + width), votes.new_ones(len(found)), accumulate=True)
    votes += votes.flip(0, 1)  # what repeats itself does so both ways
    together = box_mean(votes, 3) + 1e-3 * votes  # neighbors count; among equals the place itself does
    chosen = []
    for _ in range(SHIFTS):
        y, x = divmod(int(together.argmax()), 2 * width + 1)
        if float(together[y, x]) <= 0:
            break
        chosen.append((x - width, y - height))
        together[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3] = 0
    every = [(x * times, y * times) for times in range(1, MULTIPLES + 1) for x, y in chosen]
    inside = [(x, y) for x, y in dict.fromkeys(every) if abs(x) < width and abs(y) < height]
    return _with_spare(inside, hole, usable, kinds)


def _with_spare(
    chosen: list[tuple[int, int]], hole: torch.Tensor, usable: torch.Tensor, kinds: torch.Tensor
) -> torch.Tensor:
    """The shifts, and more of them until all cells of the hole have CHOICE that lead to known ground, if possible.

    With one alone, the same way, everywhere, a narrow strip of known ground would be laid again and again: a tiling.
    """
    cells, at = hole.sum(), hole.nonzero(as_tuple=True)
    if not int(cells):
        return torch.tensor(chosen or [(0, 0)])
    lack = torch.full((int(cells),), CHOICE, device=hole.device)
    for shift in chosen:
        lack -= _lands(usable, kinds, torch.tensor(shift))[at].int()
    if bool((lack <= 0).all()):
        return torch.tensor(chosen)
    tries = _all_ways(max(hole.shape))
    lands = torch.stack([_lands(usable, kinds, torch.tensor(shift))[at] for shift in tries])
    for _ in range(SPARE):
        # A cell without any counts most.
        gained = (lands * lack.clamp(min=0).square()).sum(1)
        best = int(gained.argmax())
        if int(gained[best]) == 0:
            break
        chosen.append(tries[best])
        lack -= lands[best].int()
        lands[best] = False
    return torch.tensor(chosen or [(0, 0)])


def _all_ways(far: int) -> list[tuple[int, int]]:
    """Shifts (x, y) in cells, each way and each length up to `far`."""
    angles = [2 * math.pi * way / WAYS for way in range(WAYS)]
    every = [
        (round(d * math.cos(a)), round(d * math.sin(a))) for d in range(NEAREST, far, max(2, far // 40)) for a in angles
    ]
    return list(dict.fromkeys(every))


def _into(usable: torch.Tensor, hole: torch.Tensor, column: int) -> torch.Tensor:
    """Shifts [K, 2] that lay the whole hole into the picture that begins at a column, here and there in it."""
    ends = []
    for dim, start in ((0, column), (1, 0)):
        there, own = (torch.nonzero(mask.any(dim))[:, 0] for mask in (usable[:, column:], hole))
        if not len(there):
            return torch.zeros((0, 2), dtype=torch.long)
        spare = int(there[-1] - there[0]) - int(own[-1] - own[0])
        first = start + int(there[0]) - int(own[0])
        ends.append([first + round(share * spare) for share in ((0.0, 0.5, 1.0) if spare > 0 else (0.5,))])
    return torch.tensor([(x, y) for y in ends[1] for x in ends[0]])


def _spread(places: torch.Tensor, most: int) -> torch.Tensor:
    """At most so many of the places [N, 2], evenly among them."""
    every = max(1, -(-len(places) // most))
    return places[::every]


def shifted(picture: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    """[C, h, w]: at each cell what the picture has `shift` (x, y) cells on; 0 beyond the picture."""
    x, y = (int(part) for part in shift)
    height, width = picture.shape[-2:]
    out = torch.zeros_like(picture)
    if abs(x) < width and abs(y) < height:
        rows, columns = slice(max(0, -y), min(height, height - y)), slice(max(0, -x), min(width, width - x))
        out[:, rows, columns] = picture[:, max(0, y) : min(height, height + y), max(0, x) : min(width, width + x)]
    return out


def _lands(usable: torch.Tensor, kinds: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    """[h, w] bool: whether a shift leads from a cell to a usable one of the same kind."""
    there = shifted(kinds[None], shift)[0]
    return shifted(usable[None], shift)[0] & ((there == kinds) | (there == ANY_KIND))


def _cost(
    looks: torch.Tensor,
    tone: torch.Tensor,
    hole: torch.Tensor,
    usable: torch.Tensor,
    kinds: torch.Tensor,
    shift: torch.Tensor,
    weights: Weights,
    column: int,
) -> torch.Tensor:
    """[h, w]: what a shift costs a cell of the hole by itself."""
    there = _lands(usable, kinds, shift)
    shown = shifted(looks, shift)
    off_tone = ((shown[:3] - tone) ** 2).sum(0).clamp(max=MOST)
    both = usable & there & ~hole
    off = torch.where(both, ((shown - looks) ** 2).sum(0).clamp(max=MOST), 0.0)
    beside = box_sum(torch.stack([off, both.float()]), RIM)
    rim = beside[0] / beside[1].clamp(min=1) * (beside[1] > 0)
    x, y = (int(part) for part in shift)
    far = weights.across * (min(abs(x), abs(x - column)) if column else abs(x)) + weights.down * abs(y)
    if x and column and abs(x - column) < abs(x):
        far -= PREFERRED
    return torch.where(there, weights.tone * off_tone + rim + far, NO_PLACE)


def _labelled(costs: torch.Tensor, shown: torch.Tensor, hole: torch.Tensor, weights: Weights) -> torch.Tensor:
    """The label [N] of each cell of the hole.

    Args:
        costs: [N, K] of each cell and label by themselves.
        shown: [N, K, C] what each label shows at each cell: two cells side by side with different labels pay by how
            far what the two labels show differs, at both.
        weights: what counts how much.
        hole: [h, w] bool, with N cells.
    """
    count, labels = costs.shape
    index = torch.full(hole.shape, -1, dtype=torch.long, device=costs.device)
    index[hole] = torch.arange(count, device=costs.device)
    apart = torch.cdist(shown, shown).square().clamp(max=MOST)  # [N, K, K]
    apart += weights.change / 2 * (1 - torch.eye(labels, device=costs.device))
    edges = []
    for first, second in ((index[:, :-1], index[:, 1:]), (index[:-1], index[1:])):
        both = (first >= 0) & (second >= 0)
        edges.append((first[both], second[both]))
    messages = [[costs.new_zeros((len(a), labels)) for _ in range(2)] for a, _ in edges]
    for _ in range(weights.rounds):
        belief = _belief(costs, edges, messages)
        for (a, b), told in zip(edges, messages, strict=True):
            to_b = _told(belief[a] - told[1], apart, a, b)
            to_a = _told(belief[b] - told[0], apart, a, b)
            old, new = weights.damped, 1 - weights.damped
            told[0], told[1] = (old * told[0] + new * to_b, old * told[1] + new * to_a) if old else (to_b, to_a)
    return _belief(costs, edges, messages).argmin(1)


def _belief(
    costs: torch.Tensor, edges: list[tuple[torch.Tensor, torch.Tensor]], messages: list[list[torch.Tensor]]
) -> torch.Tensor:
    belief = costs.clone()
    for (a, b), (to_b, to_a) in zip(edges, messages, strict=True):
        belief.index_add_(0, b, to_b)
        belief.index_add_(0, a, to_a)
    return belief


def _told(cavity: torch.Tensor, apart: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The message [E, K] of one end of each edge, whose cavity [E, K] is known, to the other."""
    message = torch.empty_like(cavity)
    for some, one, other, into in zip(*(torch.split(part, TOGETHER) for part in (cavity, a, b, message)), strict=True):
        both = apart.index_select(0, one)
        torch.add(some[:, :, None], both, out=both)
        torch.amin(both.add_(apart.index_select(0, other)), 1, out=into)
    return message - message.amin(1, keepdim=True)
