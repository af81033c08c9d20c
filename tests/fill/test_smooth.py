"""The last resort: a smooth surface in log light."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rendered import FIRST, open_shot, render

from vfx_ai.fill import OTHER_FRAME, SMOOTH
from vfx_ai.fill.contract import Fill
from vfx_ai.fill.smooth import complete
from vfx_ai.media.frame import Window


def ramp(x, y, _t):
    return np.exp2(np.stack([x / 12 - 3, y / 8 - 2, (x + y) / 20], -1))


def nothing_reached(shot, box):
    shape = (box.height, box.width)
    return Fill(
        FIRST,
        box,
        torch.full((3, *shape), torch.nan),
        torch.zeros(shape, dtype=torch.uint8),
        torch.zeros(shape),
        torch.ones(shape, dtype=torch.bool),
        torch.zeros((3, *shape)),
        torch.ones((3, *shape)),
    )


@pytest.fixture
def shot(tmp_path):
    return open_shot(render(tmp_path, ramp, frames=1, size=(32, 48), ball=lambda t: (24.0, 16.0)))


def test_light_that_changes_evenly_in_stops_goes_on_through_the_hole(shot):
    box = Window(10, 4, 40, 28)
    hole = shot.view(FIRST).hole[box.slices(shot.canvas)]
    fill = complete(shot, nothing_reached(shot, box), hole)
    y, x = np.mgrid[4:28, 10:40].astype(float)
    truth = torch.from_numpy(ramp(x, y, 0)).permute(2, 0, 1)
    assert float((fill.scene.log2() - truth.log2())[:, hole].abs().max()) < 0.1
    assert bool((fill.source[hole] == SMOOTH).all()) and bool((fill.confidence[hole] == 0).all())
    assert bool((fill.source[~hole] == 0).all())


def test_it_stays_between_the_darkest_and_the_brightest_around_it_and_never_goes_below_zero(tmp_path):
    shot = open_shot(
        render(
            tmp_path,
            lambda x, y, t: np.where(x < 24, 0.001, 60.0)[..., None].repeat(3, -1),
            frames=1,
            size=(32, 48),
            ball=lambda t: (24.0, 16.0),
        )
    )
    whole = Window(0, 0, 48, 32)
    hole = shot.view(FIRST).hole
    filled = complete(shot, nothing_reached(shot, whole), hole).scene[:, hole]
    assert float(filled.min()) >= 0.0009 and float(filled.max()) <= 60.5


def test_what_the_engine_reached_is_kept_and_leads_the_surface(shot):
    whole = Window(0, 0, 48, 32)
    hole, fill = shot.view(FIRST).hole, nothing_reached(shot, whole)
    fill.source[16, 24], fill.scene[:, 16, 24], fill.confidence[16, 24] = OTHER_FRAME, 50.0, 0.9
    done = complete(shot, fill, hole)
    assert int(done.source[16, 24]) == OTHER_FRAME and float(done.confidence[16, 24]) == pytest.approx(0.9)
    assert bool((done.scene[:, 16, 24] == 50).all())
    without = complete(shot, nothing_reached(shot, whole), hole)
    assert bool((done.scene[:, 16, 25] > 2 * without.scene[:, 16, 25]).all())


def test_a_hole_with_nothing_around_it_gets_the_pictures_middle_light(tmp_path):
    shot = open_shot(render(tmp_path, ramp, frames=1, size=(32, 48), ball=lambda t: (0.0, 16.0)))
    box = Window(0, 12, 6, 20)  # all of it within the hole
    hole = torch.ones((8, 6), dtype=torch.bool)
    done = complete(shot, nothing_reached(shot, box), hole)
    assert bool(torch.isfinite(done.scene).all()) and bool((done.source == SMOOTH).all())


def test_a_picture_of_nan_alone_is_filled_with_something_finite(tmp_path):
    everywhere = [(x, y) for x in range(12) for y in range(8)]
    shot = open_shot(
        render(tmp_path, ramp, frames=1, size=(8, 12), nan=lambda t: everywhere, radius=1.0, ball=lambda t: (6.0, 4.0))
    )
    whole = Window(0, 0, 12, 8)
    done = complete(shot, nothing_reached(shot, whole), shot.view(FIRST).hole)
    assert bool(torch.isfinite(done.scene[:, shot.view(FIRST).hole]).all())
