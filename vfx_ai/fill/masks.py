"""Masks made larger and smaller, and pictures averaged over squares, or at their highest."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

LARGE = 64  # pixels: a larger square is summed by doubling, so that its cost grows with the size's logarithm


def dilated(mask: torch.Tensor, radius: int) -> torch.Tensor:
    """A mask [H, W] bool with `radius` pixels more on each side, diagonally too.

    By ever longer shifts laid over each other, so that the cost grows with the radius' logarithm.
    """
    size = 2 * radius + 1
    for dim, padding in ((1, (radius, radius, 0, 0)), (0, (0, 0, radius, radius))):
        mask, covered = F.pad(mask, padding), 1
        while covered < size:
            step = min(covered, size - covered)
            length = mask.shape[dim] - step
            mask, covered = mask.narrow(dim, 0, length) | mask.narrow(dim, step, length), covered + step
    return mask


def eroded(mask: torch.Tensor, radius: int) -> torch.Tensor:
    """A mask [H, W] bool with `radius` pixels less on each side; beyond the picture it goes on."""
    return ~dilated(~mask, radius)


def box_sum(picture: torch.Tensor, size: int) -> torch.Tensor:
    """The sum over the square of `size` (odd) pixels around each pixel of a picture [..., H, W]; 0 beyond it."""
    radius = size // 2
    for dim, padding in ((-1, (radius, radius, 0, 0)), (-2, (0, 0, radius, radius))):
        length, padded = picture.shape[dim], F.pad(picture, padding)
        if size > LARGE:
            picture = _run_sum(padded, size, dim, length)
            continue
        picture = padded.narrow(dim, 0, length).clone()
        for shift in range(1, size):
            picture += padded.narrow(dim, shift, length)
    return picture


def _run_sum(padded: torch.Tensor, size: int, dim: int, length: int) -> torch.Tensor:
    """At each of `length` places the sum of the `size` values from there on, by sums of 1, 2, 4 and so on of them."""
    total, at, run, covered = torch.zeros_like(padded.narrow(dim, 0, length)), 0, padded, 1
    while True:
        if size & covered:
            total += run.narrow(dim, at, length)
            at += covered
        if 2 * covered > size:
            return total
        run = run.narrow(dim, 0, run.shape[dim] - covered) + run.narrow(dim, covered, run.shape[dim] - covered)
        covered *= 2


def box_mean(picture: torch.Tensor, size: int) -> torch.Tensor:
    """The mean over the square of `size` (odd) pixels around each pixel of a picture [..., H, W], of those in it."""
    return box_sum(picture, size) / box_sum(torch.ones_like(picture[:1]), size)


def highest(picture: torch.Tensor) -> torch.Tensor:
    """The largest value among each pixel of a picture [C, H, W] and its eight neighbors."""
    for dim, padding in ((2, (1, 1, 0, 0)), (1, (0, 0, 1, 1))):  # rows, then columns: several times as fast as a pool
        length, longer = picture.shape[dim], F.pad(picture[None], padding, "replicate")[0]
        for shift in (0, 2):
            picture = torch.maximum(picture, longer.narrow(dim, shift, length))
    return picture


def distance(mask: torch.Tensor) -> torch.Tensor:
    """How far each pixel is from the nearest set one of a mask [H, W] bool, float32 in pixels; one must be set."""
    clear = (~mask).cpu().numpy().astype(np.uint8)
    return torch.from_numpy(cv2.distanceTransform(clear, cv2.DIST_L2, cv2.DIST_MASK_5)).to(mask.device)
