"""Whole runs on plates that aren't linear Rec.709: results of the plate's own kind, untouched outside the matte."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenImageIO
import pytest
from rendered import LAMP, bits, load, load_rgb, locked, psnr, render, rgb, save
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import InputError, JobError
from vfx_ai.media.color_names import named
from vfx_ai.media.color_primaries import KNOWN

SIZE, FRAMES = (48, 72), 4


def dpx(path: Path, picture: np.ndarray, bits_of: int = 10, **attributes: Any) -> None:
    """Codes [H, W, 3] of 0..1 as a DPX."""
    spec = OpenImageIO.ImageSpec(picture.shape[1], picture.shape[0], 3, "uint16")
    spec.attribute("oiio:BitsPerSample", bits_of)
    spec.attribute("smpte:TimeCode", OpenImageIO.TypeTimeCode, (0x01020304, 0))
    for name, value in {"dpx:Transfer": "Logarithmic", "dpx:FrameRate": 24.0, **attributes}.items():
        spec.attribute(name, value)
    writer = OpenImageIO.ImageOutput.create(str(path))
    steps = 2**bits_of - 1
    level = np.rint(np.clip(picture, 0, 1) * steps).astype(np.int64)
    wide = (level << (16 - bits_of)) | (level >> (2 * bits_of - 16))
    assert writer.open(str(path), spec) and writer.write_image(wide.astype(np.uint16)) and writer.close()


def codes_and_header(path: Path) -> tuple[np.ndarray, dict[str, str]]:
    reader = OpenImageIO.ImageInput.open(str(path))
    spec = reader.spec()
    codes = np.asarray(reader.read_image("uint16"))
    reader.close()
    return codes >> (16 - spec.get_int_attribute("oiio:BitsPerSample")), {
        attribute.name: str(attribute.value) for attribute in spec.extra_attribs
    }


def shot_of(folder: Path, write: Any = None, lamp: bool = True) -> Any:
    return render(folder, locked([(40, 20)] if lamp else []), frames=FRAMES, size=SIZE, write=write)


@pytest.mark.parametrize("depth", [10, 12, 16])
def test_a_logc4_dpx_gives_a_dpx_whose_codes_outside_the_matte_are_the_same(tmp_path: Path, depth: int) -> None:
    space = named("logc4", "")

    def write(path, picture, _at, _display):
        dpx(path.with_suffix(".dpx"), space.encode(picture.astype(np.float32)), depth, **{"dpx:InputDevice": "ALEXA"})

    shot = shot_of(tmp_path, write)
    plate, output = tmp_path / "plate.####.dpx", tmp_path / "out" / "clean.####.dpx"
    report = vfx_ai.inpaint(plate, shot.matte, output, colorspace="logc4", device="cpu")
    assert report.passed and report.color is not None
    assert (report.color.space, report.color.why) == ("ARRI LogC4", "as asked")
    for number in shot.numbers:
        before, head = codes_and_header(tmp_path / f"plate.{number}.dpx")
        after, head_after = codes_and_header(tmp_path / "out" / f"clean.{number}.dpx")
        hole = shot.mattes[number] > 0
        assert np.array_equal(before[~hole], after[~hole])
        if depth != 12:  # which is packed across words, and written anew
            assert (tmp_path / "out" / f"clean.{number}.dpx").read_bytes()[:8192] == (
                tmp_path / f"plate.{number}.dpx"
            ).read_bytes()[:8192]
        assert head_after == head and head["dpx:Transfer"] == "Logarithmic" and "smpte:TimeCode" in head
        light = space.decode((after / np.float32(2**depth - 1)).astype(np.float32))
        assert psnr(light, shot.clean[number], hole) > 30


def test_a_dpx_written_as_exr_is_linear_light_that_says_whose(tmp_path: Path) -> None:
    space = named("logc4", "")

    def write(path, picture, _at, _display):
        dpx(path.with_suffix(".dpx"), space.encode(picture.astype(np.float32)))

    shot = shot_of(tmp_path, write)
    plate, output = tmp_path / "plate.####.dpx", tmp_path / "out" / "clean.####.exr"
    assert vfx_ai.inpaint(plate, shot.matte, output, colorspace="logc4", device="cpu").passed
    codes, _ = codes_and_header(tmp_path / "plate.1002.dpx")
    hole, path = shot.mattes[1002] > 0, tmp_path / "out" / "clean.1002.exr"
    decoded = space.decode((codes / np.float32(1023)).astype(np.float32))
    assert np.allclose(load_rgb(path)[~hole], decoded[~hole], rtol=1e-6)
    spec = OpenImageIO.ImageInput.open(str(path)).spec()
    assert np.allclose(spec.getattribute("chromaticities"), KNOWN["ARRI Wide Gamut 4"])
    assert all(v.passed for v in vfx_ai.verify(plate, output, shot.matte, colorspace="logc4"))
    assert not any(v.passed for v in vfx_ai.verify(plate, output, shot.matte))
    assert all(one.off < 2**-10 for one in vfx_ai.remake(plate, output, colorspace="logc4"))


def with_chromaticities(path: Path, planes: dict[str, np.ndarray], chromaticities: tuple[float, ...]) -> None:
    import OpenEXR

    save(path, planes)
    file = OpenEXR.File(str(path), separate_channels=True)
    file.parts[0].header["chromaticities"] = chromaticities
    file.write(str(path))


def test_a_half_exr_in_acescg_is_filled_in_its_own_primaries_with_bits_and_header_kept(tmp_path: Path) -> None:
    def write(path, picture, _at, _display):
        with_chromaticities(path, rgb(picture, np.float16), KNOWN["ACEScg AP1"])

    shot = shot_of(tmp_path, write)
    report = vfx_ai.inpaint(shot.plate, shot.matte, tmp_path / "out" / "clean.####.exr", device="cpu")
    assert report.passed and report.color is not None
    assert report.color.space == "scene-linear, ACEScg AP1 primaries" and not report.color.curve_undone
    for number in shot.numbers:
        before, after = load(tmp_path / f"plate.{number}.exr"), load(tmp_path / "out" / f"clean.{number}.exr")
        hole = shot.mattes[number] > 0
        for name in "RGB":
            assert after[name].dtype == np.float16
            assert np.array_equal(bits(before[name])[~hole], bits(after[name])[~hole])
    spec = OpenImageIO.ImageInput.open(str(tmp_path / "out" / "clean.1001.exr")).spec()
    assert np.allclose(spec.getattribute("chromaticities"), KNOWN["ACEScg AP1"])
    assert load_rgb(tmp_path / "out" / "clean.1001.exr").max() > LAMP / 2


def test_chromaticities_change_pictures_and_no_pixel_of_the_result(tmp_path: Path) -> None:
    results, pictures = [], []
    for name in ("Rec.709", "ACEScg AP1"):
        folder = tmp_path / name

        def write(path, picture, _at, _display, name=name):
            with_chromaticities(path, rgb(picture), KNOWN[name])

        shot = shot_of(folder, write)
        report = vfx_ai.inpaint(shot.plate, shot.matte, folder / "out" / "clean.####.exr", device="cpu", frames="1002")
        assert report.color is not None and name in report.color.space
        results.append(load(folder / "out" / "clean.1002.exr"))
        pictures.append((folder / "out" / "clean.vfx-ai" / "pictures" / "1002.before.jpg").read_bytes())
    assert all(np.array_equal(results[0][name], results[1][name]) for name in results[0])
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("kind", [np.float16, np.float32])
def test_log_codes_in_an_exr_are_turned_to_light_and_back(tmp_path: Path, kind: Any) -> None:
    space = named("logc4", "")

    def write(path, picture, _at, _display):
        codes = space.encode(picture.astype(np.float32))
        spec = space.encode((2 * picture).astype(np.float32))
        data = {"Z": np.full(SIZE, 7.0, np.float32), "N.X": np.full(SIZE, 0.5, np.float16)}
        save(path, {**rgb(codes, kind), **{f"spec.{k}": v for k, v in rgb(spec, kind).items()}, **data})

    shot = shot_of(tmp_path, write)
    output = tmp_path / "out" / "clean.####.exr"
    report = vfx_ai.inpaint(shot.plate, shot.matte, output, colorspace="ARRI LogC4", layers="spec,Z", device="cpu")
    assert report.passed and report.color is not None and report.color.curve_undone
    assert report.color.worked_in == "Linear ARRI Wide Gamut 4"
    for number in shot.numbers:
        before, after = load(tmp_path / f"plate.{number}.exr"), load(tmp_path / "out" / f"clean.{number}.exr")
        hole = shot.mattes[number] > 0
        for name in before:
            assert np.array_equal(bits(before[name])[~hole], bits(after[name])[~hole]), name
        codes = np.stack([after[name] for name in "RGB"], -1).astype(np.float32)
        assert codes.max() < 1.0
        assert psnr(space.decode(codes), shot.clean[number], hole) > 30
        spec = np.stack([after[f"spec.{name}"] for name in "RGB"], -1).astype(np.float32)
        assert psnr(space.decode(spec), 2 * shot.clean[number], hole) > 30
    assert all(one.off < 2**-10 for one in vfx_ai.remake(shot.plate, output, colorspace="logc4"))
    as_light = vfx_ai.inpaint(shot.plate, shot.matte, tmp_path / "other" / "clean.####.exr", device="cpu")
    assert as_light.color is not None and as_light.color.space == "scene-linear, Rec.709 primaries"


def test_frames_done_for_one_space_are_done_anew_for_another_but_not_for_other_pictures(tmp_path: Path) -> None:
    shot = shot_of(tmp_path, lamp=False)
    output = tmp_path / "out" / "clean.####.exr"

    def again(**fields):
        return len(vfx_ai.inpaint(shot.plate, shot.matte, output, device="cpu", **fields).skipped)

    assert again() == 0
    assert again() == again(colorspace="acescg") == again(exposure="2") == FRAMES
    assert again(colorspace="logc4") == 0
    assert again(colorspace="ARRI LogC4") == FRAMES


def test_pictures_of_finished_frames_follow_the_exposure_and_their_files_stay(tmp_path: Path) -> None:
    shot = shot_of(tmp_path)
    output, pictures = tmp_path / "out" / "clean.####.exr", tmp_path / "out" / "clean.vfx-ai" / "pictures"

    def after(exposure):
        report = vfx_ai.inpaint(shot.plate, shot.matte, output, device="cpu", exposure=exposure)
        frame = cv2.imread(str(pictures / "1002.after.jpg")).astype(float).mean()
        return frame, len(report.skipped), output.with_name("clean.1002.exr").read_bytes()

    usual, brighter, once_more = after("0"), after("2"), after("2")
    assert brighter[0] > usual[0] + 20 and once_more == brighter
    assert (usual[1], brighter[1]) == (0, FRAMES) and usual[2] == brighter[2]


def test_a_dark_plate_is_exposed_up_in_pictures_alone_and_the_report_says_so(tmp_path: Path) -> None:
    shot = render(tmp_path, locked(), frames=FRAMES, size=SIZE, gain=lambda _t: (2**-7,) * 3)
    report = vfx_ai.inpaint(shot.plate, shot.matte, tmp_path / "out" / "clean.####.exr", device="cpu")
    assert report.color is not None and 5 <= report.color.exposure <= 8
    assert "mid level" in report.color.exposure_why and report.passed
    said = json.loads((tmp_path / "out" / "report.json").read_text())["color"]
    assert said["exposure"] == report.color.exposure and said["view"].startswith("ACES 2.0")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Rec.709 primaries" in page and "mid level" in page
    one = vfx_ai.inpaint(
        shot.plate, shot.matte, tmp_path / "one" / "clean.####.exr", device="cpu", frames="1003", exposure="-1.5"
    )
    assert one.color is not None and (one.color.exposure, one.color.exposure_why) == (-1.5, "as asked")


def test_exposure_does_not_depend_on_the_frames_asked_for(tmp_path: Path) -> None:
    shot = render(tmp_path, locked(), frames=FRAMES, size=SIZE, gain=lambda t: (2.0 ** (-5 - t),) * 3)
    colors = []
    for frames in ("", "1001", "1004"):
        out = tmp_path / f"out{frames}" / "clean.####.exr"
        colors.append(vfx_ai.inpaint(shot.plate, shot.matte, out, device="cpu", frames=frames).color)
    assert colors[0] == colors[1] == colors[2]


@pytest.mark.parametrize("exposure", ["bright", "nan", "inf", "99"])
def test_an_exposure_that_is_none_is_an_error(exposure: str) -> None:
    with pytest.raises(JobError, match="exposure"):
        vfx_ai.Job("a.####.exr", "m.####.exr", "o.####.exr", exposure=exposure)


def test_an_unknown_space_and_a_broken_config_stop_a_run_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shot, output = shot_of(tmp_path), tmp_path / "out" / "clean.####.exr"
    with pytest.raises(JobError, match="no color space 'logc44'"):
        vfx_ai.inpaint(shot.plate, shot.matte, output, colorspace="logc44")
    monkeypatch.setenv("OCIO", str(tmp_path / "gone.ocio"))
    with pytest.raises(InputError, match=r"gone\.ocio.*\$OCIO"):
        vfx_ai.inpaint(shot.plate, shot.matte, output)
    assert not output.parent.exists()


def test_the_commands_say_which_space_and_which_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shot = shot_of(tmp_path)

    def said(*words: str) -> str:
        return " ".join(CliRunner().invoke(app, words, env={"COLUMNS": "300"}).output.split())

    asked = ("inpaint", shot.plate, "-m", shot.matte, "-o", str(tmp_path / "o.####.exr"), "--dry-run")
    assert "ARRI LogC4 (as asked)" in said(*asked, "--colorspace", "logc4")
    assert "scene-linear, Rec.709 primaries (assumed)" in said(*asked)
    assert "studio-config-v4.0.0" in said("doctor")
    monkeypatch.setenv("OCIO", str(tmp_path / "gone.ocio"))
    assert "can't be used" in said("doctor") and "gone.ocio" in said("doctor")
