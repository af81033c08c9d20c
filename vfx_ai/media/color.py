"""Where scene-linear light is encoded: as stops, for comparing and smoothing, and as `model`, for networks.

Nothing else in the program crosses scene <-> model. What a file's own numbers mean is the business of
`media.color_space`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

# A numpy array or a torch tensor; torch is never imported unless one is given.
ArrayT = TypeVar("ArrayT")

# Where the log encoding turns from linear to logarithmic: about a ninth of mid grey, below what a plate's blacks hold.
LOG_PIVOT = 0.02

# What a model's -1 and +1 stand for: a little below the negative values that sharpening and wide gamuts leave in
# plates, and 13 stops above 1, where a sun in the picture lies.
LEAST, GREATEST = -0.0625, 8192.0

# By how much an encoded value differs after a trip through half precision, with nothing changed: half a step of it at 1
# from rounding, doubled for what the arithmetic on the way adds.
_STEP = 2.0**-11


def to_log(scene: ArrayT) -> ArrayT:
    """Scene-linear light as log code: sign(x) * log2(1 + |x| / LOG_PIVOT), odd and strictly rising.

    Args:
        scene: float32 array or tensor of any shape, unbounded; 0.18 becomes 3.3, 1 becomes 5.7, 65504 becomes 21.6.

    Returns:
        The same kind of array; `from_log` gives the scene back to about 1e-6 relative.
    """
    lib = _library(scene)
    return lib.copysign(lib.log1p(lib.abs(scene) * (1.0 / LOG_PIVOT)) * _LOG2_E, scene)  # type: ignore[no-any-return]


def from_log(code: ArrayT) -> ArrayT:
    """Scene-linear light from `to_log`'s code; float32 array or tensor of any shape, unbounded."""
    lib = _library(code)
    return lib.copysign(lib.expm1(lib.abs(code) * _LN_2) * LOG_PIVOT, code)  # type: ignore[no-any-return]


def in_stops(scene: ArrayT, channels: int = 0) -> ArrayT:
    """What pictures are compared by: luma and two color differences, in stops.

    Args:
        scene: float32 array or tensor, red, green and blue along the axis `channels`.

    Returns:
        The same kind of array, of the same shape.
    """
    lib = _library(scene)
    red, green, blue = lib.moveaxis(to_log(scene), channels, 0)
    return lib.stack([(red + 2 * green + blue) / 4, (red - green) / 2, (blue - green) / 2], channels)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class ModelRange:
    """The light that a model's -1..1 holds.

    A shot without bright lamps is shown to a network with more contrast if `greatest` is nearer to what it holds; take
    one range for the whole shot.

    Attributes:
        least, greatest: scene-linear light that becomes -1 and +1.
    """

    least: float = LEAST
    greatest: float = GREATEST

    @property
    def ends(self) -> tuple[float, float]:
        """The log code of both ends."""
        low, high = (float(to_log(np.float64(end))) for end in (self.least, self.greatest))
        return low, high


WHOLE_RANGE = ModelRange()


@dataclass(frozen=True)
class Encoded(Generic[ArrayT]):
    """Light as a network sees it, and what didn't fit.

    Attributes:
        model: float32, of the scene's shape and kind, -1..1.
        range: what -1 and +1 stand for.
        below, above: pixels in which a channel lay beyond; there the model holds -1 or +1.
        darkest, brightest: the least and the greatest value of the scene.
    """

    model: ArrayT
    range: ModelRange
    below: int
    above: int
    darkest: float
    brightest: float

    @property
    def beyond(self) -> str:
        """What didn't fit, as a sentence for a report; empty if everything did."""
        if not self.below and not self.above:
            return ""
        return (
            f"{self.below} pixels below {self.range.least:g} and {self.above} above {self.range.greatest:g} are beyond "
            f"what the model is shown (the plate goes from {self.darkest:.4g} to {self.brightest:.4g})"
        )


def to_model(scene: ArrayT, bounds: ModelRange = WHOLE_RANGE, *, channels: int = -1) -> Encoded[ArrayT]:
    """Scene-linear light as a network eats it: `to_log`'s code, laid linearly over -1..1 between the ends of `bounds`.

    Args:
        scene: float32 array or tensor of any shape, unbounded, finite.
        bounds: what -1 and +1 stand for; what lies beyond is counted, and becomes -1 or +1.
        channels: the axis of the channels, so that a pixel is counted once.

    Returns:
        The code. `from_model` gives the light back to 3e-6 of it (of LOG_PIVOT, where the light is less), and to
        0.4 % if the code went through half.
    """
    lib, light = _library(scene), _anything(scene)
    low, high = bounds.ends
    code = (_anything(to_log(scene)) - low) * (2.0 / (high - low)) - 1.0
    empty = 0 in tuple(light.shape)
    return Encoded(
        lib.clip(code, -1.0, 1.0),
        bounds,
        int((light < bounds.least).any(channels).sum()),
        int((light > bounds.greatest).any(channels).sum()),
        0.0 if empty else float(light.min()),
        0.0 if empty else float(light.max()),
    )


def from_model(model: ArrayT, bounds: ModelRange = WHOLE_RANGE) -> ArrayT:
    """Scene-linear light from `to_model`'s code, float32 of any shape; values beyond -1..1 go on along the curve."""
    low, high = bounds.ends
    code: ArrayT = (_anything(model) + 1.0) * (0.5 * (high - low)) + low
    return from_log(code)


def unchanged(scene: ArrayT, made: ArrayT, *, channels: int = -1) -> ArrayT:
    """Where a network changed nothing: all channels of a pixel came back as what half precision makes of them.

    What lies beyond the range of `to_model` was shown at its end, and counts as unchanged if it came back there.

    Args:
        scene: float32, scene-linear, what the network was shown.
        made: the same of what came back, of the same shape.
        channels: the axis of the channels.

    Returns:
        bool, of the same shape without that axis.
    """
    before, after = (_anything(to_model(light, channels=channels).model) for light in (scene, made))
    same: ArrayT = (abs(after - before) <= _STEP).all(channels)
    return same


_LOG2_E = float(np.log2(np.e))
_LN_2 = float(np.log(2.0))


def _anything(array: object) -> Any:
    """The same array, of a kind that has no name: numpy's and torch's have the same methods, but no type in common."""
    return array


def _library(array: Any) -> Any:
    if isinstance(array, np.ndarray | np.generic):
        return np
    import torch

    return torch
