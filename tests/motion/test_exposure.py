"""The factor between two frames: what is out of focus isn't brighter, and what moved has no say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from vfx_ai.motion.exposure import match_gain

SIDE = 8


def pictures(seed: int = 2, size: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Light [H, W] of strong texture, sharp, and blurred by a Gaussian of 2 px."""
    y, x = np.meshgrid(np.fft.fftfreq(size), np.fft.rfftfreq(size), indexing="ij")
    noise = np.fft.rfft2(np.random.default_rng(seed).standard_normal((size, size)))
    stops = np.fft.irfft2(noise / np.maximum(np.hypot(x, y), 0.02), (size, size))
    light = 0.3 * np.exp2(1.2 * stops / stops.std())
    soft = np.fft.irfft2(np.fft.rfft2(light) * np.exp(-8 * np.pi**2 * (x * x + y * y)), (size, size))
    return light, soft


def gain(target: np.ndarray, fetched: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[0 : target.shape[0], 0 : target.shape[1]]
    lights = [torch.from_numpy(light).float().flatten().expand(3, -1) for light in (target, fetched)]
    at = torch.from_numpy(np.stack([x.ravel(), y.ravel()])).float()
    return match_gain(*lights, torch.ones(at.shape[1], dtype=torch.bool), at, SIDE).numpy()


def test_equal_frames_have_a_factor_of_one_to_the_bit():
    sharp, _ = pictures()
    assert (gain(sharp, sharp) == 1).all()


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_a_frame_out_of_focus_is_not_taken_for_a_brighter_one(factor):
    sharp, soft = pictures()
    assert abs(np.median(np.log2(soft / sharp))) > 0.1  # what single pixels would say
    assert np.allclose(gain(factor * sharp, soft) / factor, 1, atol=0.03)
    assert np.allclose(gain(factor * soft, sharp) / factor, 1, atol=0.03)


def test_something_bright_over_a_third_of_the_picture_has_no_say():
    sharp, _ = pictures()
    other = sharp.copy()
    other[:, :32] = 60.0
    assert np.allclose(gain(2 * sharp, other), 2)


def test_too_few_pixels_say_nothing():
    sharp, _ = pictures(size=96)
    assert (gain(2 * sharp[:7, :9], sharp[:7, :9]) == 1).all()
