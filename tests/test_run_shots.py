"""Shots and mattes at the edge of what can be asked, with each engine."""

from __future__ import annotations

import cryptomattes
import cv2
import numpy as np
import pytest
import rendered
from rendered import load, load_rgb, render, results, rgb, save
from runs import assert_whole, job, ordinary

import vfx_ai
from vfx_ai.errors import InputError, JobError
from vfx_ai.fill import ENGINES
from vfx_ai.run import run


def test_a_matte_that_holds_nan_is_told_of(tmp_path):
    """It counts as 0: what was to go may be left, and nobody would know why."""
    shot = render(tmp_path, rendered.locked(), frames=3, size=(24, 36))
    path = shot.folder / "matte.1002.exr"
    alpha = load(path)["A"].copy()
    alpha[2, 3:8] = np.nan
    rendered.save(path, {"A": alpha})
    report = run(job(shot, tmp_path / "out", engine="temporal"))
    assert [record.unknown for record in report.frames] == [0, 5, 0]
    assert "The matte holds NaN" in (tmp_path / "out" / "report.html").read_text()


def grey(path, picture, at, display):
    save(path, {"Y": np.ascontiguousarray(picture[..., 1], dtype=np.float32)}, at, display)


def with_its_own_matte(path, picture, at, display):
    number = int(path.name.split(".")[1])
    matte = np.zeros(picture.shape[:2], np.float16)
    matte[10:18, 8 + 3 * (number - 1001) : 16 + 3 * (number - 1001)] = 1
    save(path, {**rgb(picture), "mask.A": matte}, at, display)


def with_its_own_cryptomatte(path, picture, at, display):
    number = int(path.name.split(".")[1])
    bunny = np.zeros(picture.shape[:2], np.float32)
    bunny[10:18, 8 + 3 * (number - 1001) : 16 + 3 * (number - 1001)] = 1
    bunny[18, 8 + 3 * (number - 1001) : 16 + 3 * (number - 1001)] = 0.25
    covered = {"bunny": bunny, "default": 1 - bunny}
    header = cryptomattes.told("ViewLayer.CryptoObject")
    save(path, {**rgb(picture), **cryptomattes.planes(covered, "ViewLayer.CryptoObject")}, at, display, header=header)


