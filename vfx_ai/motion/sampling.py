"""Reading pictures at positions between pixels, on any torch device.

Positions are in pixels of the picture that is read, as (x, y), with a pixel's middle at the whole number.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

UNTOUCHED = 1e-4  # pixels between two positions that count as one, and the share of a sample that doesn't count


def pixel_grid(size: tuple[int, ...], device: torch.device, x0: int = 0, y0: int = 0) -> torch.Tensor:
    """Positions of the pixels of a window of `size` (height, width) at (x0, y0): [2, height, width] float32."""
    height, width = size
    y, x = torch.meshgrid(
        torch.arange(y0, y0 + height, device=device, dtype=torch.float32),
        torch.arange(x0, x0 + width, device=device, dtype=torch.float32),
        indexing="ij",
    )
    return torch.stack([x, y])


def sample(picture: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Bilinear samples of `picture` [C, H, W] at `positions` [2, h, w]: [C, h, w]; the border goes on outside."""
    height, width = picture.shape[-2:]
    scale = torch.tensor([2 / max(width - 1, 1), 2 / max(height - 1, 1)], device=picture.device)
    where = (positions * scale[:, None, None] - 1).permute(1, 2, 0)[None]
    out: torch.Tensor = F.grid_sample(picture[None], where, "bilinear", "border", align_corners=True)
    return out.squeeze(0)


def length(vectors: torch.Tensor) -> torch.Tensor:
    """Length [h, w] of vectors [2, h, w]."""
    return torch.sqrt((vectors * vectors).sum(0))


def within(positions: torch.Tensor, height: int, width: int, margin: float = 0.0) -> torch.Tensor:
    """Where `positions` [2, h, w] lie in a [height, width] picture, `margin` away from its edge: [h, w] bool."""
    x, y = positions[0], positions[1]
    return (x >= margin) & (y >= margin) & (x <= width - 1 - margin) & (y <= height - 1 - margin)


def sees(seen: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Where all pixels that a bilinear sample at `positions` touches are set in `seen` [H, W] bool: [h, w] bool."""
    height, width = seen.shape
    inside, flat = within(positions, height, width), seen.reshape(-1)
    base = torch.floor(positions)
    if torch.equal(base, positions):
        return inside & at_index(flat, base[1].long().clamp(0, height - 1) * width + base[0].long().clamp(0, width - 1))
    x, y = (torch.nan_to_num(at).clamp(0, side - 1) for at, side in zip(positions, (width, height), strict=True))
    columns = [torch.floor(x + UNTOUCHED).long(), torch.ceil(x - UNTOUCHED).long()]
    rows = [torch.floor(y + UNTOUCHED).long() * width, torch.ceil(y - UNTOUCHED).long() * width]
    for row in rows:
        for column in columns:
            inside = inside & at_index(flat, row + column)
    return inside


def at_index(values: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """Of values [..., N] those with indices [...]; several times as fast as values[..., index]."""
    return values.index_select(-1, index.reshape(-1)).reshape(*values.shape[:-1], *index.shape)


# Catmull-Rom: keeps detail with four taps, and its overshoot is bounded by the four pixels that it reads.
def _catmull_rom(t: torch.Tensor) -> tuple[torch.Tensor, ...]:
    return (
        t * (-0.5 + t * (1 - 0.5 * t)),
        1 + t * t * (-2.5 + 1.5 * t),
        t * (0.5 + t * (2 - 1.5 * t)),
        t * t * (-0.5 + 0.5 * t),
    )


def resample(scene: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """Sharp samples of a scene-linear picture that don't ring at lamps.

    A Catmull-Rom kernel whose result is held between the least and the greatest of the four nearest pixels: an edge
    between 0.1 and 60 gets neither a dark rim nor a value that no pixel had.

    Args:
        scene: [C, H, W] float32, scene-linear, unbounded.
        positions: [2, h, w] float32; outside the picture its border goes on.

    Returns:
        [C, h, w] float32.
    """
    channels, height, width = scene.shape
    base = torch.floor(positions)
    fraction = positions - base
    if not bool(fraction.any()):
        row, column = base[1].long().clamp(0, height - 1), base[0].long().clamp(0, width - 1)
        return at_index(scene.reshape(channels, -1), row * width + column)
    columns = [(base[0].long() + k).clamp(0, width - 1) for k in (-1, 0, 1, 2)]
    rows = [(base[1].long() + k).clamp(0, height - 1) * width for k in (-1, 0, 1, 2)]
    weights_x, weights_y = _catmull_rom(fraction[0]), _catmull_rom(fraction[1])
    flat = scene.reshape(channels, -1)
    total = torch.zeros((channels, *positions.shape[1:]), device=scene.device)
    low = torch.full_like(total, torch.inf)
    high = torch.full_like(total, -torch.inf)
    for j, row in enumerate(rows):
        for i, column in enumerate(columns):
            tap = at_index(flat, row + column)
            if i in (1, 2) and j in (1, 2):
                torch.minimum(low, tap, out=low)
                torch.maximum(high, tap, out=high)
            total += tap.mul_(weights_x[i] * weights_y[j])
    return torch.minimum(torch.maximum(total, low, out=total), high, out=total)
