"""What a plate's numbers mean: by name, by $OCIO, by the file; turned into light and back to the same code."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import OpenImageIO
import pytest

from vfx_ai.errors import InputError, JobError
from vfx_ai.media import color_config, color_primaries, plate
from vfx_ai.media.color_names import ALIASES, named
from vfx_ai.media.color_primaries import KNOWN, REC709
from vfx_ai.media.color_source import Facts, space_of
from vfx_ai.media.color_space import LINEAR, OWN, SRGB
from vfx_ai.media.color_view import viewer

LOGS = ["logc3", "logc4", "slog3", "vlog", "log3g10", "clog2", "clog3", "bmdfilm", "davinci", "applelog", "acescct"]
CURVES = [*LOGS, "srgb", "rec709", "cineon", "dlog"]
STUDIO = """\
ocio_profile_version: 2.1
environment: {}
roles: {scene_linear: plate linear, aces_interchange: ap0, default: plate linear}
file_rules:
  - !<Rule> {name: Scans, extension: "*", pattern: "*/scans/*", colorspace: film}
  - !<Rule> {name: Default, colorspace: DEFAULT_SPACE}
displays:
  Monitor:
    - !<View> {name: Film look, colorspace: look}
colorspaces:
  - !<ColorSpace> {name: ap0, encoding: scene-linear}
  - !<ColorSpace>
    name: plate linear
    encoding: scene-linear
    to_scene_reference: !<BuiltinTransform> {style: ACEScg_to_ACES2065-1}
  - !<ColorSpace>
    name: film
    encoding: log
    to_scene_reference: !<GroupTransform>
      children:
        - !<LogAffineTransform>
          base: 2
          lin_side_offset: 0.01
          log_side_slope: 0.07
          log_side_offset: 0.5
          direction: inverse
        - !<BuiltinTransform> {style: ACEScg_to_ACES2065-1}
  - !<ColorSpace> {name: baked, encoding: sdr-video, to_scene_reference: !<ExponentTransform> {value: 2.2}}
  - !<ColorSpace>
    name: clipped
    to_scene_reference: !<RangeTransform> {min_in_value: 0, min_out_value: 0, max_in_value: 0.5, max_out_value: 0.5}
  - !<ColorSpace> {name: look, encoding: sdr-video, from_scene_reference: !<ExponentTransform> {value: 0.5}}
