"""A frame as an ideal lens would have seen it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import rendered
import torch
from rendered import open_shot, render, travelling_camera

from vfx_ai.motion.geometry import real
from vfx_ai.motion.ideal_picture import ideal_picture

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
