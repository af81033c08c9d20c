"""Beyond the side of a picture tone goes on level: sky stays above ground, and corners belong to their side."""

from __future__ import annotations

import torch

from vfx_ai.fill.level import level


def picture() -> tuple[torch.Tensor, torch.Tensor]:
    """Sky of 2 above ground of -3, in stops of a kind, seen but for bands at the left and above."""
    light = torch.full((3, 60, 80), -3.0)
    light[:, :35] = 2.0
    seen = torch.zeros((60, 80), dtype=torch.bool)
    seen[8:, 20:] = True
    return torch.where(seen, light, 99.0), seen


def test_a_horizon_stays_at_its_height():
    light, seen = picture()
    made = level(light, seen)
    assert torch.allclose(made[:, 12:30, :20], torch.tensor(2.0), atol=0.05)
    assert torch.allclose(made[:, 40:, :20], torch.tensor(-3.0), atol=0.05)
    assert torch.equal(made[:, seen], light[:, seen])


def test_above_and_in_the_corner_the_sky_goes_on():
    light, seen = picture()
    assert torch.allclose(level(light, seen)[:, :8], torch.tensor(2.0), atol=0.05)


def test_a_hole_within_is_left_alone():
    light, seen = picture()
    seen[:] = True
    seen[20:40, 30:50] = False
    assert level(light, seen) is None
    assert level(light, torch.zeros_like(seen)) is None
