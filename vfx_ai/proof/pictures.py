"""Small pictures of one frame for the report: before, after, where each pixel came from, how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.errors import InputError, OutputError
from vfx_ai.fill import OTHER_FRAME, PATCH, RELIT, SMOOTH, SOURCES
from vfx_ai.media.atomic import replacing
from vfx_ai.media.color_view import BRIGHTEST, DARKEST, Viewer
from vfx_ai.media.color_view import viewer as usual_viewer
from vfx_ai.media.frame import BoolArray, ByteArray, FloatArray, Frame, Patch, Window

LONGEST_SIDE = 640
PICTURES = {"before": "before.jpg", "after": "after.jpg", "origin": "origin.png", "confidence": "confidence.png"}

OUTSIDE, REAL, UNSURE, NEVER_SEEN, MADE, LIT = range(6)
# Told apart by lightness and by pattern as well as by hue, so that no kind of color vision is left out.
COLORS: dict[int, tuple[int, int, int]] = {
    REAL: (47, 127, 208),
    UNSURE: (244, 196, 48),
    NEVER_SEEN: (206, 36, 98),
    MADE: (150, 214, 170),
    LIT: (122, 78, 178),
}
HATCH_COLOR = (255, 255, 255)
HATCH_PERIOD, HATCH_WIDTH = 8, 2

DIMMED, DIMMED_STEP = 0.42, 6
JPEG_QUALITY, JPEG_NOISE = 88, 24
PNG_LEVEL = 2  # 3 takes a third longer for a tenth less


def save_pictures(
    folder: Path,
    frame: int,
    plate: Frame,
    patch: Patch | None,
    never_seen: BoolArray | None = None,
    viewer: Viewer | None = None,
) -> None:
    """Write `<folder>/<frame>.before.jpg`, `.after.jpg`, `.origin.png` and `.confidence.png`, each atomically.

    They are for the eye alone: 8 bits for the viewer's display, never enlarged, the longest side at most
    `LONGEST_SIDE`. One viewer for all frames keeps them comparable.

    Args:
        folder: made if it isn't there.
        frame: names the files.
        plate: the frame before.
        patch: what is changed in it, its window in the same coordinates as the plate's; None: nothing.
        never_seen: [h, w] bool over the patch's window, pixels that no frame saw; None: the made-up ones whose
            confidence is 0.
        viewer: how light is shown; None: as that of a linear Rec.709 plate.

    Raises:
        OutputError: a file can't be written.
    """
    before = picture_for_the_eye(plate.pixels, small_size(plate.pixels.shape[1], plate.pixels.shape[0]), viewer)
    after, origin = before.copy(), _dimmed(before)
    confidence = origin.copy()
    inside = Window(0, 0, 0, 0) if patch is None else patch.window.intersection(plate.data_window)
    if patch is not None and not inside.empty:
        rows, small = _rows(inside.slices(plate.data_window)[0], plate.pixels.shape[0], len(before))
        strip = _laid(plate, patch, never_seen, inside, rows)
        after[small] = picture_for_the_eye(strip.pixels, (before.shape[1], small.stop - small.start), viewer)
        _color_origin(origin[small], strip.kind, small.start)
        _color_confidence(confidence[small], strip.confidence, strip.hole)
    parts = {
        "before": encoded(before, ".jpg"),
        "after": encoded(after, ".jpg"),
        "origin": encoded(origin, ".png"),
        "confidence": encoded(confidence, ".png"),
    }
    for name, data in parts.items():
        write_atomically(folder / f"{frame}.{PICTURES[name]}", data, frame=frame)


@dataclass(frozen=True)
class _Strip:
    """Whole rows of a picture: its light after, what each pixel is, how sure it is, and what was changed."""

    pixels: FloatArray
    kind: ByteArray
    confidence: FloatArray
    hole: BoolArray


def _rows(changed: slice, height: int, small: int) -> tuple[slice, slice]:
    """Rows of a picture around those that were changed, and the rows of the small one that are made of just these.

    Where rows don't divide into the small picture's, that is all of them.
    """
    step, rest = divmod(height, small)
    if rest:
        return slice(0, height), slice(0, small)
    first, last = max(0, changed.start // step - 1), min(small, -(-changed.stop // step) + 1)
    return slice(first * step, last * step), slice(first, last)


def _laid(plate: Frame, patch: Patch, never_seen: BoolArray | None, inside: Window, rows: slice) -> _Strip:
    """What a patch makes of some of a plate's rows."""
    here, (down, across) = inside.slices(patch.window), inside.slices(plate.data_window)
    there = (slice(down.start - rows.start, down.stop - rows.start), across)
    pixels = plate.pixels[rows].copy("K")
    size = pixels.shape[:2]
    kind, hole, confidence = np.full(size, OUTSIDE, np.uint8), np.zeros(size, bool), np.ones(size, np.float32)
    hole[there], confidence[there] = patch.hole[here], patch.confidence[here]
    np.copyto(pixels[there], patch.pixels[here], where=patch.hole[here][..., None])
    never = None if never_seen is None else never_seen[here]
    kind[there] = kinds(patch.source[here], patch.confidence[here], patch.hole[here], never)
    return _Strip(pixels, kind, confidence, hole)


