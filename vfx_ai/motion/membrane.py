"""The smoothest surface through known pixels: Laplace's equation, by conjugate gradients.

It is the membrane of Perez et al., "Poisson Image Editing", SIGGRAPH 2003, without a guide.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.motion.pyramid import degree, laplacian

STEPS = 200  # of conjugate gradients at most; the start from coarser levels needs far fewer
TOLERANCE = 1e-4  # of the first residual


def membrane(
    picture: torch.Tensor,
    known: torch.Tensor,
    inside: torch.Tensor,
    joined: tuple[torch.Tensor, torch.Tensor] | None = None,
    start: torch.Tensor | None = None,
) -> torch.Tensor:
    """The smoothest surface through the known pixels.

    Args:
        picture: [C, h, w] float32; what isn't known isn't read.
        known: [h, w] bool, at least one pixel set.
        inside: [h, w] bool; the surface doesn't cross what lies outside (beyond the data window).
        joined: whether pixels hang together with their right [h, w - 1] and lower [h - 1, w] neighbors, bool: where
            they don't the surface may be torn. None: everywhere.
        start: [C, h, w], from which it is sought; None: a rough one is made.

    Returns:
        [C, h, w] float32, `picture` where it is known.
    """
    start = torch.where(known, picture, spread(picture, known) if start is None else start)
    free = (~known & inside).float()
    wx = (inside[:, 1:] & inside[:, :-1]).float()
    wy = (inside[1:] & inside[:-1]).float()
    if joined is not None:
        wx, wy = wx * joined[0], wy * joined[1]
    inverse = free / degree(wx, wy).clamp(min=1)
    x, residual = start, -laplacian(start, wx, wy) * free
    z = residual * inverse
    direction, rz = z, (residual * z).sum((1, 2), keepdim=True)
    enough = rz * TOLERANCE**2
    for _ in range(STEPS):
        if bool((rz <= enough).all()):
            break
        image = laplacian(direction, wx, wy) * free
        along = rz / (direction * image).sum((1, 2), keepdim=True).clamp(min=1e-20)
        x, residual = x + along * direction, residual - along * image
        z = residual * inverse
        rz_new = (residual * z).sum((1, 2), keepdim=True)
        direction, rz = z + rz_new / rz.clamp(min=1e-20) * direction, rz_new
    return x


def spread(picture: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """A rough surface [C, h, w] through the known pixels [h, w] bool of a picture: the mean of what is near."""
    return _spread(torch.where(known, picture, 0.0), known.float())


def _spread(picture: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """A rough surface: the mean of what is known at the finest level that knows anything (push and pull)."""
    height, width = picture.shape[-2:]
    if bool((weight > 0).all()) or min(height, width) < 2:
        mean = (picture * weight).sum((1, 2)) / weight.sum().clamp(min=1e-6)
        return torch.where(weight > 0, picture, mean[:, None, None])
    size = [(height + 1) // 2, (width + 1) // 2]
    both = torch.cat([picture * weight, weight[None]])[None]
    half = F.interpolate(both, size=size, mode="area")[0]
    coarse = _spread(half[:-1] / half[-1:].clamp(min=1e-6), (half[-1] > 1e-6).float())
    pulled = F.interpolate(coarse[None], size=(height, width), mode="bilinear", align_corners=False)[0]
    return torch.where(weight > 0, picture, pulled)