SHOTS = {
    "one frame": lambda folder: (ordinary(folder, frames=1), {}),
    "two frames": lambda folder: (ordinary(folder, frames=2), {}),
    "a hole that touches the edge": lambda folder: (ordinary(folder, ball=lambda t: (2.0 + 3 * t, 30.0)), {}),
    "a picture of 8 x 8": lambda folder: (
        ordinary(folder, size=(8, 8), radius=0.8, ball=lambda t: (2.0 + 2 * t, 4.0)),
        {},
    ),
    "a hole of one pixel": lambda folder: (
        ordinary(folder, radius=-2.0 + 0.1, ball=lambda t: (10.0 + t, 10.0)),
        {},
    ),
    "odd sizes": lambda folder: (ordinary(folder, size=(33, 57)), {}),
    "a grey plate": lambda folder: (ordinary(folder, write=grey), {"filled": "Y"}),
    "an object that stands still": lambda folder: (ordinary(folder, ball=lambda t: (24.0, 16.0)), {}),
    "a plate that carries its matte": lambda folder: (
        ordinary(folder, write=with_its_own_matte),
        {"matte": "", "matte_channel": "mask.A"},
    ),
    "a plate whose matte is an object of its cryptomatte": lambda folder: (
        ordinary(folder, write=with_its_own_cryptomatte),
        {"matte": "", "matte_objects": "bun*"},
    ),
    "a matte of another frame alone": lambda folder: (
        ordinary(folder, ball=lambda t: (16.0, 16.0) if t == 1 else (-99.0, -99.0)),
        {},
    ),
    "a held matte": lambda folder: (
        ordinary(folder, ball=lambda t: (20.0, 16.0)),
        {"matte": str(folder / "matte.1001.exr")},
    ),
    "a shrunk matte": lambda folder: (ordinary(folder), {"matte_grow": "-1.5"}),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", SHOTS)
def test_every_engine_keeps_its_promises_on(name, engine, tmp_path):
    shot, options = SHOTS[name](tmp_path)
    filled = options.pop("filled", "RGB")
    report = run(job(shot, tmp_path / "out", engine=engine, **options))
    # no camera can be solved for shots like these; flow fills them then
    assert report.engine == ("flow" if engine == "project" else engine)
    assert [record.frame for record in report.frames] == list(shot.numbers)
    files = results(tmp_path / "out")

    def hole(number):
        if options.get("matte_channel"):
            return load(tmp_path / f"plate.{number}.exr")["mask.A"] > 0
        if options.get("matte_objects"):
            planes, bunny = load(tmp_path / f"plate.{number}.exr"), cryptomattes.IDS["bunny"]
            return np.any([planes[f"ViewLayer.CryptoObject00.{c}"].view("u4") == bunny for c in "RB"], axis=0)
        if "matte_grow" in options:
            return load(files[number])["fill.source"] > 0
        return shot.mattes[number] > 0

    assert_whole(report, hole, lambda n: tmp_path / f"plate.{n}.exr", lambda n: files[n], filled)
    assert sum(record.hole for record in report.frames) > 0


@pytest.mark.parametrize("engine", ENGINES)
def test_what_no_other_frame_can_show_is_made_up_and_counted(engine, tmp_path):
    shot = ordinary(tmp_path, frames=1)
    record = run(job(shot, tmp_path / "out", engine=engine)).frames[0]
    assert (record.never_seen, record.real, record.confidence) == (record.hole, 0, 0.0)
    planes = load(tmp_path / "out" / "clean.1001.exr")
    assert (planes["fill.confidence"][shot.mattes[1001] > 0] == 0).all()


def test_a_frame_whose_matte_is_empty_is_the_plate_again(tmp_path):
    shot = ordinary(tmp_path, ball=lambda t: (16.0, 16.0) if t == 1 else (-99.0, -99.0))
    report = run(job(shot, tmp_path / "out"))
    assert [record.hole > 0 for record in report.frames] == [False, True, False]
    for number in (1001, 1003):
        before, after = load(tmp_path / f"plate.{number}.exr"), load(tmp_path / "out" / f"clean.{number}.exr")
        assert all(np.array_equal(rendered.bits(before[n]), rendered.bits(after[n])) for n in before)
        assert (after["fill.source"] == 0).all()


def test_a_matte_that_is_empty_everywhere_copies_the_plate_and_warns(tmp_path):
    shot = ordinary(tmp_path, ball=lambda t: (-99.0, -99.0))
    told = []
    report = run(job(shot, tmp_path / "out"), told.append)
    assert report.passed and all(record.hole == 0 for record in report.frames)
    assert any(event.kind == "warning" and "empty" in event.text for event in told)
    assert any("empty" in note for note in report.notes)


def test_a_matte_over_everything_is_refused_with_a_remedy(tmp_path):
    shot = ordinary(tmp_path, radius=200.0)
    with pytest.raises(InputError, match=r"covers every pixel.*--matte-invert") as caught:
        run(job(shot, tmp_path / "out"))
    assert caught.value.file == shot.matte and not results(tmp_path / "out")


def test_an_inverted_matte_fills_where_it_is_black(tmp_path):
    shot = ordinary(tmp_path)
    run(job(shot, tmp_path / "a"))
    for number, matte in shot.mattes.items():
        save(tmp_path / f"keep.{number}.exr", {"A": 1 - matte})
    run(job(shot, tmp_path / "b", matte=str(tmp_path / "keep.####.exr"), matte_invert=True))
    for number in shot.numbers:
        assert np.array_equal(*(load_rgb(tmp_path / d / f"clean.{number}.exr") for d in "ab"))


def test_a_png_plate_becomes_an_exr_with_a_note_on_its_color(tmp_path):
    shot = ordinary(tmp_path)
    for number in shot.numbers:
        picture = np.clip(255 * load_rgb(tmp_path / f"plate.{number}.exr") ** (1 / 2.2), 0, 255).astype(np.uint8)
        cv2.imwrite(str(tmp_path / f"web.{number}.png"), np.ascontiguousarray(picture[..., ::-1]))
    report = run(job(shot, tmp_path / "out", plate=str(tmp_path / "web.####.png")))
    assert report.passed and any("sRGB" in note for note in report.notes)
    for number, path in results(tmp_path / "out").items():
        assert np.isfinite(load_rgb(path)).all() and load_rgb(path)[shot.mattes[number] > 0].max() > 0.05


def test_a_matte_beyond_the_data_window_is_counted_not_written(tmp_path):
    shot = ordinary(tmp_path, window=lambda _t: (10, 4), size=(20, 30), display=(64, 32), radius=3.0)
    for number in shot.numbers:
        matte = np.zeros((32, 64), np.float32)
        matte[8:14, 50:60] = 1
        save(tmp_path / f"matte.{number}.exr", {"A": matte})
    report = run(job(shot, tmp_path / "out"))
    assert [(r.hole, r.outside_data_window) for r in report.frames] == [(0, 60)] * 3
    assert any("outside the plate's data window" in note for note in report.notes)


def test_data_windows_that_never_overlap_the_other_frames_hole_are_filled_smoothly(tmp_path):
    shot = ordinary(tmp_path, window=lambda t: (0, 0) if t == 0 else (60, 0), frames=2, display=(120, 32), radius=4.0)
    for number, y in ((1001, 24.0), (1002, 84.0)):
        matte = rendered.disc(*np.mgrid[0:32, 0:120][::-1].astype(float), (y, 16.0), 6.0).astype(np.float32)
        save(tmp_path / f"matte.{number}.exr", {"A": matte})
    for engine in ENGINES:
        report = run(job(shot, tmp_path / engine, engine=engine))
        assert report.passed and all(r.never_seen == r.hole > 0 for r in report.frames)


def test_a_result_is_verified_by_the_objects_that_were_taken_out(tmp_path):
    shot = ordinary(tmp_path, write=with_its_own_cryptomatte)
    run(job(shot, tmp_path / "out", matte="", matte_objects="bunny"))
    result = tmp_path / "out" / "clean.####.exr"
    verdicts = vfx_ai.verify(shot.plate, result, "", matte_objects="bunny", matte_layer="CryptoObject")
    assert all(verdict.passed for verdict in verdicts)
    others = vfx_ai.verify(shot.plate, result, "", matte_objects="default")
    assert any(verdict.differing for verdict in others)
    with pytest.raises(JobError, match="There is bunny"):
        run(job(shot, tmp_path / "out2", matte="", matte_objects="bunnny"))
    assert not (tmp_path / "out2").exists()