def save_before_after(
    folder: Path, frame: int, before: FloatArray, after: FloatArray, viewer: Viewer | None = None
) -> None:
    """Write `<folder>/<frame>.before.jpg` and `.after.jpg`; see `save_pictures`.

    Args:
        folder: made if it isn't there.
        frame: names the files.
        before, after: [H, W, 3] float32, scene-linear, unbounded.
        viewer: how light is shown; None: as that of a linear Rec.709 plate.

    Raises:
        OutputError: a file can't be written.
    """
    size = small_size(before.shape[1], before.shape[0])
    for name, pixels in (("before", before), ("after", after)):
        picture = encoded(picture_for_the_eye(pixels, size, viewer), ".jpg")
        write_atomically(folder / f"{frame}.{PICTURES[name]}", picture, frame=frame)


def before_after_picture(before: Path, after: Path, target: Path) -> None:
    """Write one PNG with two saved pictures side by side, before on the left.

    Raises:
        InputError: a picture can't be read.
        OutputError: `target` can't be written.
    """
    left, right = _decoded(before), _decoded(after)
    if right.shape != left.shape:
        right = cv2.resize(right, (left.shape[1], left.shape[0]), interpolation=cv2.INTER_AREA)
    gap = np.full((left.shape[0], 6, 3), 255, np.uint8)
    write_atomically(target, encoded(np.hstack([left, gap, right])[..., ::-1], ".png"))


def center_of_change(before: Path, after: Path) -> float:
    """Where two saved pictures differ, as a share of the width, 0..1; 0.5 if they don't or can't be compared.

    Raises:
        InputError: a picture can't be read.
    """
    left, right = _decoded(before), _decoded(after)
    if left.shape != right.shape:
        return 0.5
    columns = (cv2.absdiff(left, right) > JPEG_NOISE).any(axis=(0, 2))
    return float(np.flatnonzero(columns).mean() + 0.5) / columns.size if columns.any() else 0.5


def kinds(source: ByteArray, confidence: FloatArray, hole: BoolArray, never_seen: BoolArray | None = None) -> ByteArray:
    """What each pixel is: OUTSIDE, REAL, UNSURE, NEVER_SEEN, MADE or LIT (the plate, relit).

    Args:
        source: [H, W] uint8, values of `vfx_ai.fill.SOURCES`.
        confidence: [H, W] float32, 0..1.
        hole: [H, W] bool.
        never_seen: [H, W] bool, which made-up pixels no frame saw; None: those whose confidence is 0.

    Returns:
        [H, W] uint8.
    """
    unknown = ~(confidence > 0) if never_seen is None else never_seen
    of = np.full(len(SOURCES), MADE, np.uint8)
    of[[OTHER_FRAME, RELIT, PATCH, SMOOTH]] = REAL, LIT, UNSURE, UNSURE
    found = of[source]
    found[(found == UNSURE) & unknown] = NEVER_SEEN
    return np.where(hole, found, np.uint8(OUTSIDE))


