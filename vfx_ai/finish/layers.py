"""The layers beside the one that is filled, through the same map: one sample of the frame that each pixel came from.

Light and alpha are sampled as the filled layer is, and laid over the plate as softly; light is matched in exposure.
Data, depth and ids take the nearest pixel, since a mean of two of them is neither; a depth becomes the depth from this
frame's camera, where that is known. What no frame gave is a smooth surface in light and alpha, and the nearest pixel
that is known in the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.caching import Kept
from vfx_ai.fill import REAL
from vfx_ai.fill.contract import Fill
from vfx_ai.finish.edges import kept
from vfx_ai.finish.nearest import nearest
from vfx_ai.finish.origin import sampled
from vfx_ai.media import plate as plate_files
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.frame import BoolArray, FloatArray, Patch, Plane, PlanePatch, Window
from vfx_ai.motion.membrane import membrane
from vfx_ai.shot import Shot

MOST_KEPT = 72  # readings; a frame takes up to two
AROUND = 2  # pixels around a position that a sample reads
_COLORS = {"r": 0, "red": 0, "g": 1, "green": 1, "b": 2, "blue": 2}


@dataclass(frozen=True)
class Reading:
    """What one frame holds in some planes.

    Attributes:
        planes: as this frame's file has them.
        arrays: [H, W] over each plane's window, of the channel's own type.
    """

    planes: tuple[Plane, ...]
    arrays: tuple[npt.NDArray[Any], ...]


@dataclass(frozen=True)
class Lent:
    """What another frame lends.

    Attributes:
        mask: [h, w] bool over the patch, the pixels that come from this frame.
        at: [2, N] float32, where from, in the picture's coordinates.
        reading: that frame's planes.
    """

    mask: BoolArray
    at: FloatArray
    reading: Reading


class OtherLayers:
    """Fills other layers frame by frame, and keeps what it read of them.

    Args:
        wanted: which layers, see `Job.layers`.
        ids: "nearest" or "clear", see `Job.ids`.
        budget: bytes that readings kept at the same time may take.
    """

    def __init__(self, wanted: str, ids: str, budget: int) -> None:
        self._wanted, self._clears = wanted, ids == "clear"
        self._kept: Kept[tuple[int, tuple[Plane, ...]], Reading] = Kept(budget, MOST_KEPT)

    def filled(self, shot: Shot, fill: Fill, patch: Patch) -> tuple[Patch, tuple[str, ...]]:
        """The patch with what other layers become, and notes on those that stay as they are.

        Args:
            shot: the plate and its matte.
            fill: complete.
            patch: made of the fill, with its origin.

        Raises:
            InputError, JobError: a frame that lends pixels can't be read, or lacks a layer.
        """
        number, window = fill.number, shot.infos[fill.number].data_window
        found = plate_files.find_planes(shot.plate.path(number), number, shot.layer(number), self._wanted)
        apart = dict.fromkeys(plane.layer for plane in found if plane.window != window)
        planes = [plane for plane in found if plane.window == window]
        soft = tuple(plane for plane in planes if plane.kind in ("light", "alpha"))
        cleared = tuple(plane for plane in planes if plane.kind == "id" and self._clears)
        hard = tuple(plane for plane in planes if plane not in (*soft, *cleared))
        arrays: list[npt.NDArray[Any]] = []
        for some, make in ((soft, _soft), (hard, _hard)):
            if some:
                arrays += make(shot, fill, patch, self._read(shot, number, some), self._lent(shot, patch, some))
        space = shot.infos[number].space
        arrays = [_turned(space.encode_one, *pair) for pair in zip((*soft, *hard), arrays, strict=True)]
        arrays += [np.zeros(patch.hole.shape, np.float32) for _ in cleared]
        notes = [f"The layer {name} has a data window of its own, and stays as it is." for name in apart]
        if planes:
            notes.append(f"Filled from the same pixels: {', '.join(dict.fromkeys(plane.layer for plane in planes))}.")
        return replace(patch, planes=tuple(map(PlanePatch, (*soft, *hard, *cleared), arrays))), tuple(notes)

    def _read(self, shot: Shot, number: int, planes: tuple[Plane, ...]) -> Reading:
        """The same planes of another frame, which may have them in other windows or parts."""

        def load(_key: object) -> Reading:
            path = shot.plate.path(number)
            own = plate_files.same_planes(path, number, shot.layer(number), planes)
            found = plate_files.read_planes(path, number, own)
            decode = shot.infos[number].space.decode_one
            return Reading(own, tuple(_turned(decode, *pair) for pair in zip(own, found, strict=True)))

        return self._kept.get((number, planes), load)

    def _lent(self, shot: Shot, patch: Patch, planes: tuple[Plane, ...]) -> list[Lent]:
        if patch.origin is None:
            return []
        came = patch.hole & np.isin(patch.source, REAL)
        frames = np.where(came, patch.origin[..., 2], np.nan)
        lent = []
        for number in np.unique(frames[came]):
            mask = frames == number
            lent.append(Lent(mask, patch.origin[mask][:, :2].T.copy(), self._read(shot, int(number), planes)))
        return lent


def _turned(turn: Callable[[FloatArray], FloatArray], plane: Plane, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A plane's numbers as light, or the other way; other kinds than light stay as they are."""
    return turn(array) if plane.kind == "light" else array


