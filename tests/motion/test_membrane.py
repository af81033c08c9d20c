"""The smoothest surface through known pixels."""

from __future__ import annotations

import pytest
import torch

from vfx_ai.motion.membrane import membrane
from vfx_ai.motion.sampling import pixel_grid


@pytest.mark.parametrize("size", [(33, 57), (16, 16), (8, 40)])
def test_a_slope_goes_on_through_the_hole(size):
    grid = pixel_grid(size, torch.device("cpu"))
    slope = torch.stack([grid[0] * 0.3 - 2, grid[1] * -0.1, grid.sum(0) * 0.05])
    known = torch.ones(size, dtype=torch.bool)
    known[3:-3, 4:-4] = False
    found = membrane(torch.where(known, slope, torch.nan), known, torch.ones_like(known))
    assert float((found - slope).abs().max()) < 0.02
    assert torch.equal(found[:, known], slope[:, known])


def test_a_single_known_pixel_spreads_everywhere():
    known = torch.zeros((20, 30), dtype=torch.bool)
    known[4, 25] = True
    found = membrane(torch.full((1, 20, 30), 7.0), known, torch.ones_like(known))
    assert torch.allclose(found, torch.tensor(7.0), atol=1e-3)


def test_it_stays_between_the_least_and_the_greatest_known_value():
    values = torch.rand((1, 31, 31), generator=torch.Generator().manual_seed(2)) * 8
    known = torch.ones((31, 31), dtype=torch.bool)
    known[5:26, 5:26] = False
    found = membrane(values, known, torch.ones_like(known))
    assert float(found.min()) >= float(values[:, known].min()) - 1e-2
    assert float(found.max()) <= float(values[:, known].max()) + 1e-2


def test_what_lies_beyond_the_data_window_has_no_say():
    known = torch.zeros((12, 24), dtype=torch.bool)
    known[:, 0] = known[:, -1] = True
    picture = torch.zeros((1, 12, 24))
    picture[..., -1] = 9.0
    inside = torch.ones_like(known)
    inside[:, 12] = False  # a wall between the two sides
    found = membrane(picture, known, inside)
    assert float(found[:, :, :12].max()) < 0.3 and float(found[:, :, 13:].min()) > 8.7


def test_it_is_torn_where_pixels_do_not_hang_together():
    known = torch.zeros((12, 24), dtype=torch.bool)
    known[:, 0] = known[:, -1] = True
    picture = torch.zeros((1, 12, 24))
    picture[..., -1] = 9.0
    across, down = torch.ones((12, 23), dtype=torch.bool), torch.ones((11, 24), dtype=torch.bool)
    across[:, 11] = False
    found = membrane(picture, known, torch.ones_like(known), (across, down))
    assert float(found[:, :, :12].max()) < 0.3 and float(found[:, :, 12:].min()) > 8.7
