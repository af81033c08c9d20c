"""The outline between two kinds of pixels: what each pixel looks like, against how long the outline is.

The cut is that of graph cuts (Boykov and Jolly, "Interactive Graph Cuts", ICCV 2001), found as the minimum of a convex
energy whose threshold is an exact cut (Chan, Esedoglu and Nikolova, "Algorithms for Finding Global Minimizers", SIAM J.
Appl. Math. 2006) by a primal-dual method that runs on any device (Chambolle and Pock, JMIV 2011).
"""

from __future__ import annotations

import torch

STEPS = 240  # at most
PAUSE = 40  # steps between two looks whether anything still changes
STILL = 5e-4  # share of pixels that changes sides between two looks, below which it is done
_STEP = 8**-0.5  # of both variables; the square of the gradient's norm is at most 8


def cut(pull: torch.Tensor, hold: torch.Tensor, start: torch.Tensor) -> torch.Tensor:
    """Which pixels belong to the object.

    Args:
        pull: [h, w] float32, how much better a pixel fits the background than the object; below 0: the object fits
            better. In natural logarithms of likelihood; +-1e3 and more fixes a pixel.
        hold: [h, w] float32 >= 0, what a pixel of outline costs here: less where the picture has an edge.
        start: [h, w] float32 0..1, where to begin; it changes how soon it ends.

    Returns:
        [h, w] float32 0..1; above 0.5 is the object.
    """
    inside, ahead = start.clone(), start.clone()
    px, py = torch.zeros_like(start), torch.zeros_like(start)
    before = inside > 0.5
    for step in range(1, STEPS + 1):
        px[:, :-1] += _STEP * (ahead[:, 1:] - ahead[:, :-1])
        py[:-1] += _STEP * (ahead[1:] - ahead[:-1])
        shrink = hold / torch.maximum(torch.sqrt(px * px + py * py), hold).clamp(min=1e-12)
        px, py = px * shrink, py * shrink
        spread = px + py
        spread[:, 1:] -= px[:, :-1]
        spread[1:] -= py[:-1]
        new = (inside + _STEP * (spread - pull)).clamp(0, 1)
        ahead, inside = 2 * new - inside, new
        if step % PAUSE == 0:
            now = inside > 0.5
            if float((now != before).float().mean()) < STILL:
                break
            before = now
    return inside


def edges(features: torch.Tensor, weight: float) -> torch.Tensor:
    """What a pixel of outline costs: `weight` in the flat, a tenth of it along strong edges; [h, w] from [C, h, w]."""
    right, down = torch.zeros_like(features[0]), torch.zeros_like(features[0])
    right[:, :-1] = (features[:, :, 1:] - features[:, :, :-1]).square().sum(0)
    down[:-1] = (features[:, 1:] - features[:, :-1]).square().sum(0)
    steep = right + down
    usual = float(steep.mean()) + 1e-6
    return weight * (0.1 + 0.9 * torch.exp(-steep / (2 * usual)))
