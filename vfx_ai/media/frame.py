"""What crosses the border between files and the rest: windows, layers, frames and patches, all frozen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from vfx_ai.media.color_space import Space

FloatArray = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
ByteArray = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.int32]
Kind = Literal["light", "alpha", "data", "depth", "id"]


@dataclass(frozen=True)
class Window:
    """A rectangle of pixels in a picture's own coordinates: x0, y0 inclusive, x1, y1 exclusive; y counts down."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        """Columns; 0 if it is empty."""
        return max(0, self.x1 - self.x0)

    @property
    def height(self) -> int:
        """Rows; 0 if it is empty."""
        return max(0, self.y1 - self.y0)

    @property
    def empty(self) -> bool:
        """Whether it holds no pixel."""
        return self.width == 0 or self.height == 0

    @property
    def corners(self) -> tuple[IntArray, IntArray]:
        """Its first and its last pixel, (x, y) int32 each: how an EXR's header has a window."""
        return np.array((self.x0, self.y0), np.int32), np.array((self.x1 - 1, self.y1 - 1), np.int32)

    def union(self, other: Window) -> Window:
        """The smallest window that holds both."""
        if self.empty or other.empty:
            return other if self.empty else self
        return Window(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))

    def intersection(self, other: Window) -> Window:
        """What both hold; possibly empty."""
        x0, y0 = max(self.x0, other.x0), max(self.y0, other.y0)
        return Window(x0, y0, max(x0, min(self.x1, other.x1)), max(y0, min(self.y1, other.y1)))

    def grown(self, pixels: int) -> Window:
        """The window with `pixels` more on each side."""
        return Window(self.x0 - pixels, self.y0 - pixels, self.x1 + pixels, self.y1 + pixels)

    def slices(self, inside: Window) -> tuple[slice, slice]:
        """Index of this window in an array [H, W, ...] that covers `inside`, which must hold it."""
        return (
            slice(self.y0 - inside.y0, self.y1 - inside.y0),
            slice(self.x0 - inside.x0, self.x1 - inside.x0),
        )


@dataclass(frozen=True)
class Layer:
    """The channels of a picture that are filled together.

    Attributes:
        name: as a user writes it: "RGB", "diffuse", "rgba_left", "rgba_left.diffuse".
        part: index of the part in a multi-part file; 0 otherwise.
        channels: names of the file's channels for red, green and blue, in this order; one name for a grey picture.
    """

    name: str
    part: int
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Plane:
    """One channel beside the layer that is filled.

    Attributes:
        layer: the layer that it belongs to, as a user writes it: "diffuse", "Z", "CryptoObject", "rgba_left.diffuse".
        part: index of its part.
        channel: its name in the file.
        kind: what its numbers are, see `vfx_ai.media.exr_planes`.
        window: where its pixels lie.
    """

    layer: str
    part: int
    channel: str
    kind: Kind
    window: Window


@dataclass(frozen=True)
class PlateInfo:
    """What a file's header tells, without its pixels.

    Attributes:
        data_window: where the layer's pixels lie.
        display_window: the picture's frame.
        layers: all layers that can be filled, the default first.
        space: what the layer's numbers mean.
        lossy: name of the compression if writing it again would change untouched pixels, else "".
        notes: what was assumed of the file (its color, for one), as sentences for the report.
    """

    path: Path
    frame: int
    data_window: Window
    display_window: Window
    layers: tuple[Layer, ...]
    space: Space
    lossy: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Frame:
    """One frame's layer as the program works on it.

    Attributes:
        number: the frame's number.
        pixels: [H, W, 3] float32, scene-linear, unbounded, free of NaN and Inf, read-only; covers `data_window`.
        valid: [H, W] bool, read-only; False where the file holds NaN or Inf in any channel of the layer (`pixels` is 0
            there).
        data_window, display_window: where the pixels lie and the picture's frame.
    """

    number: int
    pixels: FloatArray
    valid: BoolArray
    data_window: Window
    display_window: Window


@dataclass(frozen=True)
class PlanePatch:
    """What is to change in one channel beside the layer that is filled.

    Attributes:
        plane: which channel.
        pixels: [h, w] over the Patch's window; of the channel's own type, or float32: the file's own numbers.
    """

    plane: Plane
    pixels: npt.NDArray[Any]


@dataclass(frozen=True)
class Apart:
    """What a model made of a frame, by itself.

    Attributes:
        window: where the arrays lie, as a Patch's.
        alpha: [h, w] float32, 0..1, how much of the result's pixel is the model's; 0 where nothing of it is.
        pixels: [h, w, 3] float32, scene-linear, not multiplied by `alpha`. None: as the result shows them.
        under: [h, w, 3] float32, scene-linear, what the result would show without the model. None: the plate.
    """

    window: Window
    alpha: FloatArray
    pixels: FloatArray | None = None
    under: FloatArray | None = None


@dataclass(frozen=True)
class Patch:
    """What is to change in one file, and nothing else does.

    Attributes:
        window: where the arrays lie, in the picture's coordinates; it may reach out of the file's data window, and
            what lies outside isn't written.
        pixels: [h, w, 3] float32, scene-linear, finite wherever `hole` is set.
        hole: [h, w] bool; only these pixels are written.
        source: [h, w] uint8, where each pixel of the hole came from (see `vfx_ai.fill.SOURCES`); 0 outside the hole.
        confidence: [h, w] float32, 0..1; 1 outside the hole.
        origin: [h, w, 3] float32, x and y in the coordinates of the picture that a pixel came from, and that picture's
            frame number; 0 where `source` isn't in `vfx_ai.fill.TRACED`. None: no pixel came from another.
        gain: [h, w, 3] float32, what the light found at `origin` is multiplied by; 1 where there is no origin.
        planes: other channels, changed in the same hole.
        effects: [h, w] float32, 0..1, what the object leaves beside its matte; part of `hole` wherever
            it isn't 0. None: nothing.
        apart: what a model made, which is written to a file of its own. None: nothing.
    """

    window: Window
    pixels: FloatArray
    hole: BoolArray
    source: ByteArray
    confidence: FloatArray
    origin: FloatArray | None = None
    gain: FloatArray | None = None
    planes: tuple[PlanePatch, ...] = ()
    effects: FloatArray | None = None
    apart: Apart | None = None
