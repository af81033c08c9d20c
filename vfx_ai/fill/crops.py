"""Parts of a picture that a model is shown: each hole with what is around it, and tiles where that is too large."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill.masks import dilated
from vfx_ai.media.frame import Window

TOGETHER = 8  # pixels: regions nearer to each other are one
CONTEXT, LEAST_CONTEXT = 0.5, 48  # around a region, as a share of its longer side, and pixels
WASTE = 1.5  # two crops are one if their box is at most so many times as large as both
OVERLAP = 0.25  # of a tile's side


def crops(region: torch.Tensor) -> list[Window]:
    """The crops of a picture that hold a region [H, W] bool and its context, from top to bottom."""
    height, width = region.shape
    canvas = Window(0, 0, width, height)
    near = dilated(region, TOGETHER).cpu().numpy().astype(np.uint8)
    count, labels = cv2.connectedComponents(near, connectivity=8)
    inside, boxes = region.cpu().numpy(), []
    for label in range(1, count):
        rows, columns = np.nonzero((labels == label) & inside)
        if not rows.size:
            continue
        box = Window(int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
        margin = max(LEAST_CONTEXT, round(CONTEXT * max(box.width, box.height)))
        boxes.append(box.grown(margin).intersection(canvas))
    return sorted(_merged(boxes), key=lambda box: (box.y0, box.x0))


def _merged(boxes: list[Window]) -> list[Window]:
    """The same without those that lie over each other for the most part."""
    done: list[Window] = []
    left = list(boxes)
    while left:
        one = left.pop(0)
        partner = next((other for other in [*left, *done] if _alike(one, other)), None)
        if partner is None:
            done.append(one)
            continue
        (left if partner in left else done).remove(partner)
        left.insert(0, one.union(partner))
    return done


def _alike(a: Window, b: Window) -> bool:
    whole = a.union(b)
    return whole.width * whole.height <= WASTE * (a.width * a.height + b.width * b.height)


def tiles(size: tuple[int, int], side: int) -> list[Window]:
    """Tiles of a picture (height, width), `side` pixels along each side or less, that overlap by OVERLAP or more."""
    step = max(1, round(side * (1 - OVERLAP)))

    def starts(length: int) -> list[int]:
        if length <= side:
            return [0]
        count = -(-(length - side) // step) + 1
        return [round(i * (length - side) / (count - 1)) for i in range(count)]

    height, width = size
    return [Window(x, y, min(x + side, width), min(y + side, height)) for y in starts(height) for x in starts(width)]


def tile_weight(tile: Window, size: tuple[int, int]) -> torch.Tensor:
    """How much a tile counts at each of its pixels, [h, w] float32: 1 within, falling towards sides with a neighbor."""
    height, width = size

    def ramp(length: int, before: bool, after: bool) -> torch.Tensor:
        at, wide = torch.arange(length, dtype=torch.float32) + 0.5, max(1.0, OVERLAP * length)
        out = torch.ones(length)
        out = torch.minimum(out, at / wide) if before else out
        return torch.minimum(out, (length - at) / wide) if after else out

    rows = ramp(tile.height, tile.y0 > 0, tile.y1 < height)
    return rows[:, None] * ramp(tile.width, tile.x0 > 0, tile.x1 < width)


def fitted_size(size: tuple[int, int], side: int, multiple: int, most: float) -> tuple[int, int]:
    """The size (height, width) at which a model is shown a crop: its longer side is `side`, both are multiples.

    Args:
        size: of the crop.
        side: pixels, what the model was made for.
        multiple: of which both sides are to be multiples.
        most: by what a crop is enlarged at most.
    """
    scale = min(most, side / max(size))
    height, width = (max(multiple, round(length * scale / multiple) * multiple) for length in size)
    return height, width


def scaled(picture: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """A picture [C, h, w] at another size, without aliasing."""
    if tuple(picture.shape[-2:]) == size:
        return picture
    return F.interpolate(picture[None], size=size, mode="bilinear", antialias=True)[0]


def scaled_mask(mask: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """A mask [h, w] bool at another size: set where any of it is."""
    return scaled(mask[None].float(), size)[0] > 0.02
