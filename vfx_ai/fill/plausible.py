"""Whether doubtful pixels fit into their surroundings.

The same question is asked beside the hole, where the answer is known: how far is a real pixel from the smooth surface
that would stand in for it? A doubtful pixel that is much farther from its own smooth surface is taken for a wrong one.
In smooth surroundings little is forgiven, in rough ones nearly everything, and rightly so: there the smooth surface
would be the worse choice.
"""

from __future__ import annotations

import torch

from vfx_ai.fill.masks import box_mean, eroded
from vfx_ai.media.color import to_log
from vfx_ai.motion.membrane import membrane

TOLERANCE = 4.0  # times the usual distance; less also rejects lamps and edges that belong there
FLOOR_STOPS = 0.03
FEWEST_PIXELS = 50
ASKED = 2  # sides of the hole on which the question is asked
PATCH = 5  # pixels; what is wrong is wrong over an area


def implausible(scene: torch.Tensor, trusted: torch.Tensor, doubtful: torch.Tensor) -> torch.Tensor:
    """Doubtful pixels that don't fit.

    Args:
        scene: [3, h, w] float32, scene-linear, the hole as it is filled, and what lies around it.
        trusted: [h, w] bool, pixels that are right.
        doubtful: [h, w] bool, pixels in question; none of them is trusted.

    Returns:
        [h, w] bool, a part of `doubtful`.
    """
    light = to_log(scene)
    usual = _usual_distance(light, trusted, doubtful)
    if usual is None or not bool(trusted.any()):
        return torch.zeros_like(doubtful)
    apart = _distance(light, membrane(light, trusted, torch.ones_like(trusted)))
    return doubtful & (apart > TOLERANCE * usual + FLOOR_STOPS)


def _usual_distance(light: torch.Tensor, trusted: torch.Tensor, doubtful: torch.Tensor) -> float | None:
    """Mean distance, in stops, of trusted pixels from a smooth surface spanned over holes of the same shape."""
    rows, columns = torch.nonzero(doubtful, as_tuple=True)
    if rows.numel() == 0:
        return None
    reach = 2 * int(_depth(doubtful)) + 3
    distances: list[float] = []
    for dx, dy in ((reach, 0), (-reach, 0), (0, reach), (0, -reach)):
        moved = torch.zeros_like(doubtful)
        y, x = rows + dy, columns + dx
        inside = (y >= 0) & (y < doubtful.shape[0]) & (x >= 0) & (x < doubtful.shape[1])
        moved[y[inside], x[inside]] = True
        moved &= trusted
        known = trusted & ~moved
        if int(moved.sum()) < FEWEST_PIXELS or not bool(known.any()):
            continue
        apart = _distance(light, membrane(light, known, torch.ones_like(known)))
        distances.append(float(apart[moved].mean()))
        if len(distances) == ASKED:
            break
    return sum(distances) / len(distances) if distances else None


def _depth(area: torch.Tensor) -> int:
    """How many pixels can be taken off an area's edge before nothing is left."""
    left, depth = area, 0
    while bool(left.any()):
        left, depth = eroded(left, 1), depth + 1
        if depth > max(area.shape):
            break
    return depth


def _distance(light: torch.Tensor, surface: torch.Tensor) -> torch.Tensor:
    apart = (light - surface).abs().amax(0)
    return box_mean(apart[None], PATCH)[0]
