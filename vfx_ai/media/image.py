"""Every format but EXR, in, by OpenImageIO; integer codes become scene-linear light by a color space that is stated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenImageIO
import psutil

from vfx_ai.errors import InputError, ResourceError, UnsupportedFileError
from vfx_ai.media import short_of_memory
from vfx_ai.media.channel import ChannelImage, choose
from vfx_ai.media.color_source import Facts, space_of, with_why
from vfx_ai.media.color_space import CINEON, LINEAR, SRGB, VIDEO, Space
from vfx_ai.media.exr import frame_of, one_channel, why
from vfx_ai.media.frame import FloatArray, Frame, Layer, PlateInfo, Window
from vfx_ai.media.image_intact import Ends, ends_of, wrong_before, wrong_within

_MOVIES = frozenset({".mov", ".mp4", ".m4v", ".mxf", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".r3d", ".braw"})
# OpenImageIO makes up a picture for whatever has the ending of the first; the second is a terminal.
_NO_PICTURES = frozenset({"null", "term"})
# What a DPX header calls its transfer; others say nothing of use.
_DPX_TRANSFERS = {
    "Printing density": CINEON,
    "Logarithmic": CINEON,
    "Linear": LINEAR,
    "ITU-R 709-4": VIDEO,
    "SMPTE 274M": VIDEO,
    "Unspecified video": VIDEO,
}
# What OpenImageIO says of most files whether they say it or not.
_USUAL = frozenset({"srgb_rec709_scene", "srgb", "lin_rec709_scene", "linear"})


@dataclass(frozen=True)
class Picture:
    """A file's codes and what is known of them.

    Attributes:
        codes: [H, W, C], of the file's own type.
        spec: OpenImageIO's ImageSpec.
        format: OpenImageIO's name of the format.
        bits: of a code, as the file has them (10 for most DPX files).
    """

    codes: npt.NDArray[Any]
    spec: Any
    format: str
    bits: int

    def light(self, channels: list[int], space: Space) -> FloatArray:
        """Three channels, or one that is repeated, as float32 [H, W, 3], decoded to scene-linear light."""
        values = self.normalized(channels)
        return space.decode(np.repeat(values, 3, axis=2) if values.shape[2] == 1 else values)

    def normalized(self, channels: list[int]) -> FloatArray:
        """The channels as float32 [H, W, n]: integers over 0..1, by the bits that the file has; floats as they are."""
        codes = self.codes[..., channels]
        if codes.dtype.kind == "f":
            return codes.astype(np.float32)
        spare = max(0, 8 * codes.dtype.itemsize - self.bits)
        return ((codes >> spare) / np.float64(int(np.iinfo(codes.dtype).max) >> spare)).astype(np.float32)


def probe(path: Path, frame: int, colorspace: str = "") -> PlateInfo:
    """What the header tells; `notes` says what its codes were taken for.

    Raises:
        JobError, InputError, UnsupportedFileError, ResourceError: see `media.plate.probe`.
    """
    reader, _ = _opened(path, frame)
    spec, kind = reader.spec(), reader.format_name()
    reader.close()
    layer = _layer(spec, path, frame)
    depth = "float" if _is_float(spec) else f"{_bits(spec)}-bit"
    space = color_of(path, spec, kind, colorspace)
    notes = [f"{depth} {kind.upper()}: read as {space.told}"]
    if "A" in spec.channelnames and not _is_float(spec):
        notes.append("its alpha is kept apart: colors are not multiplied with it")
    data, display = windows_of(spec)
    return PlateInfo(path, frame, data, display, (layer,), space, "", tuple(notes))


@short_of_memory.told
def read(path: Path, frame: int, layer: Layer, space: Space | None = None) -> Frame:
    """The layer as scene-linear light; see `media.plate.read`."""
    picture = load(path, frame)
    channels = [list(picture.spec.channelnames).index(name) for name in layer.channels]
    light = picture.light(channels, space or color_of(path, picture.spec, picture.format))
    return frame_of(frame, light, *windows_of(picture.spec))


@short_of_memory.told
def read_channel(path: Path, frame: int, channel: str) -> ChannelImage:
    """One channel as a matte, 0..1 over the integer's range without any curve; see `media.plate.read_channel`."""
    picture = load(path, frame)
    names = tuple(picture.spec.channelnames)
    chosen = choose(names, channel, path, frame)
    data, display = windows_of(picture.spec)
    values = one_channel(picture.normalized([names.index(name) for name in chosen]))
    return ChannelImage(values, data, display, chosen, windowed=data != display)


