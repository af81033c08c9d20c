"""What a shot looks like, in figures: a thumbnail, its light, its colors, where they lie, and how it moves."""

from __future__ import annotations

from collections.abc import Sequence as Many
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from vfx_ai.media.color import from_log, to_log
from vfx_ai.media.color_space import LINEAR, Space
from vfx_ai.media.color_view import exposure_for, viewer
from vfx_ai.media.frame import BoolArray, ByteArray, FloatArray

SMALL = 256  # pixels of the longer side, of the thumbnail and of what is measured
QUALITY = 88
# Cells of the palette in CIE Lab: lightness 0..100, both color axes from -AXIS to AXIS.
LIGHTNESS, HUES, AXIS = 6, 12, 96.0
LAYOUT = 4  # rows and columns of the picture's mean colors
SOFTNESS, NEAR = 18.0, 22.0  # in Lab: colors so far apart are half alike; of two pictures, and of a picture and a color
CELLS = LIGHTNESS * HUES * HUES


@dataclass(frozen=True)
class Looks:
    """What a shot looks like.

    Attributes:
        thumbnail: a JPEG, through the config's display view.
        palette: [CELLS] float16, the share of pixels in each cell of Lab; sums to 1.
        layout: [LAYOUT, LAYOUT, 3] float16, mean Lab.
        light: see `catalogue.Shot`.
        motion: see `catalogue.Shot`.
    """

    thumbnail: bytes
    palette: npt.NDArray[np.float16]
    layout: npt.NDArray[np.float16]
    light: dict[str, Any]
    motion: float


@dataclass(frozen=True)
class Seen:
    """A frame that was looked at, small.

    Attributes:
        code: [h, w, 3] float32, log light.
        known: [h, w] bool.
        brightest: of the whole frame, scene-linear.
    """

    code: FloatArray
    known: BoolArray
    brightest: float


