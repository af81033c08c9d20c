"""Lenders are as bright as the frame that they lend to, whatever goes along beside what must go."""

from __future__ import annotations

import numpy as np
import pytest
import rendered
import torch
from rendered import open_shot, prepared, render

from vfx_ai.fill.ring import all_over

SIZE, FRAMES, MIDDLE = (128, 192), 8, 1004


def beside_the_ball(stops: float, *, always: bool = True):
    """What changes the light around the ball, and as far again, as a shadow does that goes along with it."""

    def change(light, x, y, t):
        at = SIZE[1] * (0.2 + 0.6 * t / (FRAMES - 1)), SIZE[0] * 0.5
        near = np.hypot(x - at[0], y - at[1]) < 2.5 * SIZE[0] / 5
        if not always and t + 1001 != MIDDLE:
            return light
        return light * np.exp2(stops * near)[..., None]

    return change


def gain(folder, **how) -> np.ndarray:
    """In stops, by what frame MIDDLE's lenders were made brighter, for a camera that stands still."""
    shot = open_shot(render(folder, rendered.locked(), frames=FRAMES, size=SIZE, **how))
    module, ready = prepared(shot, "temporal", folder / "analysis")
    return np.log2(module.fill(shot, ready, MIDDLE).gain)


@pytest.mark.parametrize("stops", [-0.03, 0.03])
def test_a_slight_shadow_that_goes_along_with_the_object_is_no_exposure(stops, tmp_path):
    assert np.abs(gain(tmp_path, extra=beside_the_ball(stops))).max() < 0.005


def test_light_that_is_plainly_another_around_the_hole_is_followed(tmp_path):
    assert np.allclose(gain(tmp_path, extra=beside_the_ball(0.5, always=False)), 0.5, atol=0.06)


def test_exposure_and_white_balance_of_the_whole_picture_are_followed_to_a_thousandth(tmp_path):
    """Frames on both sides of it lend, each with its own factor; the mean of these factors is told."""
    told = gain(tmp_path, gain=lambda t: (1.3, 1.0, 0.8) if t + 1001 == MIDDLE else (1, 1, 1))
    assert np.allclose(told, np.log2([1.3, 1.0, 0.8]), atol=1e-3)


@pytest.mark.parametrize("size", [(1080, 1920), (128, 192), (30, 40)])
def test_squares_lie_all_over_the_picture_and_are_whole(size):
    seen = torch.ones(size, dtype=torch.bool)
    side = max(8, round(8 * size[1] / 1000))
    at = all_over(seen, 10000, side)
    count = at.shape[1]
    assert count <= 20000 and count >= min(seen.numel(), 10000) // 3
    assert (at[0].max() - at[0].min() > 0.7 * size[1]) and (at[1].max() - at[1].min() > 0.7 * size[0])
    _, counts = torch.unique((at // side).long(), dim=1, return_counts=True)
    assert (counts == side * side).float().mean() > 0.7, "but for those that the picture's edge cuts"


def test_what_is_not_seen_is_not_asked():
    seen = torch.zeros((64, 64), dtype=torch.bool)
    seen[:, 40:] = True
    at = all_over(seen, 10000, 8)
    assert at.shape[1] == int(seen.sum()) and at[0].min() == 40
