"""A frame as an ideal lens would have seen it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import rendered
import torch
from rendered import open_shot, render, travelling_camera

from vfx_ai.media.frame import Window
from vfx_ai.motion.depths import Depths, Sweep, save_depth
from vfx_ai.motion.geometry import real
from vfx_ai.motion.ideal_picture import ideal_picture
from vfx_ai.motion.rims import STAINED, rims

SIZE, HORIZON = (64, 96), 32.0
BENT = np.tile([0.25, 0.0], (3, 1))  # by four pixels at a corner


def bent_shot(folder):
    shot = open_shot(render(folder, rendered.travelling(HORIZON, [(80, 20)]), frames=3, size=SIZE))
    return shot, replace(travelling_camera(shot.numbers, SIZE, HORIZON), distortion=BENT)


def test_without_distortion_it_is_the_frame_itself(tmp_path):
    shot, bent = bent_shot(tmp_path)
    features, seen = ideal_picture(shot, replace(bent, distortion=np.zeros((3, 2))), 1002)
    assert torch.equal(features, shot.small(1002)[0]) and torch.equal(seen, shot.small(1002)[1])


def test_a_lamp_lies_where_an_ideal_lens_would_have_shown_it(tmp_path):
    shot, bent = bent_shot(tmp_path)
    there, was = (picture[0].argmax() for picture in (ideal_picture(shot, bent, 1002)[0], shot.small(1002)[0]))
    assert there != was
    ideal, seen = (torch.stack([index % SIZE[1], index // SIZE[1]]).float() for index in (there, was))
    assert (real(bent, 1002, ideal[:, None])[:, 0] - seen).abs().max() < 2.5  # the lamp is five pixels wide


def test_rims_are_sought_where_depth_lies(tmp_path):
    """The light of a lamp is in the distorted picture, its depth in the ideal one."""
    shot, bent = bent_shot(tmp_path)
    luma = ideal_picture(shot, bent, 1002)[0][0]
    lamp = luma > 9
    sweep = Sweep(0.01, 0.05, 41)
    inverse = torch.where(lamp, 0.04, 0.02)
    box = Window(0, 0, *SIZE[::-1])
    (tmp_path / "depth").mkdir()
    save_depth(tmp_path / "depth" / "1002.npz", box, inverse, torch.ones(SIZE), sweep)
    np.save(tmp_path / "depth" / "sweep.npy", np.array([sweep.far, sweep.near, sweep.count]))
    found = Depths(shot, tmp_path / "depth").rims(1002, bent)
    ideal, straight = (rims(inverse, torch.ones(SIZE), light, sweep.step) for light in (luma, shot.small(1002)[0][0]))
    assert (ideal == STAINED).any() and not torch.equal(ideal, straight)
    assert torch.equal(found, ideal)
