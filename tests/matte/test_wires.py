"""Wires: how they are written, that they are found, measured and followed to a fraction of a pixel, and drawn."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from rendered import load, write_rgb

import vfx_ai
from vfx_ai.errors import JobError
from vfx_ai.matte.curve import Line, drawn, smoothed, straight
from vfx_ai.matte.prompts import Wire, gather_wires, parse_wire
from vfx_ai.media.frame import Window

SIZE = (160, 320)
FRAMES = range(1001, 1007)


def wire_at(x: np.ndarray, number: int, slow: float = 1.0) -> np.ndarray:
    """How far down the wire hangs; it moves by itself, while the background goes the other way."""
    t = (number - 1001) * slow
    share = x / (SIZE[1] - 1)
    return 60 + 8 * share + 4 * 28 * share * (1 - share) + 2.3 * t


def strung(
    folder: Path, width: float = 2.4, scale: int = 1, until: float = 1.0, lamps: bool = False, slow: float = 1.0
) -> str:
    """A plate with a wire, bright above and dark below, before a background with texture that pans."""
    folder.mkdir(exist_ok=True)
    height, across = SIZE[0] * scale, SIZE[1] * scale
    rng = np.random.default_rng(4)
    texture = sum(
        2.0**octave
        * cv2.GaussianBlur(rng.standard_normal((height, across + 80 * scale, 3)), (0, 0), scale * 1.3 * 2**octave)
        for octave in range(4)
    )
    wall = 0.18 * np.exp2(0.5 * texture)
    if lamps:
        for x, y in ((60, 96), (150, 90), (240, 80)):
            wall[(y - 3) * scale : (y + 3) * scale, (x - 3) * scale : (x + 3) * scale] = 60
    x = np.arange(across) / scale
    rows = (np.arange(height * 8) + 0.5) / 8 / scale - 0.5 / scale
    for number in FRAMES:
        off = round(3 * (number - 1001) * slow) * scale
        picture = wall[:, off : off + across].astype(np.float64)
        away = rows[:, None] - wire_at(x, number, slow)[None]
        inside = (np.abs(away) <= width / 2) & (x <= until * SIZE[1])
        lit = np.where(away < 0, 0.5, 0.06)
        share = inside.reshape(height, 8, across).mean(1)
        light = (inside * lit).reshape(height, 8, across).mean(1)
        mixed = (picture * (1 - share[..., None]) + light[..., None]).astype(np.float32)
        write_rgb(folder / f"plate.{number}.exr", mixed, (0, 0), (across, height))
    return str(folder / "plate.####.exr")


def ends(number: int, off: float = 0.0, slow: float = 1.0) -> str:
    y = wire_at(np.array([0.0, SIZE[1] - 1.0]), number, slow) + off
    return f"0,{y[0]:.1f},{SIZE[1] - 1},{y[1]:.1f}@{number}"


def off_the_middle(matte: np.ndarray, number: int, scale: int = 1, until: float = 1.0, slow: float = 1.0) -> np.ndarray:
    """By how many pixels of the wire's own scale the matte's middle lies beside the wire's, per column."""
    columns = np.arange(6 * scale, int(until * SIZE[1] * scale) - 6 * scale)
    weight = matte[:, columns].astype(np.float64)
    middle = (weight * np.arange(len(matte))[:, None]).sum(0) / np.maximum(weight.sum(0), 1e-6)
    return middle / scale - wire_at(columns / scale, number, slow)


def test_a_wire_is_written_as_its_two_ends_and_its_width() -> None:
    assert parse_wire("10,20,600,45.5@1001") == Wire("", 10, 20, 600, 45.5, 0, 1001)
    assert parse_wire("left: -5,20,600,45,3@-2") == Wire("left", -5, 20, 600, 45, 3, -2)
    for text in ("", "1,2,3", "1,2,3,4@1001", "1,2,300,4,-3", "1,2,300,4,1000", "a,2,300,4", "1,2,300,4,5,6"):
        with pytest.raises(JobError, match="no wire"):
            parse_wire(text)


def test_wires_of_one_name_go_on_in_their_order() -> None:
    first, second, later = (parse_wire(text) for text in ("0,1,90,1@5", "0,9,90,9@5", "0,2,90,2@7"))
    assert gather_wires([second, first, later], (5, 6, 7)) == (("", {5: second, 7: later}), ("", {5: first}))
    with pytest.raises(JobError, match="frame 7 has 2 wires"):
        gather_wires([first, later, later], (5, 6, 7))
    with pytest.raises(JobError, match="no frame 5"):
        gather_wires([first], (6, 7))


def test_a_line_covers_as_much_of_a_pixel_as_lies_under_it() -> None:
    window = Window(3, -2, 43, 18)
    line = Line(straight((5, 8.25), (35, 8.25)), width=1.5, blur=0.0)
    coverage = drawn(line, window)
    assert coverage.shape == (20, 40) and coverage.dtype == np.float32
    assert coverage[:, 10:25].sum(0) == pytest.approx(np.full(15, 1.5), abs=0.03)
    assert coverage[9:13, 15] == pytest.approx([0, 1, 0.5, 0], abs=0.03)
    assert not coverage[:, 36:].any()
    thin = drawn(Line(line.points, width=0.4, blur=0.0), window)
    assert thin[:, 15].sum() == pytest.approx(0.4, abs=0.02)
    assert not drawn(Line(line.points[:0], 2, 0.5), window).any()


