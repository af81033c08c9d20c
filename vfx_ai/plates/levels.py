"""The steps from coarse to fine: how large reference and result are in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from vfx_ai.plates.resample import resized

RATIO = 0.8  # of a level's sides to the next finer one's
SHORTEST = 6  # frames; time isn't shrunk below
TOUCHED = 1e-3  # of a pixel that may be covered by the mask


@dataclass(frozen=True)
class Clip:
    """One reference at the size at which it is searched.

    Attributes:
        light: [T, H, W, 3] float32 in stops.
        hidden: [T, H, W] float32, 0..1: what no patch may touch; None: nothing.
    """

    light: torch.Tensor
    hidden: torch.Tensor | None = None


@dataclass(frozen=True)
class Level:
    """The references at one size, laid one behind the other in time.

    Attributes:
        light: [T, H, W, 3] float32 in stops.
        usable: [T', H', W'] bool: corners of patches that lie within one reference and touch nothing hidden.
        starts: the first frame of each reference, and the end.
    """

    light: torch.Tensor
    usable: torch.Tensor
    starts: tuple[int, ...]


def scales(height: int, width: int, coarse: float, least: int) -> list[float]:
    """The sizes of the levels as shares of the finest, rising to 1.

    Args:
        height, width: of the finest.
        coarse: pixels that the coarsest's shorter side is to have at least.
        least: pixels that every side must have.
    """
    found = [1.0]
    while min(height, width) * found[-1] * RATIO >= max(coarse, least):
        found.append(found[-1] * RATIO)
    return found[::-1]


def shape_at(shape: Sequence[int], scale: float, pace: float, size: Sequence[int]) -> tuple[int, int, int]:
    """Frames, rows and columns at a level: `scale` of the finest's sides, `pace` of its frames; at least a patch."""
    frames = shape[0] if shape[0] <= SHORTEST else max(SHORTEST, round(shape[0] * pace))
    return (max(size[0], frames), max(size[1], round(shape[1] * scale)), max(size[2], round(shape[2] * scale)))


def level_of(clips: Sequence[Clip], scale: float, pace: float, size: tuple[int, int, int]) -> Level:
    """The references at a level; see `shape_at`."""
    lights, corners, starts = [], [], [0]
    height, width = (max(max(size[i], round(c.light.shape[i] * scale)) for c in clips) for i in (1, 2))
    for clip in clips:
        shape = shape_at(clip.light.shape, scale, pace, size)
        light = resized(clip.light, shape)
        free = torch.ones(shape, dtype=torch.bool, device=light.device)
        if clip.hidden is not None:
            free = resized(clip.hidden[..., None], shape)[..., 0].abs() < TOUCHED
        whole = light.new_zeros((shape[0], height, width, 3))
        whole[:, : shape[1], : shape[2]] = light
        lights.append(whole)
        free = torch.nn.functional.pad(free, (0, width - shape[2], 0, height - shape[1]))
        corners.append(_whole(free, size, last=clip is clips[-1]))
        starts.append(starts[-1] + shape[0])
    return Level(torch.cat(lights), torch.cat(corners), tuple(starts))


def _whole(free: torch.Tensor, size: tuple[int, int, int], *, last: bool) -> torch.Tensor:
    """Corners of patches without a pixel that isn't free; for what follows behind, as many frames as `free` has."""
    taken = (~free).float()[None, None]
    touched = torch.nn.functional.max_pool3d(taken, size, stride=1)[0, 0]
    corners = touched < 0.5
    if not last and size[0] > 1:
        corners = torch.cat([corners, corners.new_zeros((size[0] - 1, *corners.shape[1:]))])
    return corners
