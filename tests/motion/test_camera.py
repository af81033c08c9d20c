"""How the camera moves as a whole: standing still, turning, or something else."""

from __future__ import annotations

import json

import numpy as np
import pytest
import rendered
import torch
from rendered import open_shot, render

from vfx_ai.motion.homography import (
    farthest_move,
    find_features,
    homography_positions,
    inverse,
    match_homography,
    refine_homography,
    scaled,
)
from vfx_ai.motion.sampling import pixel_grid
from vfx_ai.motion.survey import Motion, align, survey


def surveyed(folder, scene, **options):
    shot = open_shot(render(folder, scene, **{"frames": 5, **options}))
    return shot, survey(shot, lambda _done, _total: None)


def true_turn(a: int, b: int) -> np.ndarray:
    matrix = np.linalg.inv(rendered.turn(b)) @ rendered.turn(a)
    return matrix / matrix[2, 2]


def apart(one: np.ndarray, two: np.ndarray, *, margin=0) -> float:
    """The largest distance, in pixels, of where two homographies carry the same pixel of a picture of 96 x 64."""
    grid = pixel_grid((64 - 2 * margin, 96 - 2 * margin), torch.device("cpu"), margin, margin)
    return float((homography_positions(one, grid) - homography_positions(two, grid)).norm(dim=0).max())


def test_a_camera_on_sticks_is_locked_whatever_crosses_its_picture(tmp_path):
    def bird(clean, x, y, t):
        cover = rendered.disc(x, y, (84.0 - 9 * t, 12.0), 6.0)[..., None]
        return clean * (1 - cover) + 6.0 * cover

    _, motion = surveyed(tmp_path, rendered.locked(), extra=bird, noise=0.03, gain=lambda t: (1 + 0.1 * t,) * 3)
    assert motion.kind == "locked" and motion.farthest < 0.2
    assert np.array_equal(motion.between(1001, 1005), np.eye(3))


@pytest.mark.parametrize("pan", [0.15, 1.0, 6.0])
def test_a_camera_that_pans_is_not_locked(pan, tmp_path):
    _, motion = surveyed(tmp_path, lambda x, y, t: rendered.wall(x + pan * t, y))
    assert motion.kind == "moving" and motion.farthest > 2 * pan


def test_a_turn_is_found_to_a_twentieth_of_a_pixel_between_any_two_frames(tmp_path):
    shot, motion = surveyed(tmp_path, rendered.turning())
    assert motion.unknown == ()
    assert apart(motion.between(1001, 1002), true_turn(0, 1)) < 0.05
    for first, second in ((1001, 1005), (1004, 1002)):
        found = align(shot, motion, first, second)
        assert apart(found, true_turn(first - 1001, second - 1001), margin=16) < 0.05  # both show what is there


def test_a_jump_between_frames_is_found_by_its_features(tmp_path):
    _, motion = surveyed(
        tmp_path,
        lambda x, y, t: rendered.wall(x + (0, 3, 33)[t], y),
        frames=3,
        size=(96, 160),
        ball=lambda t: (80.0, 50.0),
        radius=10.0,
    )
    assert motion.between(1002, 1003)[0, 2] == pytest.approx(-30, abs=0.1)


def test_there_and_back_is_where_it_began(tmp_path):
    _, motion = surveyed(tmp_path, rendered.turning())
    assert apart(motion.between(1001, 1004) @ motion.between(1004, 1001), np.eye(3)) < 1e-3


def test_a_survey_read_back_from_json_has_the_same_bits(tmp_path):
    _, motion = surveyed(tmp_path, rendered.turning())
    again = Motion.from_dict(json.loads(json.dumps(motion.to_dict())))
    assert (again.kind, again.numbers, again.unknown, again.farthest) == (
        motion.kind,
        motion.numbers,
        motion.unknown,
        motion.farthest,
    )
    assert all(np.array_equal(a, b) for a, b in zip(again.steps, motion.steps, strict=True))


def test_a_homography_at_another_size_means_the_same():
    matrix = true_turn(0, 3)
    small = scaled(matrix, 0.5)
    at = torch.tensor([[[10.0]], [[20.0]]])
    large = homography_positions(matrix, at)
    assert torch.allclose((homography_positions(small, (at + 0.5) / 2 - 0.5) + 0.5) * 2 - 0.5, large, atol=1e-3)
    assert apart(scaled(small, 2.0), matrix) < 1e-4
    assert apart(inverse(matrix) @ matrix, np.eye(3)) < 1e-4


def test_the_corner_that_moves_most_counts():
    assert farthest_move(np.array([[1, 0, 3.0], [0, 1, 4.0], [0, 0, 1]]), 50, 80) == pytest.approx(5)


def test_a_picture_without_features_is_no_match_rather_than_a_crash():
    grey = torch.zeros((3, 40, 60))
    seen = np.ones((40, 60), bool)
    found = find_features(grey, seen)
    assert len(found.positions) == 0 and match_homography(found, found) is None
    assert match_homography(find_features(grey, ~seen), found) is None
    start = true_turn(0, 1)
    assert np.isfinite(refine_homography(grey, grey, *(torch.from_numpy(seen),) * 2, start)).all()


def test_light_without_a_number_has_no_features_and_no_warning():
    """A warning would be an error here."""
    compared, seen = torch.full((3, 48, 64), torch.inf), np.ones((48, 64), np.bool_)
    assert len(find_features(compared, seen).positions) == 0
    compared[:, :24] = 0.5
    compared[:, ::3] = torch.nan
    assert find_features(compared, seen).positions.shape[1] == 2
