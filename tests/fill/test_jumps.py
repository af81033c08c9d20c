"""Beside edges in depth a hidden pixel goes the way of the thing that it belongs to."""

from __future__ import annotations

from statistics import mean

import numpy as np
import pytest
import torch
from rendered import Rendered, load_rgb, open_shot, prepared, psnr, render, waves

from vfx_ai.fill import flow
from vfx_ai.fill.jumps import sorted_out
from vfx_ai.fill.looks import Look
from vfx_ai.job import Job
from vfx_ai.motion.sampling import pixel_grid
from vfx_ai.run import run

SLABS, HALF = (30, 110, 190), 20  # where near slabs stand, and half their width, in pixels


def slabs(x, y, t):
    """Near slabs that pass by before a far wall."""
    light = waves(x + 0.5 * t, y, 3)
    for middle in SLABS:
        cover = (np.clip(HALF + 0.5 - np.abs(x - middle + 3.0 * t), 0, 1) * np.clip(y - 25, 0, 1))[..., None]
        light = light * (1 - cover) + waves(x + 3.0 * t, y, 5) * cover
    return light


@pytest.fixture(scope="module")
def shot(tmp_path_factory) -> Rendered:
    folder = tmp_path_factory.mktemp("slabs")
    return render(folder, slabs, frames=10, size=(96, 150), ball=lambda t: (40 + 8.0 * t, 50.0), radius=18, noise=0.02)


def decibels(shot: Rendered, name: str) -> float:
    out = shot.folder / name
    run(Job(shot.plate, shot.matte, str(out / "clean.####.exr"), engine="flow", grain="none"))
    return mean(psnr(load_rgb(out / f"clean.{n}.exr"), shot.clean[n], shot.mattes[n] >= 0.5) for n in shot.numbers)


def test_edges_in_depth_come_nearer_to_the_truth(shot, monkeypatch):
    better = decibels(shot, "sorted")
    monkeypatch.setattr(flow, "sorted_out", lambda _shot, _hole, past, future, _gain: (past, future))
    assert better > decibels(shot, "as_followed") + 0.3


def test_a_pixel_with_the_motion_of_the_wrong_thing_takes_its_neighbors(shot, tmp_path):
    known = open_shot(shot)
    prepared(known, "flow", tmp_path)
    index = 5
    grid = pixel_grid((96, 150), known.device)
    # The wall alone, above the slabs, far from the object; right of x = 60 it is taken for a slab.
    hole = torch.zeros((96, 150), dtype=torch.bool)
    hole[6:20, 56:66] = True
    wrong = (grid[0] >= 60) & hole

    def look(sign: int) -> Look:
        steps = torch.where(wrong, -3.0, -0.5) * sign
        frame = torch.full((96, 150), index + sign)
        away, guessed = torch.ones((96, 150)), torch.zeros_like(hole)
        return Look(torch.stack([grid[0] + steps, grid[1]]), frame, away, guessed, guessed)

    past, future = sorted_out(known, hole, [look(-1)], [look(1)], lambda _n: torch.ones(3))
    inner = hole & (grid[0] < 64)
    for sign, (side,) in ((-1, past), (1, future)):
        moved = (side.positions - grid)[0][inner] * sign
        assert (moved + 0.5).abs().lt(0.01).float().mean() > 0.95


def test_where_nothing_jumps_every_pixel_goes_its_own_way(shot):
    known = open_shot(shot)
    grid = pixel_grid((96, 150), known.device)
    flat = torch.zeros((96, 150))
    looks = [
        [Look(grid + 0.25 * sign, torch.full((96, 150), 5 + sign), flat + 1, flat > 0, flat > 0)] for sign in (-1, 1)
    ]
    past, future = sorted_out(known, flat == 0, *looks, lambda _n: torch.ones(3))
    assert past is looks[0] and future is looks[1]
