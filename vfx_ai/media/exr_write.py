"""EXR files out: the input file again, with the hole's pixels changed and nothing else.

All parts, channels, types, windows and attributes stay; a lossy compression is replaced, since writing it again would
change every pixel; fill.source, fill.confidence, fill.from and fill.gain are added, and matte.effects where
effects were asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenEXR

from vfx_ai.errors import JobError, OutputError
from vfx_ai.media import blanks
from vfx_ai.media.atomic import replacing
from vfx_ai.media.blanks import Blank
from vfx_ai.media.color_space import Space
from vfx_ai.media.exr import color_of, is_lossy
from vfx_ai.media.exr_header import Header
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_layers import ADDED, AOVS, refuse_unsupported
from vfx_ai.media.exr_load import Decoded, load
from vfx_ai.media.exr_splice import STRUCTURAL, carried_over, exchange_header, with_windows
from vfx_ai.media.frame import BoolArray, Layer, Patch, Window
from vfx_ai.media.stamp import Stamp, stamped

LARGEST_HALF = 65504.0
Values = Callable[[Patch], npt.NDArray[Any] | None]


def _part_of(name: str, index: int) -> Values:
    def values(patch: Patch) -> npt.NDArray[Any] | None:
        whole = getattr(patch, name)
        return None if whole is None else whole[..., index]

    return values


# Of each of ADDED: what stands outside the hole, its type (None: that of the filled layer), and what stands in it.
_AOVS: tuple[tuple[float, Any, Values], ...] = (
    (0.0, np.float16, lambda patch: patch.source),
    (1.0, np.float16, lambda patch: patch.confidence),
    *((0.0, np.float32, _part_of("origin", i)) for i in range(3)),
    *((1.0, None, _part_of("gain", i)) for i in range(3)),
    (0.0, np.float16, lambda patch: patch.effects),
)


def write(
    source: Path,
    target: Path,
    frame: int,
    layer: Layer,
    patch: Patch | None,
    *,
    black: bool = False,
    aovs: bool = True,
    effects: bool = False,
    keep_compression: bool = False,
    space: Space | None = None,
    display: Window | None = None,
    stamp: Stamp | None = None,
    decoded: Decoded | None = None,
) -> tuple[str, ...]:
    """Writes `source` to `target` with `patch` in `layer`; see `media.plate.write`."""
    if target.suffix.lower() != ".exr":
        raise JobError(
            f"the result of an EXR is not written as {target.suffix or 'a file without an extension'}",
            file=target,
            frame=frame,
            remedy=f"Write EXR: {target.with_suffix('.exr').name}.",
        )
    header = read_header(source, frame) if decoded is None else decoded.header
    refuse_unsupported(header, source, frame, rewritten=True)
    file = load(source, header, frame) if decoded is None else decoded.file
    notes: list[str] = []
    if black:
        for part in file.parts:
            for channel in part.channels.values():
                channel.pixels = np.zeros_like(channel.pixels)
    part, window = file.parts[layer.part], header.parts[layer.part].data_window
    if patch is not None:
        spoken = space or color_of(source, header.parts[layer.part])
        notes += apply_patch(part, layer, patch, window, spoken, target, frame)
        notes += _apply_planes(file, patch, frame)
    inside = Window(window.x0, window.y0, window.x0, window.y0) if patch is None else patch.window.intersection(window)
    with blanks.lent(inside.slices(window)) as blank:
        if aovs:
            add_aovs(part, layer, patch, window, effects=effects, blank=blank)
        notes += settle_compression(file, header, keep_compression)
        header = header if display is None else with_windows(header, display=display)
        save(file, header if stamp is None else stamped(header, layer.part, stamp), target, frame)
    return tuple(notes)


def apply_patch(
    part: Any, layer: Layer, patch: Patch, window: Window, space: Space, target: Path, frame: int
) -> list[str]:
    """Sets the hole's pixels in an OpenEXR.Part that covers `window`; gives notes on what half could not hold.

    What is set are the numbers that `space` has for the patch's light.

    Raises:
        OutputError: the patch holds NaN or Inf.
    """
    inside = patch.window.intersection(window)
    if inside.empty:
        return []
    there, here = inside.slices(window), inside.slices(patch.window)
    hole = patch.hole[here]
    values = space.encode(patch.pixels[here][hole])
    if not np.isfinite(values).all():
        raise OutputError("the fill holds NaN or Inf", file=target, frame=frame, remedy="Report this as a fault.")
    beyond = 0
    for name, index in zip(layer.channels, (0, 1, 2) if len(layer.channels) == 3 else (1,), strict=True):
        beyond += _set(_own(part.channels[name])[there], hole, values[:, index])
    return _told(beyond, frame)


def _apply_planes(file: Any, patch: Patch, frame: int) -> list[str]:
    beyond = 0
    for change in patch.planes:
        inside = patch.window.intersection(change.plane.window)
        there, here = inside.slices(change.plane.window), inside.slices(patch.window)
        hole, pixels = patch.hole[here], _own(file.parts[change.plane.part].channels[change.plane.channel])
        beyond += _set(pixels[there], hole, change.pixels[here][hole])
    return _told(beyond, frame)


def _own(channel: Any) -> npt.NDArray[Any]:
    """The pixels of an OpenEXR.Channel, from here on its own if others read them too."""
    if not channel.pixels.flags.writeable:
        channel.pixels = channel.pixels.copy()
    pixels: npt.NDArray[Any] = channel.pixels
    return pixels


def _set(channel: npt.NDArray[Any], hole: BoolArray, values: npt.NDArray[Any]) -> int:
    """Sets a channel's pixels in the hole, and counts those that its type can't hold."""
    beyond = 0
    if channel.dtype == np.float16 and values.dtype != np.float16:
        beyond = int((np.abs(values) > LARGEST_HALF).sum())
        values = np.clip(values, -LARGEST_HALF, LARGEST_HALF)
    channel[hole] = values.astype(channel.dtype)
    return beyond


def _told(beyond: int, frame: int) -> list[str]:
    if not beyond:
        return []
    return [f"frame {frame}: {beyond} filled values are beyond what half can hold and were written as 65504"]


def add_aovs(
    part: Any, layer: Layer, patch: Patch | None, window: Window, *, effects: bool = False, blank: Blank = blanks.new
) -> None:
    """Adds what AOVS names, and matte.effects, to an OpenEXR.Part, or sets the hole's pixels in those that it has."""
    shape, own = (window.height, window.width), part.channels[layer.channels[0]].pixels.dtype
    inside = Window(0, 0, 0, 0) if patch is None else patch.window.intersection(window)
    for name, (outside, kind, values_of) in zip(ADDED if effects else AOVS, _AOVS, strict=False):
        if name not in part.channels:
            part.channels[name] = OpenEXR.Channel(name, blank(shape, outside, kind or own))
        if patch is None or inside.empty:
            continue
        there, here = inside.slices(window), inside.slices(patch.window)
        hole, values, pixels = patch.hole[here], values_of(patch), _own(part.channels[name])
        pixels[there][hole] = outside if values is None else values[here][hole].astype(pixels.dtype)


