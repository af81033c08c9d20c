"""A new volume of frames from the patches of references: from coarse to fine, each patch's nearest found, and voted.

The frame of it is GPNN's (Granot et al., CVPR 2022): at each size every patch of what is there looks for its nearest in
the reference, and what is found is laid over each other. What makes it new is the start, from patches at random places,
each from its own height in the picture; what makes it whole is that a reference's patch counts the nearer the less the
result has of it so far (completeness); what keeps it sharp is that patches vote by how well they fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from vfx_ai.plates.descriptors import Basis, basis_of
from vfx_ai.plates.levels import Clip, Level, level_of, scales, shape_at
from vfx_ai.plates.match import NEVER, PAIRS, exact, flat_of, patchmatch
from vfx_ai.plates.resample import resized
from vfx_ai.plates.spread import Spread
from vfx_ai.plates.vote import confidence, vote

SIDE, FRAMES = 7, 3  # of a patch
COMPLETE = 0.01  # variances of the reference's patches: the smaller, the more all of it is used
PASSES = (8, 3)  # at the coarsest level, and at the others
ROUNDS = 2
FACTOR = 1.0  # of the distance of patches in the vote
NOISE = 0.75  # standard deviations of the reference, at the start
GUIDE = 1.0  # stops that the picture's height counts
STEPS = 1000  # that are told of
WIDE = 9.0  # pixels: at the start all of a patch counts alike


@dataclass(frozen=True)
class Recipe:
    """How a volume is made.

    Attributes:
        coarse: pixels of the shorter side at the coarsest level.
        pace: how much time shrinks from one level to the next coarser, 1: it doesn't.
        complete, factor, guide: see COMPLETE, FACTOR and GUIDE.
        held: stops that the length in time counts; above 0 each patch starts from its own moment, and stays near it.
        rows: whether the first patches come from their own height in the reference.
        passes: see PASSES.
    """

    coarse: float
    pace: float
    complete: float = COMPLETE
    factor: float = FACTOR
    guide: float = GUIDE
    held: float = 0.0
    rows: bool = True
    passes: tuple[int, int] = PASSES


@dataclass(frozen=True)
class Made:
    """A volume, and where it is from.

    Attributes:
        light: [T, H, W, 3] float32 in stops.
        place: [T, H, W] int64: the place in the references that counts most, as `flat_of` has it.
        corner: [T', H', W', 3] int32: the corner in the references of each patch.
        level: the references at that size.
        distance: mean squared distance of patches to those found, in stops squared.
    """

    light: torch.Tensor
    place: torch.Tensor
    corner: torch.Tensor
    level: Level
    distance: float


def synthesise(
    clips: Sequence[Clip],
    shape: tuple[int, int, int],
    recipe: Recipe,
    seed: int,
    spread: Spread,
    step: Callable[[int, int], None] = lambda done, total: None,
) -> Made:
    """A new volume.

    Args:
        clips: the references, at the size at which they are searched.
        shape: frames, rows and columns of what is made.
        recipe: how.
        seed: which one of many.
        spread: does the parts.
        step: is told how far it is.
    """
    frames = min(FRAMES, shape[0], *(clip.light.shape[0] for clip in clips))
    size = (frames, SIDE, SIDE)
    rows, columns = (min(shape[i], *(clip.light.shape[i] for clip in clips)) for i in (1, 2))
    sizes = scales(rows, columns, recipe.coarse, SIDE + 2)
    paces = [recipe.pace ** (len(sizes) - 1 - n) for n in range(len(sizes))]
    total, done = sum(scale**2 * pace for scale, pace in zip(sizes, paces, strict=True)), 0.0
    draw = torch.Generator().manual_seed(seed)
    made: Made | None = None
    field: torch.Tensor | None = None
    for n, (scale, pace) in enumerate(zip(sizes, paces, strict=True)):
        level = level_of(clips, scale, pace, size)
        target = shape_at(shape, scale, pace, size)
        basis = basis_of(level.light, level.usable, size, recipe.guide, recipe.held)
        keys = basis.of(level.light, spread)
        light = _start(level, target, size, recipe, draw, spread) if made is None else resized(made.light, target)
        queries = tuple(a - b + 1 for a, b in zip(target, size, strict=True))
        if made is not None:
            field = _carried(made.corner, queries, made.level.usable.shape, level.usable.shape)
        served = None
        count = recipe.passes[min(n, 1)]
        for turn in range(count):
            # A blurred query is compared with equally blurred keys.
            against = keys
            if turn == 0 and made is not None:
                against = basis.of(resized(made.level.light, tuple(level.light.shape[:3])), spread)
            asked = basis.of(light, spread, level.usable.shape[0] if recipe.held else 0)
            field, trust, served, distance = _found(
                asked, against, level, basis, recipe, field, served, seed * 100 + n * 10 + turn, spread
            )
            light, place = vote(field, trust, level.light, size, spread, traced=turn == count - 1)
            step(round(STEPS * (done + scale**2 * pace * (turn + 1) / count) / total), STEPS)
        done += scale**2 * pace
        assert field is not None
        made = Made(light, place, field, level, distance)
    assert made is not None
    return made


def _found(
    asked: torch.Tensor,
    keys: torch.Tensor,
    level: Level,
    basis: Basis,
    recipe: Recipe,
    field: torch.Tensor | None,
    served: torch.Tensor | None,
    seed: int,
    spread: Spread,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None, float]:
    """Each patch's nearest, what it counts, whom each key would choose (as a first guess for later), mean distance."""
    share = recipe.complete * basis.variance
    inside = tuple(keys.shape[:3])
    if field is None or float(asked[..., 0].numel()) * keys[..., 0].numel() < PAIRS:
        field = exact(asked, keys, level.usable, share, spread)
        distance = (asked - keys.reshape(-1, keys.shape[-1])[flat_of(field, inside)]).square().sum(-1)
    else:
        if served is None:
            served = _turned(field, inside)
        plain = torch.ones(asked.shape[:3], device=asked.device)
        served, far = patchmatch(keys, asked, plain, served, ROUNDS, seed * 2 + 1, spread)
        weight = torch.where(level.usable, 1 / (share + far), NEVER)
        field, distance = patchmatch(asked, keys, weight, field, ROUNDS, seed * 2, spread)
    return field, confidence(distance, recipe.factor, basis.size), served, float(distance.mean())


def _turned(field: torch.Tensor, inside: tuple[int, ...]) -> torch.Tensor:
    """A first guess of which query each key would choose: one that chose it, else the one at its share of each axis."""
    shape = tuple(field.shape[:3])
    axes = [
        ((torch.arange(n, device=field.device) + 0.5) * m / n).int().clamp(max=m - 1)
        for n, m in zip(inside, shape, strict=True)
    ]
    guess = torch.stack(torch.meshgrid(*axes, indexing="ij"), -1)
    here = torch.stack(torch.meshgrid(*[torch.arange(n, device=field.device).int() for n in shape], indexing="ij"), -1)
    flat = guess.reshape(-1, 3)
    # In order, so that the last of several wins on every machine.
    order = flat_of(field, inside).reshape(-1)
    last = torch.full((len(flat),), -1, dtype=torch.long, device=field.device)
    last.scatter_reduce_(0, order, torch.arange(len(order), device=field.device), "amax")
    known = last >= 0
    flat[known] = here.reshape(-1, 3)[last[known]]
    return flat.reshape(*inside, 3)


def _start(
    level: Level,
    target: tuple[int, int, int],
    size: tuple[int, int, int],
    recipe: Recipe,
    draw: torch.Generator,
    spread: Spread,
) -> torch.Tensor:
    """Random patches of the references, and noise."""
    shape = [a - b + 1 for a, b in zip(target, size, strict=True)]
    inside = tuple(level.usable.shape)
    usable = level.usable.cpu()
    field = torch.zeros((*shape, 3), dtype=torch.int32)
    for y in range(shape[1]):
        own = y * (inside[1] - 1) / max(1, shape[1] - 1)
        if recipe.held:  # the same place at all times, each at its own moment
            chosen = _places(usable.any(0, keepdim=True), own, rows=recipe.rows)
            index = torch.randint(0, len(chosen), (shape[2],), generator=draw)
            field[:, y] = chosen[index].int()
            field[:, y, :, 0] = (torch.arange(shape[0]) % inside[0])[:, None].int()
        else:
            chosen = _places(usable, own, rows=recipe.rows)
            index = torch.randint(0, len(chosen), (shape[0], shape[2]), generator=draw)
            field[:, y] = chosen[index].int()
    device = level.light.device
    light, _ = vote(field.to(device), torch.ones(shape, device=device), level.light, size, spread, WIDE)
    noise = torch.randn((1 if recipe.held else target[0], *light.shape[1:]), generator=draw).to(device)
    return light + NOISE * level.light.reshape(-1, 3).std(0) * noise


def _places(usable: torch.Tensor, own: float, *, rows: bool) -> torch.Tensor:
    """Corners [N, 3] that may be taken, of the row nearest to `own` that has any."""
    if not rows:
        return torch.nonzero(usable)
    full = torch.nonzero(usable.any(2).any(0))[:, 0]
    row = int(full[(full - own).abs().argmin()])
    found = torch.nonzero(usable[:, row])
    return torch.stack([found[:, 0], torch.full_like(found[:, 0], row), found[:, 1]], 1)


def _carried(field: torch.Tensor, queries: Sequence[int], before: Sequence[int], now: Sequence[int]) -> torch.Tensor:
    """The coarser level's shifts as a first guess."""
    source = [
        ((torch.arange(n, device=field.device) + 0.5) * m / n).long().clamp(max=m - 1)
        for n, m in zip(queries, field.shape[:3], strict=True)
    ]
    old = torch.stack(torch.meshgrid(*source, indexing="ij"), -1)
    here = torch.stack(torch.meshgrid(*[torch.arange(n, device=field.device) for n in queries], indexing="ij"), -1)
    taken = field[source[0]][:, source[1]][:, :, source[2]]
    grown = torch.tensor([n / m for n, m in zip(now, before, strict=True)], device=field.device)
    most = torch.tensor(now, device=field.device) - 1
    return torch.minimum(torch.round(here + (taken - old) * grown).clamp(min=0), most).int()
