"""A reference as a model of pictures or videos is shown it."""

from __future__ import annotations

from collections.abc import Callable

import torch

from vfx_ai.fill.crops import fitted_size, scaled
from vfx_ai.fill.exposures import exposure_for
from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.reference import read_reference


def reference_shown(
    reference: str, note: Callable[[str], None], side: int = 0, multiple: int = 1
) -> torch.Tensor | None:
    """A reference [3, h, w] float32 in 0..1, its own middle at mid grey; says what it can't be shown with.

    Args:
        reference: a picture, or a sequence, of which it is the first one; "": none.
        note: tells the user something.
        side: pixels, to which its longer side is brought if it is longer; 0: it stays as it is.
        multiple: of which both sides are to be multiples then.

    Raises:
        InputError, UnsupportedFileError: it can't be read.
    """
    if not reference:
        return None
    light = read_reference(reference)
    exposure = exposure_for(light, torch.ones(light.shape[1:], dtype=torch.bool))
    over = int((light.amax(0) > exposure.ceiling).sum())
    if over:
        note(
            f"{over} pixels of the reference are brighter than {exposure.ceiling:.4g}, the most that it is shown with."
        )
    if side:
        size = (light.shape[1], light.shape[2])
        light = from_log(scaled(to_log(light), fitted_size(size, side, multiple, 1.0)))
    return exposure.encode(light)
