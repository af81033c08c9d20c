"""A whole run of a production plate, from files to files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
import rendered
from rendered import LAMP, load, load_rgb, render, results, rgb, save
from runs import assert_whole, job

from vfx_ai.run import run

LAMP_AT, FREE_LAMP_AT = (50.0, 32.0), (86.0, 9.0)  # the ball hides the first one for a while


# A production plate: parts, ids, depth, overscan with a data window that wanders, NaN, lamps, exposure that drifts.
def wandering(t: int) -> tuple[int, int]:
    return -4 + t % 3, -3 + t % 2


def write_production_plate(path, picture, at, display):
    height, width = picture.shape[:2]
    rng = np.random.default_rng(len(path.name))
    ids = rng.integers(0, 2**32, (height, width), np.uint32)
    depth = rng.uniform(1, 900, (height, width)).astype(np.float32)
    depth[3, 4], depth[5, 6] = np.inf, np.nan
    alpha = rng.uniform(0, 1, (height, width)).astype(np.float16)
    small = {"motion.u": rng.normal(0, 3, (9, 11)).astype(np.float16), "object.id": ids[:9, :11]}
    save(
        path,
        {**rgb(picture, np.float16), "A": alpha, "Z": depth, "id": ids},
        at,
        display,
        others=[("motion", small, (7, 5)), ("beauty2", rgb(picture * 2, np.float32), at)],
    )


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    shot = render(
        tmp_path_factory.mktemp("production"),
        rendered.locked([LAMP_AT, FREE_LAMP_AT]),
        frames=7,
        size=(70, 104),
        window=wandering,
        display=(96, 64),
        ball=lambda t: (28.0 + 8 * t, 32.0),
        gain=lambda t: (1 + 0.02 * t, 1.0, 1 - 0.02 * t),
        nan=lambda t: [(28 + 8 * t, 32), (3, 3 + t)],
        write=write_production_plate,
    )
    report = run(job(shot, shot.folder / "out"))
    return shot, report, results(shot.folder / "out")


def test_a_production_plate_comes_back_bit_for_bit_outside_the_matte(production):
    shot, report, files = production
    assert tuple(files) == shot.numbers
    assert_whole(report, lambda n: shot.mattes[n] > 0, lambda n: shot.folder / f"plate.{n}.exr", lambda n: files[n])


def test_a_nan_outside_the_matte_stays_and_one_inside_is_filled(production):
    shot, _, files = production
    for t, number in enumerate(shot.numbers):
        x0, y0 = wandering(t)
        picture = load_rgb(files[number])
        assert np.isnan(picture[3 + t - y0, 3 - x0]).all()
        assert np.isfinite(picture[32 - y0, 28 + 8 * t - x0]).all()


def test_a_lamp_behind_the_object_comes_back_at_its_full_light(production):
    shot, _, files = production
    times = [n for n in shot.numbers if (shot.clean[n][shot.mattes[n] >= 1] > 55).any()]
    assert times, "the ball never hides the lamp"
    for number in times:
        lamp = (shot.clean[number][..., 0] > 55) & (shot.mattes[number] >= 1)
        assert (load_rgb(files[number])[..., 0][lamp] > 40).all()


def test_nothing_is_clamped_and_nothing_rings_around_a_lamp(production):
    shot, _, files = production
    most = max(float(np.nanmax(load_rgb(shot.folder / f"plate.{n}.exr"))) for n in shot.numbers)
    for number in shot.numbers:
        filled = load_rgb(files[number])[shot.mattes[number] > 0]
        assert filled.min() >= 0 and filled.max() <= most * 1.05


def test_highlights_of_sixty_stay_sixty(production):
    shot, _, files = production
    for number in shot.numbers:
        lamp = (shot.mattes[number] == 0) & (shot.clean[number][..., 0] >= LAMP)
        assert lamp.any() and (load_rgb(files[number])[..., 0][lamp] >= LAMP * 0.999).all()


def test_the_report_says_what_the_files_hold(production):
    shot, report, files = production
    kept = json.loads((shot.folder / "out" / "report.json").read_text())
    assert kept["passed"] is True and len(kept["frames"]) == len(shot.numbers)
    assert (shot.folder / "out" / "report.html").stat().st_size > 1000
    for record in report.frames:
        assert record.not_finite == 2 and record.brightest >= LAMP * 0.99 and record.above_one > 0
        assert Path(record.result) == files[record.frame]
        assert record.result_bytes == files[record.frame].stat().st_size


def test_without_aovs_the_file_has_the_plates_channels_alone(production, tmp_path):
    shot, _, _ = production
    run(job(shot, tmp_path, aovs=False, frames="1003"))
    assert set(load(tmp_path / "clean.1003.exr")) == {"R", "G", "B", "A", "Z", "id"}


def test_another_layer_is_filled_and_the_default_one_stays(production, tmp_path):
    shot, _, _ = production
    report = run(job(shot, tmp_path, layer="beauty2", frames="1004"))
    before, after = (
        OpenEXR.File(str(path), separate_channels=True).parts
        for path in (shot.folder / "plate.1004.exr", tmp_path / "clean.1004.exr")
    )
    hole = shot.mattes[1004] > 0
    for name in "RGB":
        assert np.array_equal(
            rendered.bits(before[0].channels[name].pixels), rendered.bits(after[0].channels[name].pixels)
        )
        old, new = before[2].channels[name].pixels, after[2].channels[name].pixels
        assert np.array_equal(rendered.bits(old[~hole]), rendered.bits(new[~hole]))
        assert not np.array_equal(old[hole], new[hole]) and np.isfinite(new[hole]).all()
    assert report.passed
