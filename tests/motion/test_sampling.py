"""Reading pictures between pixels."""

from __future__ import annotations

import math

import pytest
import torch

from vfx_ai.motion.sampling import pixel_grid, resample, sample, sees, within


@pytest.fixture
def noise():
    return torch.rand((3, 17, 23), generator=torch.Generator().manual_seed(1)) * 4 - 1


def test_whole_positions_give_the_pixels_themselves_bit_for_bit(noise):
    grid = pixel_grid(noise.shape[-2:], noise.device)
    assert torch.equal(resample(noise, grid), noise)


def test_a_shift_by_whole_pixels_is_exact_and_x_comes_before_y(noise):
    grid = pixel_grid((5, 6), noise.device, x0=7, y0=3)
    assert torch.equal(resample(noise, grid), noise[:, 3:8, 7:13])


def test_nothing_rings_beside_a_lamp():
    scene = torch.full((1, 9, 21), 0.1)
    scene[:, 3:6, 9:12] = 60.0
    for shift in torch.linspace(0, 1, 21):
        at = pixel_grid((9, 21), scene.device) + shift
        moved = resample(scene, at)
        assert float(moved.min()) >= 0.1 and float(moved.max()) <= 60.0


def test_no_value_leaves_the_range_of_the_four_pixels_around_it(noise):
    at = pixel_grid((12, 18), noise.device, 2, 2) + torch.rand((2, 12, 18))
    values, x, y = resample(noise, at), at[0].floor().long(), at[1].floor().long()
    four = torch.stack([noise[:, y + j, x + i] for i in (0, 1) for j in (0, 1)])
    assert bool((values >= four.amin(0)).all() and (values <= four.amax(0)).all())


def test_a_soft_picture_is_kept_to_a_hundredth_where_bilinear_loses_a_tenth():
    grid = pixel_grid((24, 40), torch.device("cpu"))
    wave = (torch.sin(grid[0] * 2 * math.pi / 7) + 2)[None]
    at = pixel_grid((20, 30), torch.device("cpu"), 3, 2) + 0.5
    truth = torch.sin(at[0] * 2 * math.pi / 7) + 2
    assert float((resample(wave, at)[0] - truth).pow(2).mean().sqrt()) < 0.03
    assert float((sample(wave, at)[0] - truth).abs().max()) > 0.08


def test_outside_the_picture_its_border_goes_on(noise):
    at = torch.tensor([[[-50.0, 100.0]], [[4.0, 100.0]]])
    assert torch.equal(resample(noise, at)[:, 0], torch.stack([noise[:, 4, 0], noise[:, 16, 22]], -1))
    assert torch.allclose(sample(noise, at)[:, 0], torch.stack([noise[:, 4, 0], noise[:, 16, 22]], -1))


def test_a_point_is_seen_only_if_every_pixel_that_a_bilinear_sample_touches_is():
    seen = torch.ones((5, 7), dtype=torch.bool)
    seen[2, 3] = False
    at = torch.tensor([[[2.0, 2.5, 4.0, 4.4, 3.0, -0.5, 6.5]], [[2.0, 2.0, 2.0, 1.5, 1.0, 0.0, 4.0]]])
    assert sees(seen, at).tolist() == [[True, False, True, True, True, False, False]]


def test_the_edge_of_the_picture_is_within_and_a_margin_is_not():
    at = torch.tensor([[[0.0, 6.0, 6.1, 0.9]], [[0.0, 4.0, 4.0, 2.0]]])
    assert within(at, 5, 7).tolist() == [[True, True, False, True]]
    assert within(at, 5, 7, margin=1).tolist() == [[False, False, False, False]]


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1)])
def test_a_picture_of_a_single_row_or_pixel_can_be_read(size):
    picture = torch.full((3, *size), 5.0)
    at = pixel_grid(size, picture.device)
    assert bool((sample(picture, at) == 5).all() and (resample(picture, at + 0.3) == 5).all())
