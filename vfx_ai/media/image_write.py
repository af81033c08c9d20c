"""Results for plates that are no EXR: an EXR with their light, or the same format with the hole's codes changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import OpenImageIO

from vfx_ai.errors import InputError, JobError, OutputError
from vfx_ai.media import dpx
from vfx_ai.media.atomic import replacing
from vfx_ai.media.color_primaries import REC709
from vfx_ai.media.color_space import LINEAR, Space
from vfx_ai.media.exr import why
from vfx_ai.media.exr_write import add_aovs, apply_patch
from vfx_ai.media.frame import Layer, Patch
from vfx_ai.media.image import Picture, color_of, load, windows_of
from vfx_ai.media.output import REWRITABLE
from vfx_ai.media.stamp import Stamp


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
    stamp: Stamp | None = None,
) -> tuple[str, ...]:
    """Writes the result of a plate that is no EXR; see `media.plate.write`."""
    picture = load(source, frame)
    kind, spoken = target.suffix.lower(), space or color_of(source, picture.spec, picture.format)
    if kind == ".exr":
        return _as_exr(
            picture, spoken, target, frame, layer, patch, black=black, aovs=aovs, effects=effects, stamp=stamp
        )
    if kind == source.suffix.lower() and kind in REWRITABLE:
        return _as_itself(source, picture, spoken, target, frame, layer, patch, black=black, stamp=stamp)
    raise JobError(
        f"results are not written as {kind or 'a file without an extension'} for this plate",
        file=target,
        frame=frame,
        remedy=f"Write EXR: {target.with_suffix('.exr').name}.",
    )


def _as_exr(
    picture: Picture,
    space: Space,
    target: Path,
    frame: int,
    layer: Layer,
    patch: Patch | None,
    *,
    black: bool,
    aovs: bool,
    effects: bool,
    stamp: Stamp | None,
) -> tuple[str, ...]:
    data, display = windows_of(picture.spec)
    header: dict[str, Any] = {
        "type": OpenEXR.scanlineimage,
        "compression": OpenEXR.ZIP_COMPRESSION,
        "dataWindow": data.corners,
        "displayWindow": display.corners,
        "pixelAspectRatio": float(picture.spec.get_float_attribute("PixelAspectRatio", 1.0)) or 1.0,
    }
    if space.light.chromaticities not in ((), REC709):
        header["chromaticities"] = space.light.chromaticities  # a reader takes Rec.709 for granted without them
    header |= stamp.values() if stamp is not None else {}
    # Half tells all 256 codes of 8 bits apart; 10 bits and more need float.
    dtype = np.float16 if picture.codes.dtype == np.uint8 else np.float32
    channels = {name: plane.astype(dtype) for name, plane in decoded_planes(picture, space, layer).items()}
    if black:
        channels = {name: np.zeros_like(plane) for name, plane in channels.items()}
    file = OpenEXR.File(header, {name: OpenEXR.Channel(name, plane) for name, plane in channels.items()})
    part = file.parts[0]
    notes = apply_patch(part, layer, patch, data, LINEAR, target, frame) if patch is not None else []
    if aovs:
        add_aovs(part, layer, patch, data, effects=effects)
    with replacing(target, frame) as temporary:
        try:
            file.write(str(temporary))
        except RuntimeError as error:
            raise OutputError(
                f"the result can't be written: {error}", file=target, frame=frame, remedy="Check the space left."
            ) from None
    return tuple(notes)


def decoded_planes(picture: Picture, space: Space, layer: Layer) -> dict[str, Any]:
    """Each channel as float32 [H, W]: light for those of the layer, 0..1 for others such as alpha."""
    names = list(picture.spec.channelnames)
    light = picture.light([names.index(name) for name in layer.channels], space)
    planes = {}
    for index, name in enumerate(names):
        inside = name in layer.channels
        values = light[..., layer.channels.index(name)] if inside else picture.normalized([index])[..., 0]
        planes[name] = np.ascontiguousarray(values)
    return planes


def _as_itself(
    source: Path,
    picture: Picture,
    space: Space,
    target: Path,
    frame: int,
    layer: Layer,
    patch: Patch | None,
    *,
    black: bool,
    stamp: Stamp | None,
) -> tuple[str, ...]:
    codes = np.zeros_like(picture.codes) if black else picture.codes.copy()
    notes = _set_codes(codes, picture, space, layer, patch, frame) if patch is not None else ()
    bytes_of_dpx = dpx.changed(_bytes_of(source, frame), picture.codes, codes) if picture.format == "dpx" else None
    with replacing(target, frame) as temporary:
        # The format is known by the extension alone.
        named = temporary.with_name(temporary.name + target.suffix)
        try:
            if bytes_of_dpx is None:
                _written_anew(named, picture, codes, stamp)
            else:
                named.write_bytes(bytes_of_dpx)
            if not np.array_equal(load(named, frame).codes, codes):
                raise OutputError(
                    "the format did not keep the code values", file=target, frame=frame, remedy="Write EXR instead."
                )
            named.replace(temporary)
        finally:
            named.unlink(missing_ok=True)
    return notes


def _bytes_of(source: Path, frame: int) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise InputError(
            f"the file can't be read: {error.strerror or error}", file=source, frame=frame, remedy="Check the path."
        ) from None


def _written_anew(path: Path, picture: Picture, codes: Any, stamp: Stamp | None) -> None:
    spec = OpenImageIO.ImageSpec(picture.spec)
    if stamp is not None and picture.format == "png":  # a TIFF has only fields that are the plate's
        for name, value in stamp.values().items():
            spec.attribute(name, value if isinstance(value, str) else f"{value:.6g}")
    spec.attribute("oiio:UnassociatedAlpha", 1)
    writer = OpenImageIO.ImageOutput.create(str(path))
    if not writer or not writer.open(str(path), spec) or not writer.write_image(codes) or not writer.close():
        raise OSError(why(writer or OpenImageIO))


def _set_codes(codes: Any, picture: Picture, space: Space, layer: Layer, patch: Patch, frame: int) -> tuple[str, ...]:
    data, _ = windows_of(picture.spec)
    inside = patch.window.intersection(data)
    if inside.empty:
        return ()
    there, here = inside.slices(data), inside.slices(patch.window)
    hole = patch.hole[here]
    values = space.encode(patch.pixels[here][hole])
    names = list(picture.spec.channelnames)
    columns = [0, 1, 2] if len(layer.channels) == 3 else [1]
    beyond = 0
    for name, column in zip(layer.channels, columns, strict=True):
        wanted = values[:, column].astype(np.float64)
        if codes.dtype.kind != "f":
            most = np.iinfo(codes.dtype).max
            # Only what the file's bits can hold comes back the same.
            steps = 2 ** min(picture.bits, 8 * codes.dtype.itemsize) - 1
            beyond += int(((wanted < 0) | (wanted > 1)).sum())
            level = np.rint(np.clip(wanted, 0, 1) * steps)
            wanted = _widened(level.astype(np.int64), picture.bits, codes.dtype) if steps != most else level
        codes[there][hole, names.index(name)] = wanted.astype(codes.dtype)
    if beyond:
        return (
            f"frame {frame}: {beyond} filled values are beyond the format's range and were cut off; EXR holds them",
        )
    return ()


def _widened(level: Any, bits: int, dtype: Any) -> Any:
    """Codes of `bits` bits over the range of `dtype`, as OpenImageIO reads them: the high bits repeated below."""
    total = 8 * np.dtype(dtype).itemsize
    return (level << (total - bits)) | (level >> (2 * bits - total))