def small_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of a picture scaled down to `LONGEST_SIDE`; never enlarged, never 0."""
    scale = min(1.0, LONGEST_SIDE / max(width, height, 1))
    return max(1, round(width * scale)), max(1, round(height * scale))


def picture_for_the_eye(pixels: FloatArray, size: tuple[int, int], viewer: Viewer | None = None) -> ByteArray:
    """A display picture of scene-linear pixels.

    Args:
        pixels: [H, W, 3] float32, scene-linear, unbounded.
        size: width and height of the picture, at most the pixels' own.
        viewer: how light is shown; None: as that of a linear Rec.709 plate.

    Returns:
        [height, width, 3] uint8, RGB for the viewer's display.
    """
    viewer = viewer or usual_viewer()
    # Before they are scaled down, so that one lamp doesn't bleed over its neighbors.
    least, most = (end / 2.0**viewer.stops for end in (DARKEST, BRIGHTEST))
    # Channel by channel: pixels that lie in planes are then read as they lie.
    linear = np.stack([_scaled(np.clip(pixels[..., i], least, most), size) for i in range(3)], -1)
    if np.isnan(linear).any():
        linear = _scaled(np.nan_to_num(np.clip(pixels, least, most), nan=0.0), size)
    return np.asarray(viewer.shown(linear) * 255.0 + 0.5, np.uint8)


def write_atomically(path: Path, data: bytes, *, frame: int | None = None) -> None:
    """Write a whole file; its place holds the old one or the new, never half.

    Raises:
        OutputError: the folder or the file can't be written; what stood there stays.
    """
    with replacing(path, frame) as beside:
        beside.write_bytes(data)


def encoded(picture: npt.NDArray[np.uint8], suffix: str) -> bytes:
    """The bytes of a picture as a file of that kind.

    Args:
        picture: [h, w, 3] in red, green, blue, or [h, w] in grey.
        suffix: ".png", ".jpg" or ".jpeg".

    Raises:
        OutputError: it can't be encoded.
    """
    options = [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL] if suffix == ".png" else [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    turned = picture[..., ::-1] if picture.ndim == 3 else picture
    done, data = cv2.imencode(suffix, np.ascontiguousarray(turned), options)
    if not done:
        raise OutputError(f"a picture of {picture.shape[1]} x {picture.shape[0]} pixels can't be encoded")
    return bytes(data.tobytes())


def _color_origin(picture: ByteArray, kind: ByteArray, row: int) -> None:
    """Lays the colors of kinds [H, W] over a small picture's rows from `row` on."""
    size = (picture.shape[1], picture.shape[0])
    # A wire thinner than one small pixel must not vanish: any share of the hole counts, the largest kind wins.
    there = np.bincount(kind.ravel(), minlength=len(COLORS) + 1)
    nowhere = np.zeros(size[::-1], np.float32)
    shares = np.stack([_share(kind == which, size) if there[which] else nowhere for which in COLORS])
    winner = np.array(list(COLORS), np.uint8)[shares.argmax(axis=0)]
    winner[shares.sum(axis=0) <= 0] = OUTSIDE
    for which, color in COLORS.items():
        picture[winner == which] = color
    rows, columns = np.indices(winner.shape)
    hatch = (rows + row + columns) % HATCH_PERIOD < HATCH_WIDTH
    picture[hatch & (winner == NEVER_SEEN)] = HATCH_COLOR


def _color_confidence(picture: ByteArray, confidence: FloatArray, hole: BoolArray) -> None:
    """Lays the colors of confidence [H, W] over a small picture's rows, with a line around the hole."""
    size = (picture.shape[1], picture.shape[0])
    share = _share(hole, size)
    inside = np.zeros(hole.shape, np.float32)
    inside[hole] = np.nan_to_num(confidence[hole])
    mean = _scaled(inside, size) / np.maximum(share, 1e-6)
    steps = np.clip(mean * 255.0 + 0.5, 0, 255).astype(np.uint8)
    colored = cv2.applyColorMap(steps, cv2.COLORMAP_CIVIDIS)[..., ::-1]
    seen = share > 0
    picture[seen] = colored[seen]
    around = cv2.dilate(seen.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool) & ~seen
    picture[around] = HATCH_COLOR


def _dimmed(before: ByteArray) -> ByteArray:
    """The picture in a few dark grays, so that colors on it stand out and the PNG stays small."""
    gray = cv2.cvtColor(before, cv2.COLOR_RGB2GRAY).astype(np.float32) * DIMMED
    stepped = (np.round(gray / DIMMED_STEP) * DIMMED_STEP).astype(np.uint8)
    return np.repeat(stepped[..., None], 3, axis=2)


def _scaled(pixels: npt.NDArray[np.float32], size: tuple[int, int]) -> npt.NDArray[np.float32]:
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    small: npt.NDArray[np.float32] = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return small


def _share(mask: BoolArray, size: tuple[int, int]) -> FloatArray:
    """How much of each small pixel a mask covers, 0..1."""
    return _scaled(mask.astype(np.float32), size) if mask.any() else np.zeros((size[1], size[0]), np.float32)


def _decoded(path: Path) -> npt.NDArray[np.uint8]:
    try:
        data = np.fromfile(path, np.uint8)
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror or error}", file=path) from None
    if picture is None:
        raise InputError("isn't a picture", file=path, remedy="Run the job again to have it written anew.")
    return np.asarray(picture, np.uint8)
