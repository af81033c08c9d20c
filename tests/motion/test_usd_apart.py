"""A USD file may end the process that reads it: it is read in another one, and what was found is the same."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from strangers_good import CAMERAS

from vfx_ai.errors import InputError
from vfx_ai.media.frame import Window
from vfx_ai.motion import camera_usd, usd_apart
from vfx_ai.motion.camera_files import read_camera
from vfx_ai.motion.camera_pose import Gate, Wanted

WINDOW = Window(0, 0, 64, 36)
WANTED = Wanted((1001, 1002, 1003), Gate(WINDOW, Window(-2, -2, 66, 38), 2.0), None, "")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "shot é.usda"
    path.write_bytes(CAMERAS[".usda"])
    return path


def test_what_another_process_reads_is_the_same_to_the_bit(file):
    here, apart = camera_usd.read(file, WANTED), usd_apart.read(file, WANTED)
    assert apart.frames == here.frames and apart.poses.keys() == here.poses.keys()
    for number, pose in here.poses.items():
        for name in usd_apart.FIELDS:
            mine, other = getattr(pose, name), getattr(apart.poses[number], name)
            assert np.array_equal(mine, other) and mine.dtype == other.dtype


def test_an_error_of_usd_comes_whole_and_names_the_file(file, capfd):
    file.write_bytes(CAMERAS[".usda"].replace(b"def Camera", b"def Cube"))
    with pytest.raises(InputError, match="has no camera") as caught:
        read_camera(file, (1001,), WINDOW, WINDOW)
    assert caught.value.file == str(file) and caught.value.remedy
    assert capfd.readouterr() == ("", "")


DEEP = 200_000
HEAD = b"#usda 1.0\n"


@pytest.mark.skipif(sys.platform != "linux", reason="how deep a stack is differs")
@pytest.mark.parametrize(
    "body",
    [
        b'def "a" { int[] x = ' + b"[" * DEEP + b"]" * DEEP + b"}",
        b'def "a" ( customData = ' + b"{ dictionary a = " * DEEP + b"{}" + b"}" * DEEP + b") {}",
        b'def "a" {' * DEEP + b"}" * DEEP,
    ],
    ids=["lists", "dictionaries", "prims"],
)
def test_brackets_that_end_usds_process_are_one_error(body, file):
    file.write_bytes(HEAD + body)
    with pytest.raises(InputError, match=r"USD broke off \(SIGSEGV\)") as caught:
        read_camera(file, (1001,), WINDOW, WINDOW)
    assert caught.value.file == str(file)


def test_a_process_that_breaks_off_is_one_error_with_the_way_it_went(file, monkeypatch):
    monkeypatch.setattr(usd_apart, "NAME", "no_such_module_at_all")
    with pytest.raises(InputError, match="USD broke off") as caught:
        usd_apart.read(file, WANTED)
    assert caught.value.file == str(file)


def test_a_process_that_finds_no_end_is_one_error(file, monkeypatch):
    monkeypatch.setattr(usd_apart, "PATIENCE", 0.01)
    with pytest.raises(InputError, match="no end"):
        usd_apart.read(file, WANTED)


def test_a_host_that_is_no_python_reads_it_itself(file, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/opt/host/bin/host")
    assert usd_apart.read(file, WANTED).frames == (1001, 1004)
