"""A picture as a pencil drawing: lines where it changes across, followed along, and hatching where it is dark."""

from __future__ import annotations

import cv2
import numpy as np

from vfx_ai.media.frame import ByteArray, FloatArray

# All lengths are for a picture DRAWN_AT pixels across, and grow with it.
DRAWN_AT = 1280.0
PAPER, GRAPHITE = (250.0, 248.0, 243.0), (44.0, 44.0, 48.0)
FINE, COARSE = 1.3, 1.8  # the two blurs whose difference is a line: the first, and how much wider the other is
FAINTEST, STEEP = 0.0035, 150.0  # of that difference: what is drawn, and how soon it is drawn in full
SURE = 0.011  # a line that never gets so strong is none
FOLLOWED = 7  # steps along a line, each way
LEAST = 60  # pixels of a line; fewer are noise
SHADES = ((0.42, 45.0, 0.50), (0.20, -45.0, 0.55))  # below which tone, at which angle, how dark
_SPACING = 7.0


def sketch(pixels: ByteArray) -> ByteArray:
    """The drawing of a picture: [H, W, 3] uint8 in and out; the same for the same picture."""
    scale = pixels.shape[1] / DRAWN_AT
    tone = _tone(pixels, scale)
    ink = np.maximum(_lines(tone, scale), _hatching(tone, scale))
    ink = ink * _pressure(ink.shape, scale)
    paper, graphite = np.array(PAPER, np.float32), np.array(GRAPHITE, np.float32)
    return np.asarray(np.round(paper + (graphite - paper) * ink[..., None]).astype(np.uint8))


def _tone(pixels: ByteArray, scale: float) -> FloatArray:
    """Lightness [H, W] 0..1 over the picture's own range, without its grain."""
    light = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)[..., 0]
    light = cv2.medianBlur(light, 3)
    size = max(3, round(9 * scale) | 1)
    for _ in range(2):
        light = cv2.bilateralFilter(light, size, 22, 5 * scale)
    tone = light.astype(np.float32) / 255
    low, high = np.percentile(tone, (1, 99))
    if high - low < 0.02:
        return np.full_like(tone, 0.9)  # nothing is to be seen in it: blank paper
    # Roots lift the dark, where eyes see more than numbers say.
    return np.asarray(np.clip((tone - low) / (high - low), 0, 1) ** 0.8, np.float32)


def _lines(tone: FloatArray, scale: float) -> FloatArray:
    """Ink [H, W] 0..1 where tone changes."""
    fine = max(0.6, FINE * scale)
    darker = cv2.GaussianBlur(tone, (0, 0), fine * COARSE) - cv2.GaussianBlur(tone, (0, 0), fine)
    darker = _along(darker, tone, scale)
    ink = np.tanh(STEEP * np.maximum(darker - FAINTEST, 0)).astype(np.float32)
    count, labels, about, _ = cv2.connectedComponentsWithStats((ink > 0.05).astype(np.uint8), connectivity=8)
    peaks = np.zeros(count, np.float32)
    np.maximum.at(peaks, labels.ravel(), darker.ravel())
    kept = about[:, cv2.CC_STAT_AREA] >= LEAST * scale * scale
    # A line is long: a blot of the same size in a small box is grain.
    spans = np.hypot(about[:, cv2.CC_STAT_WIDTH], about[:, cv2.CC_STAT_HEIGHT])
    kept &= (spans >= 16 * scale) & (peaks >= SURE)
    kept[0] = True
    made: FloatArray = ink * kept[labels] if count > 1 else ink
    return made


def _along(values: FloatArray, tone: FloatArray, scale: float) -> FloatArray:
    """Values averaged along the lines that tone has there, so that dots join and grain goes."""
    smooth = cv2.GaussianBlur(tone, (0, 0), 1.0 * max(scale, 0.5))
    right, down = (cv2.Sobel(smooth, cv2.CV_32F, *way, ksize=3) for way in ((1, 0), (0, 1)))
    around = 3.0 * max(scale, 0.4)
    xx, yy, xy = (cv2.GaussianBlur(one, (0, 0), around) for one in (right * right, down * down, right * down))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2  # across the gradient
    step_x, step_y = np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)
    rows, columns = np.indices(tone.shape, np.float32)
    total, weights = values.copy(), 1.0
    for sign in (1.0, -1.0):
        x, y, way_x, way_y = columns.copy(), rows.copy(), sign * step_x, sign * step_y
        for step in range(1, FOLLOWED + 1):
            x, y = x + way_x, y + way_y
            weight = float(np.exp(-0.5 * (step / (FOLLOWED / 2)) ** 2))
            total += weight * cv2.remap(values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            weights += weight
            next_x = cv2.remap(step_x, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
            next_y = cv2.remap(step_y, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
            turned = np.where(next_x * way_x + next_y * way_y < 0, -1, 1).astype(np.float32)
            way_x, way_y = next_x * turned, next_y * turned
    return np.asarray(total / weights, np.float32)


def _hatching(tone: FloatArray, scale: float) -> FloatArray:
    """Ink [H, W] 0..1 of parallel strokes where it is dark, crossed where it is darker."""
    smooth = cv2.GaussianBlur(tone, (0, 0), 6 * max(scale, 0.3))
    rows, columns = np.indices(tone.shape, np.float32) / np.float32(max(scale, 0.3))
    ink = np.zeros_like(tone)
    for below, degrees, dark in SHADES:
        turn = np.deg2rad(degrees)
        across = columns * np.float32(np.sin(turn)) + rows * np.float32(np.cos(turn))
        along = columns * np.float32(np.cos(turn)) - rows * np.float32(np.sin(turn))
        # A hand doesn't draw straight.
        across = across + 1.3 * np.sin(along / 47) + 0.7 * np.sin(along / 19 + across / 31)
        stroke = np.abs(across / _SPACING - np.round(across / _SPACING)) * _SPACING
        wanted = np.clip((below - smooth) / 0.12, 0, 1)
        ink = np.maximum(ink, dark * wanted * np.clip(1.5 - stroke, 0, 1))
    return np.asarray(ink, np.float32)


def _pressure(shape: tuple[int, ...], scale: float) -> FloatArray:
    """How hard the pencil was pressed, [H, W] about 0.7..1: the same for pictures of one size."""
    noise = np.random.default_rng(7).random(shape, np.float32)
    broad = cv2.GaussianBlur(noise, (0, 0), 18 * max(scale, 0.3))
    grain = cv2.GaussianBlur(noise, (0, 0), 0.7)
    parts = [(one - one.mean()) / max(float(one.std()), 1e-6) for one in (broad, grain)]
    return np.asarray(np.clip(0.88 + 0.05 * parts[0] + 0.06 * parts[1], 0.6, 1), np.float32)