def seen(pixels: FloatArray, valid: BoolArray) -> Seen:
    """A frame [H, W, 3] scene-linear made small; where [H, W] `valid` is False there is no picture."""
    height, width = valid.shape
    scale = min(1.0, SMALL / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # In log light: a lamp of 1000 would bleed over its neighbors.
    code = np.where(valid[..., None], to_log(pixels), 0).astype(np.float32)
    share = cv2.resize(valid.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(code, size, interpolation=cv2.INTER_AREA) / np.maximum(share, 1e-6)[..., None]
    brightest = float(pixels[valid].max()) if valid.any() else 0.0
    return Seen(small.astype(np.float32), share > 0, brightest)


def looks_of(frames: Many[Seen], pairs: Many[tuple[Seen, Seen]], space: Space = LINEAR) -> Looks:
    """Measure a shot.

    Args:
        frames: some of its frames; the middle one becomes the thumbnail.
        pairs: frames that follow each other, for its motion; none: it doesn't move.
        space: what the light is.
    """
    scene = [(np.asarray(from_log(one.code), np.float32), one.known) for one in frames]
    stops, why = exposure_for(scene)
    eye = viewer(space, stops, why)
    shown = [eye.shown(light) for light, _ in scene]
    labs = [_lab(picture) for picture in shown]
    cells = np.concatenate([_cells(lab[one.known]) for lab, one in zip(labs, frames, strict=True)])
    counts = np.bincount(cells, minlength=CELLS).astype(np.float64)
    middle = labs[len(labs) // 2]
    layout = cv2.resize(middle, (LAYOUT, LAYOUT), interpolation=cv2.INTER_AREA)
    motion = [_moved(eye.shown(from_log(a.code)), eye.shown(from_log(b.code))) for a, b in pairs]
    return Looks(
        _jpeg(shown[len(shown) // 2]),
        (counts / max(1.0, counts.sum())).astype(np.float16),
        layout.astype(np.float16),
        _light(frames),
        float(np.median(motion)) if motion else 0.0,
    )


def palette_of_color(rgb: tuple[float, float, float]) -> FloatArray:
    """How much each cell of a palette is like a display color (0..1 each): [CELLS] float32, 1 is the same."""
    lab = _lab(np.array([[rgb]], np.float32))[0, 0]
    # A dark green is a green: lightness counts less than hue does.
    apart = np.linalg.norm((_middles() - lab) * np.array([0.5, 1, 1]), axis=1) / NEAR
    return np.asarray(np.exp2(-(apart**2)), np.float32)


def likeness(palettes: FloatArray, layouts: FloatArray, palette: FloatArray, layout: FloatArray) -> FloatArray:
    """How much shots are like a picture, 0 to 1: half by their colors, half by where these lie.

    Args:
        palettes, layouts: [N, CELLS] and [N, LAYOUT, LAYOUT, 3] of the shots.
        palette, layout: of the picture.
    """
    # Colors a cell apart count as alike in part: what is in common is compared on a blurred lattice.
    blurred = _blurred(palette[None])
    common = np.minimum(_blurred(palettes), blurred).sum(1)
    apart = np.linalg.norm(layouts - layout[None], axis=-1).mean((1, 2)) / SOFTNESS
    return np.asarray((common + np.exp2(-(apart**2))) / 2, np.float32)


def _blurred(palettes: FloatArray) -> FloatArray:
    grid = palettes.reshape(-1, LIGHTNESS, HUES, HUES).astype(np.float32)
    for axis in (1, 2, 3):
        pad = [(1, 1) if a == axis else (0, 0) for a in range(4)]
        wide = np.pad(grid, pad, mode="edge")
        take = [np.take(wide, range(o, o + grid.shape[axis]), axis) for o in range(3)]
        grid = ((take[0] + 2 * take[1] + take[2]) / 4).astype(np.float32)
    return np.asarray(grid.reshape(len(palettes), CELLS), np.float32)


def _light(frames: Many[Seen]) -> dict[str, Any]:
    known = np.concatenate([one.code[one.known] for one in frames])
    if not known.size:
        known = np.zeros((1, 3), np.float32)
    luma = (known[:, 0] + 2 * known[:, 1] + known[:, 2]) / 4
    low, middle, high = (round(float(value), 4) for value in np.percentile(luma, (1, 50, 99)))
    return {
        "mean": [round(float(value), 4) for value in known.mean(0)],
        "spread": [round(float(value), 4) for value in known.std(0)],
        **{"low": low, "middle": middle, "high": high},
        "brightest": max(one.brightest for one in frames),
    }


def _lab(picture: FloatArray) -> FloatArray:
    """[H, W, 3] CIE Lab of a display picture in 0..1."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(picture, np.float32), cv2.COLOR_RGB2LAB), np.float32)


def _cells(lab: FloatArray) -> npt.NDArray[np.int64]:
    steps = np.array([LIGHTNESS / 100, HUES / (2 * AXIS), HUES / (2 * AXIS)])
    at = np.floor((lab + np.array([0, AXIS, AXIS])) * steps).astype(np.int64)
    at = np.clip(at, 0, np.array([LIGHTNESS, HUES, HUES]) - 1)
    return np.asarray((at[:, 0] * HUES + at[:, 1]) * HUES + at[:, 2], np.int64)


def _middles() -> FloatArray:
    """[CELLS, 3] Lab of the middle of each cell."""
    light = (np.arange(LIGHTNESS) + 0.5) * 100 / LIGHTNESS
    hues = (np.arange(HUES) + 0.5) * 2 * AXIS / HUES - AXIS
    return np.stack(np.meshgrid(light, hues, hues, indexing="ij"), -1).reshape(-1, 3).astype(np.float32)


def _moved(first: FloatArray, second: FloatArray) -> float:
    """By how much of the width a place moves from one picture to the next; the median."""
    grey = [_bytes(picture) @ np.array([0.25, 0.5, 0.25]) for picture in (first, second)]
    before, after = (np.ascontiguousarray(one, np.uint8) for one in grey)
    if min(before.shape) < 16:  # the search's own patches would not fit
        return 0.0
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(before, after, None)
    return float(np.median(np.linalg.norm(flow, axis=-1)) / before.shape[1])


def _bytes(picture: FloatArray) -> ByteArray:
    return np.asarray(np.round(np.clip(picture, 0, 1) * 255), np.uint8)


def _jpeg(picture: FloatArray) -> bytes:
    done, data = cv2.imencode(".jpg", _bytes(picture)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    assert done
    return bytes(data)
