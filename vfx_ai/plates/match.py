"""For each patch its nearest among others: exactly where that is quick, else by PatchMatch from a first guess.

PatchMatch (Barnes et al., SIGGRAPH 2009) is done so that each round reads the field of the round before alone: parts
can then be done in any order, and by any number of threads, with the same result.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch

from vfx_ai.plates.spread import Spread

PAIRS = 1.2e8  # so many comparisons are done exactly
QUERIES = 2048  # at a time, so that they stay in the processor's cache
EXACTLY = 256
NEVER = 1e12
LEAPS = (4, 1)  # patches from which a guess is taken over: rounds with far ones and near ones by turns
GUESSES = 4  # at random places
BOXES = 6  # halvings of the box in which they lie, at most


def exact(
    queries: torch.Tensor, keys: torch.Tensor, usable: torch.Tensor, share: float | None, spread: Spread
) -> torch.Tensor:
    """For each query the nearest key.

    Args:
        queries: [T, H, W, C].
        keys: [t, h, w, C].
        usable: [t, h, w] bool: keys that may be found.
        share: None: the nearest; else a distance is divided by it and by how far the key is from all queries, so that
            keys that nothing is near to are found as well.

    Returns:
        [T, H, W, 3] int32, the corner of the nearest.
    """
    flat, others = queries.reshape(-1, queries.shape[-1]), keys.reshape(-1, keys.shape[-1])
    there = torch.nonzero(usable.reshape(-1))[:, 0]
    others = others[there]
    lengths = others.square().sum(1)

    def distances(part: torch.Tensor) -> torch.Tensor:
        return (part.square().sum(1)[:, None] + lengths - 2 * part @ others.T).clamp_(min=0)

    parts = torch.split(flat, EXACTLY)
    weight = None
    if share is not None:
        served = torch.stack(spread.over(lambda part: distances(part).amin(0), parts)).amin(0)
        weight = 1 / (share + served)
    found = spread.over(lambda part: (distances(part) if weight is None else distances(part) * weight).argmin(1), parts)
    return corners(there[torch.cat(found)], tuple(keys.shape[:3])).reshape(*queries.shape[:3], 3)


def patchmatch(
    queries: torch.Tensor,
    keys: torch.Tensor,
    weight: torch.Tensor,
    field: torch.Tensor,
    rounds: int,
    seed: int,
    spread: Spread,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Better nearest keys than those of a field.

    Args:
        queries: [T, H, W, C].
        keys: [t, h, w, C].
        weight: [t, h, w] float32: what a distance is multiplied by; NEVER: not to be found.
        field: [T, H, W, 3] int32.
        rounds: how often far and near ones are asked.
        seed: of random guesses.

    Returns:
        The field, and [T, H, W] float32: the distance, not multiplied.
    """
    shape, size, inside = tuple(queries.shape[:3]), queries.shape[-1], tuple(keys.shape[:3])
    flat, weights = keys.reshape(-1, size), weight.reshape(-1)
    slices = range(shape[0])

    def first(t: int) -> torch.Tensor:
        at = flat_of(field[t], inside).reshape(-1)
        return torch.cat([_far(q, flat, weights, i) for q, i in _cut(queries[t].reshape(-1, size), at)])

    cost = torch.stack(spread.over(first, slices)).reshape(shape)
    for turn in range(2 * rounds):
        moves, number = _moves(LEAPS[turn % 2]), seed * 1009 + turn
        later = partial(_better, queries, flat, weights, inside, field, cost, moves, number)
        done = spread.over(later, slices)
        field, cost = (torch.stack([each[i] for each in done]) for i in range(2))
    return field, cost / weights[flat_of(field, inside).reshape(-1)].reshape(shape)


