"""Formats beside EXR: what is assumed is said, codes outside the hole stay, what can't be read is one error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import OpenImageIO
import pytest

from vfx_ai.errors import InputError, JobError, UnsupportedFileError
from vfx_ai.media import curves, plate
from vfx_ai.media.frame import Window

KINDS = [
    ("png", "uint8"),
    ("png", "uint16"),
    ("tif", "uint8"),
    ("tif", "uint16"),
    ("tif", "float"),
    ("dpx", "uint8"),
    ("dpx", "uint16"),
]


def write_image(path: Path, kind: str, channels: int = 3, bits: int = 0, **attributes: Any) -> np.ndarray:
    """Writes noise and gives the codes that come back from the file."""
    rng = np.random.default_rng(9)
    codes: np.ndarray = rng.normal(0.5, 2, (24, 30, channels)).astype(np.float32)
    if kind != "float":
        codes = rng.integers(0, np.iinfo(kind).max, codes.shape, endpoint=True).astype(kind)
    spec = OpenImageIO.ImageSpec(30, 24, channels, kind)
    # Otherwise the writer divides by alpha.
    spec.attribute("oiio:UnassociatedAlpha", 1)
    if bits:
        spec.attribute("oiio:BitsPerSample", bits)
    for name, value in attributes.items():
        spec.attribute(name.replace("_", ":", 1), value)
    writer = OpenImageIO.ImageOutput.create(str(path))
    assert writer.open(str(path), spec) and writer.write_image(codes) and writer.close()
    return codes_of(path)


def codes_of(path: Path) -> np.ndarray:
    config = OpenImageIO.ImageSpec()
    config.attribute("oiio:UnassociatedAlpha", 1)
    reader = OpenImageIO.ImageInput.open(str(path), config)
    return np.asarray(reader.read_image(0, 0, 0, reader.spec().nchannels, "unknown"))


def planes_of(path: Path) -> dict[str, np.ndarray]:
    return {name: c.pixels for name, c in OpenEXR.File(str(path), separate_channels=True).parts[0].channels.items()}


def test_what_was_assumed_of_the_color_is_said(tmp_path: Path) -> None:
    said = {
        ("a.png", "uint8"): "8-bit PNG: read as sRGB-encoded, Rec.709 primaries (assumed)",
        ("b.tif", "uint16"): "16-bit TIFF: read as sRGB-encoded, Rec.709 primaries (assumed)",
        ("c.tif", "float"): "float TIFF: read as scene-linear, Rec.709 primaries (assumed)",
        ("d.dpx", "uint8"): "8-bit DPX: read as sRGB-encoded, Rec.709 primaries (assumed)",
    }
    for (name, kind), note in said.items():
        write_image(tmp_path / name, kind)
        assert plate.probe(tmp_path / name, 1).notes == (note,)


def test_a_dpx_is_read_by_the_transfer_that_it_names(tmp_path: Path) -> None:
    decoded = {
        "Printing density": curves.cineon_to_scene,
        "Linear": np.asarray,
        "ITU-R 709-4": curves.rec709_to_scene,
        "Undefined": curves.cineon_to_scene,
    }
    for transfer, curve in decoded.items():
        codes = write_image(tmp_path / "a.dpx", "uint16", bits=10, dpx_Transfer=transfer)
        frame = plate.read(tmp_path / "a.dpx", 1, plate.probe(tmp_path / "a.dpx", 1).layers[0])
        assert np.array_equal(frame.pixels, curve(((codes >> 6) / 1023).astype(np.float32))), transfer


def test_eight_bits_become_half_and_all_codes_can_be_told_apart(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", "uint8")
    plate.write(tmp_path / "a.png", tmp_path / "a.exr", 1, plate.probe(tmp_path / "a.png", 1).layers[0], None)
    assert planes_of(tmp_path / "a.exr")["R"].dtype == np.float16
    codes = np.arange(256, dtype=np.float32) / 255
    for decode, encode in (
        (curves.srgb_to_scene, curves.scene_to_srgb),
        (curves.cineon_to_scene, curves.scene_to_cineon),
        (curves.rec709_to_scene, curves.scene_to_rec709),
    ):
        back = encode(decode(codes).astype(np.float16).astype(np.float32)) * 255
        assert np.array_equal(np.rint(back), np.arange(256))


def test_an_exr_of_a_16_bit_plate_holds_its_light_outside_the_hole(tmp_path: Path, make_patch: Callable) -> None:
    source = tmp_path / "a.tif"
    write_image(source, "uint16", 4)
    info = plate.probe(source, 1)
    frame, patch = plate.read(source, 1, info.layers[0]), make_patch(Window(4, 5, 12, 14))
    plate.write(source, tmp_path / "a.exr", 1, info.layers[0], patch)
    found = planes_of(tmp_path / "a.exr")
    hole = np.zeros((24, 30), bool)
    hole[patch.window.slices(info.data_window)] = patch.hole
    for index, name in enumerate("RGB"):
        assert found[name].dtype == np.float32
        assert np.array_equal(found[name][~hole], frame.pixels[~hole, index])
        assert (found[name][hole] == 7.25).all()
    assert np.array_equal(found["A"], (codes_of(source)[..., 3] / 65535.0).astype(np.float32))
    assert (found["fill.source"] == np.where(hole, 6, 0)).all()


@pytest.mark.parametrize(("extension", "kind"), KINDS)
@pytest.mark.parametrize("channels", [3, 4])
def test_the_same_format_keeps_every_code_outside_the_hole(
    tmp_path: Path, make_patch: Callable, extension: str, kind: str, channels: int
) -> None:
    source, target = tmp_path / f"in.{extension}", tmp_path / "out" / f"out.{extension}"
    codes = write_image(source, kind, channels)
    layer, patch = plate.probe(source, 1).layers[0], make_patch(Window(4, 5, 12, 14), 0.5)
    assert plate.write(source, target, 1, layer, patch) == ()
    found, hole = codes_of(target), np.zeros((24, 30), bool)
    hole[5:14, 4:12] = patch.hole
    assert np.array_equal(found[~hole], codes[~hole])
    assert np.array_equal(found[..., 3:], codes[..., 3:])
    light = plate.read(target, 1, layer).pixels[hole]
    assert np.allclose(light, 0.5, atol=0.005)
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_ten_bit_codes_come_back_the_same(tmp_path: Path, make_patch: Callable) -> None:
    codes = write_image(tmp_path / "in.dpx", "uint16", bits=10)
    layer, patch = plate.probe(tmp_path / "in.dpx", 1).layers[0], make_patch(Window(4, 5, 12, 14), 0.18)
    plate.write(tmp_path / "in.dpx", tmp_path / "out.dpx", 1, layer, patch)
    found = codes_of(tmp_path / "out.dpx")
    assert (found != codes).any(axis=2).sum() <= patch.hole.sum()
    assert np.allclose(plate.read(tmp_path / "out.dpx", 1, layer).pixels[8, 8], 0.18, rtol=0.01)


@pytest.mark.parametrize(
    ("kind", "bits", "packing"),
    [
        ("uint8", 8, "Packed"),
        ("uint16", 10, "Filled, method A"),
        ("uint16", 10, "Filled, method B"),
        ("uint16", 16, ""),
    ],
)
@pytest.mark.parametrize("order", ["big", "little"])
@pytest.mark.parametrize("channels", [3, 4])
def test_a_dpx_keeps_every_bit_but_those_of_the_codes_in_the_hole(
    tmp_path: Path, make_patch: Callable, kind: str, bits: int, packing: str, order: str, channels: int
) -> None:
    if (bits, channels) == (10, 4):
        pytest.skip("ten bits of RGBA straddle words, and are written anew")
    source, target = tmp_path / "in.dpx", tmp_path / "out.dpx"
    more = {"dpx_Packing": packing} if packing else {}
    write_image(source, kind, channels, bits, oiio_Endian=order, **more)
    # What the standard doesn't know: a maker's own data in the header, padding bits, and something behind the picture.
    whole = bytearray(source.read_bytes() + b"and a tail")
    whole[1500:1516] = b"maker's own data"
    start = int.from_bytes(whole[4:8], order)
    if bits == 10:
        low = 0b11 if packing.endswith("A") else 0b11 << 30
        view = np.ndarray((24, 30), ">u4" if order == "big" else "<u4", whole, start)
        view |= low
    source.write_bytes(bytes(whole))
    layer, patch = plate.probe(source, 1).layers[0], make_patch(Window(4, 5, 12, 14), 0.5)
    plate.write(source, target, 1, layer, patch)
    after = target.read_bytes()
    assert len(after) == len(whole)
    differing = np.flatnonzero(np.frombuffer(bytes(whole), np.uint8) != np.frombuffer(after, np.uint8)) - start
    pixel = differing // (4 if bits == 10 else channels * bits // 8)
    hole = np.zeros((24, 30), bool)
    hole[5:14, 4:12] = patch.hole
    assert differing.size and differing.min() >= 0 and hole.ravel()[pixel].all()
    if bits == 10:
        assert (np.ndarray((24, 30), view.dtype, after, start) & low == low).all()
    if channels == 4:
        assert np.array_equal(codes_of(target)[..., 3], codes_of(source)[..., 3])
    assert np.allclose(plate.read(target, 1, layer).pixels[8, 8], 0.5, atol=0.005)


def test_light_that_the_format_cannot_hold_is_reported(tmp_path: Path, make_patch: Callable) -> None:
    write_image(tmp_path / "in.png", "uint8")
    layer = plate.probe(tmp_path / "in.png", 1).layers[0]
    notes = plate.write(tmp_path / "in.png", tmp_path / "out.png", 1, layer, make_patch(Window(0, 0, 4, 4), 5.0))
    assert "12 filled values" in notes[0]


@pytest.mark.parametrize("name", ["out.jpg", "out.tif", "out", "out.mov"])
def test_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    write_image(tmp_path / "in.png", "uint8")
    layer = plate.probe(tmp_path / "in.png", 1).layers[0]
    with pytest.raises(JobError, match="EXR"):
        plate.write(tmp_path / "in.png", tmp_path / name, 1, layer, None)


def test_a_gray_picture_is_one_channel(tmp_path: Path) -> None:
    write_image(tmp_path / "a.png", "uint8", 1)
    info = plate.probe(tmp_path / "a.png", 1)
    assert info.layers[0].channels == ("Y",)
    plate.write(tmp_path / "a.png", tmp_path / "a.exr", 1, info.layers[0], None, aovs=False)
    assert set(planes_of(tmp_path / "a.exr")) == {"Y"}


def test_a_movie_is_refused_with_the_way_to_frames(tmp_path: Path) -> None:
    (tmp_path / "take 1.mov").write_bytes(b"\0\0\0\x14ftypqt  ")
    with pytest.raises(UnsupportedFileError, match="ffmpeg -i"):
        plate.probe(tmp_path / "take 1.mov", 1)


@pytest.mark.parametrize(("extension", "kind"), [*KINDS, ("jpg", "uint8"), ("hdr", "float")])
def test_a_picture_that_was_cut_off_is_an_error(tmp_path: Path, extension: str, kind: str) -> None:
    path = tmp_path / f"a.{extension}"
    write_image(path, kind)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * 0.9)])
    with pytest.raises(InputError, match=f"a.{extension}"):
        plate.read(path, 1, plate.probe(path, 1).layers[0])


@pytest.mark.shared
def test_public_dpx_and_cineon_are_read_and_verified(tmp_path: Path, shared: Path, make_patch: Callable) -> None:
    for name in ("dpx/dpx_nuke_10bits_rgb.dpx", "cineon/checker.cin"):
        path = shared / "clips" / "exr" / "oiio" / name
        info = plate.probe(path, 1)
        assert "Cineon log" in info.notes[0]
        frame = plate.read(path, 1, info.layers[0])
        plate.write(path, tmp_path / "a.exr", 1, info.layers[0], None)
        assert np.array_equal(planes_of(tmp_path / "a.exr")["G"], frame.pixels[..., 1])
        if path.suffix == ".dpx":
            plate.write(path, tmp_path / "same.dpx", 1, info.layers[0], None)
            assert (tmp_path / "same.dpx").read_bytes() == path.read_bytes()
    cut = tmp_path / "cut.cin"
    cut.write_bytes(path.read_bytes()[:60000])
    with pytest.raises(InputError, match="cut off"):
        plate.read(cut, 1, info.layers[0])
