"""The background's motion where the matte hides it."""

from __future__ import annotations

import numpy as np
import pytest
import rendered
import torch
from rendered import open_shot, prepared, render

from vfx_ai.motion.membrane import membrane
from vfx_ai.motion.sampling import pixel_grid

HORIZON = 20.0


def pole(folder):
    """A camera that travels past a floor, behind a pole that is fixed on the screen and stands on the fast floor."""
    shot = render(folder, rendered.travelling(HORIZON), frames=10, size=(64, 96))
    for number in shot.numbers:
        matte = np.zeros((64, 96), np.float32)
        matte[24:60, 40:56] = 1
        rendered.save(folder / f"matte.{number}.exr", {"A": matte})
    return open_shot(shot)


@pytest.fixture(scope="module")
def behind_the_pole(tmp_path_factory):
    """Errors of the completed motion behind the pole, in pixels per step, and those of a membrane across it."""
    folder = tmp_path_factory.mktemp("pole")
    shot = pole(folder)
    _, motion = prepared(shot, "flow", folder / "analysis")
    grid = pixel_grid((64, 96), torch.device("cpu"))
    speed = torch.from_numpy(rendered.speed(np.mgrid[0:64, 0:96][0].astype(float), HORIZON)).float()
    carried, spanned = {}, []
    for number in shot.numbers[:-1]:
        hole = shot.view(number).hole
        truth = torch.stack([-speed, torch.zeros_like(speed)])
        found = motion.advance(number, 1, grid)[0] - grid
        carried[number] = (found - truth).norm(dim=0)[hole]
        across = membrane(found, ~hole, torch.ones_like(hole))
        spanned.append((across - truth).norm(dim=0)[hole])
    return carried, torch.cat(spanned)


def test_motion_behind_a_pole_fixed_on_the_screen_is_that_of_the_background(behind_the_pole):
    carried, _ = behind_the_pole
    for number, error in carried.items():
        assert float(error.median()) < 0.2, f"frame {number}"


def test_motion_pinned_from_both_sides_is_better_than_one_smeared_in_from_the_edge(behind_the_pole):
    carried, spanned = behind_the_pole
    assert float(torch.cat(list(carried.values())).mean()) < 0.7 * float(spanned.mean())


def test_where_nothing_is_hidden_motion_is_measured_and_not_guessed(tmp_path):
    shot = open_shot(render(tmp_path, rendered.travelling(HORIZON), frames=4))
    _, motion = prepared(shot, "flow", tmp_path / "analysis")
    _, age = motion.advance(1002, 1, pixel_grid((64, 96), torch.device("cpu")))
    for beside in (slice(8, 18), slice(80, 90)):
        assert float((age[26:38, beside] < 0.01).float().mean()) > 0.95
    assert float(age[shot.view(1002).hole].min()) > 0.5


def test_exposure_is_carried_along_from_frame_to_frame(tmp_path):
    gains = [(1, 1, 1), (2, 2, 2), (2, 1, 0.5), (0.5, 0.5, 0.5)]
    shot = open_shot(render(tmp_path, rendered.travelling(HORIZON), frames=4, gain=lambda t: gains[t]))
    _, motion = prepared(shot, "flow", tmp_path / "analysis")
    for a in range(4):
        for b in range(4):
            wanted = torch.tensor(gains[a]) / torch.tensor(gains[b])
            assert torch.allclose(motion.gain(1001 + a, 1001 + b), wanted, rtol=0.03)
