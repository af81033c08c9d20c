"""What a cryptomatte says of an object comes out as it was rendered, however the file spells it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from covered import COVERED, of
from cryptomattes import IDS, planes, told

from vfx_ai.errors import JobError
from vfx_ai.matte.channels import read_matte
from vfx_ai.matte.cryptomatte import find_cryptomattes, read_shares
from vfx_ai.matte.ids import id_from_text, id_of_hash, id_of_name, murmur3_32
from vfx_ai.matte.objects import read_objects
from vfx_ai.media.plate import probe

RENDERED = Path(__file__).parent / "cryptomatte"


def rendered(name: str) -> np.ndarray:
    """How much of each pixel Blender's own filter says that an object covers."""
    channel = {"Ball": "R", "Box": "G", "Ring": "B"}[name]
    return OpenEXR.File(str(RENDERED / "coverage.1001.exr"), separate_channels=True).channels()[channel].pixels


# Names and ids.


@pytest.mark.parametrize("name", IDS)
def test_a_name_has_the_id_that_the_specification_gives_it(name: str) -> None:
    assert id_of_name(name) == IDS[name]


@pytest.mark.parametrize(
    ("data", "value"),
    [
        # what implementations are commonly checked with; all lengths of the tail
        (b"", 0),
        (b"\x21", 0x72661CF4),
        (b"\x21\x43", 0xA0F7B07A),
        (b"\x21\x43\x65", 0x7E4A8634),
        (b"\x21\x43\x65\x87", 0xF55B516B),
        (b"\xff\xff\xff\xff", 0x76293B50),
        (b"hello, world", 0x149BBB7F),
        (b"The quick brown fox jumps over the lazy dog", 0x2E4FF723),
    ],
)
def test_the_hash_is_murmurhash3_of_32_bits(data: bytes, value: int) -> None:
    assert murmur3_32(data) == value


@pytest.mark.parametrize(("value", "number"), [(0x003B1009, 0x00BB1009), (0xFF80000A, 0xFF00000A), (0x3F, 0x80003F)])
def test_no_id_is_denormal_nan_or_inf(value: int, number: int) -> None:
    assert id_of_hash(value) == number == id_of_hash(number)
    assert np.isfinite(np.uint32(number).view(np.float32))


@pytest.mark.parametrize(
    ("text", "number"),
    [("<13851a76>", 0x13851A76), ("<-1.54943624832e+30>", IDS["torus"]), ("<word>", None), ("13851a76", None)],
)
def test_an_id_is_read_in_hexadecimal_and_as_nuke_writes_it(text: str, number: int | None) -> None:
    assert id_from_text(text) == number


# What a renderer wrote.


@pytest.mark.parametrize("name", ["Ball", "Box", "Ring"])
def test_a_picked_object_covers_what_blender_says_that_it_covers(name: str) -> None:
    picked = of(RENDERED / "scene.1001.exr", name)
    assert np.array_equal(picked, rendered(name))
    assert ((picked > 0) & (picked < 1)).sum() > 100  # edges are soft by lens, shutter and filter


def test_several_objects_cover_the_sum_of_their_shares() -> None:
    both = of(RENDERED / "scene.1001.exr", "Ring, B*")
    assert np.array_equal(both, rendered("Ball") + rendered("Box") + rendered("Ring"))


def test_a_material_covers_what_all_its_objects_cover() -> None:
    assert np.array_equal(
        of(RENDERED / "scene.1001.exr", "Paint", "CryptoMaterial"), rendered("Ball") + rendered("Box")
    )


def test_a_manifest_with_the_hash_in_place_of_the_id_still_gives_the_pixel_its_name() -> None:
    path = RENDERED / "scene.1001.exr"
    crypto = find_cryptomattes(path, 1001)[0]
    assert '"Box":"803b1009"' in crypto.manifest
    names = crypto.names(path).names()
    assert {names[number] for number in read_shares(path, 1001, crypto)} == {"Ball", "Box", "Ring", "Floor"}


