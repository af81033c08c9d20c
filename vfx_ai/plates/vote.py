"""Found patches laid over each other: each says what it shows, and near centers and good matches count more."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.plates.match import flat_of
from vfx_ai.plates.spread import Spread

SHARPNESS = 1.5  # pixels: how far from its center a patch has its say
LEAST = 1e-4


def confidence(distance: torch.Tensor, factor: float, size: tuple[int, int, int]) -> torch.Tensor:
    """How much patches count by their distance, 0..1.

    Where all patches around fit badly, none is to win outright: that leaves straight edges.

    Args:
        distance: [T, H, W].
        factor: of the usual distance, the picture's or that around, at which a patch counts a third.
        size: of a patch.
    """
    sample = distance.reshape(-1)[:: max(1, distance.numel() // 1_000_000)]
    usual = torch.quantile(sample, 0.75)
    sides = [min(n - 1 + n % 2, s - 1 + s % 2) for n, s in zip(distance.shape, size, strict=True)]
    halves = [n // 2 for n in sides]
    around = F.avg_pool3d(distance[None, None], sides, 1, halves, count_include_pad=False)[0, 0]
    return torch.exp(-distance / (factor * torch.maximum(usual, around) + 1e-6)) + LEAST


def vote(
    field: torch.Tensor,
    trust: torch.Tensor,
    reference: torch.Tensor,
    size: tuple[int, int, int],
    spread: Spread,
    sharpness: float = SHARPNESS,
    *,
    traced: bool = False,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The volume that patches make.

    Args:
        field: [T', H', W', 3] int32, the corner in the reference of each patch.
        trust: [T', H', W'] float32, what each counts.
        reference: [t, h, w, 3] float32.
        size: of a patch.
        sharpness: pixels.
        traced: whether to say which place counted most.

    Returns:
        [T, H, W, 3] float32, and if `traced` [T, H, W] int64: the place in the reference that counted most, as
        `flat_of` has it, else empty.
    """
    frames, rows, columns = (n + s - 1 for n, s in zip(field.shape[:3], size, strict=True))
    inside = tuple(reference.shape[:3])
    flat = torch.cat([reference, torch.ones_like(reference[..., :1])], -1).reshape(-1, 4)
    bells = [_bell(n, sharpness) for n in size]

    def one(t: int) -> tuple[torch.Tensor, torch.Tensor]:
        total = reference.new_zeros((rows, columns, 4))
        most = reference.new_zeros((rows, columns) if traced else (0,))
        where = torch.zeros(most.shape, dtype=torch.long, device=reference.device)
        for a in range(size[0]):
            if not 0 <= t - a < field.shape[0]:
                continue
            base, counts = flat_of(field[t - a], inside) + a * inside[1] * inside[2], trust[t - a]
            height, width = base.shape
            for b in range(size[1]):
                for c in range(size[2]):
                    at = base + (b * inside[2] + c)
                    weight = counts * float(bells[0][a] * bells[1][b] * bells[2][c])
                    there = slice(b, b + height), slice(c, c + width)
                    total[there] += flat.index_select(0, at.reshape(-1)).reshape(height, width, 4) * weight[..., None]
                    if not traced:
                        continue
                    more = weight > most[there]
                    most[there] = torch.where(more, weight, most[there])
                    where[there] = torch.where(more, at, where[there])
        return total[..., :3] / total[..., 3:], where

    done = spread.over(one, range(frames))
    return torch.stack([each[0] for each in done]), torch.stack([each[1] for each in done])


def _bell(count: int, width: float) -> torch.Tensor:
    return torch.exp(-((torch.arange(count) - (count - 1) / 2) ** 2) / (2 * width**2))
