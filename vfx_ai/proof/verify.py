"""Whether a result is its plate outside the hole: every bit of every channel, and everything in the header.

Attributes are compared as the bytes in the file, pixels as unsigned integers, so that NaN payloads and the sign of zero
count too. What may differ: channels that say where a fill came from, the stamp that says how it was made, a lossy
compression that was replaced, and in the hole the pixels of the layers that were filled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vfx_ai.media import image, image_write
from vfx_ai.media.color_space import Space
from vfx_ai.media.exr import is_lossy
from vfx_ai.media.exr_header import Channel, Part, is_exr
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_layers import ADDED
from vfx_ai.media.exr_load import Decoded, Planes, load, planes_of
from vfx_ai.media.exr_splice import with_windows
from vfx_ai.media.frame import BoolArray, Layer, Plane, Window
from vfx_ai.media.stamp import NAMES as STAMP

# The first follow from the layout of the pixels, and are compared by what they mean instead; the stamp is the result's.
_LAYOUT = frozenset({"channels", "chunkCount", "compression", "type"}) | STAMP
# A reader needs no more of a list of differences than its beginning.
_MOST_NAMED = 8


@dataclass(frozen=True)
class FrameVerdict:
    """What a comparison found.

    Attributes:
        frame: its number.
        differing: pixels outside the hole that differ in any channel of any part.
        findings: what else differs, a sentence each; empty if the result is right.
    """

    frame: int
    differing: int
    findings: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Nothing differs that must not."""
        return not self.differing and not self.findings


def verify_frame(
    plate: Path,
    result: Path,
    frame: int,
    layer: Layer,
    hole: BoolArray,
    window: Window,
    *,
    planes: Collection[Plane] = (),
    black: bool = False,
    space: Space | None = None,
    display: Window | None = None,
    decoded: Decoded | None = None,
) -> FrameVerdict:
    """Compares one result with its plate.

    Args:
        plate: the plate's file. One that is no EXR is compared by its decoded values.
        result: the result's file.
        frame: its number.
        layer: what was filled; inside the hole only this and `planes` may differ.
        hole: [h, w] bool, what may differ; False outside of `window`.
        window: where `hole` lies, in the picture's coordinates.
        planes: other channels that were filled as well.
        black: the plate has a gap here that counts as black, and `plate` lent its header.
        space: what the plate's numbers mean, see `media.plate.read`; it matters where light was written as EXR.
        display: the display window that the result is to have, where that isn't the plate's.
        decoded: the plate, where it was read already; its planes nobody can have changed. None: it is read.

    Raises:
        InputError: one of the files can't be read.
    """
    if not is_exr(plate):
        return _verify_image(plate, result, frame, layer, hole, window, black, space)
    old, new = read_header(plate, frame) if decoded is None else decoded.header, read_header(result, frame)
    old_planes = planes_of(load(plate, old, frame)) if decoded is None else decoded.planes
    if display is not None:
        old = with_windows(old, display=display)
    findings = []
    if len(old.parts) != len(new.parts):
        found = (f"it has {len(new.parts)} parts, the plate has {len(old.parts)}",)
        return FrameVerdict(frame, 0, found)
    for before, after in zip(old.parts, new.parts, strict=True):
        findings += [_named(before, text) for text in _compare_headers(before, after)]
    new_planes = planes_of(load(result, new, frame))
    if black:
        old_planes = [{name: np.zeros_like(plane) for name, plane in part.items()} for part in old_planes]
    windows = [(before.data_window, after.data_window) for before, after in zip(old.parts, new.parts, strict=True)]
    filled = {(layer.part, name) for name in (*layer.channels, *ADDED)} | {(p.part, p.channel) for p in planes}
    differing, found_pixels = _compare_planes(old_planes, new_planes, windows, layer, filled, hole, window)
    return FrameVerdict(frame, differing, (*findings, *found_pixels))


def _named(part: Part, text: str) -> str:
    return f"part {part.name}: {text}" if part.name and part.index else text


def _compare_headers(old: Part, new: Part) -> Iterator[str]:
    for name, attribute in old.attributes.items():
        other = new.attributes.get(name)
        if other is None and name not in _LAYOUT:
            yield f"attribute {name} is missing"
        elif (
            other is not None and name not in _LAYOUT and (other.kind, other.value) != (attribute.kind, attribute.value)
        ):
            yield f"attribute {name} differs"
    for name in new.attributes:
        if name not in old.attributes and name not in _LAYOUT:
            yield f"attribute {name} was added"
    if (old.levels, old.deep) != (new.levels, new.deep):
        yield "it is stored in another way (tiles or scanlines)"
    yield from _compare_compression(old, new)
    yield from _compare_channels(old.channels, new.channels)


