"""Layers of a rendered EXR that measure the scene: how far away each pixel is, and where it moves.

Renderers name and count them in many ways. Here they are found by name; what their numbers mean is for others to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vfx_ai.media.exr_header import Header, Part
from vfx_ai.media.exr_planes import EYES, WORDS, is_called, planes_beside
from vfx_ai.media.frame import Layer, Plane

MOTION = (
    *("motion", "motionvector", "motionvectors", "mv", "velocity", "forward", "backward"),
    *("vector", "vectors"),
)
BACK = ("zback", "depthback")  # where a thing ends, not where it begins
# Two channels that make a vector in the picture. Of four, the first two are a vector and the last two another.
PAIRS = (("u", "v"), ("x", "y"), ("z", "w"), ("r", "g"), ("b", "a"), ("red", "green"))
# Of several channels of one layer of depth, the first of these is taken.
DEPTHS = ("z", "depth", "y", "r", "red")


@dataclass(frozen=True)
class Measures:
    """The layers of a frame that measure the scene; those nearest to the layer that is filled come first.

    Attributes:
        depth: one channel each.
        motion: two channels each, across the picture and down (or up) it.
    """

    depth: tuple[Plane, ...] = ()
    motion: tuple[tuple[Plane, Plane], ...] = ()


def find_measures(header: Header, layer: Layer) -> Measures:
    """What there is of depth and motion beside `layer`, by the channels' names; those of its own view come first."""
    mine = _words(layer.channels[0], header.parts[layer.part])
    groups: dict[tuple[int, str], dict[str, Plane]] = {}
    for plane in planes_beside(header, layer):
        prefix, _, own = plane.channel.rpartition(".")
        alone = not prefix and is_called(own, WORDS["depth"])
        groups.setdefault((plane.part, own if alone else prefix), {})[own.lower()] = plane
    depth, motion = list[tuple[int, Plane]](), list[tuple[int, tuple[Plane, Plane]]]()
    for (part, _), planes in groups.items():
        first = next(iter(planes.values()))
        words = _words(first.channel, header.parts[part])
        name = next((word for word in reversed(words) if word.lower() not in EYES), "")
        far = _unlike(words, mine) + (part != layer.part)
        if first.kind == "depth" and not is_called(name, BACK):
            depth.append((far, next((planes[own] for own in DEPTHS if own in planes), first)))
        elif is_called(name, MOTION):
            motion += [(far, (planes[a], planes[b])) for a, b in PAIRS if a in planes and b in planes]
    return Measures(
        tuple(plane for _, plane in sorted(depth, key=lambda found: found[0])),
        tuple(pair for _, pair in sorted(motion, key=lambda found: found[0])),
    )


def _words(channel: str, part: Part) -> list[str]:
    """What the name of a channel's layer is made of: what stands before its last dot, else its part's name, or itself.

    The part's name also tells of the view.
    """
    prefix, _, own = channel.rpartition(".")
    words = [word for word in prefix.split(".") if word]
    of_part = [word for word in part.name.split(".") if word]
    return [*of_part, *words] if words else [*of_part, own] if is_called(own, WORDS["depth"]) else of_part or [own]


def _unlike(words: Sequence[str], mine: Sequence[str]) -> int:
    """0 for a layer of the same view as the one that is filled, 1 for another view layer, 2 for another eye."""
    eyes = [next((word.lower() for word in of if word.lower() in EYES), EYES[0]) for of in (words, mine)]
    if eyes[0] != eyes[1]:
        return 2
    return int(len(words) > 1 < len(mine) and words[0] != mine[0])