"""


def studio(folder: Path, monkeypatch: pytest.MonkeyPatch, default: str = "plate linear") -> Path:
    path = folder / "studio.ocio"
    path.write_text(STUDIO.replace("DEFAULT_SPACE", default))
    monkeypatch.setenv("OCIO", str(path))
    return path


def gray(codes: np.ndarray) -> np.ndarray:
    return np.repeat(codes.astype(np.float32)[:, None], 3, 1)


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


def test_a_space_that_cannot_be_turned_back_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio(tmp_path, monkeypatch)
    with pytest.raises(JobError, match="can't be turned back"):
        named("clipped", "")


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


# $OCIO


def test_a_rule_of_the_studio_goes_before_the_files_own_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio(tmp_path, monkeypatch)
    space = space_of(Facts(Path("/a/scans/x.dpx"), False, SRGB))
    assert space.name == "film" and space.why == "by the rule Scans of $OCIO" and not space.crossed
    assert space.light.name == "plate linear"
    codes = gray(np.arange(1024) / 1023)
    assert np.array_equal(np.rint(space.encode(space.decode(codes)) * 1023), gray(np.arange(1024)))


def test_the_rule_for_everything_else_comes_last_and_must_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio(tmp_path, monkeypatch)
    assert space_of(Facts(Path("/a/x.exr"), True)).name == "plate linear"
    assert space_of(Facts(Path("/a/x.exr"), True, chromaticities=REC709)).why == "by its chromaticities"
    assert space_of(Facts(Path("/a/x.png"), False, SRGB)) == SRGB
    studio(tmp_path, monkeypatch, "baked")
    monkeypatch.setenv("OCIO", str(tmp_path / "studio.ocio").replace("studio", "other"))
    (tmp_path / "other.ocio").write_text((tmp_path / "studio.ocio").read_text())
    assert space_of(Facts(Path("/a/x.exr"), True)) == LINEAR
    assert space_of(Facts(Path("/a/x.png"), False, SRGB)).name == "baked"


def test_the_rules_of_built_in_configs_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCIO", f"ocio://{color_config.BUILT_IN}")
    assert space_of(Facts(Path("a.exr"), True)) == LINEAR
    assert named("logc4", "").name == "ARRI LogC4"


def test_names_of_the_studios_config_go_before_short_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio(tmp_path, monkeypatch)
    assert named("scene_linear", "").name == "plate linear"
    assert named("cineon", "").name.startswith("Cineon log")
    with pytest.raises(JobError, match=r"studio\.ocio"):
        named("logc44", "")


def test_a_log_that_the_studios_config_lacks_is_that_of_the_built_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = named("logc4", "as asked")
    studio(tmp_path, monkeypatch)
    space = named("logc4", "as asked")
    assert (space.name, space.why) == ("ARRI LogC4", "as asked; of the built-in config")
    codes = np.random.default_rng(2).uniform(0, 1, (50, 3)).astype(np.float32)
    assert np.array_equal(space.decode(codes), usual.decode(codes))
    assert space.light.chromaticities == KNOWN["ARRI Wide Gamut 4"] and not space.light.source
    assert viewer(space).shown(usual.decode(codes)).max() <= 1


@pytest.mark.parametrize("content", [None, "garbage: [", ""])
def test_a_config_that_is_missing_or_broken_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    path = tmp_path / "broken.ocio"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("OCIO", str(path))
    with pytest.raises(InputError, match=r"broken\.ocio") as caught:
        color_config.config()
    assert "unset it" in caught.value.remedy and "\n" not in str(caught.value)


BROKEN_LUTS = {
    "none.cube": None,
    "size.cube": b"LUT_3D_SIZE 1000000000\n0 0 0\n",
    "below.cube": b"LUT_3D_SIZE -1\n",
    "bytes.cube": bytes(range(256)) * 50,
    "long.spi1d": b"Version 1\nFrom 0 1\nLength 2000000000\nComponents 3\n{\n0\n}\n",
    "large.spi3d": b"SPILUT 1.0\n3 3\n2000 2000 2000\n0 0 0 0 0 0\n",
    "deep.clf": b"<ProcessList>" + b"<a>" * 50000,
    "profile.icc": b"\xff" * 4000,
}
WITH_A_FILE = """ocio_profile_version: 2
roles: {default: lin, scene_linear: lin}
displays:
  M:
    - !<View> {name: V, colorspace: lin}
colorspaces:
  - !<ColorSpace> {name: lin}
  - !<ColorSpace> {name: log, to_scene_reference: !<CDLTransform> {power: [2.2, 2.2, 2.2]}}
  - !<ColorSpace> {name: theirs, to_scene_reference: !<FileTransform> {src: %s}}
"""


@pytest.mark.parametrize("lut", BROKEN_LUTS)
def test_a_file_of_the_config_that_is_broken_is_one_error_and_only_where_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lut: str
) -> None:
    path = tmp_path / "show.ocio"
    path.write_text(WITH_A_FILE % lut)
    if BROKEN_LUTS[lut] is not None:
        (tmp_path / lut).write_bytes(BROKEN_LUTS[lut])
    monkeypatch.setenv("OCIO", str(path))
    with pytest.raises(InputError, match=r"show\.ocio") as caught:
        named("theirs", "as asked")
    assert "unset it" in caught.value.remedy and "\n" not in str(caught.value) and str(caught.value).isprintable()
    assert named("log", "as asked").name == "log" and named("lin", "as asked").linear


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes by name")
def test_a_config_that_is_a_pipe_or_a_device_is_one_error_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe.ocio")
    for path in (tmp_path / "pipe.ocio", Path("/dev/zero"), tmp_path):
        monkeypatch.setenv("OCIO", str(path))
        with pytest.raises(InputError, match="no plain file"):
            color_config.config()


def test_the_config_is_read_once() -> None:
    assert color_config.config() is color_config.config()