def _better(
    queries: torch.Tensor,
    keys: torch.Tensor,
    weights: torch.Tensor,
    inside: tuple[int, ...],
    old: torch.Tensor,
    cost: torch.Tensor,
    moves: list[tuple[int, int, int]],
    seed: int,
    t: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """One frame of the field, a round later."""
    _, height, width, size = queries.shape
    flat, here, worth = queries[t].reshape(-1, size), old[t].reshape(-1, 3), cost[t].reshape(-1)
    proposed = [_neighbors(old, t, move, inside) for move in moves if 0 <= t + move[0] < old.shape[0]]
    proposed += _guesses(here, inside, seed * 7919 + t)
    table = torch.stack(proposed)  # [M, H * W], -1 where there is none
    now = flat_of(here, inside)
    best, least = [], []
    for start in range(0, len(flat), QUERIES):
        part = slice(start, start + QUERIES)
        index, far = now[part], worth[part]
        options = table[:, part]
        rows, which = torch.nonzero((options >= 0) & (options != index), as_tuple=True)
        places = options[rows, which]
        all_far = torch.full(options.shape, torch.inf, device=far.device)
        all_far[rows, which] = _far(flat[part].index_select(0, which), keys, weights, places)
        nearest, row = all_far.min(0)
        closer = nearest < far
        best.append(torch.where(closer, options.gather(0, row[None])[0], index))
        least.append(torch.where(closer, nearest, far))
    return corners(torch.cat(best), inside).reshape(height, width, 3), torch.cat(least).reshape(height, width)


def _moves(leap: int) -> list[tuple[int, int, int]]:
    return [(0, 0, leap), (0, 0, -leap), (0, leap, 0), (0, -leap, 0), (1, 0, 0), (-1, 0, 0)]


def _neighbors(old: torch.Tensor, t: int, move: tuple[int, int, int], inside: tuple[int, ...]) -> torch.Tensor:
    """What the neighbor at `move` would have its neighbor take [H * W], as `flat_of` has it; -1: nothing."""
    _, height, width, _ = old.shape
    out = torch.full((height, width), -1, dtype=torch.long, device=old.device)
    _, dy, dx = move
    to_y, to_x = slice(max(0, -dy), min(height, height - dy)), slice(max(0, -dx), min(width, width - dx))
    from_y, from_x = slice(max(0, dy), min(height, height + dy)), slice(max(0, dx), min(width, width + dx))
    there = old[t + move[0], from_y, from_x]
    good = torch.ones(there.shape[:2], dtype=torch.bool, device=old.device)
    for axis, step in enumerate(move):
        if step:
            good &= (there[..., axis] >= step) & (there[..., axis] < inside[axis] + step)
    offset = (move[0] * inside[1] + dy) * inside[2] + dx
    out[to_y, to_x] = torch.where(good, flat_of(there, inside) - offset, -1)
    return out.reshape(-1)


def _guesses(here: torch.Tensor, inside: tuple[int, ...], seed: int) -> list[torch.Tensor]:
    """Random places around those of the field [N, 3], in boxes of different sizes."""
    draw = torch.Generator(here.device).manual_seed(seed % 2**62)
    count = len(here)
    reach = max(inside[1:]) * 0.5 ** (torch.rand((GUESSES, count), generator=draw, device=here.device) * BOXES)
    found = torch.zeros((GUESSES, count), dtype=torch.long, device=here.device)
    for axis, most in enumerate(inside):
        away = torch.rand((GUESSES, count), generator=draw, device=here.device) * 2 - 1
        place = torch.round(here[:, axis] + away * reach.clamp(min=1, max=most)).long().clamp(0, most - 1)
        found = found * most + place
    return list(found)


def _far(query: torch.Tensor, keys: torch.Tensor, weights: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    return (query - keys.index_select(0, at)).square_().sum(1) * weights.index_select(0, at)


def _cut(queries: torch.Tensor, at: torch.Tensor) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    return zip(torch.split(queries, QUERIES), torch.split(at, QUERIES), strict=True)


def flat_of(corner: torch.Tensor, inside: tuple[int, ...]) -> torch.Tensor:
    """Index [...] int64 into a volume of the shape `inside` of places [..., 3]."""
    wide = corner.long()
    return (wide[..., 0] * inside[1] + wide[..., 1]) * inside[2] + wide[..., 2]


def corners(index: torch.Tensor, inside: tuple[int, ...]) -> torch.Tensor:
    """The opposite of `flat_of`, int32."""
    x, rest = index % inside[2], index // inside[2]
    return torch.stack([rest // inside[1], rest % inside[1], x], -1).int()
