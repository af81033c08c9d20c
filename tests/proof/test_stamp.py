"""What a result's own header says of how it was made, and that all else in it stays the plate's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenEXR
import OpenImageIO
import pytest

from vfx_ai.fill import KINDS, SOURCES
from vfx_ai.media import plate
from vfx_ai.media.exr_header import Attribute
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.exr_splice import exchange_header
from vfx_ai.media.frame import Layer, Window
from vfx_ai.media.stamp import NAMES, SHARES, Stamp, read_stamp
from vfx_ai.proof.made import made_of, named, stamp_of
from vfx_ai.proof.verify import verify_frame

RGB, WINDOW = Layer("RGB", 0, ("R", "G", "B")), Window(4, 4, 12, 12)
STAMP = Stamp("vfx-ai 9", "a" * 64, "temporal", 36, {"real": 0.75, "smooth": 0.25})


def test_every_kind_of_pixel_but_the_plates_is_counted_once() -> None:
    counted = [source for sources in KINDS.values() for source in sources]
    assert sorted(counted) == sorted(set(SOURCES) - {0})
    assert tuple(KINDS) == SHARES


def test_shares_are_those_of_the_pixels_that_were_made(make_patch: Callable) -> None:
    patch = make_patch(WINDOW)
    patch.source[1, 1:4] = 1
    patch.source[2, 1] = 7
    stamp = stamp_of("vfx-ai 9", "b" * 64, "flow", made_of(patch))
    assert stamp.pixels == patch.hole.sum()
    assert stamp.shares == {"real": 4 / 36, "patch": 0, "painted": 0, "generated": 0, "smooth": 32 / 36}
    assert made_of(None) == {} and stamp_of("", "", "x", {}).shares["real"] == 0


def test_the_engine_that_was_asked_to_make_pixels_is_named_beside_the_one_that_found_some() -> None:
    assert named("auto", "flow") == named("flow", "flow") == "flow"
    assert named("internal", "flow") == named("internal", "flow, then internal") == "flow, then internal"


@pytest.mark.parametrize("parts", [1, 2])
def test_a_stamp_goes_into_the_filled_part_and_nothing_else_changes(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable, parts: int
) -> None:
    made = [({"name": f"p{i}", "owner": "studio"}, half_noise("RGBA", seed=i)) for i in range(parts)]
    source = make_exr(tmp_path / "in.exr", parts=made)
    layer = plate.probe(source, 1).layers[parts - 1]
    patch = make_patch(WINDOW)
    plate.write(source, tmp_path / "bare.exr", 1, layer, patch)
    plate.write(source, tmp_path / "out.exr", 1, layer, patch, stamp=STAMP)
    bare, out = read_header(tmp_path / "bare.exr"), read_header(tmp_path / "out.exr")
    for index, (before, after) in enumerate(zip(bare.parts, out.parts, strict=True)):
        added = set(after.attributes) - set(before.attributes)
        assert added == (NAMES - {"vfxai:before", "vfxai:apart"} if index == layer.part else set())
        assert {name: a for name, a in after.attributes.items() if name not in added} == before.attributes
    assert read_stamp(out.parts[layer.part])["job"] == "a" * 64
    assert verify_frame(source, tmp_path / "out.exr", 1, layer, patch.hole, patch.window).passed
    # Chunks are the same bytes behind another header.
    assert (tmp_path / "out.exr").read_bytes().endswith((tmp_path / "bare.exr").read_bytes()[-2000:])


def test_other_programs_read_it(tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise("RGB"))
    plate.write(source, tmp_path / "out.exr", 1, RGB, make_patch(WINDOW), stamp=STAMP)
    header = OpenEXR.File(str(tmp_path / "out.exr")).parts[0].header
    assert (header["vfxai:engine"], header["vfxai:pixels"], header["vfxai:real"]) == ("temporal", 36, 0.75)
    spec = OpenImageIO.ImageInput.open(str(tmp_path / "out.exr")).spec()
    assert spec.getattribute("vfxai:version") == "vfx-ai 9" and spec.getattribute("vfxai:smooth") == 0.25


def test_a_result_that_is_worked_on_again_keeps_what_was_said_of_it(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable
) -> None:
    last, patch = make_exr(tmp_path / "0.exr", half_noise("RGB")), make_patch(WINDOW)
    for turn in range(1, 20):
        stamp = Stamp("vfx-ai 9", f"{turn:064x}", "flow", 1, {"real": 1.0})
        plate.write(last, tmp_path / f"{turn}.exr", 1, RGB, patch, stamp=stamp)
        last = tmp_path / f"{turn}.exr"
    part = read_header(last).parts[0]
    before = json.loads(part.text("vfxai:before"))
    assert read_stamp(part)["job"] == f"{19:064x}"
    assert [one["job"] for one in before] == [f"{turn:064x}" for turn in range(18, 2, -1)]
    assert verify_frame(tmp_path / "18.exr", last, 1, RGB, patch.hole, patch.window).passed


@pytest.mark.parametrize(
    "chain", [b"{", b"[" * 100_000, b"\xff\xfe", b"7", b"[1, []]", b'[{"a": "' + b"x" * 40_000 + b'"}]']
)
def test_a_chain_that_makes_no_sense_is_begun_anew(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, make_patch: Callable, chain: bytes
) -> None:
    plain = make_exr(tmp_path / "plain.exr", half_noise("RGB"), **{"vfxai:job": "c" * 64})
    header = read_header(plain)
    extra = [*header.parts[0].attributes.values(), Attribute("vfxai:before", "string", chain)]
    exchange_header(plain, header, [extra], tmp_path / "in.exr")
    plate.write(tmp_path / "in.exr", tmp_path / "out.exr", 1, RGB, make_patch(WINDOW), stamp=STAMP)
    assert json.loads(read_header(tmp_path / "out.exr").parts[0].text("vfxai:before")) == [{"job": "c" * 64}]


@pytest.mark.parametrize("kind", ["png", "dpx", "tif"])
def test_in_other_formats_it_stands_where_there_is_a_place_for_it(
    tmp_path: Path, make_patch: Callable, kind: str
) -> None:
    source = tmp_path / f"in.{kind}"
    spec = OpenImageIO.ImageSpec(24, 20, 3, "uint16")
    spec.attribute("ImageDescription", "the plate's own")
    writer = OpenImageIO.ImageOutput.create(str(source))
    assert writer.open(str(source), spec)
    assert writer.write_image(np.full((20, 24, 3), 20000, np.uint16)) and writer.close()
    for name, stamp in (("bare", None), ("out", STAMP)):
        plate.write(
            source, tmp_path / f"{name}.{kind}", 1, plate.probe(source, 1).layers[0], make_patch(WINDOW), stamp=stamp
        )
    said = OpenImageIO.ImageInput.open(str(tmp_path / f"out.{kind}")).spec()
    assert said.getattribute("vfxai:job") == ("a" * 64 if kind == "png" else None)
    assert said.getattribute("ImageDescription") == "the plate's own"
    if kind != "png":
        assert (tmp_path / f"out.{kind}").read_bytes() == (tmp_path / f"bare.{kind}").read_bytes()


def test_light_of_a_picture_that_is_written_as_exr_has_it_too(tmp_path: Path, make_patch: Callable) -> None:
    source = tmp_path / "in.png"
    writer = OpenImageIO.ImageOutput.create(str(source))
    assert writer.open(str(source), OpenImageIO.ImageSpec(24, 20, 3, "uint8"))
    assert writer.write_image(np.full((20, 24, 3), 90, np.uint8)) and writer.close()
    layer = plate.probe(source, 1).layers[0]
    plate.write(source, tmp_path / "out.exr", 1, layer, make_patch(WINDOW), stamp=STAMP)
    assert read_stamp(read_header(tmp_path / "out.exr").parts[0])["real"] == 0.75
