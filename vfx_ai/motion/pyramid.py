"""Pictures at half size, quarter size and so on, and their slopes."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812


def pyramid(picture: torch.Tensor, seen: torch.Tensor, levels: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """(features, seen as 0 or 1 float) from fine to coarse; hidden pixels give nothing to the coarser levels."""
    weight = seen[None].float()
    out = [(picture, weight)]
    for _ in range(levels - 1):
        size = [(edge + 1) // 2 for edge in picture.shape[-2:]]
        both = F.interpolate(_blurred(torch.cat([picture * weight, weight])), size=size, mode="bilinear")[0]
        share = both[-1:]
        picture, weight = both[:-1] / share.clamp(min=1e-3), (share > 0.5).float()
        out.append((picture, weight))
    return out


def resized(flow: torch.Tensor, size: torch.Size | tuple[int, ...]) -> torch.Tensor:
    """A flow [2, H, W] in pixels for a picture of another size (height, width), in that picture's pixels."""
    height, width = size
    if tuple(flow.shape[-2:]) == (height, width):
        return flow
    scale = torch.tensor([width / flow.shape[-1], height / flow.shape[-2]], device=flow.device)
    resized = F.interpolate(flow[None], size=(height, width), mode="bilinear", align_corners=False)[0]
    return resized * scale[:, None, None]


def slope_x(picture: torch.Tensor) -> torch.Tensor:
    """Change per column of [..., H, W], by five taps."""
    p = F.pad(picture, (2, 2, 0, 0), mode="replicate")
    return (p[..., :-4] - 8 * p[..., 1:-3] + 8 * p[..., 3:-1] - p[..., 4:]) / 12


def slope_y(picture: torch.Tensor) -> torch.Tensor:
    """Change per row of [..., H, W], by five taps."""
    p = F.pad(picture, (0, 0, 2, 2), mode="replicate")
    return (p[..., :-4, :] - 8 * p[..., 1:-3, :] + 8 * p[..., 3:-1, :] - p[..., 4:, :]) / 12


def _blurred(picture: torch.Tensor) -> torch.Tensor:
    """[1, C, H, W] of [C, H, W], by a Gaussian of 0.8 px, what halving needs."""
    kernel = torch.exp(-((torch.arange(-2, 3, device=picture.device) / 0.8) ** 2) / 2)
    kernel = (kernel / kernel.sum()).expand(picture.shape[0], 1, 5)
    rows = F.conv2d(F.pad(picture[None], (2, 2, 0, 0), mode="replicate"), kernel[:, :, None], groups=picture.shape[0])
    return F.conv2d(F.pad(rows, (0, 0, 2, 2), mode="replicate"), kernel[:, :, :, None], groups=picture.shape[0])


def median(flow: torch.Tensor) -> torch.Tensor:
    """Median of five along the rows, then of five along the columns: [..., H, W], each component by itself."""
    flow = _median_of_five(F.pad(flow, (2, 2, 0, 0), mode="replicate").unfold(-1, flow.shape[-1], 1).unbind(-2))
    return _median_of_five(F.pad(flow, (0, 0, 2, 2), mode="replicate").unfold(-2, flow.shape[-2], 1).mT.unbind(-3))


def _median_of_five(values: tuple[torch.Tensor, ...]) -> torch.Tensor:
    a, b, c, d, e = values
    low = torch.maximum(torch.minimum(a, b), torch.minimum(c, d))
    high = torch.minimum(torch.maximum(a, b), torch.maximum(c, d))
    return torch.maximum(torch.minimum(low, high), torch.minimum(torch.maximum(low, high), e))


def laplacian(z: torch.Tensor, wx: torch.Tensor, wy: torch.Tensor) -> torch.Tensor:
    """The weighted graph Laplacian of [C, H, W] with weights [H, W - 1] along rows and [H - 1, W] along columns."""
    gx, gy = (z[..., 1:] - z[..., :-1]) * wx, (z[..., 1:, :] - z[..., :-1, :]) * wy
    out = torch.zeros_like(z)
    out[..., 1:] += gx
    out[..., :-1] -= gx
    out[..., 1:, :] += gy
    out[..., :-1, :] -= gy
    return out


def degree(wx: torch.Tensor, wy: torch.Tensor) -> torch.Tensor:
    """Sum [H, W] of the weights that meet at each pixel."""
    return F.pad(wx, (1, 0)) + F.pad(wx, (0, 1)) + F.pad(wy, (0, 0, 1, 0)) + F.pad(wy, (0, 0, 0, 1))
