"""Where in a picture a click is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest


def test_a_click_is_at_the_pixel_whose_upper_left_one_is_0_0(plain):
    # A picture of 40 x 20 pixels, drawn five times as large with its lower left corner at 30, 10 of the region.
    region = SimpleNamespace(
        view2d=SimpleNamespace(
            region_to_view=lambda x, y: ((x - 30) / 200, (y - 10) / 100),
            view_to_region=lambda x, y, clip: (x * 200 + 30, y * 100 + 10),
        )
    )
    clicking = plain["clicking"]
    for at, pixel in (((32.5, 107.5), (0, 0)), ((227.5, 12.5), (39, 19)), ((132.5, 57.5), (20, 10))):
        assert clicking.to_pixels(region, *at, (40, 20)) == pytest.approx(pixel)
        assert clicking.to_region(region, *pixel, (40, 20)) == pytest.approx(at)