def settle_compression(file: Any, header: Header, keep: bool) -> list[str]:
    """Sets a compression that changes no pixel where the file's would, unless it is to be kept; gives notes."""
    lossy = [part for part in header.parts if is_lossy(part)]
    names = " and ".join(sorted({part.compression for part in lossy}))
    if lossy and keep:
        return [f"{names} was kept and is lossy: pixels outside the matte may differ a little from the plate"]
    for part in lossy:
        file.parts[part.index].header["compression"] = OpenEXR.ZIP_COMPRESSION
    return [f"{names} is lossy and would change untouched pixels, so the result is written as ZIP"] if lossy else []


def save(file: Any, header: Header, target: Path, frame: int) -> None:
    """Writes an OpenEXR.File with the attributes of `header`, all but those that follow from its pixels.

    Raises:
        OutputError: it can't be written.
    """
    for part in file.parts:
        for name in set(part.header) - STRUCTURAL:
            if name != "dwaCompressionLevel":
                del part.header[name]
    with replacing(target, frame) as temporary:
        pixels = temporary.with_suffix(".pixels")
        try:
            file.write(str(pixels))
            written = read_header(pixels, frame)
            exchange_header(pixels, written, carried_over(header, written), temporary)
        except (RuntimeError, ValueError, TypeError) as error:
            raise OutputError(
                f"the result can't be written: {error}", file=target, frame=frame, remedy="Check the space left."
            ) from None
        finally:
            pixels.unlink(missing_ok=True)
