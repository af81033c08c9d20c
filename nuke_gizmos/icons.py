"""Icons of 24 x 24 pixels for Nuke's menu: a few shapes, drawn large and made smaller."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from struct import pack

import numpy as np

SIZE, FINER = 24, 8
BLUE, RED, LIGHT, GREY = (86, 156, 230), (226, 78, 120), (232, 232, 232), (128, 128, 128)
Canvas = np.ndarray


def drawn(name: str) -> bytes:
    """The PNG of an icon."""
    canvas = np.zeros((SIZE * FINER, SIZE * FINER, 4))
    ICONS[name](canvas)
    parts = canvas.reshape(SIZE, FINER, SIZE, FINER, 4)
    alpha = parts[..., 3].mean(axis=(1, 3))
    color = (parts[..., :3] * parts[..., 3:]).mean(axis=(1, 3)) / np.maximum(alpha, 1e-6)[..., None]
    return _png(np.dstack([color, alpha * 255]).round().astype(np.uint8))


def _png(pixels: np.ndarray) -> bytes:
    """RGBA of 8 bits as a PNG whose bytes depend on the pixels alone: what is inside isn't compressed."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    made = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks:
        made += pack(">I", len(data)) + kind + data + pack(">I", zlib.crc32(kind + data))
    return made


def _disc(canvas: Canvas, x: float, y: float, radius: float, color: tuple[int, int, int], hole: float = 0) -> None:
    """A disc, or a ring."""
    far = _far(x, y)
    _paint(canvas, (far <= radius) & (far >= hole), color)


def _box(canvas: Canvas, x0: float, y0: float, x1: float, y1: float, color: tuple[int, int, int]) -> None:
    across, down = _places()
    _paint(canvas, (across >= x0) & (across < x1) & (down >= y0) & (down < y1), color)


def _paint(canvas: Canvas, where: np.ndarray, color: tuple[int, int, int]) -> None:
    canvas[where] = (*color, 1)


def _places() -> tuple[np.ndarray, np.ndarray]:
    down, across = (np.mgrid[: SIZE * FINER, : SIZE * FINER] + 0.5) / FINER
    return across, down


def _far(x: float, y: float) -> np.ndarray:
    across, down = _places()
    return np.hypot(across - x, down - y)


def _frame(canvas: Canvas) -> None:
    _box(canvas, 2, 4, 22, 20, LIGHT)
    _box(canvas, 3.5, 5.5, 20.5, 18.5, (58, 62, 70))


def _menu(canvas: Canvas) -> None:
    _frame(canvas)
    _disc(canvas, 12, 12, 5, BLUE)


def _inpaint(canvas: Canvas) -> None:
    """A frame with a hole that is half filled."""
    _frame(canvas)
    _disc(canvas, 12, 12, 5, RED)
    across, _ = _places()
    _paint(canvas, (_far(12, 12) <= 5) & (across < 12), BLUE)


def _matte(canvas: Canvas) -> None:
    """A frame with a white shape, and a click on it."""
    _frame(canvas)
    _disc(canvas, 12, 12, 5.5, (255, 255, 255))
    _disc(canvas, 13.5, 11, 2, RED)


def _clean_plate(canvas: Canvas) -> None:
    """A frame of which a disc is swept away."""
    _frame(canvas)
    _disc(canvas, 12, 12, 5, BLUE)
    _disc(canvas, 12, 12, 3, (58, 62, 70))


def _extend(canvas: Canvas) -> None:
    """A frame that grew at both sides."""
    _frame(canvas)
    for left in (3.5, 15.5):
        _box(canvas, left, 5.5, left + 5, 18.5, BLUE)


def _generate(canvas: Canvas) -> None:
    """A frame of patches."""
    _frame(canvas)
    for index in range(12):
        across, down = index % 4, index // 4
        if (across + down) % 2:
            _box(canvas, 4 + 4 * across, 6 + 4 * down, 8 + 4 * across, 10 + 4 * down, BLUE)


def _loop(canvas: Canvas) -> None:
    """A ring in a frame, with the place where it closes."""
    _frame(canvas)
    _disc(canvas, 12, 12, 5.5, BLUE, hole=3)
    _disc(canvas, 12, 7.75, 2, RED)


def _edit(canvas: Canvas) -> None:
    """A frame with a pen across it."""
    _frame(canvas)
    across, down = _places()
    pen = (np.abs(across - 24 + down) <= 2) & (across >= 7) & (across <= 19)
    _paint(canvas, pen, BLUE)
    _disc(canvas, 7, 17, 2, RED)


def _imagine(canvas: Canvas) -> None:
    """A frame with a star of four points in it."""
    _frame(canvas)
    across, down = _places()
    _paint(canvas, np.sqrt(np.abs(across - 12)) + np.sqrt(np.abs(down - 12)) <= 2.4, BLUE)


def _queue(canvas: Canvas) -> None:
    """Three bars, of which the first is done and the second half."""
    for y, share in ((5, 1.0), (11, 0.5), (17, 0.0)):
        _box(canvas, 3, y, 21, y + 3, GREY)
        _box(canvas, 3, y, 3 + 18 * share, y + 3, BLUE)


ICONS: dict[str, Callable[[Canvas], None]] = {
    "VFXAI": _menu,
    "VFXAI_Inpaint": _inpaint,
    "VFXAI_Matte": _matte,
    "VFXAI_CleanPlate": _clean_plate,
    "VFXAI_Extend": _extend,
    "VFXAI_Generate": _generate,
    "VFXAI_Loop": _loop,
    "VFXAI_Edit": _edit,
    "VFXAI_Imagine": _imagine,
    "VFXAI_Queue": _queue,
}