def load(path: Path, frame: int) -> Picture:
    """All of the file's channels as its own codes.

    Raises:
        InputError, UnsupportedFileError, ResourceError: see `media.plate.read`.
    """
    reader, ends = _opened(path, frame)
    spec, kind = reader.spec(), reader.format_name()
    try:
        if wrong := wrong_within(ends, spec, kind, _bits(spec)):
            raise _unreadable(path, frame, wrong)
        codes = reader.read_image(0, 0, 0, spec.nchannels, "unknown")
        said = why(reader)
    finally:
        reader.close()
    if codes is None:
        raise _unreadable(path, frame, said)
    return Picture(np.asarray(codes).reshape(spec.height, spec.width, spec.nchannels), spec, kind, _bits(spec))


def color_of(path: Path, spec: Any, kind: str, colorspace: str = "") -> Space:
    """What the file's codes mean, by `colorspace` if it isn't empty, else by the file; see `color_source.space_of`.

    Args:
        path: of the file.
        spec: OpenImageIO's ImageSpec of it.
        kind: OpenImageIO's name of the format.
        colorspace: what the user says.
    """
    stated = "" if kind in ("dpx", "cineon") else spec.get_string_attribute("oiio:ColorSpace")
    statements = ((stated, "oiio:ColorSpace"),) if stated and stated.lower() not in _USUAL else ()
    return space_of(Facts(path, _is_float(spec), _assumed(spec, kind, stated), statements), colorspace)


def _assumed(spec: Any, kind: str, stated: str) -> Space:
    """What the format and its header make likely."""
    if _is_float(spec):
        return LINEAR
    if kind == "cineon":
        return CINEON
    if kind == "dpx":
        transfer = spec.get_string_attribute("dpx:Transfer")
        if transfer in _DPX_TRANSFERS:
            return with_why(_DPX_TRANSFERS[transfer], f"by its header: {transfer}")
        return SRGB if _bits(spec) <= 8 else CINEON
    return with_why(LINEAR, "by its header") if stated.lower().startswith("lin") else SRGB


def windows_of(spec: Any) -> tuple[Window, Window]:
    """Data window and display window of an ImageSpec."""
    data = Window(spec.x, spec.y, spec.x + spec.width, spec.y + spec.height)
    full = Window(spec.full_x, spec.full_y, spec.full_x + spec.full_width, spec.full_y + spec.full_height)
    return data, full


def _ends(path: Path, frame: int) -> Ends:
    try:
        return ends_of(path)
    except OSError as error:
        raise _unreadable(path, frame, error.strerror or str(error)) from None


def _opened(path: Path, frame: int) -> tuple[Any, Ends]:
    """OpenImageIO's reader of a file that may be read, and the file's ends."""
    if path.suffix.lower() in _MOVIES:
        raise UnsupportedFileError(
            "movies are not read",
            file=path,
            frame=frame,
            remedy=f"Make frames of it: ffmpeg -i {path.name} -start_number 1001 {path.stem}.%04d.png",
        )
    ends = _ends(path, frame)
    if wrong := wrong_before(ends):
        raise _unreadable(path, frame, wrong)
    config = OpenImageIO.ImageSpec()
    # Otherwise colors come multiplied with alpha, which is rounded and can't be undone.
    config.attribute("oiio:UnassociatedAlpha", 1)
    reader = OpenImageIO.ImageInput.open(str(path), config)
    if reader is None:
        raise _unreadable(path, frame, why(OpenImageIO))
    spec = reader.spec()
    if reader.format_name() in _NO_PICTURES:
        reader.close()
        raise _unreadable(path, frame, "it is no picture")
    if spec.deep or spec.depth > 1:
        reader.close()
        raise UnsupportedFileError("deep or volume data isn't supported", file=path, frame=frame, remedy="Flatten it.")
    promised, available = spec.width * spec.height * spec.nchannels * 8, psutil.virtual_memory().available
    if promised > available:
        reader.close()
        raise ResourceError(
            f"the header promises {spec.width} x {spec.height} pixels, more than memory holds",
            file=path,
            frame=frame,
            remedy="Check the file, or use a machine with more memory.",
        )
    return reader, ends


def _unreadable(path: Path, frame: int, said: str) -> InputError:
    unknown = "could not find a format reader" in said or "Is it a file format" in said
    what = "it is damaged, or of a format that isn't known" if unknown else said
    return InputError(
        f"the file can't be read: {what}", file=path, frame=frame, remedy="Render or copy it again, as EXR if you can."
    )


def _layer(spec: Any, path: Path, frame: int) -> Layer:
    names = tuple(spec.channelnames)
    if {"R", "G", "B"} <= set(names):
        return Layer("RGB", 0, ("R", "G", "B"))
    if len([name for name in names if name != "A"]) == 1:
        return Layer("Y", 0, (next(name for name in names if name != "A"),))
    raise UnsupportedFileError(
        f"no layer of color: the channels are {', '.join(names)}",
        file=path,
        frame=frame,
        remedy="Give R, G, B or grey.",
    )


def _is_float(spec: Any) -> bool:
    return str(spec.format) in ("float", "half", "double")


def _bits(spec: Any) -> int:
    return int(spec.get_int_attribute("oiio:BitsPerSample", 8 * spec.format.size()))
