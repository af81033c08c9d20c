"""EXR files in: headers, and the pixels of one layer or one channel. Writing is in exr_write.py.

Pixels are decoded by the OpenEXR package, a whole file at a time; a few channels of many by OpenImageIO, which reads a
range of them, exactly as long as their types are not mixed.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO

from vfx_ai.errors import UnsupportedFileError
from vfx_ai.media import short_of_memory
from vfx_ai.media.channel import LUMINANCE, ChannelImage, choose
from vfx_ai.media.color_source import Facts, space_of
from vfx_ai.media.color_space import Space
from vfx_ai.media.exr_header import Header, Part
from vfx_ai.media.exr_intact import damaged, read_header
from vfx_ai.media.exr_layers import find_layers, refuse_unsupported
from vfx_ai.media.exr_load import Decoded, held, loaded
from vfx_ai.media.frame import BoolArray, FloatArray, Frame, Layer, PlateInfo, Window
from vfx_ai.media.halves import as_floats

# Every save of these changes pixels that were not touched. PXR24 rounds floats; half and uint it keeps.
_ALWAYS_LOSSY = frozenset({"DWAA", "DWAB", "B44", "B44A"})
# Where a header may name its color space: as the Color Interop Forum has it, and as OpenImageIO had it before.
_STATEMENTS = ("colorInteropID", "oiio:ColorSpace")
# Times the bytes of what is asked for, up to which a whole file is decoded: in half the time, but it is held as well.
MOST_BESIDE = 8
_ACES_CONTAINER = struct.pack("<i", 1)  # SMPTE ST 2065-4


def probe(path: Path, frame: int, colorspace: str = "") -> PlateInfo:
    """What the header tells; `data_window` and `space` are those of the default layer.

    Raises:
        JobError: there is no such color space.
        InputError: the file can't be read or is damaged; UnsupportedFileError: it can't be filled.
        ResourceError: it promises more than memory holds.
    """
    header = read_header(path, frame)
    refuse_unsupported(header, path, frame, rewritten=True)
    layers = find_layers(header)
    if not layers:
        names = ", ".join(c.name for part in header.parts for c in part.channels[:12])
        raise UnsupportedFileError(
            f"no layer of color: the channels are {names}",
            file=path,
            frame=frame,
            remedy="Give a plate with R, G, B (or Y) of half or float.",
        )
    part = header.parts[layers[0].part]
    lossy = sorted({p.compression for p in header.parts if is_lossy(p)})
    plain = "." not in layers[0].channels[0]
    notes = () if plain else (f"no plain R, G, B; by default the layer {layers[0].name} is filled",)
    space = color_of(path, part, colorspace)
    return PlateInfo(path, frame, part.data_window, part.display_window, layers, space, ", ".join(lossy), notes)


def probe_layer(path: Path, frame: int, layer: Layer, colorspace: str = "") -> tuple[Window, Space]:
    """The data window and the color space of a layer's part."""
    part = read_header(path, frame).parts[layer.part]
    return part.data_window, color_of(path, part, colorspace)


def color_of(path: Path, part: Part, colorspace: str = "") -> Space:
    """What a part's numbers mean, by `colorspace` if it isn't empty, else by the file; see `color_source.space_of`."""
    stated = [(part.text(name), name) for name in _STATEMENTS if part.text(name)]
    container, chromaticities = part.attributes.get("acesImageContainerFlag"), part.attributes.get("chromaticities")
    if container is not None and container.kind == "int" and container.value == _ACES_CONTAINER:
        stated.append(("ACES2065-1", container.name))
    told: tuple[float, ...] = ()
    if chromaticities is not None and chromaticities.kind == "chromaticities" and len(chromaticities.value) == 32:
        told = struct.unpack("<8f", chromaticities.value)
    return space_of(Facts(path, floating=True, stated=tuple(stated), chromaticities=told), colorspace)


def is_lossy(part: Part) -> bool:
    """Whether writing the part again as it is would change pixels that were not touched."""
    if part.compression == "PXR24":
        return any(channel.type == "float" for channel in part.channels)
    return part.compression in _ALWAYS_LOSSY


@short_of_memory.told
def read_whole(path: Path, frame: int, layer: Layer, space: Space | None = None) -> tuple[Frame, Decoded | None]:
    """The layer's light, with NaN and Inf marked in `valid`, and the file; see `media.plate.read_whole`."""
    header = read_header(path, frame)
    part = header.parts[layer.part]
    wanted = [(part.index, name) for name in layer.channels]
    file = _whole(path, header, wanted)
    planes = _some_of(path, frame, header, wanted) if file is None else [file.planes[i][name] for i, name in wanted]
    # Planes one after the other, as the engines have them; who asks for pixels sees them side by side.
    laid = np.empty((3, *planes[0].shape), np.float32)
    for i in range(3):
        as_floats(planes[i % len(planes)], laid[i])
    values = np.moveaxis(laid, 0, -1)
    spoken = space or color_of(path, part)
    light = values if spoken.transfer is None else spoken.decode(np.ascontiguousarray(values))
    return frame_of(frame, light, part.data_window, part.display_window), file


def frame_of(number: int, values: FloatArray, data_window: Window, display_window: Window) -> Frame:
    """A Frame from [H, W, 3] values that may hold NaN and Inf."""
    valid: BoolArray = np.ones(values.shape[:2], np.bool_)
    pixels = values
    with np.errstate(over="ignore", invalid="ignore"):
        doubtful = not np.isfinite(values.sum())  # a third of looking at each
    if doubtful:
        valid = np.logical_and.reduce(np.isfinite(values), axis=2)
        pixels = values if valid.all() else np.where(valid[..., None], values, np.float32(0))
    pixels.flags.writeable = valid.flags.writeable = False
    return Frame(number, pixels, valid, data_window, display_window)


