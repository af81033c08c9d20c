"""What a plate's metadata tell of its lens: taken where it is certain, and not guessed elsewhere."""

from __future__ import annotations

import struct

import numpy as np
import OpenImageIO
import pytest

from vfx_ai.errors import InputError
from vfx_ai.media.exr_header import Attribute
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.lens import Lens, focal_from_metadata, read_lens

CERTAIN = {
    "pinholeFocalLength": 32.0,
    "sensorPhotositePitch": 5.0,
    "sensorAcquisitionRectangle": (8, 4, 4799 + 8, 2699 + 4),
}


def part_with(path, make_exr, half_noise, **attributes):
    """The header of a picture of 240 x 135 with attributes that the OpenEXR package can't write."""
    make_exr(path, half_noise("RGB", 135, 240))
    part = read_header(path, 1).parts[0]
    for name, value in attributes.items():
        box = isinstance(value, tuple)
        packed = struct.pack("<4i", *value) if box else struct.pack("<f", value)
        part.attributes[name] = Attribute(name, "box2i" if box else "float", packed)
    return part


def test_a_pinhole_focal_length_and_the_photosites_give_pixels(tmp_path, make_exr, half_noise):
    part = part_with(tmp_path / "a.exr", make_exr, half_noise, **CERTAIN)
    # 32 mm on 4800 photosites of 5 microns, which are 24 mm, seen on 240 pixels
    assert focal_from_metadata(part) == pytest.approx(240 * 32 / 24)


@pytest.mark.parametrize(
    "changes",
    [
        {"pinholeFocalLength": None},
        {"pinholeFocalLength": 0.0},
        {"pinholeFocalLength": float("nan")},
        {"pinholeFocalLength": None, "nominalFocalLength": 32.0},
        {"sensorPhotositePitch": None},
        {"sensorPhotositePitch": -5.0},
        {"sensorAcquisitionRectangle": None},
        {"sensorAcquisitionRectangle": (0, 0, -1, -1)},
        {"sensorAcquisitionRectangle": (0, 0, 4799, 3199)},  # of another shape: the picture was cropped
        {"pixelAspectRatio": 2.0},  # anamorphic: which of two focal lengths it is, nobody says
    ],
)
def test_what_is_not_certain_is_not_guessed(changes, tmp_path, make_exr, half_noise):
    told = {name: value for name, value in {**CERTAIN, **changes}.items() if value is not None}
    assert focal_from_metadata(part_with(tmp_path / "a.exr", make_exr, half_noise, **told)) is None


def test_an_attribute_of_another_type_is_passed_over(tmp_path, make_exr, half_noise):
    part = part_with(tmp_path / "a.exr", make_exr, half_noise, **CERTAIN)
    part.attributes["pinholeFocalLength"] = Attribute("pinholeFocalLength", "string", b"32.0")
    assert focal_from_metadata(part) is None


def by_oiio(path, **attributes):
    """A picture with attributes that only OpenImageIO can write; a pair is a ratio."""
    spec = OpenImageIO.ImageSpec(4, 3, 3, "float")
    for name, value in attributes.items():
        if isinstance(value, tuple):
            spec.attribute(name, OpenImageIO.TypeDesc("rational"), value)
        else:
            spec.attribute(name, value)
    out = OpenImageIO.ImageOutput.create(str(path))
    assert out.open(str(path), spec) and out.write_image(np.zeros((3, 4, 3), np.float32))
    out.close()
    return path


@pytest.mark.parametrize("name", ["framesPerSecond", "FramesPerSecond"])
@pytest.mark.parametrize("rate", [(24000, 1001), (25, 1)])
def test_pixel_aspect_and_frame_rate_of_an_exr_file(name, rate, tmp_path):
    path = by_oiio(tmp_path / "a.exr", PixelAspectRatio=2.0, **{name: rate})
    assert name in read_header(path, 1).parts[0].attributes
    assert read_lens(path, 1) == Lens(2.0, rate[0] / rate[1], None)


def test_what_a_file_does_not_say_or_says_wrongly_is_the_usual(tmp_path, make_exr, half_noise):
    assert read_lens(make_exr(tmp_path / "a.exr", half_noise("RGB")), 1) == Lens(1.0, 24.0, None)
    odd = by_oiio(tmp_path / "b.exr", PixelAspectRatio=2.0, FramesPerSecond=(0, 1))
    told = b"pixelAspectRatio\0float\0" + struct.pack("<i", 4)
    odd.write_bytes(odd.read_bytes().replace(told + struct.pack("<f", 2.0), told + struct.pack("<f", 0.0)))
    assert read_lens(odd, 1) == Lens()


def test_pixel_aspect_of_another_format(tmp_path):
    assert read_lens(by_oiio(tmp_path / "a.tif", PixelAspectRatio=2.0), 1).pixel_aspect == pytest.approx(2.0)


def test_a_damaged_exr_file_is_an_error(tmp_path, make_exr, half_noise):
    path = make_exr(tmp_path / "a.exr", half_noise("RGB"))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match="damaged"):
        read_lens(path, 1)
