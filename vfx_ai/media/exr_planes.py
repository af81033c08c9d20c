"""The channels of an EXR beside the layer that is filled: their layers' names, and what their numbers are.

Five kinds are told apart, by name and type: "light" adds up and gets brighter with exposure; "alpha" is a share;
"data" is measured at a point (a normal, a position, a motion), and a mean of two of them means nothing; "depth" is data
that depends on the camera as well; "id" names a thing. What no table names is light.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from vfx_ai.errors import JobError
from vfx_ai.media.exr_header import Channel, Header, Part
from vfx_ai.media.exr_layers import ADDED, colors_of, layer_name
from vfx_ai.media.frame import Kind, Layer, Plane

# Layers by the last word of their name ("worldNormal", "mat_id"); a word of five letters or more also counts at the end
# of a longer one ("worldnormal"). Upper and lower case are alike, and digits at the end don't count.
WORDS: dict[Kind, tuple[str, ...]] = {
    "id": (
        *("id", "ids", "oid", "matid", "objectid", "materialid", "instanceid", "indexob", "indexma"),
        *("puzzle", "puzzlematte"),
    ),
    "depth": ("z", "depth", "zdepth", "depthz", "zback"),
    "data": (
        *("n", "normal", "normals", "tangent", "tangents", "p", "position", "positions", "pworld", "nworld", "pref"),
        *("motion", "motionvector", "motionvectors", "mv", "velocity", "forward", "backward", "vector", "vectors"),
        *("u", "v", "uv", "uvw", "st", "stmap", "distance", "mist", "disparity", "disparityl", "disparityr"),
    ),
    "alpha": ("a", "alpha", "ar", "ag", "ab", "mask", "masks", "matte", "mattes", "coverage"),
}
_LONG = 5
EYES = ("left", "right")  # a view is named between a layer and its channel
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def planes_beside(header: Header, layer: Layer) -> tuple[Plane, ...]:
    """All channels beside a layer, in the file's order, without those that say where a fill came from."""
    parts = [(part, _labels(part)) for part in header.parts]
    return tuple(
        Plane(
            layer_name(part, label, names, multiple=len(parts) > 1),
            part.index,
            channel.name,
            kind_of(channel, part),
            part.data_window,
        )
        for part, labels in parts
        for channel, label, names in labels
        if channel.name not in ADDED and not (part.index == layer.part and channel.name in layer.channels)
    )


def chosen(planes: tuple[Plane, ...], wanted: str, layer: Layer, path: Path, frame: int) -> tuple[Plane, ...]:
    """The planes that a user means.

    Args:
        planes: all there are beside `layer`.
        wanted: "all", or names of layers with commas between them, also as patterns ("crypto*"); the name of a part, or
            of what stands before a dot, means all that it holds.
        layer: the one that is filled in any case.
        path, frame: for the message.

    Raises:
        JobError: there is no such layer.
    """
    if wanted.strip().lower() == "all":
        return planes
    found: dict[Plane, None] = {}
    for name in filter(None, (part.strip() for part in wanted.split(","))):
        meant = [plane for plane in planes if _is_meant(plane.layer, name)]
        if not meant and not _is_meant(layer.name, name):
            there = ", ".join(dict.fromkeys(plane.layer for plane in planes))
            remedy = f"Use --layers all, or some of: {there}." if there else "There is none beside the one filled."
            raise JobError(f"there is no layer {name!r} to fill as well", file=path, frame=frame, remedy=remedy)
        found.update(dict.fromkeys(meant))
    return tuple(plane for plane in planes if plane in found)


def _is_meant(layer: str, name: str) -> bool:
    layer, name = layer.lower(), name.lower()
    return fnmatchcase(layer, name) or layer.startswith(f"{name}.") or layer.endswith(f".{name}")


def _labels(part: Part) -> Iterator[tuple[Channel, str, tuple[str, ...]]]:
    """Each channel with what its layer is called within the part ("" for plain color), and that color's channels."""
    plain = colors_of("", {channel.name for channel in part.channels if channel.type != "uint"})
    for channel in part.channels:
        prefix = channel.name.rpartition(".")[0]
        # A cryptomatte's ranks are spread over several layers, and useless apart from each other.
        label = prefix.rstrip("0123456789") if "crypto" in prefix.lower() else prefix
        yield channel, label or ("" if channel.name in plain else channel.name), plain


def kind_of(channel: Channel, part: Part) -> Kind:
    """What a channel's numbers are."""
    prefix, _, own = channel.name.rpartition(".")
    names = [name for name in prefix.split(".") if name.lower() not in EYES]
    layers = names[-1:] if prefix else [own, part.name.rpartition(".")[2]]
    if channel.type == "uint" or any("crypto" in name.lower() for name in layers):
        return "id"
    for name in layers:
        for kind in ("id", "depth", "data", "alpha"):
            if is_called(name, WORDS[kind]):
                return kind
    return "alpha" if is_called(own, WORDS["alpha"]) else "light"


def is_called(name: str, words: tuple[str, ...]) -> bool:
    """Whether a layer's name is, or ends with, one of `words`; see `WORDS`."""
    whole = name.lower().rstrip("0123456789_")
    last = ["", *_WORD.findall(name)][-1].lower()
    return whole in words or last in words or any(len(word) >= _LONG and whole.endswith(word) for word in words)
