"""Volumes of frames made smaller or larger, each axis by itself, without aliasing."""

from __future__ import annotations

import torch


def resized(volume: torch.Tensor, shape: tuple[int, ...]) -> torch.Tensor:
    """A volume [T, H, W, C] (or its first axes) with the first axes of the sizes that `shape` gives.

    Cubic where it grows, and the same kernel as much wider where it shrinks.
    """
    for axis, size in enumerate(shape):
        if volume.shape[axis] != size:
            matrix = _matrix(volume.shape[axis], size).to(volume.device)
            moved = volume.movedim(axis, 0)
            flat = matrix @ moved.reshape(moved.shape[0], -1)
            volume = flat.reshape(size, *moved.shape[1:]).movedim(0, axis)
    return volume.contiguous()


def _matrix(before: int, after: int) -> torch.Tensor:
    """[after, before] float32, whose rows add up to 1."""
    step = before / after
    places = (torch.arange(after, dtype=torch.float64) + 0.5) * step - 0.5
    away = (torch.arange(before, dtype=torch.float64)[None] - places[:, None]).abs() / max(1.0, step)
    inner, outer = 1.5 * away**3 - 2.5 * away**2 + 1, -0.5 * away**3 + 2.5 * away**2 - 4 * away + 2
    weights = torch.where(away < 1, inner, torch.where(away < 2, outer, 0.0))
    return (weights / weights.sum(1, keepdim=True)).float()
