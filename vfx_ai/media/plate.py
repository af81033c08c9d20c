"""One frame's file in and out, whatever its format: EXR goes to exr.py, all else to image.py."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vfx_ai.errors import InputError, JobError
from vfx_ai.media import exr, exr_load, exr_measures, exr_planes, exr_write, image, image_write
from vfx_ai.media.channel import ChannelImage
from vfx_ai.media.color_space import LINEAR, Space
from vfx_ai.media.exr_header import is_exr
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_load import Decoded
from vfx_ai.media.exr_measures import Measures
from vfx_ai.media.frame import FloatArray, Frame, Layer, Patch, Plane, PlateInfo, Window
from vfx_ai.media.halves import as_floats
from vfx_ai.media.stamp import Stamp


def probe(path: Path, frame: int, layer: str = "RGB", colorspace: str = "") -> PlateInfo:
    """What the file's header tells, its pixels unread; `data_window` and `space` are those of the layer named.

    Args:
        path, frame: which file.
        layer: see `pick_layer`.
        colorspace: what its numbers mean, see `color_space.named`; empty: the file says it, see `media.color_source`.

    Raises:
        InputError: the file can't be read or is damaged.
        UnsupportedFileError: it holds what can't be honoured (deep, luminance/chroma, mipmaps, no color).
        ResourceError: its header promises more pixels than memory holds.
        JobError: there is no such layer or color space.
    """
    if not _is_exr(path, frame):
        info = image.probe(path, frame, colorspace)
        pick_layer(info, layer)
        return info
    info = exr.probe(path, frame, colorspace)
    chosen = pick_layer(info, layer)
    if chosen == info.layers[0]:
        return info
    window, space = exr.probe_layer(path, frame, chosen, colorspace)
    return dataclasses.replace(info, data_window=window, space=space, notes=())


def pick_layer(info: PlateInfo, name: str) -> Layer:
    """The layer that `name` means: its name, its prefix, or its part's name if that has one layer; "RGB": the default.

    Raises:
        JobError: there is none, or more than one.
    """
    if name.upper() in ("", "RGB", "RGBA"):
        return info.layers[0]
    for test in (_is_named, _is_named_loosely, _ends_with):
        found = [layer for layer in info.layers if test(layer, name)]
        if len(found) == 1:
            return found[0]
    raise JobError(
        f"there is no layer {name!r}" if not found else f"the layer {name!r} could be several",
        file=info.path,
        frame=info.frame,
        remedy=f"Use --layer with one of: {', '.join(layer.name for layer in info.layers)}.",
    )


def _is_named(layer: Layer, name: str) -> bool:
    return layer.name == name


def _is_named_loosely(layer: Layer, name: str) -> bool:
    return layer.name.lower() == name.lower()


def _ends_with(layer: Layer, name: str) -> bool:
    return layer.name.lower().endswith(f".{name.lower()}") or layer.name.lower().startswith(f"{name.lower()}.")


def read(path: Path, frame: int, layer: Layer, space: Space | None = None) -> Frame:
    """The layer's pixels as scene-linear light; a grey layer is repeated to three channels.

    Args:
        path, frame, layer: which pixels.
        space: what the file's numbers mean; None: what the file says, see `media.color_source`.

    Raises:
        InputError, UnsupportedFileError, ResourceError: as `probe`, and when the pixels are damaged.
    """
    return read_whole(path, frame, layer, space)[0]


def read_whole(path: Path, frame: int, layer: Layer, space: Space | None = None) -> tuple[Frame, Decoded | None]:
    """What `read` gives, and the whole file where all of it was decoded for that: `write` and others need not again."""
    if _is_exr(path, frame):
        return exr.read_whole(path, frame, layer, space)
    return image.read(path, frame, layer, space), None


def space_of_result(info: PlateInfo, result: Path) -> Space:
    """What the numbers in a result's file mean, of a plate with `info`: the same, unless light was written as EXR."""
    return LINEAR if is_exr(result) and not is_exr(info.path) else info.space


def find_planes(path: Path, frame: int, layer: Layer, wanted: str) -> tuple[Plane, ...]:
    """The channels beside `layer` that are to be filled as well.

    Args:
        path, frame: which file.
        layer: the one that is filled in any case.
        wanted: "", "all", or names of layers with commas between them; see `exr_planes.chosen`.

    Raises:
        JobError: there is no such layer, or the file is no EXR.
        InputError: the file can't be read.
    """
    if not wanted.strip():
        return ()
    if not _is_exr(path, frame):
        raise JobError(
            "only an EXR has layers that can be filled as well", file=path, frame=frame, remedy="Leave --layers out."
        )
    header = read_header(path, frame)
    return exr_planes.chosen(exr_planes.planes_beside(header, layer), wanted, layer, path, frame)


