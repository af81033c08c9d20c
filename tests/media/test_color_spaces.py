"""What a plate's numbers mean: by name, by $OCIO, by the file; turned into light and back to the same code."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO
import pytest
from grays import gray

from vfx_ai.errors import JobError
from vfx_ai.media import color_primaries, plate
from vfx_ai.media.color_names import ALIASES, named
from vfx_ai.media.color_primaries import KNOWN, REC709
from vfx_ai.media.color_source import Facts, space_of
from vfx_ai.media.color_space import LINEAR, OWN, SRGB

LOGS = ["logc3", "logc4", "slog3", "vlog", "log3g10", "clog2", "clog3", "bmdfilm", "davinci", "applelog", "acescct"]
CURVES = [*LOGS, "srgb", "rec709", "cineon", "dlog"]


@pytest.mark.parametrize("bits", [10, 12, 16])
@pytest.mark.parametrize("name", CURVES)
def test_every_code_comes_back(name: str, bits: int) -> None:
    space, most = named(name, "as asked"), 2**bits - 1
    codes = np.arange(most + 1)
    # What film log calls black and less is one light; a fill has none below it.
    back = np.rint(space.encode(space.decode(gray(codes / most))) * most)
    assert np.array_equal(back, gray(codes))


@pytest.mark.parametrize("name", LOGS)
def test_saturated_codes_come_back_within_a_code_of_12_bits(name: str) -> None:
    space = named(name, "as asked")
    codes = np.random.default_rng(3).uniform(0, 1, (20000, 3)).astype(np.float32)
    assert np.abs(space.encode(space.decode(codes)) - codes).max() < 0.5 / 4095


@pytest.mark.parametrize("name", LOGS)
def test_a_half_that_holds_log_codes_comes_back_to_the_bit(name: str) -> None:
    space = named(name, "as asked")
    halves = np.arange(0x2800, 0x3C01, dtype=np.uint16).view(np.float16)  # from 1/32 to 1
    back = space.encode(space.decode(gray(halves))).astype(np.float16)
    assert np.array_equal(back, gray(halves).astype(np.float16))


@pytest.mark.parametrize("name", LOGS)
def test_light_beyond_one_and_below_zero_is_kept(name: str) -> None:
    space = named(name, "as asked")
    light = gray(np.array([-0.005, 0.0, 0.18, 1.0, 4.0]))
    assert np.allclose(space.decode(space.encode(light)), light, rtol=1e-4, atol=1e-6)
    assert space.decode(gray(np.array([1.0])))[0, 0] > 4


def test_log_codes_are_those_of_the_makers_papers() -> None:
    # Mid grey in ARRI's, Sony's, Panasonic's and RED's specifications.
    for name, code in {"logc3": 0.391, "logc4": 0.2784, "slog3": 420 / 1023, "vlog": 0.4233, "log3g10": 1 / 3}.items():
        assert named(name, "").encode(gray(np.array([0.18])))[0, 0] == pytest.approx(code, abs=1e-3), name


@pytest.mark.parametrize("name", [*LOGS, "acescg", "p3", "rec2020"])
def test_only_the_curve_is_undone_and_no_channel_runs_into_another(name: str) -> None:
    space = named(name, "as asked")
    codes = np.full((2, 3), 0.4, np.float32)
    codes[1, 0] = 0.7
    light = space.decode(codes)
    assert np.allclose(light[0, 1:], light[1, 1:], rtol=1e-5) and light[1, 0] > 1.5 * light[0, 0]
    assert not space.crossed and space.light.source


def test_linear_spaces_leave_the_numbers_as_they_are() -> None:
    values = np.random.default_rng(1).normal(0, 50, (9, 3)).astype(np.float32)
    for name in ("acescg", "aces2065-1", "linear", "Linear ARRI Wide Gamut 4", "raw"):
        assert named(name, "").decode(values) is values


@pytest.mark.parametrize("alias", [*ALIASES, *OWN])
def test_every_short_name_means_something_in_the_built_in_config(alias: str) -> None:
    assert named(alias, "").name


def test_names_are_taken_in_any_case_and_by_their_aliases() -> None:
    assert named("LOGC4", "").name == named("arri logc4", "").name == named("arri_logc4", "").name == "ARRI LogC4"


@pytest.mark.parametrize(
    ("typed", "meant"), [("logc5", "logc4"), ("arri", "ARRI LogC4"), ("ACES-CG", "ACEScg"), ("s-log", "slog3")]
)
def test_an_unknown_name_is_one_error_that_lists_near_ones(typed: str, meant: str) -> None:
    with pytest.raises(JobError, match="no color space") as caught:
        named(typed, "")
    assert meant.lower() in caught.value.remedy.lower()


def test_known_primaries_are_those_of_the_config() -> None:
    found = {space.light.name: space.light for space in (named(name, "") for name in ALIASES)}
    for name, known in {
        "ACEScg": "ACEScg AP1",
        "Linear ARRI Wide Gamut 3": "ARRI Wide Gamut 3",
        "Linear ARRI Wide Gamut 4": "ARRI Wide Gamut 4",
        "Linear S-Gamut3.Cine": "S-Gamut3.Cine",
        "Linear V-Gamut": "V-Gamut",
        "Linear REDWideGamutRGB": "REDWideGamutRGB",
        "Linear CinemaGamut D55": "Cinema Gamut",
        "Linear DaVinci WideGamut": "DaVinci Wide Gamut",
        "Linear D-Gamut": "D-Gamut",
    }.items():
        assert found[name].chromaticities == KNOWN[known], name


@pytest.mark.parametrize("known", KNOWN)
def test_sets_of_primaries_are_told_apart_also_as_float_and_rounded(known: str) -> None:
    assert color_primaries.name_of(tuple(round(float(np.float32(c)), 3) for c in KNOWN[known])) == known
    assert color_primaries.known_by_matrix(color_primaries.matrix_to_ap0(KNOWN[known])) == known


@pytest.mark.parametrize(
    "senseless",
    [(), (0.0,) * 8, (np.nan, *REC709[1:]), (*REC709[:6], 0.3, 0.0), (0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3)],
)
def test_chromaticities_that_make_no_sense_are_passed_over(senseless: tuple[float, ...]) -> None:
    assert space_of(Facts(Path("a.exr"), True, chromaticities=senseless)) == LINEAR


# Where it comes from


def test_an_exr_that_says_nothing_is_linear_light_and_untouched() -> None:
    space = space_of(Facts(Path("shot/plate.1001.exr"), True))
    assert space is LINEAR and space.why == "assumed"


def test_an_exr_that_says_its_primaries_is_linear_light_in_them() -> None:
    space = space_of(Facts(Path("plate.1001.exr"), True, chromaticities=KNOWN["ACEScg AP1"]))
    assert space.linear and space.light.name == "ACEScg AP1 primaries" and "chromaticities" in space.why
    other = space_of(Facts(Path("plate.1001.exr"), True, chromaticities=(0.6, 0.3, 0.3, 0.6, 0.2, 0.1, 0.31, 0.33)))
    assert other.linear and other.light.name == "primaries of its own"


@pytest.mark.parametrize(
    ("name", "floating", "space"),
    [
        ("sh010_plate_logc4_v01.1001.dpx", False, "ARRI LogC4"),
        ("sh010_plate_ARRI_LogC4.1001.exr", True, "ARRI LogC4"),
        ("plate_lin_ap1.exr", True, "ACEScg"),
        ("slog3_to_acescg.exr", True, "ACEScg"),
        ("faces.png", False, ""),
        ("surfaces_aces.exr", True, ""),
        ("vlog_episode.exr", True, ""),
        ("plate_srgb.exr", True, ""),
        ("plate_acescg.png", False, ""),
    ],
)
def test_a_name_between_other_words_counts_if_it_fits_the_kind_of_file(name: str, floating: bool, space: str) -> None:
    assumed = LINEAR if floating else SRGB
    found = space_of(Facts(Path("faces_logc3") / name, floating, assumed))
    assert found.name == (space or assumed.name)


def test_what_the_header_says_goes_before_chromaticities_and_unknown_words_are_passed_over() -> None:
    said = Facts(Path("a.exr"), True, stated=(("gibberish", "x"), ("lin_ap1_scene", "y")), chromaticities=REC709)
    assert space_of(said).name == "ACEScg" and space_of(said).why == "by its header: y"
    assert space_of(Facts(Path("a.exr"), True, stated=(("Linear", "x"),))) == LINEAR


def test_what_is_asked_goes_before_all_else() -> None:
    facts = Facts(Path("plate_logc3.exr"), True, stated=(("lin_ap1_scene", "y"),), chromaticities=REC709)
    assert space_of(facts, "logc4").name == "ARRI LogC4"
    linear = space_of(Facts(Path("a.exr"), True, chromaticities=KNOWN["P3-D65"]), "linear")
    assert linear.linear and linear.light.name == "P3-D65 primaries"


@pytest.mark.parametrize("identity", ["lin_ap1_scene", "ACEScg"])
def test_an_exr_names_its_space_as_openimageio_writes_it(tmp_path: Path, identity: str) -> None:
    spec = OpenImageIO.ImageSpec(8, 8, 3, "half")
    spec.attribute("oiio:ColorSpace", identity)
    writer = OpenImageIO.ImageOutput.create(str(tmp_path / "a.exr"))
    assert writer.open(str(tmp_path / "a.exr"), spec) and writer.write_image(np.zeros((8, 8, 3), np.float32))
    writer.close()
    space = plate.probe(tmp_path / "a.exr", 1).space
    assert space.name == "ACEScg" and space.linear and "colorInteropID" in space.why


def test_an_aces_container_is_ap0(tmp_path: Path, make_exr, half_noise) -> None:
    path = make_exr(tmp_path / "a.exr", half_noise("RGB"), acesImageContainerFlag=1)
    assert plate.probe(path, 1).space.name == "ACES2065-1"
