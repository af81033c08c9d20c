"""The one canvas that all frames of a plate lie on."""

from __future__ import annotations

from vfx_ai.media.frame import PlateInfo, Window
from vfx_ai.media.plate import probe
from vfx_ai.media.sequence import Sequence


def probe_all(plate: Sequence, layer: str = "RGB", colorspace: str = "") -> tuple[dict[int, PlateInfo], Window]:
    """What the headers of all frames tell, by frame, and the canvas: the smallest window that holds all data windows.

    Args:
        plate: the sequence.
        layer, colorspace: see `plate.probe`.

    Raises:
        VfxAiError: as `plate.probe`.
    """
    infos = {number: probe(plate.path(number), number, layer, colorspace) for number in plate.frames}
    canvas = Window(0, 0, 0, 0)
    for info in infos.values():
        canvas = canvas.union(info.data_window)
    return infos, canvas
