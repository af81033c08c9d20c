"""Clean plates: what moves is found without a matte and goes; one stitched plate, put back by its maps."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import rendered
from rendered import LAMP, assert_only_the_hole_changed, contents, load, load_rgb, psnr, render
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import JobError
from vfx_ai.job import silent
from vfx_ai.media.exr_intact import read_header
from vfx_ai.media.stamp import read_stamp
from vfx_ai.plates.jobs import Clean
from vfx_ai.proof.sidecar import read_sidecar
from vfx_ai.worker.kinds import KINDS, read
from vfx_ai.worker.work import plate_clean

SIZE = (48, 72)
LAMPS = [(36, 6), (30, 24)]


def half(path, picture, at, display):
    return rendered.save(path, rendered.rgb(picture, np.float16), at, display)


@pytest.fixture(scope="module")
def still(tmp_path_factory):
    """A camera that stands still, with lamps and some grain; a ball moves."""
    return render(tmp_path_factory.mktemp("still"), rendered.locked(LAMPS), frames=8, size=SIZE, noise=0.01, write=half)


@pytest.fixture(scope="module")
def pan(tmp_path_factory):
    """A camera that turns; a ball moves."""
    return render(tmp_path_factory.mktemp("pan"), rendered.turning(), frames=7, size=SIZE)


@pytest.fixture(scope="module")
def cleaned(still):
    return still.folder / "out", vfx_ai.clean(still.plate, still.folder / "out" / "clean.####.exr", grain="none")


def found(folder: Path, number: int) -> np.ndarray:
    return load(folder / f"clean.matte.{number}.exr")["A"].astype(np.float32)


def test_what_moves_is_found_and_little_else(still, cleaned):
    for number in still.numbers:
        matte, ball = found(cleaned[0], number) > 0, still.mattes[number]
        assert matte[ball > 0.5].all()
        assert (matte & (ball == 0)).sum() < 0.6 * (ball > 0).sum()  # a rim of two or three pixels on a small ball
        rows, columns = np.nonzero(ball > 0)
        beyond = matte.copy()
        beyond[max(0, rows.min() - 6) : rows.max() + 7, max(0, columns.min() - 6) : columns.max() + 7] = False
        assert not beyond.any()


def test_it_is_filled_by_a_run_as_any_other(still, cleaned):
    out, report = cleaned
    assert report.passed and (out / "report.json").exists() and any("comparing frames" in n for n in report.notes)
    for number in still.numbers:
        hole = found(out, number) > 0
        result = out / f"clean.{number}.exr"
        assert_only_the_hole_changed(still.folder / f"plate.{number}.exr", result, hole)
        assert psnr(load_rgb(result), still.clean[number], hole) > 40


def test_a_frame_and_its_matte_do_not_depend_on_what_is_asked_for(still, cleaned, tmp_path):
    whole, number = cleaned[0], still.numbers[2]
    vfx_ai.clean(still.plate, tmp_path / "clean.####.exr", grain="none", frames=str(number), memory="64M")
    for name in (f"clean.{number}.exr", *(f"clean.matte.{n}.exr" for n in still.numbers)):
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes(), name


def test_a_second_run_keeps_mattes_and_frames(still, cleaned):
    out = cleaned[0]
    files = sorted(out.glob("clean.*.exr"))
    before = [path.stat().st_mtime_ns for path in files]
    report = vfx_ai.clean(still.plate, out / "clean.####.exr", grain="none")
    assert report.skipped == still.numbers and [path.stat().st_mtime_ns for path in files] == before


def test_a_shot_in_which_nothing_moves_stays_as_it_is(tmp_path):
    made = render(tmp_path, rendered.locked(), frames=6, size=SIZE, noise=0.03, ball=lambda _t: (-400.0, -400.0))
    report = vfx_ai.clean(made.plate, tmp_path / "out" / "clean.####.exr")
    assert report.passed and not any(record.hole for record in report.frames)


def test_an_exposure_that_changes_does_not_move(tmp_path):
    made = render(tmp_path, rendered.locked(), frames=6, size=SIZE, noise=0.02, gain=lambda t: [1 + 0.1 * t] * 3)
    vfx_ai.clean(made.plate, tmp_path / "out" / "clean.####.exr", sample=1)
    for number in made.numbers:
        matte = found(tmp_path / "out", number) > 0
        assert matte.mean() < 2.2 * (made.mattes[number] > 0).mean()
        assert matte[made.mattes[number] > 0.5].mean() > 0.95


def test_a_matte_that_is_given_is_the_one(still, tmp_path):
    report = vfx_ai.clean(still.plate, tmp_path / "a" / "clean.####.exr", matte=still.matte, sample=2)
    vfx_ai.inpaint(still.plate, still.matte, tmp_path / "b" / "clean.####.exr", sample=2)
    assert report.passed and not list((tmp_path / "a").glob("*.matte.*"))
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def put_back(single: np.ndarray, planes: dict[str, np.ndarray]) -> np.ndarray:
    """A frame from the single plate by its map, bilinear, as docs/plates.md says."""
    height, width = single.shape[:2]
    x = np.clip(planes["R"].astype(np.float64) * width - 0.5, 0, width - 1)
    y = np.clip((1 - planes["G"].astype(np.float64)) * height - 0.5, 0, height - 1)
    left, top = np.floor(x + 1e-4).astype(int), np.floor(y + 1e-4).astype(int)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    a, b = np.clip(x - left, 0, 1)[..., None], np.clip(y - top, 0, 1)[..., None]
    upper = single[top, left] * (1 - a) + single[top, right] * a
    return (upper * (1 - b) + (single[bottom, left] * (1 - a) + single[bottom, right] * a) * b).astype(np.float32)


def test_a_single_plate_of_a_locked_camera_is_of_real_pixels(still, tmp_path):
    made = vfx_ai.clean(still.plate, tmp_path / "single.exr", single=True)
    known = read_sidecar(tmp_path / "single.vfxai.json")
    said = read_stamp(read_header(tmp_path / "single.exr").parts[0])
    assert (said["job"], said["real"], said["pixels"]) == (known.job, 1.0, made.width * made.height - made.unseen)
    assert vfx_ai.reproduce(tmp_path / "single.vfxai.json", tmp_path / "again").identical == (made.anchor,)
    assert (made.width, made.height, made.at, made.unseen) == (SIZE[1], SIZE[0], (0, 0), 0)
    planes = load(made.output)
    picture, frame = load_rgb(made.output), planes["fill.from.frame"].astype(int)
    assert planes["R"].dtype == np.float16 and (planes["A"] == 1).all()
    plates = {n: load_rgb(still.folder / f"plate.{n}.exr") for n in still.numbers}
    for n in still.numbers:
        assert np.array_equal(picture[frame == n], plates[n][frame == n])
        assert not (still.mattes[n] > 0.5)[frame == n].any()
    assert picture[24, 30].max() == pytest.approx(LAMP, rel=0.04)
    for n in still.numbers:
        assert psnr(put_back(picture, load(tmp_path / f"stmap.{n}.exr")), picture, np.ones(SIZE, bool)) > 90


def test_a_single_plate_of_a_pan_is_put_back_into_each_frame(pan, tmp_path):
    made = vfx_ai.clean(pan.plate, tmp_path / "clean.####.exr", single=True)
    assert Path(made.output).name == "clean.exr" and made.frames == pan.numbers
    assert made.width > SIZE[1] and made.height > SIZE[0]
    picture, known = load_rgb(made.output), load(made.output)["A"].astype(np.float32)
    for window in ("dataWindow", "displayWindow"):
        head = OpenEXR.File(made.output).parts[0].header[window]
        assert [int(v) for v in np.ravel(head)] == [0, 0, made.width - 1, made.height - 1]
    for n in pan.numbers:
        planes = load(tmp_path / f"stmap.{n}.exr")
        assert planes["R"].dtype == np.float32 and planes["R"].shape == SIZE
        whole = put_back(known[..., None], planes)[..., 0] > 0.999
        assert whole.mean() > 0.9
        assert psnr(put_back(picture, planes), pan.clean[n], whole) > 30
    anchor = load_rgb(pan.folder / f"plate.{made.anchor}.exr")
    x, y = made.at
    there = picture[y : y + SIZE[0], x : x + SIZE[1]]
    own = load(made.output)["fill.from.frame"][y : y + SIZE[0], x : x + SIZE[1]] == made.anchor
    assert own.any() and np.array_equal(there[own], anchor[own])


def test_what_a_matte_always_covers_is_not_made_up(still, tmp_path):
    box = np.zeros(SIZE, np.float32)
    box[10:20, 10:30] = 1
    rendered.save(tmp_path / "box.exr", {"A": box})
    made = vfx_ai.clean(still.plate, tmp_path / "one" / "single.exr", matte=tmp_path / "box.exr", single=True, sample=2)
    planes = load(made.output)
    assert made.hidden == made.unseen == 200 and len(list((tmp_path / "one").glob("stmap.*.exr"))) == 2
    assert not planes["A"][10:20, 10:30].any() and not planes["R"][10:20, 10:30].any()


@pytest.mark.parametrize("single", [False, True])
def test_a_camera_that_travels_is_refused(tmp_path, single):
    made = render(tmp_path, rendered.travelling(20), frames=8)
    with pytest.raises(JobError, match="--matte"):
        vfx_ai.clean(made.plate, tmp_path / "out" / "clean.####.exr", single=single)
    assert not list((tmp_path / "out").glob("*.exr"))


def test_what_makes_no_sense_is_refused(still, tmp_path):
    out = str(tmp_path / "clean.####.exr")
    for wrong in ({"matte_channel": "A"}, {"matte_invert": True}, {"detail": 2}, {"sample": -1}, {"missing": "no"}):
        with pytest.raises(JobError):
            Clean(still.plate, out, **wrong)
    with pytest.raises(JobError, match="too few"):
        vfx_ai.clean(still.folder / f"plate.{still.numbers[0]}.exr", out)
    with pytest.raises(JobError, match="EXR"):
        vfx_ai.clean(still.plate, tmp_path / "single.png", single=True)
    with pytest.raises(vfx_ai.OutputError):
        vfx_ai.clean(still.plate, still.folder / f"plate.{still.numbers[0]}.exr", single=True)


def test_the_command_has_an_option_for_every_field():
    shown = CliRunner().invoke(app, ["plate", "clean", "--help"], env={"COLUMNS": "200"}).output
    for field in fields(Clean):
        name = "--" + field.name.replace("_", "-")
        assert field.name == "plate" or name in shown, name


def test_the_worker_makes_both(still, tmp_path):
    asked = {"plate": still.plate, "output": str(tmp_path / "clean.####.exr"), "matte": still.matte, "sample": 1}
    told = [
        plate_clean(read(KINDS["plate_clean"].made, asked | more), silent, lambda: False)
        for more in ({}, {"single": True})
    ]
    assert [Path(one["result"]).name for one in told] == ["clean.####.exr", "clean.exr"]


def test_the_command_tells_of_a_single_plate(still, tmp_path):
    done = CliRunner().invoke(app, ["plate", "clean", still.plate, "-o", str(tmp_path / "s.exr"), "--single", "--json"])
    assert done.exit_code == 0 and '"event": "single"' in done.stdout
