"""Points of the world for a camera that came without any: from matches of its frames."""

from __future__ import annotations

import numpy as np
import torch
from rendered import travelling_camera

from vfx_ai.motion import points
from vfx_ai.motion.homography import Features

NUMBERS, SIZE = tuple(range(1001, 1013)), (180, 320)
CAMERA = travelling_camera(NUMBERS, SIZE, 60.0)


class Numbered:
    """Stands for a shot: its pictures are their frames' numbers."""

    def small(self, number: int) -> tuple[torch.Tensor, torch.Tensor]:
        return torch.full((3, 1, 1), float(number)), torch.ones((1, 1), dtype=torch.bool)


def found_by(monkeypatch, numbers, wrong: int = 0) -> np.ndarray:
    """Inverse depths in the first frame of the points that are found of 400 between depths 4 and 8.

    In other frames than the first of each pair a pattern takes the last `wrong` of them for their like, always as far
    beside: along the camera's path, where two frames can't tell.
    """
    rng = np.random.default_rng(3)
    world = rng.uniform((-3, -1, 4), (3, 1, 8), (400, 3))
    descriptors = rng.integers(0, 256, (400, 128)).astype(np.uint8)
    firsts = {numbers[i] for i in np.unique(np.linspace(0, len(numbers) - 1, points.PROBES).round().astype(int))}

    def features(compared: torch.Tensor, _seen: object) -> Features:
        number = int(compared[0, 0, 0])
        at, _ = CAMERA.project(number, world)
        if number not in firsts:
            at[400 - wrong :, 0] -= 25
        return Features(at.astype(np.float32), descriptors)

    monkeypatch.setattr(points, "find_features", features)
    made = points.triangulated(Numbered(), CAMERA, list(numbers))
    _, depth = CAMERA.project(1001, made)
    return 1 / depth


def test_points_lie_where_they_are(monkeypatch):
    inverse = found_by(monkeypatch, NUMBERS)
    assert len(inverse) > 1000
    assert inverse.min() > 1 / 8.2 and inverse.max() < 1 / 3.9


def test_a_pattern_that_repeats_along_the_path_makes_no_points(monkeypatch):
    inverse = found_by(monkeypatch, NUMBERS, wrong=80)
    assert len(inverse) > 1000
    assert inverse.min() > 1 / 8.2 and inverse.max() < 1 / 3.9


def test_two_frames_are_believed_where_there_is_no_third(monkeypatch):
    inverse = found_by(monkeypatch, NUMBERS[:2])
    assert len(inverse) > 300
    assert inverse.min() > 1 / 8.2 and inverse.max() < 1 / 3.9