def _compare_compression(old: Part, new: Part) -> Iterator[str]:
    replaced = is_lossy(old) and new.compression == "ZIP"
    if old.compression != new.compression and not replaced:
        yield f"compression is {new.compression}, the plate's is {old.compression}"


def _compare_channels(old: tuple[Channel, ...], new: tuple[Channel, ...]) -> Iterator[str]:
    before, after = {channel.name: channel for channel in old}, {channel.name: channel for channel in new}
    for name, channel in before.items():
        if name not in after:
            yield f"channel {name} is missing"
        elif after[name] != channel:
            yield f"channel {name} is {after[name].type}, the plate's is {channel.type}, or is sampled otherwise"
    for name in after:
        if name not in before and name not in ADDED:
            yield f"channel {name} was added"


def _compare_planes(
    old: Planes,
    new: Planes,
    windows: list[tuple[Window, Window]],
    layer: Layer,
    filled: Collection[tuple[int, str]],
    hole: BoolArray,
    window: Window,
) -> tuple[int, list[str]]:
    """Counts pixels that differ where they must not, each once however many channels differ there.

    In the hole the channels in `filled` may differ, each (part, name).
    """
    findings: list[str] = []
    everywhere = Window(0, 0, 0, 0)
    for before, _ in windows:
        everywhere = everywhere.union(before)
    touched = np.zeros((everywhere.height, everywhere.width), bool)
    for index, (before, after) in enumerate(windows):
        if before != after or index >= len(new):
            continue
        allowed = _laid_over(hole, window, before)
        for name, plane in old[index].items():
            if name not in new[index] or new[index][name].dtype != plane.dtype:
                continue
            differs = bits(plane) != bits(new[index][name])
            inside = differs & allowed if (index, name) not in filled else None
            if inside is not None and inside.any():
                findings.append(f"channel {name} differs in {int(inside.sum())} pixels of the hole; it wasn't filled")
            touched[before.slices(everywhere)] |= differs & ~allowed
        if index == layer.part:
            findings += _not_finite(new[index], layer, allowed)
    return int(touched.sum()), findings[:_MOST_NAMED]


def _laid_over(hole: BoolArray, window: Window, onto: Window) -> BoolArray:
    laid = np.zeros((onto.height, onto.width), bool)
    inside = window.intersection(onto)
    if not inside.empty:
        laid[inside.slices(onto)] = hole[inside.slices(window)]
    return laid


def bits(plane: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The bits of numbers, as unsigned integers."""
    return np.ascontiguousarray(plane).view(f"u{plane.dtype.itemsize}")


def _not_finite(planes: dict[str, npt.NDArray[Any]], layer: Layer, allowed: BoolArray) -> list[str]:
    counts = {name: int((~np.isfinite(planes[name][allowed])).sum()) for name in layer.channels if name in planes}
    return [f"channel {name} holds NaN or Inf in {count} pixels of the hole" for name, count in counts.items() if count]


def _verify_image(
    plate: Path,
    result: Path,
    frame: int,
    layer: Layer,
    hole: BoolArray,
    window: Window,
    black: bool,
    space: Space | None,
) -> FrameVerdict:
    picture = image.load(plate, frame)
    spoken = space or image.color_of(plate, picture.spec, picture.format)
    data, _ = image.windows_of(picture.spec)
    names = list(picture.spec.channelnames)
    if is_exr(result):
        header = read_header(result, frame)
        got, after = planes_of(load(result, header, frame)), header.parts[0].data_window
        expected = {
            name: plane.astype(got[0][name].dtype if name in got[0] else np.float32)
            for name, plane in image_write.decoded_planes(picture, spoken, layer).items()
        }
    else:
        other = image.load(result, frame)
        got, after = [dict(zip(other.spec.channelnames, np.moveaxis(other.codes, 2, 0), strict=True))], data
        expected = dict(zip(names, np.moveaxis(picture.codes, 2, 0), strict=True))
    findings = [f"channel {name} is missing" for name in expected if name not in got[0]]
    findings += [f"channel {n} was added" for n in got[0] if n not in expected and n not in ADDED]
    if after != data or any(plane.shape != (data.height, data.width) for plane in got[0].values()):
        return FrameVerdict(frame, 0, (*findings, "its size or data window differs from the plate's"))
    if black:
        expected = {name: np.zeros_like(plane) for name, plane in expected.items()}
    filled = {(0, name) for name in (*layer.channels, *ADDED)}
    differing, more = _compare_planes([expected], got, [(data, after)], layer, filled, hole, window)
    return FrameVerdict(frame, differing, (*findings, *more))
