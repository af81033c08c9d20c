"""A hole in pieces, for a device whose memory is too short for it as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from vfx_ai.device import is_out_of_memory
from vfx_ai.fill.contract import Fill, mean_gain
from vfx_ai.shot import Shot, hole_box

MOST_HALVINGS = 4
Filler = Callable[[Shot, Any, int, int, torch.Tensor | None], Fill]


def fill_in_tiles(
    fill: Filler,
    shot: Shot,
    ready: object,
    number: int,
    blend: int,
    halvings: int = 0,
    region: torch.Tensor | None = None,
) -> Fill:
    """Fill a frame's hole as a whole, or, where the device's memory runs out, in ever smaller parts.

    Raises:
        RuntimeError: the device's own error, when even the smallest part doesn't fit, or for another reason.
    """
    hole = shot.view(number).hole if region is None else shot.view(number).hole & region
    tiles = [_tile(hole, i, halvings, region) for i in range(2**halvings)]
    try:
        parts = [fill(shot, ready, number, blend, tile) for tile in tiles if tile is None or bool((hole & tile).any())]
        return parts[0] if len(parts) == 1 else joined(parts)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error) or halvings == MOST_HALVINGS:
            raise
    if shot.device.type == "cuda":
        torch.cuda.empty_cache()
    return fill_in_tiles(fill, shot, ready, number, blend, halvings + 1, region)


def _tile(hole: torch.Tensor, index: int, halvings: int, region: torch.Tensor | None) -> torch.Tensor | None:
    """The part [H, W] bool of a hole's box with this index: strips across its longer side, within `region`."""
    if halvings == 0:
        return region
    box = hole_box(hole, 0)
    out = torch.zeros_like(hole)
    lengths = (box.height, box.width)
    start, end = (lengths[0] < lengths[1], max(lengths))
    low, high = index * end // 2**halvings, (index + 1) * end // 2**halvings
    if start:
        out[:, box.x0 + low : box.x0 + high] = True
    else:
        out[box.y0 + low : box.y0 + high] = True
    return out if region is None else out & region


def joined(parts: list[Fill]) -> Fill:
    """One fill from several of parts of the same hole that don't overlap."""
    box = parts[0].box
    for part in parts[1:]:
        box = box.union(part.box)
    first = parts[0]
    size = (box.height, box.width)
    out = replace(
        first,
        box=box,
        scene=first.scene.new_zeros((3, *size)),
        source=first.source.new_zeros(size),
        confidence=first.confidence.new_zeros(size),
        never_seen=first.never_seen.new_zeros(size),
        origin=first.origin.new_zeros((3, *size)),
        matched=first.matched.new_ones((3, *size)),
        frames={},
        depth_ratio=first.confidence.new_ones(size),
    )
    for part in parts:
        there = part.box.slices(box)
        mine = (part.source > 0) | part.never_seen
        for whole, piece in (
            (out.scene, part.scene),
            (out.origin, part.origin),
            (out.matched, part.matched),
            (out.ratio(), part.ratio()),
            (out.source, part.source),
            (out.confidence, part.confidence),
            (out.never_seen, part.never_seen),
        ):
            inner = (..., *there)
            whole[inner] = torch.where(mine, piece, whole[inner])
        for frame, count in part.frames.items():
            out.frames[frame] = out.frames.get(frame, 0) + count
    return replace(out, gain=mean_gain(out.matched[:, out.source > 0]))
