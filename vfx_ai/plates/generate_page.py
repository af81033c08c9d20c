"""The page of a new plate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vfx_ai.media.color import from_log
from vfx_ai.media.frame import ByteArray
from vfx_ai.plates.asked_new import Asked
from vfx_ai.plates.footage import small_size
from vfx_ai.proof.plate_page import Picture, PlatePage, side_by_side
from vfx_ai.proof.wording import counted

if TYPE_CHECKING:
    from vfx_ai.plates.generated import Generated

ACROSS, STRIP = 300, 4


def generated_page(made: Generated, asked: Asked, light: Any) -> PlatePage:
    """What is told of a new plate.

    Args:
        made: its figures.
        asked: what was asked.
        light: [T, h, w, 3] in stops, the plate at its searched size.
    """
    shot = asked.shots[0]
    viewer = shot.viewer()
    numbers = shot.files.frames

    def eye(code: Any) -> ByteArray:
        return np.asarray(viewer.shown(from_log(np.asarray(code, np.float32))) * 255 + 0.5, np.uint8)

    size = small_size(shot.window, ACROSS)
    lent = [numbers[i] for i in _spread(len(numbers))]
    reference = side_by_side([eye(shot.small(number, size)) for number in lent])
    own = _spread(len(light))
    new = side_by_side([eye(light[i]) for i in own])
    pictures = [
        Picture(reference, f"the reference: frames {', '.join(map(str, lent))}"),
        Picture(new, f"the plate: frames {', '.join(str(asked.numbers[0] + i) for i in own)}, at the searched size"),
    ]
    if len(light) > 1:
        through = np.asarray(light[:, light.shape[1] // 2])
        pictures.append(Picture(eye(through), "the middle row of the plate through time, downwards"))
    return PlatePage(
        f"A new plate of {counted(made.length, 'frame')}",
        made.output,
        made.warnings,
        made.rows(),
        made.notes,
        tuple(pictures),
    )


def _spread(count: int) -> list[int]:
    return sorted({round(i) for i in np.linspace(0, count - 1, STRIP)})
