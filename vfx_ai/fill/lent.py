"""What a key frame lends to what no frame shows, and its file: the pixels alone that its chosen places are made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.fill.beyond import Beyond
from vfx_ai.fill.masks import dilated
from vfx_ai.fill.repeats import Repeats
from vfx_ai.fill.shiftmap import ShiftMap
from vfx_ai.media.atomic import replacing
from vfx_ai.motion.arrays import read_array

TAPS = 3  # pixels around a position that are read for it

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Lent:
    """What a key frame lends.

    Attributes:
        detail: [3, H', W'] float32 in log code, finer than tone; the key frame's and, beside it, the reference's.
        broad: [3, H', W'] float32 in log code, what is coarser than detail and yet texture.
        usable: [H', W'] bool, where both may be taken from.
        shifts: from where they are.
        beyond: what it has for places beyond its picture, which is copied whole; None: there are none.
        repeats: the patterns that go on through its holes; None: there are none.
        column: from which on there is the reference; 0: there is none.
    """

    detail: torch.Tensor
    broad: torch.Tensor
    usable: torch.Tensor
    shifts: ShiftMap
    beyond: Beyond | None
    repeats: Repeats | None
    column: int


def write_lent(path: Path, lent: Lent) -> None:
    """Write what a key frame lends, without `beyond`, which it mustn't have; what isn't asked for isn't in it."""
    asked = _asked(lent.shifts, lent.usable.shape, TAPS)
    parts: dict[str, Any] = {**_map(lent.shifts), "column": np.array(lent.column), **_mask("asked", asked)}
    parts |= {name: getattr(lent, name).cpu().numpy()[..., asked] for name in ("detail", "broad", "usable")}
    if lent.repeats is not None:
        copies = lent.repeats.copies
        asked, laid = _asked(copies.shifts, copies.usable.shape, TAPS + copies.shifts.cell), dilated(copies.there, TAPS)
        within = laid.cpu().numpy()
        parts |= {**_map(copies.shifts, "copies."), **_mask("copied", asked), **_mask("laid", within)}
        parts |= {f"copies.{name}": getattr(copies, name).cpu().numpy()[..., asked] for name in ("light", "usable")}
        parts |= {"lift": copies.lift.cpu().numpy()[:, within], "sure": lent.repeats.sure.cpu().numpy()[within]}
        parts |= _mask("inside", copies.there.cpu().numpy())
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside, beside.open("wb") as file:
        np.savez(file, **parts)


def read_lent(path: Path, device: torch.device) -> Lent:
    """What `write_lent` wrote; 0 where nothing is asked for.

    Raises:
        InputError: the file is damaged.
    """
    parts: dict[str, Any] = read_array(path, lambda file: {name: file[name] for name in file.files})

    def whole(name: str, mask: str) -> torch.Tensor:
        return torch.from_numpy(_laid_out(parts[name], _unpacked(parts, mask))).to(device)

    detail, broad, usable = (whole(name, "asked") for name in ("detail", "broad", "usable"))
    repeats = None
    if "sure" in parts:
        light, may = (whole(f"copies.{name}", "copied") for name in ("light", "usable"))
        there = torch.from_numpy(_unpacked(parts, "inside")).to(device)
        copies = Beyond(there, light, may, whole("lift", "laid"), _read_map(parts, "copies."))
        repeats = Repeats(copies, whole("sure", "laid"))
    return Lent(detail, broad, usable, _read_map(parts), None, repeats, int(parts["column"]))


def _asked(shifts: ShiftMap, shape: torch.Size, around: int) -> Bools:
    """Which pixels of a picture of `shape` the places of a map may read: its cells, shifted, and what is around."""
    out = np.zeros(tuple(shape), np.bool_)
    cells = np.argwhere(shifts.there.numpy())
    for (row, column), (x, y) in zip(cells.tolist(), shifts.shifts.numpy()[tuple(cells.T)].tolist(), strict=True):
        top, left = row * shifts.cell + y, column * shifts.cell + x
        rows, columns = (slice(max(0, at - around), max(0, at + shifts.cell + around)) for at in (top, left))
        out[rows, columns] = True
    return out


def _map(shifts: ShiftMap, prefix: str = "") -> dict[str, npt.NDArray[Any]]:
    parts = {"shifts": shifts.shifts.numpy(), "there": shifts.there.numpy(), "cell": np.array(shifts.cell)}
    return {prefix + name: part for name, part in parts.items()}


def _read_map(parts: dict[str, Any], prefix: str = "") -> ShiftMap:
    shifts, there = (torch.from_numpy(parts[prefix + name]) for name in ("shifts", "there"))
    return ShiftMap(int(parts[f"{prefix}cell"]), shifts, there)


def _mask(name: str, mask: Bools) -> dict[str, npt.NDArray[Any]]:
    return {name: np.packbits(mask), f"{name}.shape": np.array(mask.shape)}


def _unpacked(parts: dict[str, Any], name: str) -> Bools:
    height, width = parts[f"{name}.shape"].tolist()
    return np.unpackbits(parts[name], count=height * width).astype(np.bool_).reshape(height, width)


def _laid_out(values: npt.NDArray[Any], mask: Bools) -> npt.NDArray[Any]:
    out = np.zeros((*values.shape[:-1], *mask.shape), values.dtype)
    out[..., mask] = values
    return out
