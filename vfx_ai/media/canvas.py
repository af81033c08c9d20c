"""The one canvas that all frames of a plate lie on."""

from __future__ import annotations

from collections import Counter

import psutil

from vfx_ai.errors import InputError, ResourceError
from vfx_ai.media.frame import PlateInfo, Window
from vfx_ai.media.plate import pick_layer, probe
from vfx_ai.media.sequence import Sequence

_MOST_PIXELS = 1 << 30  # of a canvas: 32,768 x 32,768
_MOST_EMPTY = 16  # times as large as all windows of a frame a canvas may be that is larger than the next
_NEVER_EMPTY = 1 << 26
_BYTES = 16  # that a pixel takes at least while one frame is worked on


def probe_all(plate: Sequence, layer: str = "RGB", colorspace: str = "") -> tuple[dict[int, PlateInfo], Window]:
    """What the headers of all frames tell, by frame, and the canvas: the smallest window that holds all data windows.

    Args:
        plate: the sequence.
        layer, colorspace: see `plate.probe`.

    Raises:
        VfxAiError: as `plate.probe`.
        InputError: a frame is of another size or has other channels than most; or windows lie so far apart, or are so
            large, that no picture was meant.
        ResourceError: the canvas is larger than memory.
    """
    infos = {number: probe(plate.path(number), number, layer, colorspace) for number in plate.frames}
    canvas = Window(0, 0, 0, 0)
    for info in infos.values():
        canvas = canvas.union(info.data_window)
    _check_alike(list(infos.values()), layer)
    _check_size(list(infos.values()), canvas)
    return infos, canvas


def _check_alike(infos: list[PlateInfo], layer: str) -> None:
    """Refuses a frame that is of another shot: of another size, or (an EXR) with other channels than most."""
    sizes = [f"{info.display_window.width} x {info.display_window.height}" for info in infos]
    # A program that writes pictures may make a gray one of a frame without color; a renderer doesn't.
    exrs = [info.path.suffix.lower() == ".exr" for info in infos]
    colors = [", ".join(pick_layer(info, layer).channels) if exr else "" for info, exr in zip(infos, exrs, strict=True)]
    for found in (sizes, colors):
        usual = Counter(found).most_common(1)[0][0]
        for info, own in zip(infos, found, strict=True):
            if own != usual:
                raise InputError(
                    f"it is {own}, and other frames of the plate are {usual}",
                    file=info.path,
                    frame=info.frame,
                    remedy="Render it again, or name a range of frames that are alike, e.g. plate.1001-1024#.exr.",
                )


def _check_size(infos: list[PlateInfo], canvas: Window) -> None:
    """Refuses windows that a few bytes of a header can make larger than any memory."""
    spans = [info.display_window.union(info.data_window) for info in infos]
    largest = max(zip(spans, infos, strict=True), key=lambda pair: _area(pair[0]))
    far = max(infos, key=lambda info: _distance(info.data_window, infos[0].display_window))
    shown = max(max(_area(info.display_window), _area(info.data_window)) for info in infos)
    apart = _area(canvas) > max(_NEVER_EMPTY, _MOST_EMPTY * shown)
    whole, info = (canvas, far) if apart or _area(canvas) >= _area(largest[0]) else largest
    size = f"{whole.width} x {whole.height} pixels"
    if apart or _area(whole) > _MOST_PIXELS:
        raise InputError(
            f"the windows of the plate's frames span {size}",
            file=info.path,
            frame=info.frame,
            remedy="Check its data window and its display window, and render it again.",
        )
    available = psutil.virtual_memory().available
    if _area(whole) * _BYTES > available:
        raise ResourceError(
            f"the windows of the plate's frames span {size}, more than {available / 2**30:.1f} GiB of free memory hold",
            file=info.path,
            frame=info.frame,
            remedy="Check its data window and its display window, or use a machine with more memory.",
        )


def _area(window: Window) -> int:
    return window.width * window.height


def _distance(window: Window, other: Window) -> int:
    """How far a window reaches beyond another, in pixels."""
    return max(other.x0 - window.x0, other.y0 - window.y0, window.x1 - other.x1, window.y1 - other.y1)
