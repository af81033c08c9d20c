"""What lies beside a hole, and where the frames that lent its pixels show the same: by this they can be compared.

A fetched pixel's origin tells where its frame shows the background. Beside the hole that map goes on: by the affine map
that fits a frame's origins best, moved so that it meets the nearest fetched pixel's origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.fill.contract import Fill
from vfx_ai.finish.nearest import nearest
from vfx_ai.media.frame import Window
from vfx_ai.shot import Shot, crop

MOST_FITTED = 2000  # pixels of a frame that its affine map is fitted to
STIFF = 1e3  # pixels squared: origins that spread less tell nothing of a change of scale


@dataclass(frozen=True)
class Beside:
    """Pixels beside a hole, and what belongs to them.

    Attributes:
        points: [2, N] int64, x and y on the canvas, of pixels that show the background.
        at: [2, N] float32, where on the canvas `frame` shows the same.
        frame: [N] int64, the number of the frame that lent the nearest fetched pixel, or that was asked for.
        inner: [2, N] int64, x and y in the fill's box, of a fetched pixel of the same frame as far within the hole as
            the point is outside; the nearest one where there is none.
    """

    points: torch.Tensor
    at: torch.Tensor
    frame: torch.Tensor
    inner: torch.Tensor


def beside(
    shot: Shot, fill: Fill, skip: int, reach: int, most: int, grid: int = 1, lender: int | None = None
) -> Beside | None:
    """Pixels beside a hole, from `skip` to `reach` pixels away from what other frames lent.

    Args:
        shot: the plate and its matte.
        fill: from the engines.
        skip: what is nearer to the hole than this may still hold some of what must go.
        reach: how far they may be away.
        most: pixels at most, evenly thinned out.
        grid: only pixels whose row and column on the canvas are whole multiples of it.
        lender: the frame that is to show what lies beside the hole; None: that which lent the nearest pixel.

    Returns:
        None where no other frame lent anything, or nothing is to be seen beside it.
    """
    view = shot.view(fill.number)
    came = fill.fetched & crop(view.hole, fill.box)
    if not bool(came.any()):
        return None
    outer = fill.box.grown(reach).intersection(Window(0, 0, shot.width, shot.height))
    fetched = np.zeros((outer.height, outer.width), np.bool_)
    fetched[fill.box.slices(outer)] = came.cpu().numpy()
    away, closest = nearest(fetched)
    if lender is not None:
        lent = fetched.copy()
        lent[fill.box.slices(outer)] &= (fill.origin[2] == lender).cpu().numpy()
        if not lent.any():
            return None
        _, closest = nearest(lent)
    hole = crop(view.hole, outer).cpu().numpy().copy()
    if fill.effects is not None:  # a shadow that goes is no light of the place
        hole[fill.box.slices(outer)] |= (fill.effects > 0).cpu().numpy()
    clear = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    ring = crop(view.seen, outer).cpu().numpy() & (clear > skip) & (away <= reach)
    if grid > 1:
        ring[(np.arange(outer.y0, outer.y1) % grid != 0), :] = False
        ring[:, (np.arange(outer.x0, outer.x1) % grid != 0)] = False
    rows, columns = np.nonzero(ring)
    if len(rows) == 0:
        return None
    every = -(-len(rows) // most)
    rows, columns = rows[::every], columns[::every]
    near = np.stack(np.unravel_index(closest[rows, columns], fetched.shape))
    origin = np.zeros((3, *fetched.shape), np.float32)
    origin[(slice(None), *fill.box.slices(outer))] = fill.origin.cpu().numpy()
    frame = origin[2, near[0], near[1]].astype(np.int64)
    at = _carried(origin, fetched, np.stack([columns, rows]), near[::-1], frame, outer)
    mirrored = 2 * near - np.stack([rows, columns])
    mirrored = np.clip(mirrored, 0, np.array(fetched.shape)[:, None] - 1)
    same = fetched[mirrored[0], mirrored[1]] & (origin[2, mirrored[0], mirrored[1]] == frame)
    inner = np.where(same, mirrored, near) + np.array([[outer.y0 - fill.box.y0], [outer.x0 - fill.box.x0]])
    device = fill.scene.device
    return Beside(
        torch.from_numpy(np.stack([columns + outer.x0, rows + outer.y0])).to(device),
        torch.from_numpy(at.astype(np.float32)).to(device),
        torch.from_numpy(frame).to(device),
        torch.from_numpy(np.ascontiguousarray(inner[::-1])).to(device),
    )


def _carried(
    origin: npt.NDArray[np.float32],
    fetched: npt.NDArray[np.bool_],
    points: npt.NDArray[np.int64],
    near: npt.NDArray[np.int64],
    frame: npt.NDArray[np.int64],
    outer: Window,
) -> npt.NDArray[np.float64]:
    """Where [2, N] on the canvas frames [N] show points [2, N] of a box, from the origins [3, h, w] of the nearest."""
    corner = np.array([[outer.x0], [outer.y0]], np.float64)
    at = np.empty(points.shape, np.float64)
    rows, columns = np.nonzero(fetched)
    numbers = origin[2, rows, columns]
    for number in np.unique(frame):
        mine, mask = numbers == number, frame == number
        every = -(-int(mine.sum()) // MOST_FITTED)
        y, x = rows[mine][::every], columns[mine][::every]
        here = np.stack([x, y]) + corner
        moved = origin[:2, y, x].astype(np.float64) - here
        flat = here - here.mean(1, keepdims=True)
        slope = (moved - moved.mean(1, keepdims=True)) @ flat.T @ np.linalg.inv(flat @ flat.T + STIFF * np.eye(2))
        step = (points[:, mask] - near[:, mask]).astype(np.float64)
        at[:, mask] = origin[:2, near[1, mask], near[0, mask]] + step + slope @ step
    return at
