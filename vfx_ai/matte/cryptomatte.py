"""Cryptomattes of an EXR file: which there are, and how much of each pixel an id covers.

A cryptomatte stores for each pixel pairs of an id and of the share of the pixel that it covers, the largest first: two
pairs in each of the pictures name00, name01, ... The header says what it is called.

Source: Cryptomatte Specification 1.2.0 (Psyop). Beyond it: names of channels as Blender, Nuke and multi-part files
spell them, and files whose metadata were lost on the way.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vfx_ai.errors import InputError, UnsupportedFileError
from vfx_ai.matte.manifest import Manifest, read_manifest
from vfx_ai.media import exr
from vfx_ai.media.channel import ChannelImage
from vfx_ai.media.exr_header import Header, Part, is_exr
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_layers import refuse_unsupported
from vfx_ai.media.frame import BoolArray, FloatArray, Window

HASH, CONVERSION = "MurmurHash3_32", "uint32_to_float32"
# Nuke writes "exr/" and the like before an attribute's name.
_KEY = re.compile(r"(?:.*/)?cryptomatte/([^/]+)/(name|hash|conversion|manifest|manif_file)")
# Which of the four numbers of a picture a channel holds, by the last word of its name.
_PLACES = {"r": 0, "red": 0, "g": 1, "green": 1, "b": 2, "blue": 2, "a": 3, "alpha": 3}
# Compressions that change floats: all of them, or those of color, which DWA knows by their capital letters.
_RUINS_ALL, _RUINS_COLOR = frozenset({"PXR24"}), frozenset({"DWAA", "DWAB"})
# So many ids are quicker compared one by one than searched for.
_FEW = 8

Place = tuple[int, str]
IdArray = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Cryptomatte:
    """One cryptomatte of a file.

    Attributes:
        name: as its header calls it, "CryptoObject" or "ViewLayer.CryptoObject"; with its view or part before it if a
            file has several of one name.
        pictures: of each of its pictures, the (part, channel) of id, coverage, id, coverage; the largest shares first.
        window, display: where its pixels lie and the picture's frame.
        pixel_aspect: of the file.
        manifest, sidecar: the texts in the header, or "".
        fault: why it can't be read, as half a sentence; "" if it can.
    """

    name: str
    pictures: tuple[tuple[Place, ...], ...]
    window: Window
    display: Window
    pixel_aspect: float = 1.0
    manifest: str = ""
    sidecar: str = ""
    fault: str = ""

    @property
    def ranks(self) -> int:
        """How many ids a pixel may have."""
        return sum(len(places) // 2 for places in self.pictures)

    def names(self, path: Path) -> Manifest:
        """The names that the file, or the one beside it, gives to ids."""
        return read_manifest(path, self.manifest, self.sidecar)


def find_cryptomattes(path: Path, frame: int) -> tuple[Cryptomatte, ...]:
    """All cryptomattes of a file, in its own order; those that can't be read say why in `fault`.

    Raises:
        InputError: the file can't be read. UnsupportedFileError: it is no EXR, is deep, or has no cryptomatte.
    """
    if not path.is_file():
        raise InputError("there is no such file", file=path, frame=frame, remedy="Check the path.")
    if not is_exr(path):
        raise UnsupportedFileError(
            "only an EXR can hold a cryptomatte", file=path, frame=frame, remedy="Give the EXR that was rendered."
        )
    header = read_header(path, frame)
    refuse_unsupported(header, path, frame, rewritten=False)
    found = list(_found(header))
    if not found:
        raise UnsupportedFileError(
            "it has no cryptomatte",
            file=path,
            frame=frame,
            remedy="Render one with 32-bit float channels, or name the file that has it.",
        )
    return _told_apart(found)


def read_coverage(path: Path, frame: int, crypto: Cryptomatte, ids: Collection[int]) -> ChannelImage:
    """How much of each pixel some ids cover, as float32 [H, W] of 0..1 over the cryptomatte's window.

    The shares of all ranks whose id is among `ids` are summed; a share that isn't finite counts as 0.

    Raises:
        InputError: the file is damaged. UnsupportedFileError: `crypto.fault` says why.
    """
    wanted = np.array(sorted(ids), np.uint32)
    total = np.zeros((crypto.window.height, crypto.window.width), np.float32)
    for numbers, shares in read_ranks(path, frame, crypto):
        total += np.where(_among(numbers, wanted), shares, np.float32(0))
    np.clip(total, 0, 1, out=total)
    total.flags.writeable = False
    names = tuple(channel for places in crypto.pictures for _, channel in places)
    return ChannelImage(total, crypto.window, crypto.display, names)


def _among(numbers: IdArray, wanted: IdArray) -> BoolArray:
    """Where ids [H, W] are among rising ones, by their bits: as floats 0 and -0 would be one."""
    found: BoolArray = np.zeros(numbers.shape, np.bool_)
    if len(wanted) <= _FEW:
        for number in wanted:
            found |= numbers == number
        return found
    # numpy's isin would sort the picture
    np.equal(wanted[np.searchsorted(wanted[:-1], numbers)], numbers, out=found)
    return found


def read_shares(path: Path, frame: int, crypto: Cryptomatte) -> dict[int, float]:
    """How many pixels of the display window each id covers, by id, parts of pixels as such; only ids that cover any.

    Raises:
        InputError, UnsupportedFileError: as `read_coverage`.
    """
    found: dict[int, float] = {}
    shown = crypto.window.intersection(crypto.display).slices(crypto.window)
    for numbers, shares in read_ranks(path, frame, crypto):
        covered = shares[shown] > 0
        ids, index = np.unique(numbers[shown][covered], return_inverse=True)
        sums = np.bincount(index, shares[shown][covered].astype(np.float64), len(ids))
        for number, pixels in zip(ids.tolist(), sums.tolist(), strict=True):
            found[number] = found.get(number, 0.0) + pixels
    return found


def read_ranks(path: Path, frame: int, crypto: Cryptomatte) -> Iterator[tuple[IdArray, FloatArray]]:
    """The ids as bits and the shares, [H, W] each, rank by rank; a share that isn't finite is 0.

    Raises:
        InputError, UnsupportedFileError: as `read_coverage`.
    """
    if crypto.fault:
        raise UnsupportedFileError(
            f"the cryptomatte {crypto.name} can't be used: {crypto.fault}",
            file=path,
            frame=frame,
            remedy="Render it as 32-bit float with a lossless compression, e.g. ZIP.",
        )
    for places in crypto.pictures:
        planes = exr.read_planes(path, frame, places)
        for ids, shares in zip(planes[::2], planes[1::2], strict=True):
            yield ids.view(np.uint32), np.nan_to_num(shares.astype(np.float32), nan=0, posinf=0, neginf=0)


def _found(header: Header) -> Iterator[tuple[Part, Cryptomatte]]:
    """The cryptomattes that the header tells of; without any, those that the channels' names look like."""
    told = [(part, texts) for part in header.parts for texts in _metadata(part) if texts.get("name")]
    if not told:
        told = [(part, {"name": name}) for part in header.parts for name in _stems(part)]
    seen = set()
    for part, texts in told:
        made = _made(header, part, texts)
        if (made.name, made.pictures) not in seen:
            seen.add((made.name, made.pictures))
            yield part, made


