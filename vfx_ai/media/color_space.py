"""What a file's numbers mean: a color space turns them into scene-linear light, in the plate's own primaries, and back.

Only the curve is undone. No matrix is applied where the space has none between its curve and its light, so that nothing
is mixed between channels; only pictures for people are turned into other primaries. See
docs/decisions/014-color.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from vfx_ai.media import color_primaries, curves
from vfx_ai.media.color_primaries import REC709, Chromaticities
from vfx_ai.media.frame import FloatArray


class Transfer(Protocol):
    """A file's numbers <-> scene-linear light, float32 [..., 3], unbounded."""

    def forward(self, values: FloatArray) -> FloatArray:
        """Light from the file's numbers."""

    def back(self, values: FloatArray) -> FloatArray:
        """The file's numbers from light."""


@dataclass(frozen=True)
class Curve:
    """A transfer of `media.curves`, the same for each channel."""

    decode: Callable[[FloatArray], FloatArray]
    encode: Callable[[FloatArray], FloatArray]

    def forward(self, values: FloatArray) -> FloatArray:
        """Light from the file's numbers."""
        return self.decode(values)

    def back(self, values: FloatArray) -> FloatArray:
        """The file's numbers from light."""
        return self.encode(values)


@dataclass(frozen=True)
class Light:
    """Whose primaries scene-linear light has: by chromaticities, or as a config knows it.

    Attributes:
        name: for a person: "Rec.709 primaries", "Linear ARRI Wide Gamut 4".
        chromaticities: eight numbers; empty if only the config knows.
        source: the config's color space or role that `matrix` leads to; "" without a config.
        matrix: nine numbers, row by row; empty: the light is in `source` as it is.
    """

    name: str
    chromaticities: Chromaticities = ()
    source: str = ""
    matrix: tuple[float, ...] = ()


@dataclass(frozen=True)
class Space:
    """What a file's numbers mean.

    Attributes:
        name: as the config calls it, or in words.
        why: how it is known: "as asked", "by its chromaticities", "assumed".
        light: what the light is, once the curve is undone.
        transfer: the curve; None: the numbers are light.
        crossed: the transfer mixes channels, since the config's can't be taken apart.
        video: the numbers are made for a display (sRGB, Rec.709), and look right there as they are.
        identity: changes when pixels would, for the key by which finished frames are known.
    """

    name: str
    why: str
    light: Light
    transfer: Transfer | None = None
    crossed: bool = False
    video: bool = False
    identity: str = ""

    @property
    def linear(self) -> bool:
        """Whether the file's numbers are light already."""
        return self.transfer is None

    @property
    def told(self) -> str:
        """The space and how it is known, for a report."""
        return f"{self.name} ({self.why})"

    def decode(self, values: FloatArray) -> FloatArray:
        """Scene-linear light from a file's numbers, float32 [..., 3]; integers over 0..1. Unbounded."""
        return values if self.transfer is None else self.transfer.forward(values)

    def encode(self, scene: FloatArray) -> FloatArray:
        """A file's numbers from scene-linear light, float32 [..., 3]; the inverse of `decode`, unbounded."""
        return scene if self.transfer is None else self.transfer.back(scene)

    def decode_one(self, values: FloatArray) -> FloatArray:
        """The same for one channel by itself, half or float of any shape; only where channels aren't `crossed`."""
        if self.transfer is None:
            return values
        return self.decode(np.repeat(values[..., None].astype(np.float32), 3, -1))[..., 0]

    def encode_one(self, scene: FloatArray) -> FloatArray:
        """The inverse of `decode_one`."""
        return scene if self.transfer is None else self.encode(np.repeat(scene[..., None], 3, -1))[..., 0]


IN_REC709 = Light("Rec.709 primaries", REC709)
ASSUMED = "assumed"
LINEAR = Space("scene-linear, Rec.709 primaries", ASSUMED, IN_REC709, identity="linear")
SRGB = Space(
    "sRGB-encoded, Rec.709 primaries",
    ASSUMED,
    IN_REC709,
    Curve(curves.srgb_to_scene, curves.scene_to_srgb),
    video=True,
    identity="srgb",
)
VIDEO = Space(
    "Rec.709 video, full range",
    ASSUMED,
    IN_REC709,
    Curve(curves.rec709_to_scene, curves.scene_to_rec709),
    video=True,
    identity="rec709",
)
CINEON = Space(
    "Cineon log (95 to 685), Rec.709 primaries",
    ASSUMED,
    IN_REC709,
    Curve(curves.cineon_to_scene, curves.scene_to_cineon),
    identity="cineon",
)
# Names that need no config, where the config has none of the same name.
OWN: dict[str, Space] = {
    "linear": LINEAR,
    "lin_rec709": LINEAR,
    "lin_srgb": LINEAR,
    "lin_rec709_scene": LINEAR,
    "srgb": SRGB,
    "srgb_rec709_scene": SRGB,
    "rec709": VIDEO,
    "cineon": CINEON,
    "kodaklog": CINEON,
}


def with_chromaticities(space: Space, chromaticities: Chromaticities, why: str) -> Space:
    """A linear space with light of other primaries."""
    known = color_primaries.name_of(chromaticities)
    name = f"{known} primaries" if known else "primaries of its own"
    light = Light(name, color_primaries.KNOWN.get(known, chromaticities))
    return replace(space, name=f"scene-linear, {name}", why=why, light=light)
