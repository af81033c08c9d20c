"""What lies beside something nearer in a frame that lends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import rendered
import torch
from rendered import open_shot, render, travelling_camera

from vfx_ai.fill.fused import Ready, nothing_found
from vfx_ai.fill.rims import BESIDE, STAINED, rims, rims_of
from vfx_ai.media.frame import Window
from vfx_ai.motion.depths import Depth, Depths, Sweep
from vfx_ai.motion.ideal_picture import ideal_picture

SIZE, WALL, LAMP, SWEEP = (64, 96), 0.02, 0.04, Sweep(0.01, 0.05, 41)
THING = (slice(15, 25), slice(25, 33))


def light_of() -> torch.Tensor:
    """A wall at 2 stops and a thing at 9."""
    luma = torch.full(SIZE, 2.0)
    luma[THING] = 9.0
    return luma


@pytest.mark.parametrize("light", [9.0, 2.0])
def test_a_pixel_beside_a_lamp_is_a_rim_and_one_that_its_light_reached_is_stained(light):
    inverse, luma = torch.full(SIZE, WALL), light_of()
    inverse[THING] = LAMP
    luma[THING] = light
    luma[THING[0], 33] = (2 * light + 2) / 3  # a mixed column, at the wall's depth
    found = rims(inverse, torch.ones(SIZE), luma, SWEEP.step)
    assert (found[THING[0], 33] == (STAINED if light > 2 else BESIDE)).all()
    assert (found[THING[0], 24] == BESIDE).all(), "a clean pixel on the other side"
    assert not found[THING].any() and not found[:, :24].any() and not found[:, 34:].any()


def test_the_rim_of_what_nobody_believes_is_none():
    inverse = torch.full(SIZE, WALL)
    inverse[THING] = LAMP
    trust = torch.ones(SIZE)
    trust[THING] = 0.0
    assert not rims(inverse, trust, light_of(), SWEEP.step).any()


def test_rims_are_sought_where_depth_lies(tmp_path):
    """The light of a lamp is in the distorted picture, its depth in the ideal one."""
    shot = open_shot(render(tmp_path, rendered.travelling(32.0, [(80, 20)]), frames=3, size=SIZE))
    bent = replace(travelling_camera(shot.numbers, SIZE, 32.0), distortion=np.tile([0.25, 0.0], (3, 1)))
    luma = ideal_picture(shot, bent, 1002)[0][0]
    inverse = torch.where(luma > 9, LAMP, WALL)
    depth = Depth(Window(0, 0, *SIZE[::-1]), inverse, torch.ones(SIZE))
    (tmp_path / "depth").mkdir()
    np.save(tmp_path / "depth" / "sweep.npy", np.array([SWEEP.far, SWEEP.near, SWEEP.count]))
    known = Ready(bent, bent, Depths(shot, tmp_path / "depth"), *nothing_found(shot), None)
    ideal, straight = (rims(inverse, depth.trust, light, SWEEP.step) for light in (luma, shot.small(1002)[0][0]))
    assert (ideal == STAINED).any() and not torch.equal(ideal, straight)
    assert torch.equal(rims_of(shot, known, 1002, depth), ideal)
