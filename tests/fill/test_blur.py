"""Broad blurs are what they should be, and cost no more than narrow ones."""

from __future__ import annotations

import cv2
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill import blur
from vfx_ai.fill.blur import blurred
from vfx_ai.fill.masks import box_sum


def blotches(height: int, width: int) -> torch.Tensor:
    """[2, H, W]: as much of each size as of any other, of a standard deviation of 1."""
    draw = torch.Generator().manual_seed(5)
    picture = torch.zeros((2, height, width))
    for size in (1, 2, 4, 8, 16, 32):
        small = torch.randn((1, 2, -(-height // size), -(-width // size)), generator=draw)
        picture += F.interpolate(small, size=(height, width), mode="bilinear", align_corners=False)[0]
    return picture / picture.std()


@pytest.mark.parametrize("sigma", [2.0, 11.9, 12.5, 17.3, 41.0])
@pytest.mark.parametrize("size", [(90, 161), (96, 168)])
def test_a_blur_is_a_gaussian_s_also_at_the_border(sigma: float, size: tuple[int, int]) -> None:
    picture = blotches(*size)
    span = 2 * int(-(-3 * sigma // 1)) + 1
    wide = F.pad(picture, (span, span, span, span)).permute(1, 2, 0).numpy()
    exact = torch.from_numpy(cv2.GaussianBlur(wide, (span, span), sigma)).permute(2, 0, 1)
    off = blurred(picture, sigma) - exact[:, span:-span, span:-span]
    assert float(off.square().mean().sqrt()) < 1e-3 and float(off.abs().max()) < 1e-2


def test_a_blur_costs_by_the_picture_s_area_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    real = F.conv2d

    def counted(picture: torch.Tensor, kernel: torch.Tensor, **words: object) -> torch.Tensor:
        steps.append(picture.numel() * kernel.numel())
        return real(picture, kernel, **words)

    monkeypatch.setattr(blur.F, "conv2d", counted)
    costs = []
    for times in (1, 2, 4, 8):  # a picture twice as wide is blurred twice as broadly
        steps.clear()
        blurred(torch.zeros((1, 40 * times, 64 * times)), 9.0 * times)
        costs.append(sum(steps) / times**2)
    assert max(costs) <= 1.2 * costs[0], costs


@pytest.mark.parametrize("size", [65, 71, 127, 129, 209])
def test_a_sum_over_a_large_square_is_the_sum_over_it(size: int) -> None:
    picture = blotches(70, 110)
    expected = F.avg_pool2d(picture[None].double(), size, 1, size // 2, divisor_override=1)[0]
    assert torch.allclose(box_sum(picture, size).double(), expected, atol=1e-2, rtol=1e-5)
