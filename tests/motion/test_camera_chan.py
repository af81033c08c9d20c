"""Cameras in .chan files: they mean what they mean to Nuke, and bad ones are refused by line."""

from __future__ import annotations

import time
from dataclasses import replace

import cameras
import numpy as np
import pytest
from cameras import DISPLAY, NUMBERS, farthest_apart, moving_camera

from vfx_ai.errors import InputError
from vfx_ai.media.frame import Window
from vfx_ai.motion.camera_files import read_camera, write_camera

SMALL = Window(0, 0, 200, 100)  # with a field of view of 90 degrees its focal length is 50 pixels


# The point that lies 10 before the camera, 1 to its right and 2 above its middle, worked out by hand. Turned by 90
# degrees about Y it looks along -X, about X along Y; about Z its right is Y.
LOOKS = {
    "straight": ((0, 0, 0), (1, 2, -10)),
    "pan": ((0, 90, 0), (-10, 2, -1)),
    "tilt": ((90, 0, 0), (1, 10, 2)),
    "roll": ((0, 0, 90), (-2, 1, -10)),
    "tilt, then pan": ((90, 90, 0), (2, 10, -1)),
    "roll, then tilt": ((90, 0, 90), (-2, 10, 1)),
    "roll, then pan": ((0, 90, 90), (-10, 1, 2)),
    "about": ((0, 180, 0), (-1, 2, 10)),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_chan_file_turns_the_camera_as_nuke_does(name, tmp_path):
    angles, point = LOOKS[name]
    file = tmp_path / "nuke.chan"
    file.write_text(f"7 3 -4 5 {' '.join(map(str, angles))} 90\n")
    at, depth = read_camera(file, (7,), SMALL, SMALL).project(7, np.array([point]) + np.array([3, -4, 5]))
    assert depth[0] == pytest.approx(10)
    assert at[0] == pytest.approx([99.5 + 50 * 1 / 10, 49.5 - 50 * 2 / 10], abs=1e-9)


@pytest.mark.parametrize(
    ("display", "canvas", "aspect", "expected"),
    [
        (SMALL, SMALL, 2.0, (99.5 + 25 / 10, 39.5)),  # pixels twice as wide: half as many across
        (SMALL, Window(-8, -4, 208, 104), 1.0, (104.5 + 8, 39.5 + 4)),
        (Window(10, 20, 210, 120), Window(0, 0, 220, 140), 1.0, (104.5 + 10, 39.5 + 20)),
        (Window(0, 0, 300, 100), SMALL, 1.0, (154.5, 39.5)),  # the field of view is that of the height
    ],
)
def test_a_chan_file_is_laid_on_the_display_window(display, canvas, aspect, expected, tmp_path):
    file = tmp_path / "nuke.chan"
    file.write_text("# frame 7 alone\n\n7\t0\t0\t0\t0\t0\t0\t90\n")
    at, _ = read_camera(file, (7,), display, canvas, aspect).project(7, np.array([[1.0, 2, -10]]))
    assert at[0] == pytest.approx(expected, abs=1e-9)


def test_angles_in_a_chan_file_go_on_beyond_half_a_turn(tmp_path):
    camera, file = moving_camera(), tmp_path / "camera.chan"
    flip = np.diag([1.0, -1, -1])
    rotation = np.stack([flip @ cameras.turned(1, 150 + 6 * t).T for t in range(len(NUMBERS))])
    write_camera(replace(camera, rotation=rotation), file, DISPLAY, DISPLAY)
    pan = [float(line.split()[5]) for line in file.read_text().splitlines()]
    assert pan == pytest.approx([150 + 6 * t for t in range(len(NUMBERS))])


@pytest.mark.parametrize("tilt", [90, -90])
@pytest.mark.parametrize("roll", [0, 30, -140])
def test_a_camera_that_looks_straight_up_or_down_can_be_written(tilt, roll, tmp_path):
    camera, file = moving_camera(), tmp_path / "camera.chan"
    look = np.diag([1.0, -1, -1]) @ (cameras.turned(1, 25) @ cameras.turned(0, tilt) @ cameras.turned(2, roll)).T
    camera = replace(camera, rotation=np.tile(look, (len(NUMBERS), 1, 1)))
    write_camera(camera, file, DISPLAY, DISPLAY)
    assert farthest_apart(camera, read_camera(file, NUMBERS, DISPLAY, DISPLAY)) < 1e-6


def test_a_chan_file_without_field_of_view_needs_a_focal_length(tmp_path):
    file = tmp_path / "axis.chan"
    file.write_text("# t and r alone\n7 0 0 0 0 0 0\n")
    with pytest.raises(InputError, match=r"axis\.chan: line 2 has no column for the field of view.*--focal 1800"):
        read_camera(file, (7,), SMALL, SMALL)
    camera = read_camera(file, (7,), SMALL, SMALL, 2.0, focal=30.0)
    assert camera.focal.tolist() == [[30.0, 60.0]]


def test_what_a_chan_file_cannot_hold_is_told_in_pixels(tmp_path):
    (note,) = write_camera(moving_camera(shift=(3.0, 4.0)), tmp_path / "camera.chan", DISPLAY, DISPLAY)
    assert "off by up to 5.00 pixels" in note
    camera = moving_camera(distortion=(0.1, 0.0))
    (note,) = write_camera(camera, tmp_path / "camera.chan", DISPLAY, DISPLAY)
    ideal = read_camera(tmp_path / "camera.chan", NUMBERS, DISPLAY, DISPLAY)
    corner, widest = np.array([[0.0, 0.0]]), NUMBERS[0]  # where an ideal lens is off most
    off = (ideal.directions(widest, corner) - camera.directions(widest, corner)) * camera.focal[0]
    assert f"{np.linalg.norm(off):.2f} pixels" in note


GOOD = "7 0 0 0 0 0 0 90\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file has no frame"),
        (b"# nothing\n", "the file has no frame"),
        (b"\x00\xff\xfe\x01" * 50, "the file is not text"),
        (GOOD.encode() + b"8 0 0 0 0 0\n", "line 2 has 6 columns"),
        (GOOD.encode() + b"8 0 0 0 0 0 0 90 1\n", "line 2 has 9 columns"),
        (b"7 0 0 zero 0 0 0 90\n", "line 1 holds something that is no number"),
        (b"7 0 0 nan 0 0 0 90\n", "line 1 holds a number that isn't finite"),
        (b"7 0 0 0 0 inf 0 90\n", "line 1 holds a number that isn't finite"),
        (b"7.5 0 0 0 0 0 0 90\n", "line 1: frame 7.5 is no whole number"),
        (b"7 0 0 0 0 0 0 0\n", "a field of view of 0 degrees"),
        (b"7 0 0 0 0 0 0 180\n", "a field of view of 180 degrees"),
        (b"7 0 0 0 0 0 0 -40\n", "a field of view of -40 degrees"),
        (GOOD.encode() * 2, "line 2: frame 7 is there twice"),
        (GOOD.encode() + b"8 0 0 0 0 0 0\n", "line 2 has no column for the field of view"),
    ],
)
def test_a_damaged_chan_file_is_one_error_that_names_the_line(content, says, tmp_path):
    file = tmp_path / "bad.chan"
    file.write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        read_camera(file, (7,), SMALL, SMALL)
    assert caught.value.file == str(file) and caught.value.remedy


def test_a_chan_file_of_many_frames_costs_no_more_than_reading_them(tmp_path):
    """Of frames that the plate hasn't, no camera is made; their lines are checked all the same."""
    file = tmp_path / "long.chan"
    lines = [f"{number} 0 0 {number} 0 0 0 40" for number in range(1, 100_001)]
    file.write_text("\n".join(lines))
    clock = time.process_time()
    camera = read_camera(file, NUMBERS, DISPLAY, DISPLAY)
    assert camera.known.all() and time.process_time() - clock < 3
    file.write_text("\n".join([*lines, "200000 0 0 0 0 0 0 180"]))
    with pytest.raises(InputError, match="line 100001: a field of view of 180"):
        read_camera(file, NUMBERS, DISPLAY, DISPLAY)
