"""A wider plate: what other frames saw beyond the edge, and the old area to the bit."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import rendered
from rendered import bits, load, load_rgb, psnr, render, save

import vfx_ai
from vfx_ai.errors import JobError, OutputError
from vfx_ai.plates.jobs import Extend

SIZE = (48, 72)
LEFT, RIGHT = 6, 8


def with_layers(path: Path, picture: np.ndarray, at: tuple[int, int], display: tuple[int, int]) -> Path:
    """Half RGB with a depth, an object id and an empty attribute, and a part of another size."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    planes = {
        **rendered.rgb(picture, np.float16),
        "Z": (x + y + 1).astype(np.float32),
        "id": (x * 7 + y).astype(np.uint32),
    }
    small = ("small", {"Y": np.full((8, 9), 3.5, np.float16)}, (2, 3))
    return save(path, planes, at, display, [small], {"comments": "as it was", "timeScale": 2.5})


def gone(_t: int) -> tuple[float, float]:
    return (-400.0, -400.0)


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    """A camera that turns; nothing moves by itself."""
    folder = tmp_path_factory.mktemp("shot")
    return render(folder, rendered.turning(), frames=7, size=SIZE, ball=gone, write=with_layers)


def files(folder: Path) -> dict[int, Path]:
    return {int(path.name.split(".")[1]): path for path in sorted(folder.glob("wide.*.exr"))}


def windows(path: Path) -> tuple[list[int], list[int]]:
    head = OpenEXR.File(str(path), separate_channels=True).parts[0].header
    return [int(v) for v in np.ravel(head["dataWindow"])], [int(v) for v in np.ravel(head["displayWindow"])]


def truth(number: int, x0: int, x1: int, y0: int = 0, y1: int = SIZE[0]) -> np.ndarray:
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float64)
    return rendered.turning()(x, y, number - rendered.FIRST).astype(np.float32)


@pytest.fixture(scope="module")
def padded(shot):
    out = shot.folder / "padded"
    report = vfx_ai.extend(shot.plate, out / "wide.####.exr", pad=f"{LEFT},0,{RIGHT},0", grain="none")
    return out, report


def test_the_old_area_is_the_plates_to_the_bit_in_all_its_channels(shot, padded):
    out, report = padded
    assert report.passed and list(files(out)) == list(shot.numbers)
    for number, path in files(out).items():
        plate = shot.folder / f"plate.{number}.exr"
        assert windows(path) == ([-LEFT, 0, SIZE[1] + RIGHT - 1, SIZE[0] - 1],) * 2
        was, now = load(plate), load(path)
        for name, plane in was.items():
            inside = now[name][:, LEFT:-RIGHT]
            assert inside.dtype == plane.dtype and np.array_equal(bits(inside), bits(plane)), name
        for name in ("Z", "id"):
            assert not now[name][:, :LEFT].any() and not now[name][:, -RIGHT:].any()
        assert {name: a.tobytes() for name, a in load(path, 1).items()} == {
            name: a.tobytes() for name, a in load(plate, 1).items()
        }
        head = OpenEXR.File(str(path), separate_channels=True).parts[0].header
        assert head["comments"] == "as it was" and head["timeScale"] == 2.5
        assert not now["fill.source"][:, LEFT:-RIGHT].any() and now["fill.source"][:, :LEFT].all()


def test_what_other_frames_saw_beyond_the_edge_is_real(shot, padded):
    out, report = padded
    seen = 0
    for number, path in files(out).items():
        real = load(path)["fill.source"] == 1
        seen += int(real.sum())
        if real.any():
            assert psnr(load_rgb(path), truth(number, -LEFT, SIZE[1] + RIGHT), real) > 30
    assert seen == sum(record.real for record in report.frames) > 0.4 * sum(record.hole for record in report.frames)


def test_frames_in_pieces_and_a_second_run(shot, padded, tmp_path):
    out, _ = padded
    words = {"pad": f"{LEFT},0,{RIGHT},0", "grain": "none"}
    vfx_ai.extend(shot.plate, tmp_path / "wide.####.exr", frames="1003", **words)
    assert (tmp_path / "wide.1003.exr").read_bytes() == (out / "wide.1003.exr").read_bytes()
    before = contents_of(out)
    report = vfx_ai.extend(shot.plate, out / "wide.####.exr", **words)
    assert report.skipped == shot.numbers and contents_of(out) == before


def contents_of(folder: Path) -> dict[int, bytes]:
    return {number: path.read_bytes() for number, path in files(folder).items()}


