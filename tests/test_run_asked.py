"""Which frames a run makes, what it does about those that are missing, and what it refuses."""

from __future__ import annotations

import pytest
from rendered import assert_only_the_hole_changed, load_rgb, results
from runs import job, ordinary

from vfx_ai.errors import InputError, JobError, MissingFrameError, OutputError
from vfx_ai.fill import ENGINES
from vfx_ai.run import run


# Gaps.
def test_a_missing_frame_is_an_error_that_names_it(tmp_path):
    shot = ordinary(tmp_path, frames=4)
    (tmp_path / "plate.1002.exr").unlink()
    with pytest.raises(MissingFrameError, match="frame 1002 is missing"):
        run(job(shot, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_held_frame_is_filled_as_the_frame_before(engine, tmp_path):
    shot = ordinary(tmp_path, frames=4)
    (tmp_path / "plate.1002.exr").unlink()
    report = run(job(shot, tmp_path / "out", missing="hold", engine=engine))
    assert len(report.frames) == 4
    assert_only_the_hole_changed(
        tmp_path / "plate.1001.exr", tmp_path / "out" / "clean.1002.exr", shot.mattes[1002] > 0
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_black_frame_stays_black_and_lends_nothing(engine, tmp_path):
    shot = ordinary(tmp_path, frames=4)
    (tmp_path / "plate.1002.exr").unlink()
    report = run(job(shot, tmp_path / "out", missing="black", engine=engine))
    assert report.passed and (load_rgb(tmp_path / "out" / "clean.1002.exr") == 0).all()
    for number in (1001, 1003, 1004):
        filled = load_rgb(tmp_path / "out" / f"clean.{number}.exr")[shot.mattes[number] > 0]
        assert filled.min() > 0.01, f"black of frame 1002 came into frame {number}"


# Which frames.
def test_only_the_frames_asked_for_are_written(tmp_path):
    shot = ordinary(tmp_path, frames=6)
    run(job(shot, tmp_path / "out", frames="1002,1004-1005"))
    assert list(results(tmp_path / "out")) == [1002, 1004, 1005]


def test_a_sample_is_spread_over_the_shot_from_its_first_to_its_last_frame(tmp_path):
    shot = ordinary(tmp_path, frames=7)
    report = run(job(shot, tmp_path / "out", sample=3))
    assert list(results(tmp_path / "out")) == [1001, 1004, 1007] == [record.frame for record in report.frames]
    run(job(shot, tmp_path / "all", sample=70))
    assert len(results(tmp_path / "all")) == 7


@pytest.mark.parametrize(
    ("fields", "error", "says"),
    [
        ({"engine": "tempral"}, JobError, "no engine 'tempral'.*project, flow, temporal"),
        ({"frames": "2000"}, JobError, "no frame 2000.*1001-1003"),
        ({"output": "{folder}/plate.####.exr"}, OutputError, "take the place of"),
        ({"output": "{folder}/out/clean.exr"}, JobError, "one name for 3 frames"),
        ({"matte_channel": "nope"}, JobError, "no channel 'nope'"),
        ({"matte_objects": "Ball"}, InputError, "matte.1001.exr, frame 1001: it has no cryptomatte"),
        ({"matte_grow": "wide"}, JobError, "can't grow by 'wide'"),
        ({"layer": "diffuse"}, JobError, "no layer 'diffuse'"),
        ({"memory": "lots"}, JobError, "memory is 'lots'"),
        ({"plate": "{folder}/plat.####.exr"}, InputError, "There is plate.####.exr"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(fields, error, says, tmp_path):
    shot = ordinary(tmp_path)
    with pytest.raises(error, match=says):
        run(job(shot, tmp_path / "out", **{k: v.format(folder=tmp_path) for k, v in fields.items()}))
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".exr"] * 6
