"""Soft edges: how much of each pixel beside an outline is the object.

Closed-form matting (Levin, Lischinski and Weiss, "A Closed-Form Solution to Natural Image Matting", TPAMI 2008): within
a small window, coverage is a linear function of color. Its matrix is never built: it is applied by box sums (He, Sun
and Tang, "Fast Matting Using Large Kernel Matting Laplacian Matrices", CVPR 2010), in conjugate gradients.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.matte.masks import depth_in, grown
from vfx_ai.media.frame import FloatArray

BoolArray = npt.NDArray[np.bool_]

RADIUS = 1  # of the windows
REGULAR = 1e-3  # variance, stops squared, below which color says nothing of coverage: noise
PRIOR = 0.02  # how much the outline itself counts in the band, against the windows
STEPS, ENOUGH = 120, 1e-3
LEVEL = 0.25  # pixels of depth; by less, the middle of a thin part isn't told from what is beside it
FAINT = 0.03  # less coverage than this, or less missing, is none


def soften(features: FloatArray, mask: BoolArray, band: int, device: torch.device) -> FloatArray:
    """Coverage [h, w] float32 0..1 from an outline.

    Args:
        features: [h, w, 3] float32, stops.
        mask: [h, w] bool, the object.
        band: pixels on each side of the outline that may be soft.
        device: where it is computed.
    """
    sure, possible = sure_of(mask, band), grown(mask, band)
    free = possible & ~sure
    if not free.any():
        return mask.astype(np.float32)
    rows, columns = np.flatnonzero(free.any(1)), np.flatnonzero(free.any(0))
    there = tuple(slice(max(0, along[0] - 2 * RADIUS), along[-1] + 1 + 2 * RADIUS) for along in (rows, columns))
    picture = torch.from_numpy(np.ascontiguousarray(np.moveaxis(features[there], -1, 0))).to(device)
    # Within a pixel or two of the outline nothing speaks against a mix; farther off, it is unlikely.
    away = depth_in(mask) - depth_in(~mask)
    guess = np.clip(away[there] / 2 + 0.5, 0, 1).astype(np.float32)
    start = torch.from_numpy(guess).to(device)
    alpha = _solved(picture, start, torch.from_numpy(free[there]).to(device))
    out = mask.astype(np.float32)
    out[there] = np.where(free[there], alpha.clamp(0, 1).cpu().numpy(), out[there])
    out[out < FAINT] = 0
    out[out > 1 - FAINT] = 1
    return out


def sure_of(mask: BoolArray, band: int) -> BoolArray:
    """[h, w] bool: what of an outline [h, w] bool is the object for sure, `band` pixels within it.

    Of a part that is too thin for that (a limb, a tracking mark) it is the middle: with nothing to go by, matting would
    lose it.
    """
    sure = grown(mask, -band)
    thin = mask & ~grown(sure, band + 1)
    if not thin.any():
        return sure
    depth = depth_in(mask)
    highest = np.asarray(cv2.dilate(depth, np.ones((3, 3), np.uint8)))
    return sure | (thin & (depth >= highest - LEVEL))


def _solved(picture: torch.Tensor, guess: torch.Tensor, free: torch.Tensor) -> torch.Tensor:
    """Coverage in the band by conjugate gradients; outside of it `guess` stands."""
    windows = Windows(picture)
    open_ = free.float()
    x = guess.clone()

    def times(p: torch.Tensor) -> torch.Tensor:
        return (windows.times(p) + PRIOR * p) * open_

    residual = (PRIOR * guess - windows.times(x) - PRIOR * x) * open_
    direction, size = residual.clone(), (residual * residual).sum()
    enough = size * ENOUGH**2
    for _ in range(STEPS):
        if bool(size <= enough):
            break
        image = times(direction)
        along = size / ((direction * image).sum() + 1e-20)
        x, residual = x + along * direction, residual - along * image
        new = (residual * residual).sum()
        direction, size = residual + (new / (size + 1e-20)) * direction, new
    return x


class Windows:
    """The matting Laplacian of a picture [3, h, w] float32, applied without being built."""

    def __init__(self, picture: torch.Tensor) -> None:
        self._picture = picture
        self._count = _sums(torch.ones_like(picture[:1]))
        self._mean = _sums(picture) / self._count
        pairs = (picture[:, None] * picture[None]).flatten(0, 1)
        spread = (_sums(pairs) / self._count).reshape(3, 3, *picture.shape[1:]) - self._mean[:, None] * self._mean[None]
        spread = spread.permute(2, 3, 0, 1) + REGULAR * torch.eye(3, device=picture.device)
        self._inverse = torch.linalg.inv(spread).permute(2, 3, 0, 1).contiguous()

    def times(self, coverage: torch.Tensor) -> torch.Tensor:
        """The Laplacian times coverage [h, w]: [h, w]."""
        mean = _sums(coverage[None]) / self._count
        mixed = _sums(self._picture * coverage) / self._count - self._mean * mean
        slope = (self._inverse * mixed[None]).sum(1)
        level = mean - (slope * self._mean).sum(0, keepdim=True)
        both = _sums(torch.cat([slope, level]))
        return self._count[0] * coverage - (both[:3] * self._picture).sum(0) - both[3]


def _sums(picture: torch.Tensor) -> torch.Tensor:
    """Sums over each pixel's window; at the border, over what is there: [C, h, w]."""
    side = 2 * RADIUS + 1
    padded = F.pad(picture, (RADIUS,) * 4)
    return F.avg_pool2d(padded[None], side, 1)[0] * side**2
