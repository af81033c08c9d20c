"""Which channels of an EXR file belong together as a layer that can be filled."""

from __future__ import annotations

from pathlib import Path

from vfx_ai.errors import UnsupportedFileError
from vfx_ai.media.exr_header import Header, Part
from vfx_ai.media.frame import Layer

_COLORS: tuple[tuple[str, str, str], ...] = (
    ("R", "G", "B"),
    ("r", "g", "b"),
    ("red", "green", "blue"),
    ("Red", "Green", "Blue"),
)
_CHROMA = ("RY", "BY")
# What a result says of its fill; never a layer to be filled.
AOVS = (
    *("fill.source", "fill.confidence"),
    *("fill.from.x", "fill.from.y", "fill.from.frame"),
    *("fill.gain.R", "fill.gain.G", "fill.gain.B"),
)
# What an object leaves beside its matte; there only where it was asked for.
EFFECTS = "matte.effects"
ADDED = (*AOVS, EFFECTS)


def find_layers(header: Header) -> tuple[Layer, ...]:
    """All layers that can be filled, the default first: the first plain R, G, B, else the first layer of any kind.

    A picture of a cryptomatte has channels R, G and B, too; it is the default only where there is nothing else.
    """
    layers = [layer for part in header.parts for layer in _layers_of(part, multiple=len(header.parts) > 1)]
    plain = [layer for layer in layers if layer.channels in _COLORS]
    color = [layer for layer in layers if "crypto" not in layer.name.lower()]
    default = (plain or [layer for layer in color if len(layer.channels) == 3] or color or layers)[:1]
    return (*default, *(layer for layer in layers if layer not in default))


def _layers_of(part: Part, *, multiple: bool) -> list[Layer]:
    types = {channel.name: channel.type for channel in part.channels}
    # An object id in a channel named R is no color.
    light = [name for name in types if types[name] != "uint" and name not in ADDED]
    prefixes = dict.fromkeys(name.rpartition(".")[0] for name in light)
    found = []
    for prefix in sorted(prefixes, key=lambda name: name != ""):
        dotted = f"{prefix}." if prefix else ""
        names = colors_of(dotted, set(light))
        if names:
            found.append(Layer(layer_name(part, prefix, names, multiple=multiple), part.index, names))
    return found


def colors_of(dotted: str, names: set[str]) -> tuple[str, ...]:
    """The names of red, green and blue (or of gray) that begin with `dotted`; none: empty."""
    for colors in _COLORS:
        channels = tuple(dotted + color for color in colors)
        if names.issuperset(channels):
            return channels
    grey = f"{dotted}Y"
    return (grey,) if grey in names and not any(dotted + chroma in names for chroma in _CHROMA) else ()


def layer_name(part: Part, prefix: str, channels: tuple[str, ...], *, multiple: bool) -> str:
    """What a user calls a layer of a part: its prefix, its part's name, or both."""
    plain = "RGB" if len(channels) == 3 else "Y"
    if not multiple:
        return prefix or plain
    name = part.name or f"part {part.index}"
    return f"{name}.{prefix}" if prefix and prefix != name else name


def refuse_unsupported(header: Header, path: Path, frame: int | None, *, rewritten: bool) -> None:
    """Refuses by name what can't be honoured.

    Args:
        header: of the file.
        path: for the message.
        frame: for the message.
        rewritten: also refuse what can be read but not written again.

    Raises:
        UnsupportedFileError: deep data, subsampled channels (luminance/chroma), or several resolutions of one picture.
    """
    for part in header.parts:
        where = f"part {part.name or part.index}: " if len(header.parts) > 1 else ""
        sampled = [c.name for c in part.channels if (c.x_sampling, c.y_sampling) != (1, 1)]
        chroma = [c.name for c in part.channels if c.name.rpartition(".")[2] in _CHROMA]
        what, remedy = "", ""
        if part.deep:
            what, remedy = "deep data isn't supported", "Flatten it first (DeepToImage in Nuke)."
        elif sampled or chroma:
            named = ", ".join(sampled or chroma)
            what, remedy = f"luminance/chroma or subsampled channels ({named})", "Write it as R, G, B."
        elif rewritten and part.levels not in ("", "one"):
            what, remedy = f"{part.levels}ped tiles would lose their levels", "Write it with one level."
        if what:
            raise UnsupportedFileError(f"{where}{what}", file=path, frame=frame, remedy=remedy)
