"""Medians and firsts over looks, against torch's own."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill.masks import box_mean, dilated, eroded
from vfx_ai.fill.middle import first, middle


@pytest.mark.parametrize("looks", [1, 2, 3, 5, 8, 11, 32, 37])
def test_the_middle_of_valid_looks_is_torchs_nanmedian(looks):
    generator = torch.Generator().manual_seed(looks)
    values = torch.rand((looks, 3, 400), generator=generator).round(decimals=1)  # with many that are equal
    valid = torch.rand((looks, 400), generator=generator) > 0.4
    expected = torch.where(valid[:, None], values, torch.nan).nanmedian(0).values
    assert torch.equal(middle(values, valid[:, None]).nan_to_num(-1), expected.nan_to_num(-1))


@pytest.mark.parametrize("looks", [1, 2, 7, 32])
def test_the_first_is_torchs_own(looks):
    generator = torch.Generator().manual_seed(looks)
    mask = torch.rand((looks, 400), generator=generator) > 0.7
    assert torch.equal(first(mask), mask.int().argmax(0))


@pytest.mark.parametrize("radius", [0, 1, 2, 3, 32, 61])
def test_a_mask_grows_and_shrinks_by_a_square(radius):
    mask = torch.rand((60, 83), generator=torch.Generator().manual_seed(radius)) > 0.99
    size = 2 * radius + 1
    assert torch.equal(dilated(mask, radius), F.max_pool2d(mask[None].float(), size, 1, radius)[0] > 0)
    assert torch.equal(eroded(~mask, radius), ~dilated(mask, radius))


@pytest.mark.parametrize("size", [1, 3, 5, 7])
def test_a_mean_over_squares_is_torchs_own(size):
    picture = torch.rand((2, 40, 53), generator=torch.Generator().manual_seed(size))
    expected = F.avg_pool2d(picture[None], size, 1, size // 2, count_include_pad=False)[0]
    assert torch.allclose(box_mean(picture, size), expected, atol=1e-6)
