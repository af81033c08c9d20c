"""Dense motion between two frames, in torch, on any device.

A variational method, coarse to fine: brightness, color and gradient constancy in log light with a robust penalty, and
an edge-aware, piecewise smooth flow (Brox et al., "High Accuracy Optical Flow Estimation Based on a Theory for
Warping", ECCV 2004), with a median filter after each warp (Sun et al., "Secrets of Optical Flow Estimation", CVPR
2010) and data terms divided by the gradient as in DIS. What is hidden (the matte) has no data term: the object's own
motion can't pull the background along.
"""

from __future__ import annotations

import torch

from vfx_ai.motion.pyramid import degree, laplacian, median, pyramid, resized, slope_x, slope_y
from vfx_ai.motion.sampling import pixel_grid, sample, within

SMOOTHNESS = 0.15  # weight of the smoothness term per channel; .1 to .2 were equally good on rendered shots
EDGE = 1.5  # how fast smoothness falls with the picture's gradient (per stop)
GRADIENT = 0.5  # weight of gradient constancy against color constancy
WARPS, LAGS, SOLVER_STEPS = 3, 2, 8
SMALLEST = 20  # pixels of the short side at the coarsest level
LARGEST_STEP = 2.0  # pixels that one warp may change the flow, at its own level


def _levels(height: int, width: int) -> int:
    levels = 1
    while min(height, width) >> levels >= SMALLEST:
        levels += 1
    return levels


def dense_flow(
    first: torch.Tensor,
    second: torch.Tensor,
    seen_first: torch.Tensor,
    seen_second: torch.Tensor,
    start: torch.Tensor | None = None,
) -> torch.Tensor:
    """Motion of every pixel of `first` towards `second`, in pixels.

    Args:
        first, second: [C, H, W] float32, from `color.in_stops`.
        seen_first, seen_second: [H, W] bool; False where the background is hidden.
        start: [2, H, W] float32, where the search begins (a homography's motion); zero if None.

    Returns:
        [2, H, W] float32: what is at (x, y) in `first` is at (x + flow[0], y + flow[1]) in `second`; y counts down.
        Where nothing is seen it is what the surroundings suggest.
    """
    levels = _levels(*first.shape[-2:])
    firsts, seconds = pyramid(first, seen_first, levels), pyramid(second, seen_second, levels)
    flow = start if start is not None else torch.zeros((2, *first.shape[-2:]), device=first.device)
    flow = resized(flow, firsts[-1][0].shape[-2:])
    for (picture, seen), (other, other_seen) in zip(reversed(firsts), reversed(seconds), strict=True):
        flow = _refined(picture, other, seen, other_seen, resized(flow, picture.shape[-2:]))
    return flow


def _refined(
    first: torch.Tensor, second: torch.Tensor, seen: torch.Tensor, other_seen: torch.Tensor, flow: torch.Tensor
) -> torch.Tensor:
    """One level: a few warps, each with a linear system solved under lagged robust weights."""
    height, width = first.shape[-2:]
    here = torch.cat([first, GRADIENT * slope_x(first), GRADIENT * slope_y(first)])
    there = torch.cat([second, GRADIENT * slope_x(second), GRADIENT * slope_y(second)])
    channels = here.shape[0]
    here_x, here_y = slope_x(here), slope_y(here)
    there_all = torch.cat([there, slope_x(there), slope_y(there), other_seen])
    luma = first[:1]
    edge_x = channels * SMOOTHNESS * (torch.exp(-EDGE * (luma[..., 1:] - luma[..., :-1]).abs()) + 0.05)
    edge_y = channels * SMOOTHNESS * (torch.exp(-EDGE * (luma[..., 1:, :] - luma[..., :-1, :]).abs()) + 0.05)
    grid = pixel_grid((height, width), first.device)
    for _ in range(WARPS):
        warped = sample(there_all, grid + flow)
        it = warped[:channels] - here
        ix = (warped[channels : 2 * channels] + here_x) / 2
        iy = (warped[2 * channels : 3 * channels] + here_y) / 2
        usable = seen * (warped[-1:] > 0.99) * within(grid + flow, height, width)
        step = _step(ix, iy, it, usable, flow, edge_x, edge_y)
        flow = median(flow + step.clamp(-LARGEST_STEP, LARGEST_STEP))
    return flow


def _step(
    ix: torch.Tensor,
    iy: torch.Tensor,
    it: torch.Tensor,
    usable: torch.Tensor,
    flow: torch.Tensor,
    edge_x: torch.Tensor,
    edge_y: torch.Tensor,
) -> torch.Tensor:
    """The change [2, H, W] of the flow that the linearised energy asks for."""
    norm = 1 / (ix * ix + iy * iy + 0.02)
    step = torch.zeros_like(flow)
    for _ in range(LAGS):
        residual = it + ix * step[:1] + iy * step[1:]
        weight = usable * norm / torch.sqrt(residual * residual * norm + 1e-3)
        a11, a12, a22 = ((weight * p * q).sum(0) for p, q in ((ix, ix), (ix, iy), (iy, iy)))
        b = torch.stack([(weight * ix * it).sum(0), (weight * iy * it).sum(0)])
        now = flow + step
        jump_x, jump_y = now[..., 1:] - now[..., :-1], now[..., 1:, :] - now[..., :-1, :]
        wx = edge_x[0] / torch.sqrt((jump_x * jump_x).sum(0) + 1e-3)
        wy = edge_y[0] / torch.sqrt((jump_y * jump_y).sum(0) + 1e-3)
        step = _solved(a11, a12, a22, -b - laplacian(flow, wx, wy), wx, wy, step)
    return step


def _solved(
    a11: torch.Tensor,
    a12: torch.Tensor,
    a22: torch.Tensor,
    right: torch.Tensor,
    wx: torch.Tensor,
    wy: torch.Tensor,
    x: torch.Tensor,
) -> torch.Tensor:
    """A few steps of conjugate gradients on (A + Laplacian) x = right, preconditioned by the 2x2 blocks."""
    own = degree(wx, wy) + 1e-6
    d1, d2 = a11 + own, a22 + own
    det = d1 * d2 - a12 * a12

    def times(z: torch.Tensor) -> torch.Tensor:
        return torch.stack([a11 * z[0] + a12 * z[1], a12 * z[0] + a22 * z[1]]) + laplacian(z, wx, wy) + 1e-6 * z

    def preconditioned(z: torch.Tensor) -> torch.Tensor:
        return torch.stack([d2 * z[0] - a12 * z[1], d1 * z[1] - a12 * z[0]]) / det

    residual = right - times(x)
    z = preconditioned(residual)
    direction, rz = z, (residual * z).sum()
    for _ in range(SOLVER_STEPS):
        image = times(direction)
        along = rz / ((direction * image).sum() + 1e-20)
        x, residual = x + along * direction, residual - along * image
        z = preconditioned(residual)
        rz_new = (residual * z).sum()
        direction, rz = z + (rz_new / (rz + 1e-20)) * direction, rz_new
    return x