def test_the_matte_of_a_plate_may_be_its_own_cryptomatte() -> None:
    path = RENDERED / "scene.1001.exr"
    info = probe(path, 1001)
    matte = read_matte(path, 1001, objects="Ring", onto=info, window=info.data_window)
    assert np.array_equal(matte.coverage, rendered("Ring"))
    grown = read_matte(path, 1001, objects="Ring", grow="1", onto=info, window=info.data_window)
    assert grown.hole.sum() > matte.hole.sum() and (grown.coverage >= matte.coverage).all()
    inverted = read_matte(path, 1001, objects="Ring", invert=True, onto=info, window=info.data_window)
    assert np.array_equal(inverted.coverage, 1 - rendered("Ring"))


def test_a_cryptomatte_is_not_taken_for_the_color_of_a_plate(
    tmp_path: Path, make_exr: Callable, half_noise: Callable
) -> None:
    channels = {**planes(COVERED), **half_noise(["beauty.R", "beauty.G", "beauty.B"], 6, 8)}
    info = probe(make_exr(tmp_path / "a.exr", channels, **told()), 1)
    assert info.layers[0].name == "beauty"
    assert probe(RENDERED / "scene.1001.exr", 1001).layers[0].name == "ViewLayer.Combined"


# How files spell it.


@pytest.mark.parametrize("letters", ["RGBA", "rgba"])
def test_channels_may_be_capital_letters_or_small_ones(letters: str, tmp_path: Path, make_exr: Callable) -> None:
    path = make_exr(tmp_path / "a.exr", planes(COVERED, letters=letters), **told())
    assert np.array_equal(of(path, "bunny"), COVERED["bunny"])


def test_channels_may_be_whole_words(tmp_path: Path, make_exr: Callable) -> None:
    words = {"R": "red", "G": "green", "B": "blue", "A": "alpha"}
    spelled = {f"{name[:-1]}{words[name[-1]]}": plane for name, plane in planes(COVERED).items()}
    assert np.array_equal(of(make_exr(tmp_path / "a.exr", spelled, **told()), "torus"), COVERED["torus"])


def test_a_view_layer_may_stand_before_the_name(tmp_path: Path, make_exr: Callable) -> None:
    channels = planes(COVERED, "ViewLayer.CryptoObject", letters="rgba")
    for number, name in enumerate(("ViewLayer.CryptoObject", "CryptoObject")):
        path = make_exr(tmp_path / f"{number}.exr", channels, **told(name))
        assert np.array_equal(of(path, "bunny", "CryptoObject"), COVERED["bunny"])


def test_nuke_writes_no_dot_in_a_layers_name(tmp_path: Path, make_exr: Callable) -> None:
    channels = planes(COVERED, "ViewLayer_CryptoObject")
    about = {f"exr/{key}": value for key, value in told("ViewLayer.CryptoObject").items()}
    assert np.array_equal(of(make_exr(tmp_path / "a.exr", channels, **about), "bunny"), COVERED["bunny"])


def test_each_picture_may_be_a_part_of_its_own(tmp_path: Path, make_exr: Callable, half_noise: Callable) -> None:
    channels = planes(COVERED)
    parts = [({"name": "beauty", **told()}, half_noise("RGB", 6, 8))]
    for layer in ("CryptoObject01", "CryptoObject00"):
        parts.append(({"name": layer}, {name[-1]: channels[name] for name in channels if name.startswith(layer)}))
    path = make_exr(tmp_path / "a.exr", parts=parts)
    assert np.array_equal(of(path, "default"), COVERED["default"])
    assert find_cryptomattes(path, 1)[0].ranks == 4


def test_parts_that_repeat_the_same_metadata_have_one_cryptomatte(tmp_path: Path, make_exr: Callable) -> None:
    parts = [({"name": "crypto", **told()}, planes(COVERED)), ({"name": "z", **told()}, {"Z": COVERED["bunny"]})]
    assert len(find_cryptomattes(make_exr(tmp_path / "a.exr", parts=parts), 1)) == 1


