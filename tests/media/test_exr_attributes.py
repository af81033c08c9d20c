"""Every attribute of an EXR's header comes out as the same bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from contracts import assert_kept, bits, fill, multi_part, planes_of

from vfx_ai.media.exr_header import Attribute, Header
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_splice import exchange_header
from vfx_ai.media.frame import Window


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