def test_a_larger_file_is_believed_only_as_it_was_left(shot, tmp_path):
    """Neither one of unknown origin by its name, its time and its size in pixels, nor one that changed since."""
    asked = {"pad": f"{LEFT},0,{RIGHT},0", "frames": "1001-1002", "detail": 0}
    vfx_ai.extend(shot.plate, tmp_path / "wide.####.exr", **asked)
    before = {number: path.read_bytes() for number, path in files(tmp_path).items()}
    wider = tmp_path / "wide.vfx-ai" / "wider"
    times = {path: path.stat() for path in wider.glob("plate.*.exr")}
    for path in times:
        file = OpenEXR.File(str(path), separate_channels=True)
        for channel in file.parts[0].channels.values():
            channel.pixels[...] = 0
        file.write(str(path))
        os.utime(path, ns=(times[path].st_atime_ns, times[path].st_mtime_ns))
    (records,) = wider.glob("plate.vfx-ai/frames")
    for number in (1002, 1004):
        (records / f"{number}.json").unlink()
    (records / "1003.json").write_text("[" * 100_000)
    vfx_ai.extend(shot.plate, tmp_path / "wide.####.exr", **asked, force=True)
    assert {number: path.read_bytes() for number, path in files(tmp_path).items()} == before
    again = {path: path.stat().st_mtime_ns for path in wider.glob("*.*.exr")}
    vfx_ai.extend(shot.plate, tmp_path / "wide.####.exr", **asked)
    assert {path: path.stat().st_mtime_ns for path in wider.glob("*.*.exr")} == again


def test_overscan_leaves_the_frame_as_it_is(shot, tmp_path):
    vfx_ai.extend(shot.plate, tmp_path / "wide.####.exr", overscan="5", grain="none", frames="1004")
    data, display = windows(tmp_path / "wide.1004.exr")
    assert data == [-5, -5, SIZE[1] + 4, SIZE[0] + 4] and display == [0, 0, SIZE[1] - 1, SIZE[0] - 1]


def test_a_format_may_be_lower_and_keeps_the_old_area_beyond_its_frame(shot, tmp_path):
    vfx_ai.extend(shot.plate, tmp_path / "wide.####.exr", format="80x40", grain="none", frames="1004")
    data, display = windows(tmp_path / "wide.1004.exr")
    assert display == [-4, 4, 75, 43] and data == [-4, 0, 75, 47]
    assert np.array_equal(load(tmp_path / "wide.1004.exr")["R"][:, 4:-4], load(shot.folder / "plate.1004.exr")["R"])


def from_the_ball(folder: Path, shot: rendered.Rendered) -> int:
    """How many pixels beyond the edge came from where the ball is."""
    count = 0
    for path in files(folder).values():
        made = load(path)
        for y, x in np.argwhere(made["fill.source"] == 1):
            other = int(made["fill.from.frame"][y, x])
            column, row = (round(float(made[f"fill.from.{axis}"][y, x])) for axis in "xy")
            count += shot.mattes[other][row, column] > 0
    return count


def test_what_moves_lends_nothing_and_stays(tmp_path):
    """A ball that goes with the camera, before what lies beyond the others' edge."""
    shot = render(
        tmp_path / "shot", rendered.turning(), frames=7, size=SIZE, ball=lambda t: (10.0 + 0.2 * t, 24.0), radius=6
    )
    fields = {"pad": f"{LEFT},0,0,0", "grain": "none"}
    vfx_ai.extend(shot.plate, tmp_path / "bare" / "wide.####.exr", **fields)
    vfx_ai.extend(shot.plate, tmp_path / "out" / "wide.####.exr", matte=shot.matte, **fields)
    assert from_the_ball(tmp_path / "bare", shot) > 0 == from_the_ball(tmp_path / "out", shot)
    for number, path in files(tmp_path / "out").items():
        assert np.array_equal(load_rgb(path)[:, LEFT:], load_rgb(shot.folder / f"plate.{number}.exr"))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "nothing says"),
        ({"pad": "1,2,3"}, "left,top,right,bottom"),
        ({"pad": "1,2,3,x"}, "pixels or percent"),
        ({"pad": "5,0,5,0", "overscan": "10%"}, "pad and overscan"),
        ({"format": "wide"}, "width x height"),
        ({"format": "40x40"}, "nowhere beyond"),
        ({"pad": "0,0,0,0"}, "nowhere beyond"),
        ({"format": "9000x48"}, "more than 4 times"),
        ({"pad": "4,0,4,0", "engine": "magic"}, "magic"),
    ],
)
def test_what_makes_no_sense_is_refused(fields, words, shot, tmp_path):
    with pytest.raises(JobError, match=words):
        vfx_ai.extend(shot.plate, tmp_path / "wide.####.exr", **fields)
    assert not list(tmp_path.glob("wide.*.exr"))


def test_the_plate_is_not_overwritten(shot):
    with pytest.raises(OutputError, match="take the place"):
        vfx_ai.extend(shot.plate, shot.plate, pad="4,0,4,0")


def test_percent_is_of_the_frames_own_sides():
    assert Extend("p", "o", pad="10%,0,5%,3").grown(200, 100) == (20, 0, 10, 3)
    assert Extend("p", "o", overscan="10%").grown(200, 100) == (20, 10, 20, 10)
    assert Extend("p", "o", format="2048x858").grown(2047, 900) == (0, -21, 1, -21)
