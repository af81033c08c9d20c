"""How looks at one point are mixed by engine `temporal`: noise is averaged away, and what few of them show is not."""

from __future__ import annotations

import numpy as np
import torch

from vfx_ai.fill.temporal import LOOKS_LOCKED, _agreed

POINTS, LOOKS = 20000, 19


def mixed(looks: np.ndarray) -> torch.Tensor:
    """The mix [N] of gray looks [S, N], all of them valid."""
    values = torch.from_numpy(looks).float()[:, None].expand(-1, 3, -1).contiguous()
    scene, _, _ = _agreed(values, torch.ones(looks.shape, dtype=torch.bool), LOOKS_LOCKED)
    return scene[0]


def error(mix: torch.Tensor, truth: float) -> float:
    return float((mix / truth).log2().square().mean().sqrt())


def test_looks_that_lie_a_step_of_eight_bits_apart_are_averaged():
    """Most looks at a dark point are of one value and the rest of the next one: what is true lies between."""
    rng = np.random.default_rng(5)
    truth = 0.0302  # a third of a step above 48 of 255
    code = 255 * (1.055 * truth ** (1 / 2.4) - 0.055) + 0.3 * rng.standard_normal((LOOKS, POINTS))
    looks = ((np.round(code) / 255 + 0.055) / 1.055) ** 2.4
    middle = torch.from_numpy(np.median(looks, 0))
    assert error(mixed(looks), truth) < 0.75 * error(middle, truth)


def test_noise_is_averaged_nearly_as_well_as_by_a_mean():
    looks = 0.5 * np.exp2(0.1 * np.random.default_rng(6).standard_normal((LOOKS, POINTS)))
    assert error(mixed(looks), 0.5) < 1.1 * error(torch.from_numpy(looks.mean(0)), 0.5)


def test_a_faint_shadow_that_a_third_of_the_looks_shows_is_mostly_left_out():
    looks = 0.5 * np.exp2(0.01 * np.random.default_rng(7).standard_normal((LOOKS, POINTS)))
    looks[:6] *= 2**-0.07
    shadow = 0.07 * 6 / LOOKS
    assert abs(float((mixed(looks) / 0.5).log2().mean())) < 0.7 * shadow


def test_what_moved_through_is_left_out_whole():
    looks = np.full((LOOKS, POINTS), 0.5)
    looks[:5] = 60.0
    assert torch.equal(mixed(looks), torch.full((POINTS,), 0.5))
