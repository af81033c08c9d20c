"""Transfer curves that need no config: sRGB, Rec.709 video and Cineon film log, reversible and unbounded.

Every function takes and gives float32 of any shape. Nothing is clamped: each curve goes on beyond 0 and 1.
"""

from __future__ import annotations

import numpy as np

from vfx_ai.media.frame import FloatArray

# IEC 61966-2-1, with the linear part carried on below 0.
_SRGB_SLOPE, _SRGB_BREAK = 12.92, 0.0031308
# ITU-R BT.2020, which gives the constants of BT.709 with the digits that make both pieces meet.
_VIDEO_SCALE, _VIDEO_BREAK = 1.09929682680944, 0.018053968510807
# Kodak Cineon: 95 is black, 685 is white at 90 % reflectance, 0.002 density a code, film gamma 0.6.
_CINEON_BLACK, _CINEON_WHITE, _CINEON_STEP, _CINEON_GAMMA = 95.0, 685.0, 0.002, 0.6


def srgb_to_scene(code: FloatArray) -> FloatArray:
    """Linear light from sRGB-encoded values (IEC 61966-2-1); 0..1 is the display's range, both ends go on."""
    wide = code.astype(np.float64)
    curved = ((np.maximum(wide, _SRGB_BREAK) + 0.055) / 1.055) ** 2.4
    light: FloatArray = np.where(wide <= _SRGB_BREAK * _SRGB_SLOPE, wide / _SRGB_SLOPE, curved).astype(np.float32)
    return light


def scene_to_srgb(scene: FloatArray) -> FloatArray:
    """sRGB-encoded values from linear light; the inverse of `srgb_to_scene`."""
    wide = scene.astype(np.float64)
    curved = 1.055 * np.maximum(wide, _SRGB_BREAK) ** (1 / 2.4) - 0.055
    encoded: FloatArray = np.where(wide <= _SRGB_BREAK, wide * _SRGB_SLOPE, curved).astype(np.float32)
    return encoded


def rec709_to_scene(code: FloatArray) -> FloatArray:
    """Linear light from video values (ITU-R BT.709 camera curve), full range; both ends go on."""
    wide = code.astype(np.float64)
    curved = ((np.maximum(wide, 4.5 * _VIDEO_BREAK) + _VIDEO_SCALE - 1) / _VIDEO_SCALE) ** (1 / 0.45)
    light: FloatArray = np.where(wide < 4.5 * _VIDEO_BREAK, wide / 4.5, curved).astype(np.float32)
    return light


def scene_to_rec709(scene: FloatArray) -> FloatArray:
    """Video values from linear light; the inverse of `rec709_to_scene`."""
    wide = scene.astype(np.float64)
    curved = _VIDEO_SCALE * np.maximum(wide, _VIDEO_BREAK) ** 0.45 - (_VIDEO_SCALE - 1)
    code: FloatArray = np.where(wide < _VIDEO_BREAK, wide * 4.5, curved).astype(np.float32)
    return code


def cineon_to_scene(code: FloatArray) -> FloatArray:
    """Linear light from Cineon printing density; `code` is 0..1 over 0..1023, 685 gives 1 and 95 gives 0."""
    black = _cineon_black()
    light = 10.0 ** ((code.astype(np.float64) * 1023.0 - _CINEON_WHITE) * _CINEON_STEP / _CINEON_GAMMA)
    scene: FloatArray = ((light - black) / (1.0 - black)).astype(np.float32)
    return scene


def scene_to_cineon(scene: FloatArray) -> FloatArray:
    """Cineon printing density (0..1 over 0..1023) from linear light; what is darker than code 0 becomes code 0."""
    black = _cineon_black()
    floor = 10.0 ** (-_CINEON_WHITE * _CINEON_STEP / _CINEON_GAMMA)
    light = np.maximum(scene.astype(np.float64) * (1.0 - black) + black, floor)
    code: FloatArray = ((np.log10(light) * _CINEON_GAMMA / _CINEON_STEP + _CINEON_WHITE) / 1023.0).astype(np.float32)
    return code


def _cineon_black() -> float:
    return float(10.0 ** ((_CINEON_BLACK - _CINEON_WHITE) * _CINEON_STEP / _CINEON_GAMMA))