def test_outliers_do_not_bend_a_smooth_curve() -> None:
    x = np.linspace(0, 1, 400)
    true = 30 * x * (1 - x)
    values = true + np.where((x > 0.4) & (x < 0.5), 9.0, 0.0)
    assert np.abs(smoothed(values, np.ones(400), 100) - true).max() < 0.5


@pytest.mark.parametrize("width", [1.2, 2.4, 5.0])
def test_a_wire_is_followed_to_a_fraction_of_a_pixel_and_covered(tmp_path: Path, width: float) -> None:
    plate = strung(tmp_path, width, lamps=True)
    made = vfx_ai.make_matte(plate, tmp_path / "m.####.exr", wires=[ends(1002, off=1.5)])
    assert made.method == "wires" and not made.doubts and not made.notes
    for number in FRAMES:
        matte = load(tmp_path / f"m.{number}.exr")["A"].astype(np.float32)
        off = off_the_middle(matte, number)
        assert np.sqrt((off**2).mean()) < max(0.35, 0.7 / width), (number, off)
        thick = np.median(matte.sum(0))
        assert width - 0.5 < thick < width + 1.6, (number, thick)


def test_a_thin_matte_is_not_lost_where_the_working_size_is_smaller(tmp_path: Path) -> None:
    plate = strung(tmp_path, width=0.5, scale=4, slow=0.4)  # two pixels of 1280: half of one at the working size
    end = np.array([float(part) for part in ends(1001, slow=0.4).split("@")[0].split(",")]) * 4
    made = vfx_ai.make_matte(plate, tmp_path / "m.####.exr", wires=[",".join(f"{e:g}" for e in end) + "@1001"])
    assert not made.doubts
    for number in (1001, 1006):
        matte = load(tmp_path / f"m.{number}.exr")["A"].astype(np.float32)
        off = off_the_middle(matte, number, scale=4, slow=0.4) * 4
        assert np.sqrt((off**2).mean()) < 0.5, (number, off)
        assert np.median(matte.sum(0)) > 1.5


def test_where_the_wire_ends_in_the_picture_the_matte_ends(tmp_path: Path) -> None:
    plate = strung(tmp_path, until=0.6)
    last = 0.6 * SIZE[1]
    y = wire_at(np.array([0.0, last]), 1001)
    vfx_ai.make_matte(plate, tmp_path / "m.####.exr", wires=[f"0,{y[0]},{last},{y[1]}@1001"])
    for number in FRAMES:
        there = np.flatnonzero(load(tmp_path / f"m.{number}.exr")["A"].max(0) > 0.5)
        assert there[0] == 0 and abs(there[-1] - last) < 12, (number, there[-1])


def test_a_frame_of_a_wire_does_not_depend_on_the_others_that_were_asked_for(tmp_path: Path) -> None:
    plate = strung(tmp_path)
    said = [ends(1002), ends(1005)]
    vfx_ai.make_matte(plate, tmp_path / "all.####.exr", wires=said)
    vfx_ai.make_matte(plate, tmp_path / "one.####.exr", wires=said, frames="1004")
    every, one = (load(tmp_path / f"{name}.1004.exr")["A"] for name in ("all", "one"))
    assert every.any() and np.array_equal(every, one)
    assert not (tmp_path / "one.1003.exr").exists()


def test_a_wire_that_is_gone_is_named_in_a_warning(tmp_path: Path) -> None:
    plate = strung(tmp_path)
    empty = strung(tmp_path / "empty", width=0.0)
    for number in (1005, 1006):
        (tmp_path / f"plate.{number}.exr").write_bytes(Path(empty.replace("####", str(number))).read_bytes())
    made = vfx_ai.make_matte(plate, tmp_path / "m.####.exr", wires=[ends(1001)])
    assert {frame for frame, _ in made.doubts} == {1005, 1006}
    nothing = vfx_ai.make_matte(empty, tmp_path / "n.####.exr", wires=[ends(1001)], frames="1001")
    assert [why for _, why in nothing.doubts] == ["no thin line is clearly seen between its ends"]


def test_wires_and_clicks_are_one_matte_with_a_channel_for_each_name(tmp_path: Path) -> None:
    plate = strung(tmp_path)
    upper = ends(1001)
    made = vfx_ai.make_matte(
        plate,
        tmp_path / "m.####.exr",
        wires=[f"wire:{upper}", "wire:0,150,319,140,2@1001"],
        boxes=["block:100,120,140,150@1001"],
        points=["block:120,135@1001"],
        frames="1001",
        edge="hard",
    )
    assert made.objects == ("block", "wire") and made.method == "classical"
    planes = load(tmp_path / "m.1001.exr")
    assert set(planes) == {"A", "block.A", "wire.A"}
    assert np.array_equal(planes["A"], np.maximum(planes["block.A"], planes["wire.A"]))
    assert set(np.unique(planes["wire.A"])) == {0, 1}
    with pytest.raises(JobError, match="outside of the picture"):
        vfx_ai.make_matte(plate, tmp_path / "n.####.exr", wires=["0,20,900,30@1001"])
