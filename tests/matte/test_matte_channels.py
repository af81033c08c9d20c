"""Which pixels go: any channel of any file, laid over the plate's picture, soft edges kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO
import pytest

from vfx_ai.errors import JobError, UnsupportedFileError
from vfx_ai.matte.channels import Matte, parse_grow, read_matte
from vfx_ai.media.color_space import LINEAR
from vfx_ai.media.frame import Layer, PlateInfo, Window
from vfx_ai.media.plate import read_channel

PICTURE = Window(0, 0, 40, 30)


def plate_info(data: Window = PICTURE, display: Window = PICTURE) -> PlateInfo:
    return PlateInfo(Path("plate.exr"), 1, data, display, (Layer("RGB", 0, ("R", "G", "B")),), LINEAR)


def square(height: int = 30, width: int = 40, value: float = 1.0) -> np.ndarray:
    plane = np.zeros((height, width), np.float16)
    plane[10:15, 20:26] = value
    return plane


def read(path: Path, window: Window = PICTURE, onto: PlateInfo | None = None, **options: Any) -> Matte:
    return read_matte(path, 1, onto=onto or plate_info(), window=window, **options)


def test_alpha_is_taken_when_no_channel_is_named(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    file = make_exr(tmp_path / "m.exr", {**half_noise("RGB", 30, 40), "A": square()})
    assert np.array_equal(read(file).coverage, square())


def test_the_only_channel_is_taken_whatever_its_name(tmp_path: Path, make_exr: Callable) -> None:
    assert np.array_equal(read(make_exr(tmp_path / "m.exr", {"mask.roto": square()})).coverage, square())


def test_color_without_alpha_counts_by_its_luminance(tmp_path: Path, make_exr: Callable) -> None:
    zero = np.zeros_like(square())
    file = make_exr(tmp_path / "m.exr", {"R": zero, "G": square(), "B": zero})
    assert read(file).coverage[12, 22] == pytest.approx(0.7152, abs=1e-4)


def test_luminance_and_alpha_can_be_asked_for_by_these_words(tmp_path: Path, make_exr: Callable) -> None:
    channels = {name: np.full((4, 6), value, np.float32) for name, value in zip("RGBA", (1, 0.5, 0, 0.25), strict=True)}
    path = make_exr(tmp_path / "in.exr", channels)
    assert read_channel(path, 1, "luminance").values[0, 0] == pytest.approx(0.2126 + 0.5 * 0.7152)
    assert read_channel(path, 1, "Alpha").values[0, 0] == 0.25


def test_any_channel_of_any_part_can_be_named(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    file = make_exr(
        tmp_path / "m.exr",
        parts=[({"name": "main"}, half_noise("RGBA", 30, 40)), ({"name": "masks"}, {"mask.A": square()})],
    )
    for name in ("mask.A", "masks.mask.A", "MASK.a"):
        assert np.array_equal(read(file, channel=name).coverage, square())


def test_a_whole_number_channel_is_a_matte_too(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    file = make_exr(tmp_path / "m.exr", {**half_noise("R", 30, 40), "id": square().astype(np.uint32) * 7})
    assert np.array_equal(read(file, channel="id").coverage, square())


def test_a_channel_that_is_not_there_lists_those_that_are(tmp_path: Path, make_exr: Callable) -> None:
    file = make_exr(tmp_path / "m.exr", {"mask.roto": square(), "Z": square()})
    with pytest.raises(JobError, match=r"mask\.roto"):
        read(file, channel="mask.garbage")
    with pytest.raises(JobError, match="more than one channel"):
        read(file)


def test_values_are_brought_into_zero_to_one_and_nan_counts_as_nothing(tmp_path: Path, make_exr: Callable) -> None:
    plane = square()
    plane[0, :4] = [np.nan, np.inf, -2.0, 3.0]
    file = make_exr(tmp_path / "m.exr", {"A": plane})
    assert read(file).coverage[0, :5].tolist() == [0, 1, 0, 1, 0]
    assert read(file, invert=True).coverage[0, :5].tolist() == [1, 0, 1, 0, 1]


def test_soft_edges_stay_soft(tmp_path: Path, make_exr: Callable) -> None:
    plane = square(value=0.25)
    assert read(make_exr(tmp_path / "m.exr", {"A": plane})).coverage[12, 22] == 0.25


def test_outside_of_its_data_window_a_matte_is_empty_and_full_when_inverted(tmp_path: Path, make_exr: Callable) -> None:
    file = make_exr(tmp_path / "m.exr", {"A": np.ones((5, 6), np.float16)}, window=(20, 10), display=(40, 30))
    assert np.array_equal(read(file).coverage, square())
    assert np.array_equal(read(file, invert=True).coverage, 1 - square())


def test_the_matte_lies_right_over_overscan(tmp_path: Path, make_exr: Callable) -> None:
    file = make_exr(tmp_path / "m.exr", {"A": square()})
    window = Window(-8, -6, 48, 36)
    matte = read(file, window)
    assert matte.coverage.shape == (42, 56)
    assert np.array_equal(matte.coverage[PICTURE.slices(window)], square())
    assert matte.coverage.sum() == 30


def test_another_size_is_refused_and_names_both(tmp_path: Path, make_exr: Callable) -> None:
    file = make_exr(tmp_path / "m.exr", {"A": square(15, 40)}, display=(20, 15))
    with pytest.raises(UnsupportedFileError, match=r"20 x 15, the plate 40 x 30"):
        read(file)


def test_a_matte_is_read_only(tmp_path: Path, make_exr: Callable) -> None:
    matte = read(make_exr(tmp_path / "m.exr", {"A": square()}))
    with pytest.raises(ValueError, match="read-only"):
        matte.coverage[0] = 1
    assert np.array_equal(matte.hole, square() > 0)


def write_png(path: Path, codes: np.ndarray) -> Path:
    writer = OpenImageIO.ImageOutput.create(str(path))
    assert writer.open(str(path), OpenImageIO.ImageSpec(codes.shape[1], codes.shape[0], 1, "uint8"))
    assert writer.write_image(codes[..., None]) and writer.close()
    return path


def test_a_png_matte_is_taken_as_it_is_without_a_curve(tmp_path: Path) -> None:
    codes = (square() * 128).astype(np.uint8)
    assert read(write_png(tmp_path / "m.png", codes)).coverage[12, 22] == pytest.approx(128 / 255)


def test_a_png_of_the_data_windows_size_lies_on_it(tmp_path: Path) -> None:
    data = Window(-8, -6, 48, 36)
    codes = np.zeros((42, 56), np.uint8)
    codes[0, 0] = 255
    onto = plate_info(data)
    matte = read(write_png(tmp_path / "m.png", codes), data, onto)
    assert matte.coverage[0, 0] == 1 and matte.coverage.sum() == 1
    with pytest.raises(UnsupportedFileError):
        read(write_png(tmp_path / "n.png", codes[:-1]), data, onto)


@pytest.mark.parametrize(
    ("text", "pixels"), [("0", 0), ("3", 3), ("-2", -2), ("0.5%", 10.24), ("-1 %", -20.48), ("1.5", 1.5)]
)
def test_growth_is_in_pixels_or_percent_of_width(text: str, pixels: float) -> None:
    assert parse_grow(text, 2048) == pytest.approx(pixels)
    if text.endswith("%"):
        assert parse_grow(text, 4096) == pytest.approx(2 * pixels)


@pytest.mark.parametrize("text", ["", "wide", "3 4", "nan", "inf", "9999999", "200%"])
def test_growth_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(JobError, match="grow"):
        parse_grow(text, 2048)


SMALL = plate_info(Window(0, 0, 61, 61), Window(0, 0, 61, 61))


def disc(radius: float) -> np.ndarray:
    y, x = np.mgrid[0:61, 0:61]
    return np.hypot(y - 30, x - 30) <= radius


def dot(tmp_path: Path, make_exr: Callable, value: float = 1.0) -> Path:
    plane = np.zeros((61, 61), np.float16)
    plane[30, 30] = value
    return make_exr(tmp_path / "dot.exr", {"A": plane})


@pytest.mark.parametrize("radius", [1, 3, 7, 12, 20])
def test_growing_is_round_and_as_wide_as_asked(tmp_path: Path, make_exr: Callable, radius: int) -> None:
    window = Window(0, 0, 61, 61)
    grown = read(dot(tmp_path, make_exr), window, SMALL, grow=str(radius)).coverage > 0
    assert grown[30].sum() == grown[:, 30].sum() == 2 * radius + 1
    assert not (grown & ~disc(radius + 0.5)).any()
    assert not (~grown & disc(radius - 1)).any()


def test_growing_keeps_the_value_of_a_soft_edge(tmp_path: Path, make_exr: Callable) -> None:
    grown = read(dot(tmp_path, make_exr, 0.25), Window(0, 0, 61, 61), SMALL, grow="2").coverage
    assert grown.max() == 0.25 and (grown == 0.25).sum() == disc(2).sum()


def test_a_fraction_of_a_pixel_grows_by_a_fraction(tmp_path: Path, make_exr: Callable) -> None:
    file, window = dot(tmp_path, make_exr), Window(0, 0, 61, 61)
    sums = [read(file, window, SMALL, grow=text).coverage.sum() for text in ("0", "0.5", "1", "1.25", "2")]
    assert sums == sorted(set(sums))
    assert read(file, window, SMALL, grow="0.5").coverage[30, 31] == 0.5


def test_shrinking_does_not_eat_in_from_the_pictures_edge(tmp_path: Path, make_exr: Callable) -> None:
    plane = np.zeros((30, 40), np.float16)
    plane[:, :10] = 1
    shrunk = read(make_exr(tmp_path / "m.exr", {"A": plane}), grow="-2").coverage
    assert (shrunk[:, :8] == 1).all() and not shrunk[:, 8:].any()


def test_a_window_cut_out_of_the_picture_grows_alike(tmp_path: Path, make_exr: Callable) -> None:
    file = make_exr(tmp_path / "m.exr", {"A": square()})
    whole, part = read(file, grow="4").coverage, Window(12, 5, 22, 14)
    assert np.array_equal(read(file, part, plate_info(), grow="4").coverage, whole[part.slices(PICTURE)])
