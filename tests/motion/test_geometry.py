"""How frames of a camera see each other's points."""

from __future__ import annotations

import numpy as np
import torch
from cameras import NUMBERS, moving_camera, seen_points

from vfx_ai.motion.geometry import depth_ratio


def test_a_depth_from_another_frame_becomes_the_depth_from_this_one():
    camera = moving_camera()
    here, there = NUMBERS[2], NUMBERS[5]
    points = seen_points(camera, here)
    depths = [camera.rotation[i] @ points.T + camera.translation[i][:, None] for i in (2, 5)]
    near, far = (torch.from_numpy(depth[2].astype(np.float32)) for depth in depths)
    flat = depths[0][:2] / depths[0][2] * camera.focal[2][:, None] + camera.center[2][:, None]
    ratio = depth_ratio(camera, here, there, torch.from_numpy(flat.astype(np.float32)), 1 / near)
    before = far > 0
    assert int(before.sum()) > 50 and float((far / near - 1).abs()[before].max()) > 0.2
    assert torch.allclose((ratio * far)[before], near[before], rtol=1e-3)
    assert (ratio[~before] == 1).all()
    assert (depth_ratio(camera, here, there, torch.zeros(2, 3), torch.zeros(3)) == 1).all()
