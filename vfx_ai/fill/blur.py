"""Pictures under a Gaussian of any breadth, at a cost that grows with their area alone."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812

FINE = 6  # pixels: a blur twice as broad is laid on means of squares, so large that it is still so broad among them


def blurred(picture: torch.Tensor, sigma: float) -> torch.Tensor:
    """A picture [C, H, W] under a Gaussian; beyond its border it is 0.

    A broad one is laid on means of squares, so that what it costs doesn't grow with its breadth: it is off by less than
    a thousandth of what the picture varies by.
    """
    step = int(sigma // FINE)
    if step < 2:
        return _directly(picture, sigma)
    height, width = picture.shape[-2:]
    means = F.avg_pool2d(F.pad(picture[None], (step, step - width % step, step, step - height % step)), step)[0]
    inner = sigma**2 - (step**2 - 1) / 12 - step**2 / 6  # the squares blur, and so does what is laid between them
    soft = _directly(means, math.sqrt(inner) / step)
    whole = F.interpolate(soft[None], scale_factor=step, mode="bilinear", align_corners=False)[0]
    return whole[:, step : step + height, step : step + width]


def _directly(picture: torch.Tensor, sigma: float) -> torch.Tensor:
    radius = max(1, math.ceil(3 * sigma))
    at = torch.arange(-radius, radius + 1, device=picture.device, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (at / sigma) ** 2)
    kernel = kernel / kernel.sum()
    rows = F.conv2d(picture[:, None], kernel[None, None, :, None], padding=(radius, 0))
    return F.conv2d(rows, kernel[None, None, None, :], padding=(0, radius))[:, 0]