def test_the_two_views_of_a_stereo_file_are_told_apart(tmp_path: Path, make_exr: Callable) -> None:
    other = {name: np.ascontiguousarray(plane[:, ::-1]) for name, plane in COVERED.items()}
    parts = [
        ({"name": f"crypto.{view}", "view": view, **told()}, planes(covered))
        for view, covered in (("left", COVERED), ("right", other))
    ]
    path = make_exr(tmp_path / "a.exr", parts=parts)
    assert [crypto.name for crypto in find_cryptomattes(path, 1)] == ["left.CryptoObject", "right.CryptoObject"]
    assert np.array_equal(of(path, "torus", "right"), other["torus"])
    with pytest.raises(JobError, match=r"could be several.*left.CryptoObject, right.CryptoObject"):
        of(path, "torus", "CryptoObject")


def test_of_several_cryptomattes_that_of_objects_is_meant(tmp_path: Path, make_exr: Callable) -> None:
    asset = {"bunny": np.ones((6, 8), np.float32)}
    channels = {**planes(asset, "CryptoAsset"), **planes(COVERED)}
    path = make_exr(tmp_path / "a.exr", channels, **told("CryptoAsset", key="adb0a84"), **told())
    assert np.array_equal(of(path, "bunny"), COVERED["bunny"])
    assert np.array_equal(of(path, "bunny", "asset"), asset["bunny"])
    with pytest.raises(JobError, match=r"no cryptomatte 'CryptoShape'.*CryptoObject, CryptoAsset"):
        of(path, "bunny", "CryptoShape")


def test_with_its_metadata_lost_a_cryptomatte_is_known_by_its_channels(tmp_path: Path, make_exr: Callable) -> None:
    path = make_exr(tmp_path / "a.exr", planes(COVERED))
    assert np.array_equal(of(path, "bunny"), COVERED["bunny"])
    with pytest.raises(JobError, match=r"no name fits bun\*.*it has no manifest"):
        of(path, "bun*")


def test_a_window_beyond_the_picture_stays_in_its_place(tmp_path: Path, make_exr: Callable) -> None:
    path = make_exr(tmp_path / "a.exr", planes(COVERED), window=(-2, -1), display=(5, 4), **told())
    picture = read_objects(path, 1, "bunny")
    assert (picture.data_window.x0, picture.data_window.y0, picture.display_window.width) == (-2, -1, 5)
    assert read_shares(path, 1, find_cryptomattes(path, 1)[0])[IDS["bunny"]] == COVERED["bunny"][1:5, 2:7].sum()


def test_ids_that_differ_in_one_bit_are_two_things(tmp_path: Path, make_exr: Callable) -> None:
    left = np.zeros((6, 8), np.float32)
    left[:, :4] = 1
    covered = {"13851a76": left, "13851a77": 1 - left, "93851a76": left * 0}
    path = make_exr(tmp_path / "a.exr", planes(covered), **told())
    assert np.array_equal(of(path, "bunny"), left)
    assert np.array_equal(of(path, "<13851a77>"), 1 - left)


def test_a_pattern_may_mean_a_crowd(tmp_path: Path, make_exr: Callable) -> None:
    ids = {f"crowd_{i}": 0x20000000 + 977 * i * i for i in range(40)} | {"bunny": IDS["bunny"]}
    covered = {f"{number:08x}": np.zeros((6, 8), np.float32) for number in ids.values()}
    for index, share in enumerate(covered.values()):
        share.flat[index] = 1
    path = make_exr(tmp_path / "a.exr", planes(covered, pictures=1), **told(names=ids))
    crowd = np.zeros(48, np.float32)
    crowd[:40] = 1
    assert np.array_equal(of(path, "crowd_*").ravel(), crowd)
    assert of(path, "crowd_1?").sum() == 10


def test_shares_stay_within_0_and_1_and_what_is_not_finite_counts_as_nothing(
    tmp_path: Path, make_exr: Callable
) -> None:
    channels = planes({"bunny": np.full((2, 2), 0.75, np.float32), "torus": np.full((2, 2), 0.5, np.float32)})
    channels["CryptoObject00.G"][0] = (np.nan, np.inf)
    path = make_exr(tmp_path / "a.exr", channels, **told())
    assert of(path, "bunny,torus").tolist() == [[0.5, 0.5], [1, 1]]
