"""A smooth tone along the straight edges that go through a hole: each side of an edge keeps its own light.

The light across an edge fades from one end's into the other's. What is beside it is spanned anew from there, but not
from the inside of a stripe, whose light would leak out.
"""

from __future__ import annotations

import numpy as np
import torch

from vfx_ai.fill.lines import Bools, Floats, Line, lines
from vfx_ai.motion.membrane import membrane


def with_lines(
    light: torch.Tensor, tone: torch.Tensor, known: torch.Tensor, inside: torch.Tensor, width: int
) -> torch.Tensor:
    """A tone with the straight edges that go on through what isn't known.

    Args:
        light: [3, h, w] float32 in log code; read where it is known alone.
        tone: [3, h, w] float32, the same as a smooth surface goes on.
        known: [h, w] bool.
        inside: [h, w] bool; nothing goes on outside it.
        width: of the whole picture, in pixels.

    Returns:
        The tone [3, h, w]; the same where no line is found.
    """
    there = known.cpu().numpy()
    found = lines(light.cpu().numpy().transpose(1, 2, 0), there, width)
    if not found:
        return tone
    made, share, spreads = (torch.from_numpy(part).to(tone.device) for part in _laid(found, there))
    share = share * inside
    along = tone + share * (made.permute(2, 0, 1) - tone)
    told = known | (spreads & inside)
    return torch.where(share > 0, along, membrane(torch.where(known, light, along), told, inside, None, along))


def _laid(found: list[Line], known: Bools) -> tuple[Floats, Floats, Bools]:
    """Light [h, w, C] along lines, how surely [h, w] it is there, and whence [h, w] bool it may spread."""
    height, width = known.shape
    total = np.zeros((height, width, found[0].profiles.shape[2]), np.float32)
    weight, share = np.zeros(known.shape, np.float32), np.zeros(known.shape, np.float32)
    spreads, shut = np.zeros(known.shape, np.bool_), np.zeros(known.shape, np.bool_)
    for one in found:
        across = one.profiles.shape[1] // 2
        x0, y0 = np.maximum(np.floor(one.ends.min(0)).astype(int) - across - 1, 0)
        x1, y1 = np.minimum(np.ceil(one.ends.max(0)).astype(int) + across + 2, (width, height))
        if x1 <= x0 or y1 <= y0:
            continue
        length = float(np.hypot(*(one.ends[1] - one.ends[0])))
        unit = (one.ends[1] - one.ends[0]) / length
        x, y = np.meshgrid(np.arange(x0, x1) - one.ends[0, 0], np.arange(y0, y1) - one.ends[0, 1])
        along, beside = (x * unit[0] + y * unit[1]) / length, y * unit[0] - x * unit[1]
        near = (np.abs(beside) <= across) & (along >= 0) & (along <= 1) & ~known[y0:y1, x0:x1]
        rows, columns = np.nonzero(near)
        t, n = along[near][:, None], beside[near] + across
        low = np.minimum(np.floor(n).astype(int), 2 * across - 1)
        part = (n - low)[:, None]
        p, q = ((1 - part) * profile[low] + part * profile[low + 1] for profile in one.profiles)
        fall = (1 - (np.abs(beside[near]) / (across + 1)) ** 2) ** 2 * one.sure
        at = rows + y0, columns + x0
        total[at] += fall[:, None] * ((1 - t) * p + t * q)
        weight[at] += fall
        share[at] = np.maximum(share[at], one.sure)
        sides = np.where(n > across, one.wide[1], one.wide[0])
        spreads[at] |= sides
        shut[at] |= ~sides
    made: Floats = (total / np.maximum(weight, 1e-6)[..., None]).astype(np.float32)
    return made, share, spreads & ~shut
