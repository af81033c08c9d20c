"""Dense motion between two frames."""

from __future__ import annotations

import numpy as np
import pytest
import rendered
import torch

from vfx_ai.media.color import in_stops
from vfx_ai.motion.flow import dense_flow


def pictures(scene, times=(0, 1), size=(64, 96), gain=1.0):
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(float)
    lights = [torch.from_numpy(scene(x, y, t)).permute(2, 0, 1).float() for t in times]
    return in_stops(lights[0]), in_stops(lights[1] * gain)


def everywhere(size=(64, 96)):
    return torch.ones(size, dtype=torch.bool)


def inner(picture, margin=6):
    return picture[..., margin:-margin, margin:-margin]


@pytest.mark.parametrize("shift", [(0.3, 0.0), (-1.7, 0.4), (2.4, -1.25)])
def test_a_shift_is_found_to_a_tenth_of_a_pixel(shift):
    def scene(x, y, t):
        return rendered.wall(x - shift[0] * t, y - shift[1] * t)

    flow = dense_flow(*pictures(scene), everywhere(), everywhere())
    error = inner(flow - torch.tensor(shift)[:, None, None]).norm(dim=0)
    assert float(error.median()) < 0.05 and float(error.quantile(0.95)) < 0.2


def test_motion_that_grows_towards_the_camera_is_followed():
    flow = dense_flow(*pictures(rendered.travelling(32.0)), everywhere(), everywhere())
    y, _ = np.mgrid[0:64, 0:96].astype(float)
    truth = torch.from_numpy(np.stack([-rendered.speed(y, 32.0), 0 * y])).float()
    assert float(inner(flow - truth).norm(dim=0).quantile(0.95)) < 0.3


def test_nothing_moves_where_nothing_does():
    flow = dense_flow(*pictures(rendered.locked()), everywhere(), everywhere())
    assert float(flow.abs().max()) < 0.02


def test_what_is_hidden_does_not_pull_the_background_along():
    first, second = pictures(rendered.locked())
    seen = everywhere()
    seen[20:44, 30:60] = False
    second = second.clone()
    second[:, 20:44, 30:60] = torch.roll(second[:, 20:44, 30:60], 5, -1)
    flow = dense_flow(first, second, seen, seen)
    assert float(flow.norm(dim=0).max()) < 0.2


def test_a_start_brings_a_far_motion_into_reach():
    def scene(x, y, t):
        return rendered.wall(x - 24.5 * t, y)

    start = torch.zeros((2, 64, 96))
    start[0] = 23.0
    flow = dense_flow(*pictures(scene), everywhere(), everywhere(), start)
    error = (flow - torch.tensor([24.5, 0.0])[:, None, None])[:, 8:-8, 8:60].norm(dim=0)
    assert float(error.median()) < 0.1


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (8, 8), (33, 57)])
def test_any_size_gives_finite_motion(size):
    first, second = pictures(rendered.travelling(20.0), size=size)
    flow = dense_flow(first, second, everywhere(size), everywhere(size))
    assert flow.shape == (2, *size) and bool(torch.isfinite(flow).all())


def test_frames_that_show_nothing_give_finite_motion():
    first, second = pictures(rendered.locked())
    assert bool(torch.isfinite(dense_flow(first, second, ~everywhere(), ~everywhere())).all())
