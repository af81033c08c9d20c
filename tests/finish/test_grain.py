"""The plate's grain: that it is measured as it is, and that a filled hole gets it again."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import rendered
from rendered import Rendered, open_shot, render

from vfx_ai.finish.grain import Grain, measure
from vfx_ai.finish.grain_field import field
from vfx_ai.media.frame import Window
from vfx_ai.motion.survey import Motion

SIGMA, SOFT = 0.012, 0.6  # of grain at a light of 0.18; of the blur by which its pixels hang together
STRENGTHS = np.array([1.0, 0.85, 1.3])


def sigma_at(light):
    """Standard deviation of film-like grain: more in the light, some in the dark."""
    return SIGMA * np.sqrt(0.25 + 0.75 * np.clip(light, 0, 4) / 0.18)


def film(number: int, shape: tuple[int, ...]) -> np.ndarray:
    """Grain of variance 1 (times STRENGTHS), new for each frame; red and green hang together by a half."""
    noise = np.random.default_rng(number).standard_normal(shape)
    noise[..., 1] = 0.5 * noise[..., 0] + np.sqrt(0.75) * noise[..., 1]
    soft = np.dstack([cv2.GaussianBlur(noise[..., c], (0, 0), SOFT, borderType=cv2.BORDER_REFLECT) for c in range(3)])
    return soft / soft.std((0, 1)) * STRENGTHS


def background(x, y, t, pan=0.0):
    """Soft light between 0.03 and 1.5, all of it in sight at any time."""
    return np.exp2(rendered.waves(x + pan * t, y, 5, 24.0, 120.0) ** 0.25 * 6 - 7.5)


def grained_shot(folder, scene=background, strength=1.0, frames=8, size=(200, 320)) -> Rendered:
    def with_grain(clean, _x, _y, t):
        return clean + strength * film(t, clean.shape) * sigma_at(clean)

    return render(folder, scene, frames=frames, size=size, extra=with_grain)


def measured(shot: Rendered, kind="locked") -> Grain:
    opened = open_shot(shot)
    return measure(opened, Motion(kind, opened.numbers, (), (), 0.0))


@pytest.mark.parametrize("pan", [0.0, 1.4], ids=["locked", "panning"])
def test_film_grain_is_measured_by_channel_level_and_correlation(tmp_path, pan):
    shot = grained_shot(tmp_path, lambda x, y, t: background(x, y, t, pan))
    grain = measured(shot, "moving" if pan else "locked")
    assert len(grain.levels) >= 4
    for level, *found in zip(grain.levels, *grain.sigma, strict=True):
        assert np.allclose(found, sigma_at(level) * STRENGTHS, rtol=0.1), level
    made = np.concatenate([film(n, (200, 320, 3))[None] for n in range(6)]) / STRENGTHS
    again = np.stack([np.moveaxis(field(grain, n, Window(0, 0, 320, 200)), 0, -1) for n in range(6)])
    for scale in (1, 2, 4):
        real, ours = (np.stack([cv2.blur(f, (scale, scale)) for f in some]).var((0, 1, 2)) for some in (made, again))
        assert np.allclose(ours, real, rtol=0.1), scale
    assert np.allclose(np.corrcoef(again.reshape(-1, 3).T), np.corrcoef(made.reshape(-1, 3).T), atol=0.05)