def same_planes(path: Path, frame: int, layer: Layer, planes: Sequence[Plane]) -> tuple[Plane, ...]:
    """The planes of another frame, as this frame's file has them, in the same order.

    Raises:
        InputError: the file can't be read, or lacks a layer.
    """
    there = {(p.layer, p.channel): p for p in exr_planes.planes_beside(read_header(path, frame), layer)}
    for plane in planes:
        if (plane.layer, plane.channel) not in there:
            raise InputError(
                f"it has no channel {plane.channel}, as other frames have",
                file=path,
                frame=frame,
                remedy="Render the frame anew, or name the layers that all frames have with --layers.",
            )
    return tuple(there[plane.layer, plane.channel] for plane in planes)


def read_planes(path: Path, frame: int, planes: Sequence[Plane]) -> tuple[npt.NDArray[Any], ...]:
    """The pixels of planes of an EXR, each as [H, W] of its own type, to the bit.

    Raises:
        InputError: the file can't be read, or has no such channel.
    """
    return tuple(exr.read_planes(path, frame, [(plane.part, plane.channel) for plane in planes]))


def find_measures(path: Path, frame: int, layer: Layer) -> Measures:
    """The layers of a frame beside `layer` that measure the scene: depth and motion. Only an EXR has any.

    Raises:
        InputError: the file can't be read.
    """
    return exr_measures.find_measures(read_header(path, frame), layer) if _is_exr(path, frame) else Measures()


def read_floats(
    path: Path, frame: int, layer: Layer, planes: Sequence[Plane]
) -> list[tuple[FloatArray, Window]] | None:
    """Planes of another frame as this frame's file has them, each as [H, W] float32 with the window that it covers.

    NaN and Inf are kept.

    Args:
        path, frame: which file.
        layer: the one that is filled.
        planes: of any frame of the same plate.

    Returns:
        None where the file lacks one of them.

    Raises:
        InputError: the file can't be read.
    """
    there = {(p.layer, p.channel): p for p in exr_planes.planes_beside(read_header(path, frame), layer)}
    mine = [there.get((plane.layer, plane.channel)) for plane in planes]
    if None in mine:
        return None
    found = [plane for plane in mine if plane is not None]
    values = read_planes(path, frame, found)
    return [(as_floats(value), plane.window) for value, plane in zip(values, found, strict=True)]


def black_frame(info: PlateInfo, number: int) -> Frame:
    """A frame of zeros with the windows of `info`, for a gap that counts as black."""
    shape = (info.data_window.height, info.data_window.width, 3)
    return exr.frame_of(number, np.zeros(shape, np.float32), info.data_window, info.display_window)


def read_channel(path: Path, frame: int, channel: str = "") -> ChannelImage:
    """One channel of a file, as a matte: `channel` by its name; "": A, else the only one, else luminance of the color.

    Raises:
        InputError, UnsupportedFileError, ResourceError: as `read`.
        JobError: there is no such channel.
    """
    return exr.read_channel(path, frame, channel) if _is_exr(path, frame) else image.read_channel(path, frame, channel)


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
    """Writes `source` to `target` with the patch's hole changed in `layer`, and every other bit as it was.

    The file is written beside `target` and renamed; whatever fails, what was at `target` stays.

    Args:
        source: the plate's file.
        target: the result; its folder is made. ".exr", or the source's own format.
        frame: for messages.
        layer: what is filled.
        patch: None copies the frame.
        black: all pixels become 0 first: a gap that counts as black, with another frame's header.
        aovs: add fill.source, fill.confidence, fill.from and fill.gain (outside the hole 0, 1, 0 and 1; kept there if
            the plate has them).
        effects: and matte.effects, 0 outside the hole.
        keep_compression: write DWAA and other lossy compressions again, although that changes untouched pixels.
        space: what the source's numbers mean; None: what the file says. The patch is encoded by it.
        display: another display window, of an EXR; None: the source's.
        stamp: what the header is to say of how it was made, where the format has a place for it; None: nothing.
        decoded: the source, from `decoded` or `read_whole`, for this one writing; None: it is read.

    Returns:
        What was done otherwise than asked, as sentences.

    Raises:
        InputError: the source can't be read. OutputError: the target can't be written.
    """
    other: dict[str, Any] = {} if display is None else {"display": display}
    if decoded is not None:
        other["decoded"] = decoded
    writer: Callable[..., tuple[str, ...]] = exr_write.write if _is_exr(source, frame) else image_write.write
    return writer(
        source,
        target,
        frame,
        layer,
        patch,
        black=black,
        aovs=aovs,
        effects=effects,
        keep_compression=keep_compression,
        space=space,
        stamp=stamp,
        **other,
    )


def decoded(path: Path, frame: int) -> Decoded | None:
    """An EXR with all that it holds, read once to be written anew and to be compared with; None of another format.

    Raises:
        InputError: it can't be read.
    """
    if not _is_exr(path, frame):
        return None
    header = read_header(path, frame)
    return exr_load.held(exr_load.load(path, header, frame), header)


def _is_exr(path: Path, frame: int) -> bool:
    if not path.is_file():
        raise InputError("there is no such file", file=path, frame=frame, remedy="Check the path.")
    return is_exr(path) or path.suffix.lower() == ".exr"
