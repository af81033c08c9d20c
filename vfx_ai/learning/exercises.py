"""Exercises: a part of what is known is hidden, and the model is to say what was there.

What is hidden in step N depends on the seed and N alone, so that training goes on from a checkpoint as if it had never
stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.learning.footage import Footage
from vfx_ai.learning.holes import hidden
from vfx_ai.learning.levels import larger, smoothed, upon
from vfx_ai.learning.sample import rows
from vfx_ai.media.frame import BoolArray

COARSEST, SECOND = 0.4, 0.25  # how often these levels are trained; the others share the rest
POOLED, AFTER = 24, 40  # exercises at the coarsest level that are made at once, and for how many steps they serve
ROUGHENED = (
    0.7  # how far off the coarser level may be, in deviations of that level: what is made there isn't true either
)
WIDEST = 160  # pixels of the coarsest level that are taken at a time


@dataclass(frozen=True)
class Batch:
    """Clips at one level.

    Attributes:
        level: 0 is the coarsest.
        light: [B, T, 3, h, w] what is right; never read where `target` isn't set, but for what is known.
        known: [B, T, h, w] bool, what is shown.
        expected: [B, T, 3, h, w] what the coarser level tells.
        target: [B, T, h, w] bool, hidden, and known to be right.
        heights: [B, h] where its rows lie in the picture.
    """

    level: int
    light: torch.Tensor
    known: torch.Tensor
    expected: torch.Tensor
    target: torch.Tensor
    heights: torch.Tensor


class Exercises:
    """Exercises from footage.

    Args:
        footages: what is learned from.
        seed: of all choices.
        count: clips in a batch.
        patch: pixels of a side.
        clip: frames.
    """

    def __init__(self, footages: Sequence[Footage], seed: int, count: int, patch: int, clip: int) -> None:
        self._footages, self._seed = footages, seed
        self._count, self._patch, self._clip = count, patch, clip
        self._pool: tuple[int, list[Batch]] | None = None
        self._scale = torch.ones((max(len(f.levels) for f in footages), 3))

    def measured(self, levels: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Mean and deviation [3] of the light, and deviations [levels, 3] of each level from what is expected there."""
        known = torch.cat([_of_known(f.levels[-1].light, f.levels[-1].known) for f in self._footages], 1)
        center, spread = known.mean(1), known.std(1).clamp(min=0.05)
        del known
        scale = torch.full((levels, 3), float("nan"))
        pool = self._pooled(0)
        off = [_of_known((b.light - b.expected)[0], b.target[0]) for b in pool]
        scale[0] = _usual(torch.cat(off, 1))
        for index in range(1, levels):
            parts = []
            for f in self._footages:
                if index < len(f.levels):
                    off_by = f.levels[index].light - larger(f.levels[index - 1].light)
                    parts.append(_of_known(off_by, f.levels[index].known))
            if parts:
                scale[index] = _usual(torch.cat(parts, 1))
            else:
                scale[index] = scale[index - 1]
        self._scale = torch.nan_to_num(scale, nan=0.1).clamp(min=0.01)
        return center, spread, self._scale

    def told(self, scale: torch.Tensor) -> None:
        """Take over deviations that were measured before."""
        self._scale = scale.cpu()

    def batch(self, step: int) -> Batch:
        """The exercises of a step."""
        rng = np.random.default_rng((self._seed, 1, step))
        footage = self._footages[int(rng.integers(len(self._footages)))]
        level = _level(len(footage.levels), rng)
        if level == 0:
            return self._coarsest(step, rng)
        return _expected([self._finer(footage, level, rng) for _ in range(self._count)])

    def _coarsest(self, step: int, rng: np.random.Generator) -> Batch:
        pool = self._pooled(step // AFTER)
        first = pool[int(rng.integers(len(pool)))]
        alike = [b for b in pool if b.light.shape == first.light.shape]
        picked = [alike[i] for i in rng.choice(len(alike), min(self._count, len(alike)), replace=False)]
        return _stacked([_mirrored(b) if rng.random() < 0.5 else b for b in picked])

    def _pooled(self, block: int) -> list[Batch]:
        if self._pool is None or self._pool[0] != block:
            rng = np.random.default_rng((self._seed, 2, block))
            made = []
            for _ in range(POOLED):
                footage = self._footages[int(rng.integers(len(self._footages)))]
                made.append(self._whole(footage, rng))
            self._pool = (block, [b for b in made if bool(b.target.any())])
        return self._pool[1]

    def _whole(self, footage: Footage, rng: np.random.Generator) -> Batch:
        """A clip at the coarsest level; of a very wide one a part."""
        frames, level = self._frames(footage, rng), footage.levels[0]
        height, width = level.known.shape[-2:]
        tall, wide = min(height, WIDEST), min(width, WIDEST)
        y, x = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
        box = (..., slice(y, y + tall), slice(x, x + wide))
        light, seen = level.light[frames][box], level.known[frames][box]
        away = torch.from_numpy(_hidden(footage, 0, box, rng))
        known = seen & ~away
        expected, target = smoothed(light, known), seen & away
        heights = rows(tall, footage.tall(0)[0], y)
        return Batch(0, light[None], known[None], expected[None], target[None], heights[None])

    def _finer(self, footage: Footage, level: int, rng: np.random.Generator) -> Batch:
        """A clip at a finer level; what is expected of it is still the coarser one."""
        frames, here, coarser = self._frames(footage, rng), footage.levels[level], footage.levels[level - 1]
        size = here.known.shape[-2:]
        away = _hidden(footage, level, (...,), rng)
        side = min(self._patch, *size)
        # Around a pixel that is hidden, at a place that the coarser level's pixels fit.
        ys, xs = np.nonzero(away & here.known[frames[0]].numpy())
        at = int(rng.integers(len(ys))) if len(ys) else 0
        middle = (int(ys[at]), int(xs[at])) if len(ys) else (size[0] // 2, size[1] // 2)
        off = rng.integers(-side // 3, side // 3 + 1, 2)
        y, x = (
            int(np.clip(m + o - side // 2, 0, s - side)) // 2 * 2 for m, o, s in zip(middle, off, size, strict=True)
        )
        box = (..., slice(y, y + side), slice(x, x + side))
        light, seen = here.light[frames][box], here.known[frames][box]
        gone = torch.from_numpy(np.ascontiguousarray(away[y : y + side, x : x + side]))
        half = (..., slice(y // 2, (y + side) // 2), slice(x // 2, (x + side) // 2))
        rough = torch.from_numpy(rng.standard_normal((len(frames), 3, side // 2, side // 2), np.float32))
        rough = rough * self._scale[level - 1][:, None, None] * float(rng.uniform(0, ROUGHENED))
        known = seen & ~gone
        # What is made at the coarser level is rough where nothing of it was known.
        made_up = F.avg_pool2d(known[:, None].float(), 2) < 0.5
        expected = coarser.light[frames][half] + rough * made_up
        heights = rows(side, footage.tall(level)[0], y)
        made = Batch(level, light[None], known[None], expected[None], (seen & gone)[None], heights[None])
        return _mirrored(made) if rng.random() < 0.5 else made

    def _frames(self, footage: Footage, rng: np.random.Generator) -> list[int]:
        first = footage.starts[int(rng.integers(len(footage.starts)))]
        return list(range(first, min(first + self._clip, len(footage.numbers))))


def _level(count: int, rng: np.random.Generator) -> int:
    if count == 1:
        return 0
    shares = [COARSEST, SECOND, *[(1 - COARSEST - SECOND) / max(1, count - 2)] * (count - 2)]
    total = sum(shares)
    return int(rng.choice(count, p=[s / total for s in shares]))


def _hidden(footage: Footage, level: int, box: tuple[Any, ...], rng: np.random.Generator) -> BoolArray:
    """What is hidden of a box of a level, [h, w]: of the picture, never of what lies beyond it."""
    inside = np.zeros(footage.levels[level].known.shape[-2:], bool)
    inside[footage.within(level)] = True
    inside = inside[box]
    out = np.zeros(inside.shape, bool)
    part: tuple[Any, ...] = (..., *(slice(0, int(inside.any(axis).sum())) for axis in (1, 0)))
    own = footage.holes(level)[box][part]
    out[part] = hidden((own.shape[1], own.shape[2]), own, rng)
    return out


def _of_known(light: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """[3, N] of light [F, 3, h, w] where it is known [F, h, w]."""
    return light.transpose(0, 1)[:, known]


def _usual(off: torch.Tensor) -> torch.Tensor:
    """The deviation [3] of [3, N], by its mean size: lamps don't stretch it so."""
    return 1.25 * off.abs().mean(1)


def _mirrored(batch: Batch) -> Batch:
    light, known, expected, target = (p.flip(-1) for p in (batch.light, batch.known, batch.expected, batch.target))
    return Batch(batch.level, light, known, expected, target, batch.heights)


def _expected(batches: Sequence[Batch]) -> Batch:
    """One of several, in which what is expected is at its own level."""
    both = _stacked(batches)
    coarse, light, known = (part.flatten(0, 1) for part in (both.expected, both.light, both.known))
    return replace(both, expected=upon(coarse, light, known).reshape(both.light.shape))


def _stacked(batches: Sequence[Batch]) -> Batch:
    names = ("light", "known", "expected", "target", "heights")
    parts = [torch.cat([getattr(b, name) for b in batches]) for name in names]
    return Batch(batches[0].level, *parts)
