"""The finest detail of a new plate: what the reference has there beyond the size at which patches were searched.

A frame is made by itself, whatever others are made: the searched light, enlarged, and on it the detail of the places
that lent it. Where neighbors were lent by different places their details are laid over each other so that neither their
strength nor, where places agree, their sharpness is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.plates.resample import resized

ROWS = 128  # of a frame that are made at a time
BEYOND = 0.25  # stops by which a pixel may be beyond both the tone and the light that was lent


@dataclass(frozen=True)
class Source:
    """A reference at its full size.

    Attributes:
        detail: [T, H, W, 3] float16 in stops, most often on disk: what it has beyond its searched size.
        numbers: of its frames.
        x0, y0: where its pixels begin in the picture's own coordinates.
        start: its first frame among those that were searched.
        searched: rows and columns at the searched size.
        ends: the least and the greatest light of each channel, in stops.
    """

    detail: npt.NDArray[np.float16]
    numbers: tuple[int, ...]
    x0: int
    y0: int
    start: int
    searched: tuple[int, int]
    ends: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Rendered:
    """A frame at its full size.

    Attributes:
        light: [H, W, 3] float32 in stops.
        clip: [H, W] uint8: which reference lent it.
        x, y: [H, W] float32: the place there, in the picture's own coordinates.
        frame: [H, W] float32: the frame's number there.
    """

    light: torch.Tensor
    clip: npt.NDArray[np.uint8]
    x: npt.NDArray[np.float32]
    y: npt.NDArray[np.float32]
    frame: npt.NDArray[np.float32]


def rendered(
    light: torch.Tensor,
    place: torch.Tensor,
    lender: npt.NDArray[np.float32],
    sources: Sequence[Source],
    size: tuple[int, int],
) -> Rendered:
    """One frame.

    Args:
        light: [h, w, 3] float32 in stops, as it was searched.
        place: [h, w] int64: the place among the searched frames, as `match.flat_of` has it.
        lender: [T, h, w, 3] in stops, these frames.
        sources: the references, in their order.
        size: rows and columns of the frame.
    """
    height = size[0]
    rows, columns = light.shape[:2]
    inside = lender.shape[:3]
    at = place.cpu().numpy()
    lent_x, lent_y, lent_t = at % inside[2], at // inside[2] % inside[1], at // (inside[1] * inside[2])
    starts = np.array([s.start for s in sources] + [inside[0]])
    which = np.searchsorted(starts, lent_t, side="right") - 1
    shift = lent_x - np.arange(columns)[None], lent_y - np.arange(rows)[:, None]
    tone = enlarged(light, size).numpy()
    lent = lender[lent_t, lent_y, lent_x]
    lent_tone = enlarged(torch.from_numpy(np.array(lent, np.float32)), size).numpy()
    out = tone.copy()
    names: list[npt.NDArray[Any]] = [np.zeros(size, np.uint8), *(np.zeros(size, np.float32) for _ in range(3))]
    ends = np.min([s.ends[0] for s in sources], 0), np.max([s.ends[1] for s in sources], 0)
    for top in range(0, height, ROWS):
        part = slice(top, min(top + ROWS, height))
        _lay(out[part], [name[part] for name in names], top, size, (rows, columns), which, lent_t, shift, sources)
        # On a tone that isn't its own, strong detail would be brighter or darker than anything lent.
        full = lent_tone[part] + (out[part] - tone[part])
        low, high = np.minimum(full, tone[part]) - BEYOND, np.maximum(full, tone[part]) + BEYOND
        out[part] = np.clip(np.clip(out[part], low, high), *ends)
    return Rendered(torch.from_numpy(out), names[0], names[1], names[2], names[3])


def enlarged(picture: torch.Tensor, size: tuple[int, ...]) -> torch.Tensor:
    """[H, W, C] at another size."""
    across = resized(picture.transpose(0, 1), (size[1],)).transpose(0, 1).contiguous()
    return resized(across, (size[0],))


def _lay(  # type: ignore[no-untyped-def]
    out, names, top: int, size: tuple[int, int], small: tuple[int, int], which, lent_t, shift, sources: Sequence[Source]
) -> None:
    """Detail onto some rows of a frame, and where the most of it came from."""
    count, width = out.shape[:2]
    y, x = np.arange(top, top + count), np.arange(width)
    fy, fx = (y + 0.5) * small[0] / size[0] - 0.5, (x + 0.5) * small[1] / size[1] - 0.5
    whole_y, whole_x = np.floor(fy).astype(int), np.floor(fx).astype(int)
    part_y, part_x = (fy - whole_y)[:, None], (fx - whole_x)[None]
    found = []
    for dy in (0, 1):
        for dx in (0, 1):
            cy = np.clip(whole_y + dy, 0, small[0] - 1)[:, None]
            cx = np.clip(whole_x + dx, 0, small[1] - 1)[None]
            weight = (part_y if dy else 1 - part_y) * (part_x if dx else 1 - part_x)
            found.append((weight, which[cy, cx], lent_t[cy, cx], shift[0][cy, cx], shift[1][cy, cx]))
    # Of places that differ only the strength of their sum matters: random detail adds up by its squares.
    keys = [(((k * 100_000 + t) * 40_000) + dx + 20_000) * 40_000 + dy + 20_000 for _, k, t, dx, dy in found]
    square = sum(found[i][0] * found[j][0] * (keys[i] == keys[j]) for i in range(4) for j in range(4))
    norm = 1 / np.sqrt(np.maximum(square, 1e-6))
    heaviest = np.zeros((count, width))
    total, least, most = (np.zeros((count, width, 3), np.float32) for _ in range(3))
    for weight, clip, frame, dx, dy in found:
        more = weight > heaviest
        heaviest = np.where(more, weight, heaviest)
        for index, source in enumerate(sources):
            mine = clip == index
            if not mine.any():
                continue
            tall, wide = source.detail.shape[1:3]
            at_y = np.clip(np.rint(y[:, None] + dy * (tall / source.searched[0])), 0, tall - 1).astype(int)
            at_x = np.clip(np.rint(x[None] + dx * (wide / source.searched[1])), 0, wide - 1).astype(int)
            at_t = frame - source.start
            r, c = np.nonzero(mine)
            part = source.detail[at_t[r, c], at_y[r, c], at_x[r, c]].astype(np.float32)
            total[r, c] += part * (weight * norm)[r, c, None].astype(np.float32)
            least[r, c], most[r, c] = np.minimum(least[r, c], part), np.maximum(most[r, c], part)
            best = mine & more
            names[0][best] = index
            names[1][best] = at_x[best] + source.x0
            names[2][best] = at_y[best] + source.y0
            names[3][best] = np.array(source.numbers, np.float32)[at_t[best]]
    # A glint isn't random: it is never made stronger.
    out += np.clip(total, least, most)