def _metadata(part: Part) -> list[dict[str, str]]:
    """What a part's header says of each cryptomatte."""
    found: dict[str, dict[str, str]] = {}
    for attribute in part.attributes:
        if match := _KEY.fullmatch(attribute):
            found.setdefault(match[1], {})[match[2]] = part.text(attribute)
    return list(found.values())


def _stems(part: Part) -> list[str]:
    """What looks like a cryptomatte by the names of channels alone: "CryptoObject" of "CryptoObject00.R"."""
    layers = dict.fromkeys(layer for channel in part.channels for layer in _layers(part, channel.name)[:1])
    return [layer[:-2] for layer in layers if "crypto" in layer.lower() and layer.endswith("00")]


def _made(header: Header, part: Part, texts: dict[str, str]) -> Cryptomatte:
    pictures = _pictures(header, part, texts["name"])
    first = header.parts[pictures[0][0][0]] if pictures else part
    aspect = first.attributes.get("pixelAspectRatio")
    return Cryptomatte(
        texts["name"],
        pictures,
        first.data_window,
        first.display_window,
        float(np.frombuffer(aspect.value, "<f4")[0]) if aspect and len(aspect.value) == 4 else 1.0,
        texts.get("manifest", ""),
        texts.get("manif_file", ""),
        _fault(header, pictures, texts),
    )


