"""Half floats as floats, by whole numbers, which numpy computes several at a time: its own way takes twice as long.

The exponent and the fraction of a half, moved to where a float has them, are a float that is too small by a power of
two; numbers below the normal ones come out right as well. Only Inf and NaN do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from vfx_ai.media.frame import FloatArray

AT_ONCE = 1 << 16  # values that stay in a processor's cache
_INFINITE = 65536.0  # what Inf becomes; NaN becomes more
_SIGN, _REST, _SHIFT = np.uint32(1 << 28), np.uint32(0x7FFF << 13), np.uint32(13)
_SCALE = np.float32(2.0**112)


def as_floats(values: npt.NDArray[Any], out: FloatArray | None = None) -> FloatArray:
    """Values of any type as float32, to the bit.

    Args:
        values: [...].
        out: [...] float32, where they are laid; None: a new array, or `values` itself if it is float32.
    """
    if out is None:
        if values.dtype == np.float32:
            return values
        out = np.empty(values.shape, np.float32)
    if values.dtype != np.float16 or not (values.flags.c_contiguous and out.flags.c_contiguous):
        out[...] = values
        return out
    halves, floats = values.reshape(-1), out.reshape(-1)
    signs = np.empty(min(AT_ONCE, halves.size), np.uint32)
    for start in range(0, halves.size, AT_ONCE):
        part = floats[start : start + AT_ONCE]
        bits, sign = part.view(np.uint32), signs[: part.size]
        bits[...] = halves[start : start + AT_ONCE].view(np.uint16)
        np.left_shift(bits, _SHIFT, out=bits)
        np.bitwise_and(bits, _SIGN, out=sign)
        np.bitwise_and(bits, _REST, out=bits)
        np.multiply(part, _SCALE, out=part)
        if part.max() >= _INFINITE:
            part[...] = halves[start : start + AT_ONCE]
            continue
        np.bitwise_or(bits, np.left_shift(sign, np.uint32(3), out=sign), out=bits)
    return out
