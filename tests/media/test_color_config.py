"""The studio's OpenColorIO config: its rules, its names, and what in it is broken."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from grays import gray

from vfx_ai.errors import InputError, JobError
from vfx_ai.media import color_config
from vfx_ai.media.color_names import named
from vfx_ai.media.color_primaries import KNOWN, REC709
from vfx_ai.media.color_source import Facts, space_of
from vfx_ai.media.color_space import LINEAR, SRGB
from vfx_ai.media.color_view import viewer

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


def test_a_space_that_cannot_be_turned_back_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    studio(tmp_path, monkeypatch)
    with pytest.raises(JobError, match="can't be turned back"):
        named("clipped", "")


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