def _fault(header: Header, pictures: tuple[tuple[Place, ...], ...], texts: dict[str, str]) -> str:
    for told, known in (("hash", HASH), ("conversion", CONVERSION)):
        if texts.get(told, known) != known:
            return f"its {told} is {texts[told]!r}, not {known}"
    if not pictures:
        return f"there are no channels {texts['name']}00.R, .G, .B and .A"
    windows = {header.parts[part].data_window for places in pictures for part, _ in places}
    if len(windows) > 1:
        return "its channels have several data windows"
    for part, channel in (place for places in pictures for place in places[::2]):
        kind = next(c.type for c in header.parts[part].channels if c.name == channel)
        if kind != "float":
            return f"channel {channel} is {kind}, and an id needs all 32 bits of a float"
        method = header.parts[part].compression
        if method in _RUINS_ALL or (method in _RUINS_COLOR and channel.rpartition(".")[2] in ("R", "G", "B")):
            return f"the compression {method} rounds channel {channel}, and with it the ids"
    return ""


def _pictures(header: Header, own: Part, name: str) -> tuple[tuple[Place, ...], ...]:
    """The channels of a cryptomatte, picture by picture; `own` is the part whose header tells of it."""
    best = min(_groups(header, own, name), key=lambda group: group[0], default=None)
    if best is None:
        return ()
    places = best[1]
    pictures: list[tuple[Place, ...]] = []
    while (len(pictures), 0) in places and (len(pictures), 1) in places:
        number = len(pictures)
        spots = range(4 if (number, 2) in places and (number, 3) in places else 2)
        pictures.append(tuple(places[number, spot] for spot in spots))
    return tuple(pictures)


def _groups(
    header: Header, own: Part, name: str
) -> Iterator[tuple[tuple[bool, int, int], dict[tuple[int, int], Place]]]:
    """Channels that may be a cryptomatte's, by number of the picture and place in it; the least key fits best.

    They belong together if they have the same view and the same words before the cryptomatte's name. A part for each
    picture is as good as one for all, but a part that has its own first picture holds another cryptomatte.
    """
    groups: dict[tuple[int, str, str], dict[int, dict[tuple[int, int], Place]]] = {}
    for part in sorted(header.parts, key=lambda part: part.index != own.index):
        for channel in part.channels:
            spot = _PLACES.get(channel.name.rpartition(".")[2].lower())
            found = next(filter(None, (_matched(layer, name) for layer in _layers(part, channel.name))), None)
            if spot is not None and found is not None:
                how, before, number = found
                places = groups.setdefault((how, before, part.text("view")), {}).setdefault(part.index, {})
                places.setdefault((number, spot), (part.index, channel.name))
    for order, ((how, _, view), by_part) in enumerate(groups.items()):
        whole = [places for places in by_part.values() if (0, 0) in places and (0, 1) in places]
        if whole:
            rest = [places for places in by_part.values() if (0, 0) not in places]
            key = (view != own.text("view"), how, order)
            yield key, {spot: place for places in (*reversed(rest), whole[0]) for spot, place in places.items()}


def _layers(part: Part, channel: str) -> tuple[str, ...]:
    """What the layer of a channel may be called: by the channel's name, by its part's, or by both."""
    view = part.text("view")
    layer, named = (text.removesuffix(f".{view}") if view else text for text in (channel.rpartition(".")[0], part.name))
    return tuple(dict.fromkeys(filter(None, (layer, named, f"{named}.{layer}"))))


def _matched(layer: str, name: str) -> tuple[int, str, int] | None:
    """How a layer's name is that of a picture of a cryptomatte: how well, what stands before, the picture's number.

    0: it is the same; 1: it stands behind a view layer's or a part's name; 2: it is as Nuke writes it, whose layers
    have no dot in their names.
    """
    if found := re.fullmatch(rf"(|.*\.){re.escape(name)}(\d\d)", layer):
        return int(found[1] != ""), found[1], int(found[2])
    if found := re.fullmatch(rf"_?{re.escape(_as_nuke(name))}(\d\d)", _as_nuke(layer)):
        return 2, "", int(found[1])
    return None


def _as_nuke(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)


def _told_apart(found: list[tuple[Part, Cryptomatte]]) -> tuple[Cryptomatte, ...]:
    """The same, with their view's or part's name before their own where several have one name."""
    names = [crypto.name for _, crypto in found]
    return tuple(
        replace(crypto, name=f"{part.text('view') or part.name or f'part {part.index}'}.{crypto.name}")
        if names.count(crypto.name) > 1
        else crypto
        for part, crypto in found
    )
