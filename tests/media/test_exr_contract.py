"""The file contract: the output is the input with the hole's pixels changed, for each kind of EXR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from contracts import assert_kept, bits, fill, multi_part, planes_of

from vfx_ai.media import plate
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.frame import PlanePatch, Window

LOSSLESS = ["NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "HTJ2K256", "HTJ2K32"]
LOSSY = ["DWAA", "DWAB", "B44", "B44A"]
# Bits of halves that are NaN with a payload, both infinities, -0, and the smallest number.
ODD_HALVES = np.array([0x7E01, 0xFE77, 0x7C00, 0xFC00, 0x8000, 0x0001], np.uint16)


@pytest.mark.parametrize("compression", LOSSLESS)
@pytest.mark.parametrize("storage", ["scanlineimage", "tiledimage"])
def test_pixels_outside_the_hole_are_bit_identical_in_every_lossless_compression(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable, compression: str, storage: str
) -> None:
    channels = half_noise("RGBA", 70, 90)
    channels["R"].view(np.uint16)[0, :6] = ODD_HALVES
    header: dict[str, Any] = {"compression": getattr(OpenEXR, f"{compression}_COMPRESSION")}
    if storage == "tiledimage":
        tiles = OpenEXR.TileDescription()
        tiles.xSize, tiles.ySize = 32, 16
        header |= {"type": OpenEXR.tiledimage, "tiles": tiles}
    source = make_exr(tmp_path / "in.exr", channels, **header)
    patch = make_patch(Window(20, 30, 60, 50))
    assert fill(source, tmp_path / "out.exr", patch) == ()
    assert_kept(source, tmp_path / "out.exr", patch)
    assert read_header(tmp_path / "out.exr").parts[0].compression == read_header(source).parts[0].compression


@pytest.mark.parametrize("compression", LOSSY)
def test_a_lossy_compression_becomes_zip_and_says_so(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable, compression: str
) -> None:
    source = make_exr(
        tmp_path / "in.exr", half_noise("RGB", 70, 90), compression=getattr(OpenEXR, f"{compression}_COMPRESSION")
    )
    patch = make_patch(Window(20, 30, 60, 50))
    notes = fill(source, tmp_path / "out.exr", patch)
    assert_kept(source, tmp_path / "out.exr", patch)
    assert len(notes) == 1 and compression in notes[0] and "ZIP" in notes[0]
    assert read_header(tmp_path / "out.exr").parts[0].compression == "ZIP"
    assert plate.probe(source, 1).lossy == compression


def test_a_lossy_compression_is_kept_when_asked(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB", 64, 64), compression=OpenEXR.DWAA_COMPRESSION)
    notes = fill(source, tmp_path / "out.exr", make_patch(Window(0, 0, 9, 9)), keep_compression=True)
    assert read_header(tmp_path / "out.exr").parts[0].compression == "DWAA"
    assert "lossy" in notes[0]


def test_floats_in_pxr24_are_written_as_zip(tmp_path: Path, make_exr: Callable, make_patch: Callable) -> None:
    rng = np.random.default_rng(2)
    channels = {name: rng.normal(0, 9, (40, 40)).astype(np.float32) for name in "RGB"}
    source = make_exr(tmp_path / "in.exr", channels, compression=OpenEXR.PXR24_COMPRESSION)
    patch = make_patch(Window(4, 4, 20, 20))
    assert "PXR24" in fill(source, tmp_path / "out.exr", patch)[0]
    assert_kept(source, tmp_path / "out.exr", patch)


@pytest.mark.parametrize(
    ("origin", "display"), [((-30, -20), (64, 48)), ((12, 9), (64, 48)), ((500, 400), (64, 48)), ((0, 0), (64, 48))]
)
def test_overscan_and_small_data_windows_stay_where_they_are(
    tmp_path: Path,
    make_exr: Callable,
    half_noise: Callable,
    make_patch: Callable,
    origin: tuple[int, int],
    display: tuple[int, int],
) -> None:
    x, y = origin
    source = make_exr(tmp_path / "in.exr", half_noise("RGB", 40, 50), window=origin, display=display)
    frame = plate.read(source, 1, plate.probe(source, 1).layers[0])
    assert frame.data_window == Window(x, y, x + 50, y + 40)
    assert frame.display_window == Window(0, 0, 64, 48)
    # The patch reaches out of the data window on two sides.
    patch = make_patch(Window(x - 6, y - 5, x + 10, y + 12))
    fill(source, tmp_path / "out.exr", patch)
    assert_kept(source, tmp_path / "out.exr", patch)


def test_halves_floats_and_ids_in_one_part_keep_their_types_and_bits(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    rng = np.random.default_rng(3)
    channels: dict[str, np.ndarray] = half_noise("RGBA", 30, 30)
    channels["Z"] = rng.normal(100, 50, (30, 30)).astype(np.float32)
    channels["Z"].view(np.uint32)[3, :2] = [0x7FC12345, 0xFF800000]
    channels["id"] = rng.integers(0, 2**32, (30, 30), dtype=np.uint32)
    channels["crypto00.red"] = rng.integers(0, 2**32, (30, 30), dtype=np.uint32).view(np.float32)
    channels["diffuse.R"] = half_noise("R", 30, 30)["R"]
    source = make_exr(tmp_path / "in.exr", channels)
    patch = make_patch(Window(2, 2, 12, 12))
    fill(source, tmp_path / "out.exr", patch)
    assert_kept(source, tmp_path / "out.exr", patch)
    pixels = plate.read(source, 1, plate.probe(source, 1).layers[0]).pixels
    for index, name in enumerate("RGB"):
        assert np.array_equal(pixels[..., index], channels[name].astype(np.float32))


@pytest.mark.parametrize("layer", ["RGB", "rgba_right", "rgba_left", "rgba_left.diffuse", "diffuse", "RGBA_LEFT"])
def test_only_the_chosen_layer_of_one_part_changes(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable, layer: str
) -> None:
    source = multi_part(make_exr, half_noise, tmp_path / "in.exr")
    patch = make_patch(Window(8, 6, 20, 16))
    fill(source, tmp_path / "out.exr", patch, layer)
    assert_kept(source, tmp_path / "out.exr", patch, layer)
    part = plate.pick_layer(plate.probe(source, 1), layer).part
    names = [set(planes) for planes in planes_of(tmp_path / "out.exr")]
    assert [{"fill.source", "fill.confidence"} <= found for found in names] == [index == part for index in range(3)]


def test_each_layer_has_the_window_of_its_own_part(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    source = multi_part(make_exr, half_noise, tmp_path / "in.exr")
    assert plate.probe(source, 1).data_window.x0 == 3
    assert plate.probe(source, 1, "rgba_left").data_window.x0 == 5


def test_decreasing_line_order_stays(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB", 50, 20), lineOrder=OpenEXR.DECREASING_Y)
    patch = make_patch(Window(2, 2, 9, 40))
    fill(source, tmp_path / "out.exr", patch)
    assert_kept(source, tmp_path / "out.exr", patch)
    assert read_header(tmp_path / "out.exr").parts[0].attributes["lineOrder"].value == b"\x01"


def test_nan_and_inf_stay_outside_and_are_marked_on_reading(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    channels = half_noise("RGB")
    channels["G"].view(np.uint16)[0, :6] = ODD_HALVES
    channels["B"].view(np.uint16)[6, 6] = 0x7E55
    source = make_exr(tmp_path / "in.exr", channels)
    frame = plate.read(source, 1, plate.probe(source, 1).layers[0])
    assert np.isfinite(frame.pixels).all()
    assert np.argwhere(~frame.valid).tolist() == [[0, 0], [0, 1], [0, 2], [0, 3], [6, 6]]
    assert not frame.pixels[0, 0].any()
    patch = make_patch(Window(4, 4, 9, 9))
    fill(source, tmp_path / "out.exr", patch)
    assert_kept(source, tmp_path / "out.exr", patch)
    assert np.isfinite(planes_of(tmp_path / "out.exr")[0]["B"][6, 6])


def test_pixels_are_read_only(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB"))
    frame = plate.read(source, 1, plate.probe(source, 1).layers[0])
    for array in (frame.pixels, frame.valid):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_other_planes_of_a_patch_are_changed_in_the_hole_alone(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = multi_part(make_exr, half_noise, tmp_path / "in.exr")
    alpha = next(p for p in plate.find_planes(source, 1, plate.probe(source, 1).layers[0], "all") if p.channel == "A")
    patch = make_patch(Window(1, 6, 20, 16))
    light = np.full(patch.hole.shape, 1e5, np.float32)
    notes = fill(source, tmp_path / "out.exr", replace(patch, planes=(PlanePatch(alpha, light),)))
    before, after = (planes_of(path)[0]["A"] for path in (source, tmp_path / "out.exr"))
    hole = np.zeros_like(before, bool)
    hole[3:11, 0:16] = True
    assert (after[hole] == 65504).all() and np.array_equal(bits(before)[~hole], bits(after)[~hole])
    assert f"{hole.sum()} filled values" in notes[0]


def test_no_patch_copies_the_frame(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB"))
    fill(source, tmp_path / "out.exr", None)
    for name, plane in planes_of(source)[0].items():
        assert np.array_equal(bits(plane), bits(planes_of(tmp_path / "out.exr")[0][name]))


def test_a_black_frame_is_black_in_every_channel_but_the_hole(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = multi_part(make_exr, half_noise, tmp_path / "in.exr")
    patch = make_patch(Window(8, 6, 20, 16))
    fill(source, tmp_path / "out.exr", patch, black=True)
    found = planes_of(tmp_path / "out.exr")
    assert not found[1]["id"].any() and not found[0]["A"].any()
    assert (found[0]["R"] != 0).sum() == patch.hole.sum()


def test_light_beyond_half_is_written_as_its_largest_value_and_reported(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB"))
    notes = fill(source, tmp_path / "out.exr", make_patch(Window(0, 0, 4, 4), 1e6))
    assert planes_of(tmp_path / "out.exr")[0]["R"][1, 1] == 65504
    assert "12 filled values" in notes[0]


def test_a_gray_plate_is_one_channel_that_is_filled(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("Y"))
    info = plate.probe(source, 1)
    assert [layer.channels for layer in info.layers] == [("Y",)]
    assert plate.read(source, 1, info.layers[0]).pixels.shape == (20, 24, 3)
    patch = make_patch(Window(3, 3, 10, 10))
    fill(source, tmp_path / "out.exr", patch)
    assert_kept(source, tmp_path / "out.exr", patch)


@pytest.mark.parametrize("names", [("r", "g", "b"), ("red", "green", "blue"), ("beauty.R", "beauty.G", "beauty.B")])
def test_layers_are_found_by_other_names_too(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, names: tuple[str, ...]
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise([*names, "Z"]))
    info = plate.probe(source, 1)
    assert [layer.channels for layer in info.layers] == [names]
    assert plate.read(source, 1, info.layers[0]).pixels.shape == (20, 24, 3)
    assert bool(info.notes) == ("." in names[0])


@pytest.mark.shared
@pytest.mark.parametrize("name", ["multipart.0001.exr", "multipart.0002.exr", "singlepart.0001.exr"])
def test_the_beachball_survives_an_inpaint(tmp_path: Path, shared: Path, make_patch: Callable, name: str) -> None:
    source = shared / "clips" / "exr" / "Beachball" / name
    patch = make_patch(Window(800, 400, 830, 420))
    fill(source, tmp_path / "out.exr", patch)
    assert_kept(source, tmp_path / "out.exr", patch)
