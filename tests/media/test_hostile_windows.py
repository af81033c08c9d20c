"""A few bytes of a header can name windows, sizes and tables that no memory holds: one clear error, at once."""

from __future__ import annotations

import os
import struct
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from exr_files import write_exr
from strangers_exr import attribute, exr_head

from vfx_ai.errors import InputError, JobError, MissingFrameError, ResourceError
from vfx_ai.media import canvas, plate
from vfx_ai.media.frame import Window
from vfx_ai.media.sequence import find_sequence, output_path

FAR = (1 << 31) - 1


def frames_of(folder: Path, **odd: tuple[int, int, int, int]) -> str:
    """Three frames of 8 x 6; the second's windows are as `odd` says, with the attributes' names."""
    for number in (1001, 1002, 1003):
        write_exr(folder / f"p.{number}.exr", {name: np.ones((6, 8), np.float16) for name in "BGR"})
    path = folder / "p.1002.exr"
    data = bytearray(path.read_bytes())
    for name, window in odd.items():
        at = data.index(name.encode() + b"\0box2i\0") + len(name) + 7 + 4
        data[at : at + 16] = struct.pack("<4i", *window)
    path.write_bytes(data)
    return str(folder / "p.####.exr")


@pytest.mark.parametrize(
    "odd",
    [
        {"dataWindow": (FAR - 7, FAR - 5, FAR, FAR)},
        {"dataWindow": (-FAR - 1, -FAR - 1, -FAR + 6, -FAR + 4)},
        {"dataWindow": (20000, 20000, 20007, 20005)},
    ],
)
def test_windows_that_no_picture_has_are_one_error_with_their_frame(odd, tmp_path):
    clock = time.monotonic()
    with pytest.raises(InputError, match="windows of the plate's frames span") as caught:
        canvas.probe_all(find_sequence(frames_of(tmp_path, **odd)))
    assert caught.value.frame == 1002 and "p.1002.exr" in str(caught.value) and caught.value.remedy
    assert time.monotonic() - clock < 5


@pytest.mark.parametrize("window", [(0, 0, 99_999, 99_999), (-FAR - 1, -FAR - 1, FAR, FAR)])
def test_a_display_window_of_a_billion_pixels_is_one_error(window, tmp_path):
    spec = frames_of(tmp_path, displayWindow=window)
    with pytest.raises(InputError, match="and other frames of the plate are 8 x 6") as caught:
        canvas.probe_all(find_sequence(spec))
    assert caught.value.frame == 1002
    with pytest.raises(InputError, match="windows of the plate's frames span"):
        canvas.probe_all(find_sequence(str(tmp_path / "p.1002.exr")))


def test_a_frame_of_another_size_or_with_other_channels_is_named(tmp_path):
    spec = frames_of(tmp_path)
    write_exr(tmp_path / "p.1002.exr", {name: np.ones((5, 9), np.float16) for name in "BGR"})
    with pytest.raises(InputError, match="it is 9 x 5, and other frames of the plate are 8 x 6") as caught:
        canvas.probe_all(find_sequence(spec))
    assert caught.value.frame == 1002 and "p.1002.exr" in str(caught.value) and caught.value.remedy
    write_exr(tmp_path / "p.1002.exr", {"Y": np.ones((6, 8), np.float16)})
    with pytest.raises(InputError, match="it is Y, and other frames of the plate are R, G, B") as caught:
        canvas.probe_all(find_sequence(spec))
    assert caught.value.frame == 1002 and "p.1002.exr" in str(caught.value) and caught.value.remedy


def test_a_canvas_that_memory_does_not_hold_is_said_before_it_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(canvas, "_BYTES", 1 << 50)
    with pytest.raises(ResourceError, match="8 x 6 pixels"):
        canvas.probe_all(find_sequence(frames_of(tmp_path)))


