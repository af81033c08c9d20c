"""The one place where a fill becomes part of its plate."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rendered import FIRST, Rendered, open_shot, rgb, save

from vfx_ai.fill import OTHER_FRAME
from vfx_ai.fill.contract import Fill
from vfx_ai.finish.composite import composite
from vfx_ai.media.frame import Window

HEIGHT, WIDTH = 6, 12


@pytest.fixture
def laid(tmp_path):
    """laid(plate, matte, fill light) -> the patch; all over the picture."""

    def made(plate, matte, light, at=(0, 0)):
        planes = rgb(np.broadcast_to(plate, (HEIGHT, WIDTH, 3)))
        full = (WIDTH + 10, HEIGHT + 10)
        save(tmp_path / f"plate.{FIRST}.exr", planes, at, full)
        save(tmp_path / f"matte.{FIRST}.exr", {"A": np.broadcast_to(np.float32(matte), (HEIGHT, WIDTH))}, at, full)
        shot = open_shot(Rendered(tmp_path, (FIRST,), {}, {}))
        whole = Window(0, 0, WIDTH, HEIGHT)
        size = (HEIGHT, WIDTH)
        scene = torch.as_tensor(light, dtype=torch.float32).broadcast_to((HEIGHT, WIDTH, 3)).permute(2, 0, 1)
        fill = Fill(
            FIRST,
            whole,
            scene,
            torch.full(size, OTHER_FRAME, dtype=torch.uint8),
            torch.full(size, 0.5),
            torch.zeros(size, dtype=torch.bool),
            torch.zeros((3, *size)),
            torch.ones((3, *size)),
        )
        return composite(shot, fill)

    return made


def steps():
    """A matte from 0 to 1 across the columns."""
    return np.linspace(0, 1, WIDTH, dtype=np.float32)[None].repeat(HEIGHT, 0)


def test_a_pixel_whose_matte_is_nothing_is_not_in_the_patch(laid):
    patch = laid(0.5, steps(), 9.0)
    assert not patch.hole[:, 0].any() and patch.hole[:, 1:].all()
    assert (patch.source[:, 0] == 0).all() and (patch.confidence[:, 0] == 1).all()
    assert (patch.source[:, 1:] == OTHER_FRAME).all() and (patch.confidence[:, 1:] == 0.5).all()


def test_the_smallest_matte_value_counts_as_hole(laid):
    assert laid(0.5, 1e-6, 9.0).hole.all()


def test_where_the_matte_is_full_the_fill_stands_alone_and_above_one_stays_above_one(laid):
    patch = laid(0.5, 1.0, 60.0)
    assert (patch.pixels == 60).all()


def test_nothing_of_the_object_is_left_where_it_covers_a_pixel_in_part(laid):
    patch = laid(8.0, steps(), 0.5)
    assert np.allclose(patch.pixels[patch.hole], 0.5, rtol=1e-4)


def test_a_soft_edge_over_clean_background_goes_over_softly(laid):
    patch = laid(1.0, steps(), 1.01)
    share = (patch.pixels[0, 1:, 0] - 1.0) / 0.01
    assert (np.diff(share) > 0).all() and share[0] < 0.3 and share[-1] == pytest.approx(1, abs=0.01)


def test_negative_light_is_not_clamped(laid):
    assert (laid(0.5, 1.0, -0.25).pixels == -0.25).all()


def test_nan_of_the_plate_does_not_come_through_a_soft_edge(laid):
    patch = laid(np.nan, 0.5, 0.75)
    assert (patch.pixels == 0.75).all()


def test_the_patch_lies_where_the_data_window_does(laid):
    patch = laid(0.5, 1.0, 2.0, at=(-3, 5))
    assert patch.window == Window(-3, 5, WIDTH - 3, HEIGHT + 5)
