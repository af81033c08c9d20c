"""What a model made of a frame, as a file by itself beside the result: RGB, A, and what lies under it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vfx_ai.errors import InputError
from vfx_ai.media import exr
from vfx_ai.media.color_space import Space
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_load import DTYPES
from vfx_ai.media.frame import Apart, FloatArray, Layer, Window
from vfx_ai.media.new_write import KEPT_OF_LIGHT, KEPT_OF_TIME, Planes, as_half, write_bare
from vfx_ai.media.stamp import APART, PREFIX, Stamp, read_stamp

MATTE = "made.A"  # in a plate that is made as a whole: 1 where the model made it
UNDER = "under"  # the layer that holds what the result would show without the model
KEPT = (*KEPT_OF_LIGHT, *KEPT_OF_TIME, "timeCode")
ROUNDED = 2.0**-9  # by what share of its light a pixel may be off that was rounded to half twice
LEAST = 1e-4  # of light, below which that share doesn't count


def write_made(
    target: Path, result: Path, frame: int, layer: Layer, apart: Apart | None, space: Space, stamp: Stamp
) -> tuple[str, ...]:
    """Write what a model made, by itself: with the result's type and meaning of numbers, as large as it has to be.

    Args:
        target: the file; its folder is made.
        result: the frame's result, as it was written.
        frame: for messages.
        layer: of it, that was filled.
        apart: what was made; None: nothing, and the file holds one pixel that is 0, so that a sequence has no gap.
        space: what the result's numbers mean.
        stamp: what the header says of how it was made.

    Returns:
        What was done otherwise than asked, as sentences.

    Raises:
        InputError: the result can't be read. OutputError: the file can't be written.
    """
    part = read_header(result, frame).parts[_part(result, layer)]
    window, area = part.data_window, _area(apart, part.data_window)
    kind: np.dtype[Any] = np.dtype(next(DTYPES[one.type] for one in part.channels if one.name == layer.channels[0]))
    corner = Window(window.x0, window.y0, window.x0 + 1, window.y0 + 1)
    planes, beyond = {name: np.zeros((1, 1), kind) for name in "RGBA"}, 0
    if apart is not None and not area.empty:
        here = area.slices(apart.window)
        alpha = apart.alpha[here].astype(kind)
        there, corner = (alpha > 0)[..., None], area
        if apart.pixels is None:
            pixels = _colors(result, frame, layer)[area.slices(window)]
        else:
            pixels, beyond = _numbers(apart.pixels[here], space, len(layer.channels), kind)
        planes = _named("", np.where(there, pixels, pixels.dtype.type(0))) | {"A": alpha}
        if apart.under is not None:
            under, more = _numbers(apart.under[here], space, len(layer.channels), kind)
            planes |= _named(f"{UNDER}.", np.where(there, under, under.dtype.type(0)))
            beyond += more
    said = {**stamp.values(), PREFIX + APART: 1}
    header = {"dataWindow": corner.corners, "displayWindow": part.display_window.corners, **said}
    write_bare(target, frame, planes, result, KEPT, header)
    return (f"Frame {frame}: {beyond} values of what was made are beyond what half holds.",) if beyond else ()


def is_ours(made: Path, frame: int) -> bool:
    """Whether a file says that it is what a model made, by itself; one that can't be read isn't."""
    with suppress(InputError):
        return made.is_file() and is_exr(made) and read_stamp(read_header(made, frame).parts[0]).get(APART) == 1
    return False


def is_of(made: Path, result: Path, frame: int, layer: Layer) -> bool:
    """Whether a file is what a model made of that result, by their headers: of the same job.

    Raises:
        InputError: the result can't be read.
    """
    if not is_ours(made, frame):
        return False
    jobs = [
        read_stamp(read_header(path, frame).parts[part]).get("job") for path, part in ((made, 0), (result, layer.part))
    ]
    return jobs[0] is not None and jobs[0] == jobs[1]


def off(made: Path, result: Path, frame: int, layer: Layer) -> int:
    """How many pixels of a result aren't what the model made, as far as that is opaque; 0: it is the result's own.

    Raises:
        InputError: one of the files can't be read, or `made` is no such file.
    """
    window = read_header(result, frame).parts[_part(result, layer)].data_window
    area = read_header(made, frame).parts[0].data_window
    names = [(0, name) for name in "RGBA"]
    *colors, alpha = exr.read_planes(made, frame, names)
    if area.intersection(window) != area:
        return int((alpha > 0).sum())
    if not (alpha >= 1).any():
        return 0
    theirs = _colors(result, frame, layer)[area.slices(window)].astype(np.float64)
    mine = np.stack(colors, -1).astype(np.float64)
    far = (np.abs(mine - theirs) > np.maximum(ROUNDED * np.abs(theirs), LEAST)).any(-1)
    return int((far & (alpha >= 1)).sum())


def _area(apart: Apart | None, window: Window) -> Window:
    """The smallest window that holds what was made, within a data window."""
    if apart is None:
        return Window(0, 0, 0, 0)
    rows, columns = np.nonzero(apart.alpha > 0)
    if not rows.size:
        return Window(0, 0, 0, 0)
    x0, y0 = apart.window.x0 + int(columns.min()), apart.window.y0 + int(rows.min())
    x1, y1 = apart.window.x0 + int(columns.max()) + 1, apart.window.y0 + int(rows.max()) + 1
    return Window(x0, y0, x1, y1).intersection(window)


def _part(result: Path, layer: Layer) -> int:
    return layer.part if is_exr(result) else 0


def _colors(result: Path, frame: int, layer: Layer) -> npt.NDArray[np.floating]:
    """The result's own numbers [H, W, 3]; grey three times."""
    planes = exr.read_planes(result, frame, [(layer.part, name) for name in layer.channels])
    return np.stack([*planes] * (1 if len(planes) == 3 else 3), -1)


def _numbers(
    light: FloatArray, space: Space, channels: int, kind: np.dtype[np.floating]
) -> tuple[npt.NDArray[np.floating], int]:
    """Light [h, w, 3] as the numbers that a result has for it, and how many are beyond what its type holds."""
    values = space.encode(light.reshape(-1, 3).astype(np.float32)).reshape(light.shape)
    if channels == 1:
        values = np.repeat(values[..., 1:2], 3, -1)
    return as_half(values) if kind == np.float16 else (values.astype(kind), 0)


def _named(prefix: str, pixels: npt.NDArray[np.floating]) -> Planes:
    return {f"{prefix}{name}": pixels[..., index] for index, name in enumerate("RGB")}
