"""The file contract: the output is the input with the hole's pixels changed, for each kind of EXR."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from vfx_ai.media import plate
from vfx_ai.media.exr_header import Attribute, Header
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_splice import exchange_header
from vfx_ai.media.frame import Patch, PlanePatch, Window

LOSSLESS = ["NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "HTJ2K256", "HTJ2K32"]
LOSSY = ["DWAA", "DWAB", "B44", "B44A"]
# Bits of halves that are NaN with a payload, both infinities, -0, and the smallest number.
ODD_HALVES = np.array([0x7E01, 0xFE77, 0x7C00, 0xFC00, 0x8000, 0x0001], np.uint16)
# Follow from how pixels are laid out; everything else must be the same bytes.
LAYOUT = {"channels", "chunkCount", "compression"}

Planes = list[dict[str, np.ndarray]]


def planes_of(path: Path) -> Planes:
    file = OpenEXR.File(str(path), separate_channels=True)
    return [{name: channel.pixels for name, channel in part.channels.items()} for part in file.parts]


def bits(plane: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(plane).view(f"u{plane.dtype.itemsize}")


def fill(source: Path, target: Path, patch: Patch | None, layer: str = "RGB", **options: Any) -> tuple[str, ...]:
    info = plate.probe(source, 1001, layer)
    return plate.write(source, target, 1001, plate.pick_layer(info, layer), patch, **options)


def assert_kept(source: Path, target: Path, patch: Patch, layer: str = "RGB") -> None:
    """Every bit outside the hole, every other channel, every attribute, every type is as it was."""
    info = plate.probe(source, 1001, layer)
    chosen = plate.pick_layer(info, layer)
    old, new = read_header(source), read_header(target)
    assert len(old.parts) == len(new.parts)
    for before, after in zip(old.parts, new.parts, strict=True):
        kept = {name: a for name, a in before.attributes.items() if name not in LAYOUT}
        assert {name: a for name, a in after.attributes.items() if name not in LAYOUT} == kept
        assert [c for c in after.channels if not c.name.startswith("fill.")] == list(before.channels)
    for index, (before_planes, after_planes) in enumerate(zip(planes_of(source), planes_of(target), strict=True)):
        window = old.parts[index].data_window
        hole = np.zeros((window.height, window.width), bool)
        inside = patch.window.intersection(window)
        if index == chosen.part and not inside.empty:
            hole[inside.slices(window)] = patch.hole[inside.slices(patch.window)]
            assert hole.any()
        for name, plane in before_planes.items():
            same = bits(plane) == bits(after_planes[name])
            assert same[~hole].all(), f"{name} of part {index} changed outside the hole"
            if name not in chosen.channels or index != chosen.part:
                assert same.all(), f"{name} of part {index} changed"
            else:
                assert np.allclose(after_planes[name][hole].astype(np.float32), 7.25)


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


def multi_part(make_exr: Callable, half_noise: Callable, path: Path) -> Path:
    ids = np.random.default_rng(4).integers(0, 2**32, (20, 16), dtype=np.uint32)
    return make_exr(
        path,
        parts=[
            (
                {"name": "rgba_right", "view": "right", "window": (3, 4), "display": (64, 48)},
                half_noise("RGBA", 20, 30),
            ),
            ({"name": "ids", "window": (9, 9), "display": (64, 48)}, {"id": ids}),
            (
                {"name": "rgba_left", "view": "left", "window": (5, 4), "display": (64, 48)},
                {**half_noise("RGB", 20, 30, 7), **half_noise(["diffuse.R", "diffuse.G", "diffuse.B"], 20, 30, 8)},
            ),
        ],
    )


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


def packed(name: str, kind: str, value: bytes) -> Attribute:
    return Attribute(name, kind, value)


ATTRIBUTES = [
    packed("timeCode", "timecode", struct.pack("<II", 0x12345678, 0x9ABCDEF0)),
    packed("framesPerSecond", "rational", struct.pack("<iI", 24000, 1001)),
    packed("unreduced", "rational", struct.pack("<iI", 48, 2)),
    packed("chromaticities", "chromaticities", struct.pack("<8f", 0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32, 0.33)),
    packed("keyCode", "keycode", struct.pack("<7i", 1, 2, 3, 4, 5, 4, 64)),
    packed("words", "stringvector", struct.pack("<i", 2) + b"ab" + struct.pack("<i", 0)),
    packed("noWords", "stringvector", b""),
    packed("noFloats", "floatvector", b""),
    packed("floats", "floatvector", struct.pack("<2f", 0.1, 0.2)),
    packed("precise", "double", struct.pack("<d", 0.1)),
    packed("notANumber", "float", struct.pack("<I", 0x7FC12345)),
    packed("camera", "m44f", struct.pack("<16f", *range(16))),
    packed("cameraDouble", "m44d", struct.pack("<16d", *range(16))),
    packed("point", "v3d", struct.pack("<3d", 1, 2, 3)),
    packed("own", "studioThing", b"\x00\x01\xff"),
    packed("accents", "string", "Müller été 日本".encode()),
    packed("oldAccents", "string", b"M\xfcller"),
    packed("withNul", "string", b"a\0b"),
    packed("empty", "string", b""),
    packed("preview", "preview", struct.pack("<II", 2, 1) + bytes(range(8))),
    packed("envmap", "envmap", b"\x01"),
    packed("capDate", "string", b"2024:05:06 07:08:09"),
    packed("a_name_that_is_longer_than_thirty_one_letters", "int", struct.pack("<i", -5)),
    packed("pixelAspectRatio", "float", struct.pack("<f", 2.0)),
    packed("screenWindowCenter", "v2f", struct.pack("<2f", 0.25, -0.5)),
]


def with_attributes(path: Path, source: Path, extra: list[Attribute]) -> Path:
    header: Header = read_header(source)
    parts = [list({**part.attributes, **{a.name: a for a in extra}}.values()) for part in header.parts]
    exchange_header(source, header, parts, path)
    return path


@pytest.mark.parametrize("attribute", ATTRIBUTES, ids=lambda a: a.name)
def test_every_attribute_survives_as_the_same_bytes(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable, attribute: Attribute
) -> None:
    plain = make_exr(tmp_path / "plain.exr", half_noise("RGB"))
    source = with_attributes(tmp_path / "in.exr", plain, [attribute])
    patch = make_patch(Window(2, 2, 9, 9))
    fill(source, tmp_path / "out.exr", patch)
    assert read_header(tmp_path / "out.exr").parts[0].attributes[attribute.name] == attribute
    # An attribute that the OpenEXR package can't read must not keep the test from comparing pixels.
    result, original = tmp_path / "out.exr", plain
    if attribute.name == "oldAccents":
        header = read_header(result)
        exchange_header(
            result, header, [[a for a in header.parts[0].attributes.values() if a != attribute]], tmp_path / "r.exr"
        )
        result = tmp_path / "r.exr"
    for name, plane in planes_of(original)[0].items():
        assert (bits(plane) != bits(planes_of(result)[0][name])).sum() == patch.hole.sum()


def test_all_attributes_together_survive_in_every_part(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    plain = multi_part(make_exr, half_noise, tmp_path / "plain.exr")
    source = with_attributes(tmp_path / "in.exr", plain, [a for a in ATTRIBUTES if a.name != "oldAccents"])
    patch = make_patch(Window(8, 6, 20, 16))
    fill(source, tmp_path / "out.exr", patch)
    assert_kept(source, tmp_path / "out.exr", patch)


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


def test_fill_channels_say_plate_outside_the_hole(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source, patch = make_exr(tmp_path / "in.exr", half_noise("RGB")), make_patch(Window(3, 3, 10, 10))
    fill(source, tmp_path / "out.exr", patch)
    found = planes_of(tmp_path / "out.exr")[0]
    expected = np.zeros((20, 24))
    expected[4:9, 4:9] = 6
    assert found["fill.source"].dtype == np.float16
    assert np.array_equal(found["fill.source"], expected)
    assert np.array_equal(found["fill.confidence"], np.where(expected, 0.75, 1.0))


def traced(patch: Patch) -> Patch:
    """The patch with an origin at (12.25, 7.5) of frame 1003 and a gain of 2, 0.5, -1 in its hole."""
    hole = patch.hole[..., None]
    origin = np.where(hole, np.float32([12.25, 7.5, 1003]), np.float32(0))
    return replace(patch, origin=origin, gain=np.where(hole, np.float32([2, 0.5, -1]), np.float32(1)))


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_the_origin_is_written_as_float_and_the_gain_in_the_layers_own_type(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable, kind: Any
) -> None:
    channels = {name: plane.astype(kind) for name, plane in half_noise("RGB").items()}
    source, patch = make_exr(tmp_path / "in.exr", channels, window=(3, -2)), traced(make_patch(Window(4, 0, 11, 7)))
    fill(source, tmp_path / "out.exr", patch)
    assert_kept(source, tmp_path / "out.exr", patch)
    found, hole = planes_of(tmp_path / "out.exr")[0], np.zeros((20, 24), bool)
    hole[3:8, 2:7] = True
    for name, inside in (("x", 12.25), ("y", 7.5), ("frame", 1003)):
        assert found[f"fill.from.{name}"].dtype == np.float32
        assert np.array_equal(found[f"fill.from.{name}"], np.where(hole, inside, 0))
    for name, inside in (("R", 2), ("G", 0.5), ("B", -1)):
        assert found[f"fill.gain.{name}"].dtype == kind
        assert np.array_equal(found[f"fill.gain.{name}"], np.where(hole, inside, 1))


def test_a_second_pass_forgets_the_origin_of_what_it_fills_without_one(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB"))
    fill(source, tmp_path / "one.exr", traced(make_patch(Window(2, 2, 12, 12))))
    fill(tmp_path / "one.exr", tmp_path / "two.exr", make_patch(Window(2, 2, 8, 12)))
    found = planes_of(tmp_path / "two.exr")[0]
    assert (found["fill.from.x"][3:11, 3:7] == 0).all() and (found["fill.gain.R"][3:11, 3:7] == 1).all()
    assert (found["fill.from.x"][3:11, 7:11] == 12.25).all() and (found["fill.gain.R"][3:11, 7:11] == 2).all()


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


def test_a_second_pass_keeps_what_the_first_wrote(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB"))
    fill(source, tmp_path / "one.exr", make_patch(Window(0, 0, 6, 6)))
    fill(tmp_path / "one.exr", tmp_path / "two.exr", make_patch(Window(10, 10, 16, 16), 3.0))
    found = planes_of(tmp_path / "two.exr")[0]["fill.source"]
    assert (found[1:5, 1:5] == 6).all() and (found[11:15, 11:15] == 6).all() and (found == 6).sum() == 32


def test_no_aovs_adds_no_channels(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB"))
    fill(source, tmp_path / "out.exr", make_patch(Window(0, 0, 6, 6)), aovs=False)
    assert set(planes_of(tmp_path / "out.exr")[0]) == set("RGB")


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
