"""Headers that promise what no file holds are refused before memory is reserved; what fuzzing found stays here."""

from __future__ import annotations

import struct
import sys
import time

import pytest
from strangers_edits import nested
from strangers_exr import RGB, attribute, channel, exr_head, with_chunks
from strangers_good import CAMERAS, good_cineon, good_exrs, good_pictures
from trying import Child

from vfx_ai.errors import InputError, JobError, UnsupportedFileError, VfxAiError
from vfx_ai.job import Job
from vfx_ai.media import plate

HUGE = 0x4E1E0000


def with_number(data: bytes, at: int, value: int, order: str = ">") -> bytes:
    return data[:at] + struct.pack(f"{order}I", value) + data[at + 4 :]


def refused(path, data: bytes) -> InputError:
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        plate.read_channel(path, 1)
    assert path.name in str(caught.value) and caught.value.remedy
    return caught.value


@pytest.mark.parametrize("at", [4, 8, 12, 16, 684, 688])
def test_a_cineon_header_that_promises_bytes_beside_the_picture_is_refused(at, tmp_path):
    assert "promises more" in str(refused(tmp_path / "a.cin", with_number(good_cineon(), at, HUGE)))


@pytest.mark.parametrize("at", [4, 24, 28, 32, 808, 812, 816])
def test_a_dpx_header_that_promises_bytes_beside_the_picture_is_refused(at, tmp_path):
    data = good_pictures(".dpx")[0]
    order = ">" if data[:4] == b"SDPX" else "<"
    assert "promises more" in str(refused(tmp_path / "a.dpx", with_number(data, at, HUGE, order)))


def test_what_a_header_leaves_undefined_is_no_promise(tmp_path):
    data = good_pictures(".dpx")[0]
    order = ">" if data[:4] == b"SDPX" else "<"
    (tmp_path / "a.dpx").write_bytes(with_number(data, 812, 0xFFFFFFFF, order))
    assert plate.read_channel(tmp_path / "a.dpx", 1).values.size


@pytest.mark.parametrize("name", ["a.null", "a.null?RES=64x64", "a.term"])
def test_what_openimageio_would_make_up_is_no_picture(name, tmp_path):
    refused(tmp_path / name, b"no picture at all")


@pytest.mark.parametrize("suffix", [".tga", ".bmp", ".ppm"])
def test_a_small_file_of_a_huge_picture_is_refused_at_once(suffix, tmp_path):
    data = good_pictures(suffix)[0]
    changes = {
        ".tga": lambda: data[:12] + struct.pack("<HH", 30000, 30000) + data[16:],
        ".bmp": lambda: data[:18] + struct.pack("<ii", 30000, 30000) + data[26:],
        ".ppm": lambda: b"P6\n30000 30000\n255\n" + bytes(100),
    }
    clock = time.monotonic()
    refused(tmp_path / f"a{suffix}", changes[suffix]())
    assert time.monotonic() - clock < 5


def test_a_mipmap_that_promises_more_than_it_holds_is_refused_as_a_matte(tmp_path):
    tiles = attribute(b"tiles", b"tiledesc", struct.pack("<IIB", 64, 64, 1)) + attribute(
        b"type", b"string", b"tiledimage"
    )
    head = exr_head((0, 0, 39999, 29999), channels=channel(b"Y", 2), extra=tiles, version=2 | 0x200)
    assert "promises more pixels" in str(refused(tmp_path / "a.exr", head + bytes(5000)))


def test_tiles_that_are_larger_than_the_picture_by_far_are_refused(tmp_path):
    tiles = attribute(b"tiles", b"tiledesc", struct.pack("<IIB", 1 << 20, 1 << 20, 0))
    head = exr_head((0, 0, 9, 9), channels=RGB, extra=tiles, version=2 | 0x200)
    data = with_chunks(head, [struct.pack("<4i", 0, 0, 0, 0)], [bytes(40)], [40])
    assert "tiles are larger" in str(refused(tmp_path / "a.exr", data))


@pytest.mark.parametrize("what", ["attributes", "channels"])
def test_a_header_without_end_takes_no_long_time(what, tmp_path):
    many = b"".join(attribute(b"%d" % n, b"int", bytes(4)) for n in range(300_000)) if what == "attributes" else b""
    channels = b"".join(channel(b"%06d" % n) for n in range(300_000)) if what == "channels" else RGB
    clock = time.monotonic()
    assert "more than" in str(refused(tmp_path / "a.exr", exr_head((0, 0, 9, 9), channels=channels, extra=many)))
    assert time.monotonic() - clock < 20


def test_names_of_a_file_reach_no_terminal_as_commands(tmp_path):
    names = b"".join(channel(name) for name in (b"\x1b]0;title\x07", b"\xff\xfe", b"\x9b2J"))
    data = with_chunks(exr_head((0, 0, 3, 0), 0, names), [struct.pack("<i", 0)], [bytes(24)], [24])
    (tmp_path / "a.exr").write_bytes(data)
    with pytest.raises(VfxAiError) as caught:
        plate.probe(tmp_path / "a.exr", 1)
    assert str(caught.value).isprintable() and str(caught.value).encode("utf-8")
    assert "\\x1b]0;title" in str(caught.value)


def test_a_channel_whose_name_is_no_text_is_refused_by_its_name(tmp_path):
    names = b"".join(channel(name) for name in (b"B", b"G", b"R", b"\xff.B", b"\xff.G", b"\xff.R"))
    (tmp_path / "a.exr").write_bytes(
        with_chunks(exr_head((0, 0, 3, 0), 0, names), [struct.pack("<i", 0)], [bytes(48)], [48])
    )
    info = plate.probe(tmp_path / "a.exr", 1)
    assert plate.read(tmp_path / "a.exr", 1, info.layers[0]).pixels.shape == (1, 4, 3)
    with pytest.raises(UnsupportedFileError, match="no UTF-8"):
        plate.read(tmp_path / "a.exr", 1, info.layers[1])


def test_an_error_is_of_bounded_length():
    assert len(str(JobError("x" * 10**6, file="a", remedy="y" * 10**6))) < 10_000


@pytest.mark.parametrize("text", [nested(100_000), nested(100_000, '{"a":', ""), b"1" * 10_000, b'{"schema": 1e999}'])
def test_a_job_without_end_is_one_error(text):
    with pytest.raises(JobError):
        Job.from_json(text.decode())


@pytest.mark.skipif(sys.platform != "linux", reason="memory of a process is limited on Linux alone")
def test_the_good_files_are_read_so_that_what_is_changed_in_them_is_tried(tmp_path):
    files = [("a.exr", data) for data in good_exrs()] + [("a.cin", good_cineon())]
    for suffix in (".dpx", ".png", ".tif", ".jpg", ".tga", ".webp", ".jp2"):
        files += [(f"a{suffix}", data) for data in good_pictures(suffix)]
    for reader in ("plate", "matte"):
        with Child(reader, tmp_path) as child:
            for name, data in files:
                assert child.tries(name, data).verdict == "right", name
    with Child("camera", tmp_path) as child:
        for suffix in (".chan", ".json", ".usda"):
            assert child.tries(f"a{suffix}", CAMERAS[suffix]).verdict == "right", suffix
