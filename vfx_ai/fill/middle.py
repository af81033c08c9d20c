"""The middle and the first of several looks at the same points.

Torch's own median and arg-reductions over a first dimension that is short take many times as long: they gather each
point's few values, where these go through whole looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import torch


def middle(looks: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """The lower median over the looks that are valid: [...] of [S, ...], to the bit as torch's nanmedian.

    Args:
        looks: [S, ...] float32, free of NaN where valid.
        valid: [S, ...] bool, or of a shape that goes with it.

    Returns:
        [...] float32, NaN where no look is valid.
    """
    count = valid.sum(0)
    planes = list(torch.where(valid, looks, torch.inf).unbind(0))
    for i, j in _network(len(planes)):
        planes[i], planes[j] = torch.minimum(planes[i], planes[j]), torch.maximum(planes[i], planes[j])
    index = ((count - 1).clamp(min=0) // 2).expand(planes[0].shape)
    found = torch.stack(planes).gather(0, index[None])[0]
    return torch.where(count > 0, found, torch.nan)


def first(mask: torch.Tensor) -> torch.Tensor:
    """Index [N] int64 of the first look that is set in a mask [S, N] bool; 0 where none is."""
    rank = torch.arange(len(mask), 0, -1, dtype=torch.int16, device=mask.device)[:, None]
    found = (mask * rank).amax(0).long()
    return torch.where(found > 0, len(mask) - found, 0)


@cache
def _network(size: int) -> tuple[tuple[int, int], ...]:
    """Pairs to be exchanged so that `size` values become sorted: Batcher's odd-even merge sort (1968)."""
    return tuple(_pairs(size))


def _pairs(size: int) -> Iterator[tuple[int, int]]:
    run = 1
    while run < size:
        reach = run
        while reach >= 1:
            for start in range(reach % run, size - reach, 2 * reach):
                for i in range(start, min(start + reach, size - reach)):
                    if i // (2 * run) == (i + reach) // (2 * run):
                        yield i, i + reach
            reach //= 2
        run *= 2