def read_planes(path: Path, frame: int, wanted: Sequence[tuple[int, str]]) -> list[npt.NDArray[Any]]:
    """Channels, each as [H, W] of its own type, to the bit, over its part's data window.

    Args:
        path, frame: which file.
        wanted: (part, name of the channel) of each.

    Raises:
        InputError: the file is damaged.
    """
    return _decoded(path, frame, read_header(path, frame), wanted)


def _decoded(path: Path, frame: int, header: Header, wanted: Sequence[tuple[int, str]]) -> list[npt.NDArray[Any]]:
    """`read_planes` of a file whose header is known."""
    file = _whole(path, header, wanted)
    return _some_of(path, frame, header, wanted) if file is None else [file.planes[part][name] for part, name in wanted]


def _whole(path: Path, header: Header, wanted: Sequence[tuple[int, str]]) -> Decoded | None:
    """All of a file, where it isn't too much for the channels that are wanted, and the package can decode it."""
    asked = sum(header.parts[part].promised // len(header.parts[part].channels) for part, _ in wanted)
    if sum(part.promised for part in header.parts) > MOST_BESIDE * asked:
        return None
    file = loaded(path, header)
    return None if file is None else held(file, header)


def _some_of(path: Path, frame: int, header: Header, wanted: Sequence[tuple[int, str]]) -> list[npt.NDArray[Any]]:
    """Channels by OpenImageIO."""
    for _, name in wanted:
        if "\udc80" <= max(name) <= "\udcff":  # bytes that are no UTF-8, which no library takes
            raise UnsupportedFileError(
                f"the name of its channel {name} is no UTF-8",
                file=path,
                frame=frame,
                remedy="Rename it, and render again.",
            )
    types = {(part.index, c.name): c.type for part in header.parts for c in part.channels}
    found: dict[tuple[int, str], npt.NDArray[Any]] = {}
    # One reading per type: a range that is converted to another type would not come back to the bit.
    for part, kind in sorted({(part, types[part, name]) for part, name in wanted}):
        names = [name for other, name in wanted if other == part and types[other, name] == kind]
        cube = _some(path, frame, header.parts[part], names, kind)
        found |= {(part, name): np.ascontiguousarray(cube[..., i]) for i, name in enumerate(names)}
    return [found[key] for key in wanted]


def _some(path: Path, frame: int, part: Part, names: Sequence[str], kind: str) -> npt.NDArray[Any]:
    """Channels of one part as [H, W, len(names)] of one type: "half", "float" or "uint"."""
    picture = OpenImageIO.ImageInput.open(str(path))
    if picture is None:
        raise damaged(path, frame, why(OpenImageIO))
    try:
        if not picture.seek_subimage(part.index, 0):
            raise damaged(path, frame, why(picture))
        spec = picture.spec()
        order = [spec.channelindex(name) for name in names]
        if min(order) < 0:
            raise damaged(path, frame, f"no channel {names[order.index(-1)]} is found in it")
        first, last = min(order), max(order) + 1
        values: Any = picture.read_image(part.index, 0, first, last, kind)
        if values is None:
            raise damaged(path, frame, why(picture))
    finally:
        picture.close()
    window = part.data_window
    cube = np.asarray(values).reshape(window.height, window.width, last - first)
    picked = [index - first for index in order]
    return cube if picked == list(range(last - first)) else np.take(cube, picked, -1)


@short_of_memory.told
def read_channel(path: Path, frame: int, channel: str) -> ChannelImage:
    """One channel of any part; see `media.plate.read_channel`. In a multi-part file also "part.channel"."""
    header = read_header(path, frame)
    refuse_unsupported(header, path, frame, rewritten=False)
    named: dict[str, tuple[Part, str]] = {}
    for part in header.parts:
        for item in part.channels:
            named.setdefault(item.name, (part, item.name))
            if len(header.parts) > 1 and part.name:
                named.setdefault(f"{part.name}.{item.name}", (part, item.name))
    plain = tuple(name for name, (_, own) in named.items() if name == own)
    chosen = choose(tuple(named) if channel else plain, channel, path, frame)
    part, names = named[chosen[0]][0], tuple(named[name][1] for name in chosen)
    planes = _decoded(path, frame, header, [(part.index, name) for name in names])
    floats = [as_floats(plane) for plane in planes]
    laid = floats[0][..., None] if len(floats) == 1 else np.stack(floats, -1)
    values = one_channel(laid)
    return ChannelImage(values, part.data_window, part.display_window, names)


def one_channel(values: FloatArray) -> FloatArray:
    """[H, W, 1 or 3] as [H, W], read-only: the channel itself, or the luminance of three."""
    flat = values[..., 0] if values.shape[2] == 1 else values @ np.array(LUMINANCE, np.float32)
    flat = np.ascontiguousarray(flat, np.float32)
    flat.flags.writeable = False
    return flat


def why(source: Any) -> str:
    """What OpenImageIO says of its last failure, on one line; `source` is the module or a reader."""
    try:
        lines = [line.strip() for line in source.geterror().splitlines() if line.strip()]
    except UnicodeDecodeError:
        # The message quotes bytes of the file.
        lines = []
    return lines[-1].rstrip(".") if lines else "it can't be decoded"
