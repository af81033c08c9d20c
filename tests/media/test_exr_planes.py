"""Which layers an EXR has beside the one that is filled, what their numbers are, and that they are read to the bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from vfx_ai.errors import InputError, JobError
from vfx_ai.media import plate
from vfx_ai.media.frame import Plane

KINDS = {
    "light": [
        "diffuse.R",
        "Specular.G",
        "emission.X",
        "beauty.red",
        "AO",
        "ViewLayer.Combined.B",
        "key_light.Y",
        "fill.R",
    ],
    "alpha": ["A", "diffuse.A", "alpha", "ViewLayer.Combined.A", "roto_mask", "mask01.G", "shadowMatte.R"],
    "depth": ["Z", "depth.Z", "ViewLayer.Depth.Z", "depth.left.Z", "zDepth", "depthZ.R"],
    "data": [
        *("N.X", "normals.R", "worldNormal.Y", "world_position.Z", "P.Z", "pworld.R", "ViewLayer.Vector.W", "mv.x"),
        *("motionVector.R", "forward.u", "velocity.X", "UV.U", "uv1.V", "ViewLayer.Mist.Z", "N.A"),
    ],
    "id": [
        *("CryptoObject00.R", "crypto_asset01.alpha", "uCryptoMaterial.R", "id", "objectID", "mat_id.R", "ID3"),
        *("ViewLayer.IndexOB.X", "PuzzleMatte.R"),
    ],
}


def planes_of(path: Path, wanted: str = "all", layer: str = "RGB") -> tuple[Plane, ...]:
    return plate.find_planes(path, 1, plate.pick_layer(plate.probe(path, 1, layer), layer), wanted)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in KINDS.items() for name in names])
def test_a_channel_is_what_its_name_says(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, kind: str, name: str
) -> None:
    source = make_exr(tmp_path / "in.exr", half_noise(["R", "G", "B", name]))
    (plane,) = planes_of(source)
    assert (plane.channel, plane.kind) == (name, kind)


def test_whole_numbers_are_ids_and_a_part_names_what_its_channels_are(
    tmp_path: Path, make_exr: Callable, half_noise: Callable
) -> None:
    parts = [
        ({"name": "beauty"}, half_noise("RGBA")),
        ({"name": "normals"}, half_noise("RGB")),
        ({"name": "z"}, half_noise("Y")),
        ({"name": "flags"}, {"R": np.zeros((20, 24), np.uint32)}),
    ]
    found = planes_of(make_exr(tmp_path / "in.exr", parts=parts))
    kinds = {(plane.layer, plane.kind) for plane in found}
    assert kinds == {("beauty.A", "alpha"), ("normals", "data"), ("z", "depth"), ("flags.R", "id")}


def layered(path: Path, make_exr: Callable, half_noise: Callable) -> Path:
    names = ["R", "G", "B", "A", "Z", "N.X", "N.Y", "diffuse.R", "diffuse.G", "diffuse.B", "light.left.R"]
    return make_exr(path, half_noise([*names, "CryptoObject00.R", "CryptoObject01.R", "fill.source", "fill.gain.R"]))


@pytest.mark.parametrize(
    ("wanted", "layers"),
    [
        ("all", {"A", "Z", "N", "diffuse", "light.left", "CryptoObject"}),
        ("Z", {"Z"}),
        ("z, DIFFUSE", {"Z", "diffuse"}),
        ("crypto*", {"CryptoObject"}),
        ("light", {"light.left"}),
        ("left", {"light.left"}),
        ("RGB,N", {"N"}),
        ("", set()),
        (" , ", set()),
    ],
)
def test_layers_are_named_as_a_user_writes_them(
    tmp_path: Path, make_exr: Callable, half_noise: Callable, wanted: str, layers: set[str]
) -> None:
    source = layered(tmp_path / "in.exr", make_exr, half_noise)
    found = planes_of(source, wanted)
    assert {plane.layer for plane in found} == layers
    assert len({plane.channel for plane in found}) == len(found)


def test_the_ranks_of_a_cryptomatte_are_one_layer(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    source = layered(tmp_path / "in.exr", make_exr, half_noise)
    assert {p.channel for p in planes_of(source, "CryptoObject")} == {"CryptoObject00.R", "CryptoObject01.R"}


def test_beside_another_layer_the_plain_color_is_one_of_the_others(
    tmp_path: Path, make_exr: Callable, half_noise: Callable
) -> None:
    source = layered(tmp_path / "in.exr", make_exr, half_noise)
    assert {p.channel for p in planes_of(source, "RGB", "diffuse")} == {"R", "G", "B"}
    assert "diffuse.R" not in {p.channel for p in planes_of(source, "all", "diffuse")}


def test_an_unknown_layer_is_refused_with_a_list(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    with pytest.raises(JobError, match="albedo") as caught:
        planes_of(layered(tmp_path / "in.exr", make_exr, half_noise), "Z,albedo")
    assert "A, CryptoObject, N, Z, diffuse, light.left" in caught.value.remedy
    with pytest.raises(JobError, match="albedo") as caught:
        planes_of(make_exr(tmp_path / "plain.exr", half_noise("RGB")), "albedo")
    assert "none" in caught.value.remedy


def test_a_plate_that_is_no_exr_has_no_other_layers(tmp_path: Path) -> None:
    import OpenImageIO

    path = tmp_path / "in.png"
    writer = OpenImageIO.ImageOutput.create(str(path))
    assert writer.open(str(path), OpenImageIO.ImageSpec(8, 8, 4, "uint8"))
    assert writer.write_image(np.zeros((8, 8, 4), np.uint8)) and writer.close()
    assert planes_of(path, "") == ()
    with pytest.raises(JobError, match="only an EXR"):
        planes_of(path, "all")


def test_what_a_result_says_of_its_fill_is_no_layer(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    names = ["render.R", "render.G", "render.B", *(f"fill.gain.{color}" for color in "RGB"), "fill.from.x"]
    source = make_exr(tmp_path / "in.exr", half_noise(names))
    assert [layer.name for layer in plate.probe(source, 1).layers] == ["render"]


@pytest.mark.parametrize("storage", ["scanlineimage", "tiledimage"])
def test_planes_of_mixed_types_are_read_to_the_bit(tmp_path: Path, make_exr: Callable, storage: str) -> None:
    rng = np.random.default_rng(5)
    words = {name: rng.integers(0, 2**32, (40, 50), dtype=np.uint32) for name in ("id", "c.R", "Z", "mat.id", "R", "G")}
    channels: dict[str, Any] = {"id": words["id"], "mat.id": words["mat.id"]}
    channels |= {name: words[name].view(np.float32) for name in ("c.R", "Z")}
    channels |= {name: (words[name] >> 16).astype(np.uint16).view(np.float16) for name in ("R", "G")}
    channels |= {"B": channels["R"], "b.R": channels["G"]}
    header: dict[str, Any] = {}
    if storage == "tiledimage":
        tiles = OpenEXR.TileDescription()
        tiles.xSize, tiles.ySize = 16, 32
        header = {"type": OpenEXR.tiledimage, "tiles": tiles}
    source = make_exr(tmp_path / "in.exr", channels, window=(-3, 7), **header)
    found = planes_of(source)
    assert {plane.channel for plane in found} == {"id", "mat.id", "c.R", "Z", "b.R"}
    for plane, pixels in zip(found, plate.read_planes(source, 1, found), strict=True):
        wanted = channels[plane.channel]
        assert pixels.dtype == wanted.dtype
        assert np.array_equal(pixels.view(f"u{pixels.itemsize}"), wanted.view(f"u{wanted.itemsize}"))


def test_the_same_planes_of_another_frame_are_found_by_name(
    tmp_path: Path, make_exr: Callable, half_noise: Callable
) -> None:
    one = make_exr(tmp_path / "one.exr", parts=[({"name": "a"}, half_noise("RGB")), ({"name": "b"}, half_noise("Z"))])
    two = make_exr(
        tmp_path / "two.exr",
        parts=[({"name": "b", "window": (2, 3)}, half_noise("Z")), ({"name": "a"}, half_noise("RGB"))],
        display=(64, 48),
    )
    planes = planes_of(one)
    layer = plate.probe(two, 2).layers[0]
    (there,) = plate.same_planes(two, 2, layer, planes)
    assert (there.part, there.channel, there.window.x0) == (0, "Z", 2)
    with pytest.raises(InputError, match="no channel Z"):
        plate.same_planes(make_exr(tmp_path / "c.exr", half_noise("RGB")), 3, layer, planes)