def test_small_windows_within_a_large_picture_are_usual(tmp_path):
    """What a renderer leaves of an object that is far away: a few pixels here, a few there."""
    spec = frames_of(tmp_path)
    for number, x in ((1001, 0), (1002, 4000), (1003, 2000)):
        planes = {name: np.ones((6, 8), np.float16) for name in "BGR"}
        write_exr(tmp_path / f"p.{number}.exr", planes, window=(x, x // 2), display=(4096, 2160))
    assert canvas.probe_all(find_sequence(spec))[1] == Window(0, 0, 4008, 2006)


def test_a_header_of_gigabytes_is_refused_before_it_is_read(tmp_path):
    size = 300 << 20
    head = exr_head((0, 0, 9, 9))[:-1] + b"big\0string\0" + struct.pack("<i", size)
    with (tmp_path / "a.exr").open("wb") as file:
        file.write(head)
        file.truncate(len(head) + size + 1000)  # no byte of it lies on the disk
    clock = time.monotonic()
    with pytest.raises(InputError, match="header is larger than 256 MB"):
        plate.probe(tmp_path / "a.exr", 1)
    assert time.monotonic() - clock < 5


def test_a_table_of_gigabytes_is_refused_before_it_is_read(tmp_path):
    tiles = attribute(b"tiles", b"tiledesc", struct.pack("<IIB", 1, 1, 0))
    head = exr_head((0, 0, 9999, 9999), 9, extra=tiles, version=2 | 0x200)
    with (tmp_path / "a.exr").open("wb") as file:
        file.write(head)
        file.truncate(900 << 20)
    with pytest.raises(InputError, match="it has 100,000,000 chunks"):
        plate.probe(tmp_path / "a.exr", 1)


def test_memory_that_runs_out_at_a_picture_is_told_with_its_file(tmp_path, monkeypatch):
    frames_of(tmp_path)
    path = tmp_path / "p.1002.exr"
    info = plate.probe(path, 1002)

    def none_left(*_given: object) -> None:
        raise MemoryError

    monkeypatch.setattr("vfx_ai.media.exr._whole", none_left)
    for read in (lambda: plate.read(path, 1002, info.layers[0]), lambda: plate.read_channel(path, 1002, "R")):
        with pytest.raises(ResourceError, match="memory ran out") as caught:
            read()
        assert caught.value.frame == 1002 and "p.1002.exr" in str(caught.value)


def test_a_tiff_whose_tiles_are_larger_than_its_picture_by_far_is_refused(tmp_path):
    tags = [
        (256, 64),
        (257, 48),
        (258, 8),
        (259, 8),
        (262, 1),
        (277, 1),
        (322, 32768),
        (323, 32768),
        (324, 200),
        (325, 9),
    ]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    (tmp_path / "a.tif").write_bytes(head + bytes(200))
    with pytest.raises(InputError, match="its tiles are larger than its picture"):
        plate.read_channel(tmp_path / "a.tif", 1)


@pytest.mark.parametrize("token", ["%0256d", "%01000000000d", "$F1000000000", "%99999999999999999999d"])
def test_a_frame_number_of_a_billion_digits_is_never_written(token, tmp_path):
    spec = frames_of(tmp_path).replace("####", token)
    clock = time.monotonic()
    with pytest.raises(JobError, match="digits"):
        find_sequence(spec)
    with pytest.raises(JobError, match="digits"):
        output_path(spec, 1001)
    assert time.monotonic() - clock < 5


def test_a_range_of_millions_in_a_name_is_refused(tmp_path):
    with pytest.raises(JobError, match="at most 1,000,000"):
        find_sequence(frames_of(tmp_path).replace("####", "1-9000000#"))


def test_a_name_of_many_digits_in_a_folder_is_a_still(tmp_path):
    spec = frames_of(tmp_path)
    (tmp_path / f"p.{'9' * 200}.exr").write_bytes(b"")
    assert find_sequence(spec).frames == (1001, 1002, 1003)
    with pytest.raises(InputError, match="2 sequences"):
        find_sequence(str(tmp_path))


def folder_at(path: Path) -> None:
    path.mkdir()


def loop_at(path: Path) -> None:
    path.symlink_to(path.name)


def lost_link_at(path: Path) -> None:
    path.symlink_to("nowhere")


def pipe_at(path: Path) -> None:
    os.mkfifo(path)


def device_at(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there, and there are no pipes by name")
@pytest.mark.parametrize("make", [folder_at, loop_at, lost_link_at, pipe_at, device_at])
def test_what_stands_in_a_frames_place_and_is_no_file_is_named(make, tmp_path):
    spec = frames_of(tmp_path)
    (tmp_path / "p.1002.exr").unlink()
    make(tmp_path / "p.1002.exr")
    with pytest.raises(MissingFrameError, match="leads nowhere") as caught:
        find_sequence(spec)
    assert caught.value.frame == 1002 and "p.1002.exr" in str(caught.value) and caught.value.remedy
    assert find_sequence(spec, missing="hold").missing == (1002,)
    if make is not folder_at:
        with pytest.raises(InputError, match="leads nowhere"):
            find_sequence(str(tmp_path / "p.1002.exr"))


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_in_the_folder_that_leads_to_itself_is_nobodys_frame(tmp_path):
    spec = frames_of(tmp_path)
    loop_at(tmp_path / "notes")
    assert find_sequence(spec).frames == (1001, 1002, 1003)
