"""How much stronger or weaker grain is where a fill came from than light alone tells.

A film's grain depends on light. A renderer's noise depends on material and lighting as well: at the same light it may
be twice as strong on one wall as on the next. The frame that lends a pixel shows that place without the object, and so
does its neighbor in time; their difference there is held against what the plate's measured grain would make of it, once
for what is finest and once for what is coarser.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.caching import Kept
from vfx_ai.fill import OTHER_FRAME, PATCH, REFERENCE
from vfx_ai.fill.contract import Fill
from vfx_ai.finish.grain import DARK, FLATTEST, Grain
from vfx_ai.finish.grain_blocks import BLOCK, Array, Blocks, blocks_between
from vfx_ai.media.atomic import replacing
from vfx_ai.motion.arrays import read_array
from vfx_ai.shot import Shot

AnyFloats = npt.NDArray[np.floating[Any]]

PARTS = 2  # fine grain, and what is left once that is smoothed away
CELL = BLOCK // 2  # pixels of a cell of the map
REACHES = (8, 3, 1)  # cells to each side over which blocks tell of a place, twice: those far away where none is near
DOUBT = 0.1  # of a block's say: with less of it what blocks farther away tell counts, and last the plate's usual grain
LEAST, MOST = 0.25, 4.0  # times the usual variance
MOST_KEPT = 64  # frames


class Places:
    """The plate's grain by place, looked up where a fill came from; what was found of a frame is kept.

    Args:
        shot: the plate and its matte.
        grain: of the plate, not none.
        folder: of the analysis, for this.
        locked: the camera stands still.
    """

    def __init__(self, shot: Shot, grain: Grain, folder: Path, *, locked: bool) -> None:
        self._shot, self._grain, self._folder, self._locked = shot, grain, folder, locked
        kernels = np.moveaxis(np.pad(np.array(grain.kernels), ((0, 0), (1, 1), (1, 1))), 0, -1)
        self._shares = np.stack([(part**2).sum((0, 1)) for part in parted(kernels)])
        self._maps: Kept[int, torch.Tensor] = Kept(shot.budget // 64, MOST_KEPT)

    def strength(self, fill: Fill) -> torch.Tensor:
        """By what the usual variance of fine and of coarser grain is multiplied in a fill's box: [2, h, w]."""
        out = torch.ones((PARTS, *fill.source.shape), device=fill.scene.device)
        came = (fill.source == OTHER_FRAME) | (fill.source == PATCH)
        for number in torch.unique(fill.origin[2][came]).int().tolist():
            if number == REFERENCE:  # what is known of the plate's grain tells nothing of it
                continue
            there = came & (fill.origin[2] == number)
            cells = self._maps.get(number, self._read).to(out.device)
            x, y = ((fill.origin[i][there] + 0.5) / CELL for i in (0, 1))
            column, row = (v.long().clamp(0, side - 1) for v, side in ((x, cells.shape[2]), (y, cells.shape[1])))
            out[:, there] = cells[:, row, column]
        return out

    def _read(self, number: int) -> torch.Tensor:
        """The factors [2, rows, columns] by cells of a frame, from the folder if they are there, else put there."""
        path = self._folder / f"{number}.npy"
        if not path.exists():
            factors = self._map(number)
            with replacing(path) as beside, beside.open("wb") as file:
                np.save(file, factors.numpy())
        return torch.from_numpy(read_array(path, np.asarray))

    def _map(self, number: int) -> torch.Tensor:
        size = [-(-side // CELL) for side in (self._shot.height, self._shot.width)]
        found, usual = (torch.zeros((PARTS, *size)) for _ in range(2))
        other = self._neighbor(number)
        blocks = None if other is None else self._blocks(number, other)
        if blocks is None or not blocks.residual.any():
            return torch.ones_like(found)  # the same frame twice tells nothing
        variance = np.stack([_variance(part).mean(-1) for part in parted(blocks.residual)])
        sigma = self._grain.at(np.moveaxis(blocks.level, -1, 0).astype(np.float32))
        expected = (self._shares[:, None] * np.moveaxis(sigma, 0, -1)[None] ** 2).mean(-1)
        keep, most = np.ones(len(blocks.level), bool), 2 * MOST
        if not self._locked:  # what is left may be texture, so only what is weaker is believed
            rough = (blocks.texture / (np.abs(blocks.level) + DARK) ** 2).mean(-1)
            keep, most = rough <= np.quantile(rough, FLATTEST), 1.0
        rows, columns = ((blocks.corner[keep] + BLOCK // 2) // CELL).T
        for part in range(PARTS):
            # In shares of what is expected, so that a lighter block counts no more than a darker one.
            ratio = variance[part][keep] / np.maximum(expected[part][keep], 1e-20)
            np.add.at(found[part].numpy(), (rows, columns), np.minimum(ratio, most))
            np.add.at(usual[part].numpy(), (rows, columns), 1.0)
        factor = torch.ones_like(found)
        for reach in REACHES:
            both = _spread(torch.cat([found, usual]), reach)
            doubt = DOUBT / (2 * reach + 1) ** 2
            factor = (both[:PARTS] + doubt * factor) / (both[PARTS:] + doubt)
        return factor.clamp(LEAST, MOST)

    def _blocks(self, number: int, other: int) -> Blocks | None:
        return blocks_between(self._shot, number, other, locked=self._locked, texture=not self._locked)

    def _neighbor(self, number: int) -> int | None:
        numbers = self._shot.plate.present
        index = numbers.index(number)
        near = numbers[index + 1 : index + 2] or numbers[max(0, index - 1) : index]
        return near[0] if near else None


def parted(grain: AnyFloats) -> tuple[AnyFloats, AnyFloats]:
    """Grain [..., h, w, C] as what is finest, and the rest, by a binomial of three along both sides."""
    rest = grain
    for axis in (-3, -2):
        rest, before = 2 * rest, np.moveaxis(rest, axis, 0)
        sums = np.moveaxis(rest, axis, 0)
        sums[1:] += before[:-1]
        sums[:-1] += before[1:]
        sums[0] += before[0]
        sums[-1] += before[-1]
        rest /= 4
    return grain - rest, rest


def _variance(residual: AnyFloats) -> Array:
    """Variance of one frame's grain [N, 3] from blocks of differences, by their mean size, as `Blocks.variance`."""
    inner = residual[:, 1:-1, 1:-1]  # a block's rim knows nothing of what lies beyond it
    return np.asarray(np.abs(inner).mean((1, 2)) ** 2 * (math.pi / 2) / 2)


def _spread(cells: torch.Tensor, reach: int) -> torch.Tensor:
    """Sums [C, h, w] spread over `reach` cells around them, twice by a box."""
    side = 2 * reach + 1
    kernel = torch.full((1, 1, side, 1), 1.0 / side)
    out = cells[:, None]
    for _ in range(2):
        out = F.conv2d(F.conv2d(out, kernel, padding=(reach, 0)), kernel.mT, padding=(0, reach))
    return out[:, 0]