def _soft(shot: Shot, fill: Fill, patch: Patch, own: Reading, lent: Sequence[Lent]) -> list[npt.NDArray[Any]]:
    """Light and alpha of the patch, [h, w] float32 per plane."""
    plate, inside = _laid(patch, own)
    mine = torch.from_numpy(np.stack([array.astype(np.float32) for array in plate]))
    there = torch.from_numpy(inside) & torch.isfinite(mine).all(0)
    mine = torch.where(there, mine, 0.0)
    made, known = mine.clone(), there & ~torch.from_numpy(patch.hole)
    matched = fill.matched.cpu()
    for one in lent:
        mask = torch.from_numpy(one.mask)
        factors = torch.stack([_factor(plane, matched[:, mask]) for plane in own.planes])
        values = _sampled(one.reading, one.at) * factors
        made[:, mask] = values
        known[mask] = torch.isfinite(values).all(0)
    made = torch.where(known, made, 0.0)
    if bool((~known).any()) and bool(known.any()):
        light = torch.tensor([plane.kind == "light" for plane in own.planes])[:, None, None]
        smooth = membrane(torch.where(light, to_log(made), made), known, known | torch.from_numpy(patch.hole))
        made = torch.where(known, made, torch.where(light, from_log(smooth), smooth))
    return list((made + torch.where(there, kept(shot, fill).cpu(), 0.0) * (mine - made)).numpy())


def _hard(shot: Shot, fill: Fill, patch: Patch, own: Reading, lent: Sequence[Lent]) -> list[npt.NDArray[Any]]:
    """Data, depth and ids of the patch, [h, w] of the channel's own type per plane."""
    made, inside = _laid(patch, own)
    known = inside & ~patch.hole
    ratio = fill.ratio().cpu().numpy()
    for one in lent:
        known |= one.mask
        for plane, array, target in zip(one.reading.planes, one.reading.arrays, made, strict=True):
            values = _nearest(array, plane.window, one.at)
            with np.errstate(over="ignore"):
                target[one.mask] = values * ratio[one.mask] if plane.kind == "depth" else values
    left = patch.hole & ~known
    if left.any() and known.any():
        closest = nearest(known)[1][left]
        for target in made:
            target[left] = target.reshape(-1)[closest]
    return made


def _laid(patch: Patch, reading: Reading) -> tuple[list[npt.NDArray[Any]], BoolArray]:
    """A frame's planes [h, w] over the patch's window, 0 beyond their own, and where [h, w] they are."""
    window = reading.planes[0].window
    common = patch.window.intersection(window)
    there, here = common.slices(window), common.slices(patch.window)
    inside = np.zeros(patch.hole.shape, np.bool_)
    inside[here] = True
    laid = []
    for array in reading.arrays:
        out = np.zeros(patch.hole.shape, array.dtype)
        out[here] = array[there]
        laid.append(out)
    return laid, inside


def _factor(plane: Plane, matched: torch.Tensor) -> torch.Tensor:
    """By what a plane's pixels [N] are multiplied, of the factors [3, N] for red, green and blue."""
    if plane.kind != "light":
        return torch.ones_like(matched[0])
    index = _COLORS.get(plane.channel.rpartition(".")[2].lower())
    return matched.mean(0) if index is None else matched[index]


def _sampled(reading: Reading, at: FloatArray) -> torch.Tensor:
    """What planes show at positions [2, N]: [planes, N] float32."""
    out = torch.empty((len(reading.planes), at.shape[1]))
    for window in dict.fromkeys(plane.window for plane in reading.planes):
        some = [i for i, plane in enumerate(reading.planes) if plane.window == window]
        first, last = (corner.astype(np.float32)[:, None] for corner in window.corners)
        inside = np.clip(at, first, last)
        # Only what is read is turned into floats.
        (x0, y0), (x1, y1) = (np.floor(ends).astype(int).tolist() for ends in (inside.min(1), inside.max(1)))
        area = Window(x0, y0, x1 + 1, y1 + 1).grown(AROUND).intersection(window)
        parts = [reading.arrays[i][area.slices(window)].astype(np.float32) for i in some]
        out[some] = sampled(torch.from_numpy(np.stack(parts)), area, torch.from_numpy(inside))
    return out


def _nearest(array: npt.NDArray[Any], window: Window, at: FloatArray) -> npt.NDArray[Any]:
    """The pixels [N] of a plane [H, W] nearest to positions [2, N]."""
    x, y = np.floor(at + 0.5).astype(np.int64)
    rows, columns = np.clip(y - window.y0, 0, window.height - 1), np.clip(x - window.x0, 0, window.width - 1)
    found: npt.NDArray[Any] = array[rows, columns]
    return found
