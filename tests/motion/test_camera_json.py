"""Cameras in the project's own JSON: to the last digit, for any size of the plate, and strict."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import cameras
import numpy as np
import pytest
from cameras import DISPLAY, NUMBERS, farthest_apart, moving_camera

from vfx_ai.errors import InputError
from vfx_ai.media.frame import Window
from vfx_ai.motion.camera_files import read_camera, write_camera

SMALL = Window(0, 0, 200, 100)  # with a field of view of 90 degrees its focal length is 50 pixels


def test_json_keeps_every_digit_of_the_lens_and_the_points(tmp_path):
    camera, file = moving_camera(distortion=(-0.06, 0.01), shift=(0.5, 2.0)), tmp_path / "camera.json"
    camera = replace(camera, focal=camera.focal * np.array([1.01, 0.993]))
    write_camera(camera, file, DISPLAY, DISPLAY)
    again = read_camera(file, NUMBERS, DISPLAY, DISPLAY)
    for name in ("focal", "center", "distortion", "rotation", "points", "residual"):
        assert np.array_equal(getattr(again, name), getattr(camera, name)), name
    assert np.allclose(again.translation, camera.translation, rtol=0, atol=1e-14)


def told(**changes):
    """A JSON camera of one frame as plain types, with changes; None takes a key away."""
    pose = {"camera_to_world": np.eye(4).tolist(), "focal": [50, 50]}
    data = {"format": "vfx-ai camera", "schema": 1, "display_window": [0, 0, 200, 100], "frames": {"7": pose}}
    return {key: value for key, value in {**data, **changes}.items() if value is not None}


def posed(**changes):
    pose = {"camera_to_world": np.eye(4).tolist(), "focal": [50, 50], **changes}
    return told(frames={"7": {key: value for key, value in pose.items() if value is not None}})


def matrix_with(row, column, value):
    matrix = np.eye(4)
    matrix[row, column] = value
    return matrix.tolist()


def test_the_shortest_json_camera_is_an_ideal_lens_in_the_middle(tmp_path):
    file = tmp_path / "camera.json"
    file.write_text(json.dumps(told()))
    at, _ = read_camera(file, (7,), SMALL, SMALL).project(7, np.array([[1.0, 2, -10]]))
    assert at[0] == pytest.approx([104.5, 39.5])


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ([], "the file is no object"),
        (told(format=None), "the file lacks 'format'"),
        (told(format="job"), "the file's format is 'job'"),
        (told(schema=2), "has schema 2"),
        (told(colour=1), "the file has an unknown 'colour'"),
        (told(frames={}), "no frames"),
        (told(frames=[1]), "no frames"),
        (told(frames={"seven": {}}), "'seven' is no frame number"),
        (told(frames={"7": 1}), "frame 7 is no object"),
        (told(display_window=[0, 0, 200]), "display_window is not 4 finite numbers"),
        (told(display_window=[0, 0, 0, 100]), "makes no sense"),
        (told(pixel_aspect=0), "makes no sense"),
        (told(pixel_aspect="square"), "pixel_aspect is not a finite number"),
        (told(points=[[1, 2]]), "points is not n x 3 finite numbers"),
        (told(points=[[1, 2, 3], [1]]), "points is not n x 3 finite numbers"),
        (told(residual=None, points=None, display_window=[0, 0, 200, 150]), "of another shape"),
        (posed(focal=None), "frame 7 lacks 'focal'"),
        (posed(fokal=[1, 1]), "frame 7 has an unknown 'fokal'"),
        (posed(focal=50), "focal of frame 7 is not 2 finite numbers"),
        (posed(focal=[50, 0]), "focal of frame 7 is not above 0"),
        (posed(focal=["50", "50"]), "focal of frame 7 is not 2 finite numbers"),
        (posed(focal=[10**400, 1]), "focal of frame 7 is not 2 finite numbers"),
        (posed(center=[1e999, 0]), "is no number|not 2 finite numbers"),
        (posed(distortion=[0.1]), "distortion of frame 7 is not 2 finite numbers"),
        (posed(camera_to_world=np.eye(3).tolist()), "camera_to_world of frame 7 is not 4 x 4 finite numbers"),
        (posed(camera_to_world=matrix_with(3, 0, 0.5)), "the last row of camera_to_world of frame 7"),
        (posed(camera_to_world=matrix_with(0, 0, 2.0)), "frame 7: the camera's matrix is no rotation"),
        (posed(camera_to_world=matrix_with(0, 1, 0.2)), "frame 7: the camera's matrix is no rotation"),
        (posed(camera_to_world=matrix_with(0, 0, -1.0)), "frame 7: the camera's matrix is no rotation"),
    ],
)
def test_a_json_camera_that_is_wrong_is_one_error_that_says_where(data, says, tmp_path):
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(data))
    with pytest.raises(InputError, match=says) as caught:
        read_camera(file, (7,), SMALL, SMALL)
    assert caught.value.file == str(file) and caught.value.remedy


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1"),
        (b'{\n "format": \n}', "line 3"),
        (b"\xff\xfe\x00binary", "not text"),
        (b'{"format": NaN}', "NaN is no number"),
        (b"[" * 100_000, "no JSON"),
        (b"9" * 10_000, "no JSON|no object"),
    ],
)
def test_what_is_no_json_is_one_error(content, says, tmp_path):
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    with pytest.raises(InputError, match=says):
        read_camera(file, (7,), SMALL, SMALL)


def test_a_rotation_with_few_digits_is_made_one(tmp_path):
    file = tmp_path / "camera.json"
    matrix = np.eye(4)
    matrix[:3, :3] = (cameras.turned(1, 31) @ cameras.turned(0, 12)).round(3)
    file.write_text(json.dumps(posed(camera_to_world=matrix.tolist())))
    rotation = read_camera(file, (7,), SMALL, SMALL).rotation[0]
    assert np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-12)
    assert np.allclose(np.diag([1, -1, -1]) @ matrix[:3, :3].T, rotation, atol=1e-3)


def test_a_json_camera_for_a_proxy_fits_the_full_plate(tmp_path):
    camera, file = moving_camera(distortion=(0.05, 0.0), shift=(3.0, 2.0)), tmp_path / "proxy.json"
    write_camera(camera, file, DISPLAY, DISPLAY)
    full = Window(0, 0, 1280, 720)
    again = read_camera(file, NUMBERS, full, full)
    assert farthest_apart(camera.scaled(2.0), again) < 1e-9


def test_the_guides_example_is_a_camera(tmp_path):
    guide = Path(__file__).resolve().parents[2] / "docs" / "using.md"
    (example,) = re.findall(r"```json\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    file, full = tmp_path / "camera.json", Window(0, 0, 1920, 1080)
    file.write_text(example)
    at, depth = read_camera(file, (1001,), full, full).project(1001, np.array([[0.0, 1.7, -5.0]]))
    assert at.tolist() == [[959.5, 539.5]] and depth.tolist() == [5.0]


def test_a_json_camera_of_more_frames_than_any_shot_has_is_refused_before_they_are_looked_at(tmp_path):
    file = tmp_path / "camera.json"
    file.write_text(json.dumps(told(frames={str(number): {} for number in range(100_001)})))
    with pytest.raises(InputError, match="the file has 100,001 frames") as caught:
        read_camera(file, (7,), SMALL, SMALL)
    assert caught.value.file == str(file) and caught.value.remedy
