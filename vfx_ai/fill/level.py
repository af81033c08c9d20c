"""What lies beyond a side of all that is seen: tone goes on level from the edge, so that a horizon stays at its height.

A smooth surface through a band that is known on one side alone would soon be one tone, the mean of its edge.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812

STRIP = 0.012  # of the picture's longer side: what the edge's tone is taken from, inwards
BLUR = 0.008  # and over how much of the edge's length it is made smooth


def level(light: torch.Tensor, seen: torch.Tensor) -> torch.Tensor | None:
    """The tone that goes on from the edges of what is seen, over a whole canvas.

    Args:
        light: [3, H, W] float32, log light.
        seen: [H, W] bool.

    Returns:
        [3, H, W] float32: in columns right and left, and rows above and below, of all that is seen, the tone of the
        nearest edge at the same height (or place along it); elsewhere `light`. None where there are no such.
    """
    edges = sides(seen)
    if edges is None:
        return None
    (x0, x1, y0, y1), (height, width) = edges, seen.shape
    out = light.clone()
    strip = max(2, round(STRIP * max(height, width)))
    sigma = max(1.0, BLUR * max(height, width))
    for inner, outer in (((x0, x0 + strip), (0, x0)), ((x1 - strip, x1), (x1, width))):
        if outer[1] > outer[0]:
            tone = _edge(light[..., max(0, inner[0]) : inner[1]], seen[:, max(0, inner[0]) : inner[1]], sigma)
            out[..., outer[0] : outer[1]] = tone[..., None]
    for inner, outer in (((y0, y0 + strip), (0, y0)), ((y1 - strip, y1), (y1, height))):
        if outer[1] > outer[0]:
            known = seen.clone()
            known[y0:y1, :x0] = known[y0:y1, x1:] = True  # corners go on from the sides
            some = slice(max(0, inner[0]), inner[1])
            tone = _edge(out[:, some].transpose(1, 2), known[some].T, sigma)
            out[:, outer[0] : outer[1]] = tone[:, None]
    return out


def sides(seen: torch.Tensor) -> tuple[int, int, int, int] | None:
    """The first column and row of all that is seen [H, W] bool, and those after the last: (x0, x1, y0, y1).

    None where nothing is seen, or nothing lies beyond any of them.
    """
    columns, rows = torch.nonzero(seen.any(0))[:, 0], torch.nonzero(seen.any(1))[:, 0]
    if columns.numel() == 0:
        return None
    found = int(columns[0]), int(columns[-1]) + 1, int(rows[0]), int(rows[-1]) + 1
    return None if found == (0, seen.shape[1], 0, seen.shape[0]) else found


def _edge(light: torch.Tensor, seen: torch.Tensor, sigma: float) -> torch.Tensor:
    """The mean tone [3, L] along a strip [3, L, n], made smooth; where nothing of it is seen, that of the nearest."""
    radius = math.ceil(3 * sigma)
    at = torch.arange(-radius, radius + 1, device=light.device, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (at / sigma) ** 2)[None, None]
    weight = seen.float().sum(1)
    both = torch.cat([(light * seen).sum(2), weight[None]])[:, None]
    soft = F.conv1d(both, kernel / kernel.sum(), padding=radius)[:, 0]
    known = soft[3] > 1e-4
    place = torch.arange(len(weight), device=light.device)
    there = place[known] if bool(known.any()) else place
    nearest = there[(place[:, None] - there[None]).abs().argmin(1)]
    return (soft[:3] / soft[3].clamp(min=1e-4))[:, nearest]
