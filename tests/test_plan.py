"""The dry run."""

from __future__ import annotations

import pytest
import rendered
import torch
from rendered import render, results

from vfx_ai.errors import JobError, ResourceError
from vfx_ai.fill import MAKERS, NAMED
from vfx_ai.job import Job
from vfx_ai.run import plan, run


@pytest.fixture
def shot(tmp_path):
    return render(tmp_path, rendered.locked(), frames=5, size=(32, 48))


def job(shot, **fields):
    return Job(shot.plate, shot.matte, str(shot.folder / "out" / "clean.#.exr"), **fields)


def everything(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_dry_run_writes_nothing(shot):
    before = everything(shot.folder)
    plan(job(shot))
    assert everything(shot.folder) == before


def test_a_dry_run_says_which_frames_how_large_and_where_to(shot):
    planned = plan(job(shot, frames="1002-1004"))
    assert (planned.frames, planned.finished) == ((1002, 1003, 1004), ())
    assert (planned.width, planned.height, planned.engine) == (48, 32, "auto")
    holes = [100 * (shot.mattes[n] > 0).mean() for n in planned.frames]
    assert planned.hole_percent == pytest.approx(sum(holes) / 3, rel=0.01)
    assert planned.output == str(shot.folder / "out" / "clean.####.exr")
    assert planned.seconds > 0 and planned.disk_bytes > 3 * 48 * 32 and planned.memory_bytes >= 64 * 2**20


def test_a_dry_run_knows_what_is_finished(shot):
    run(job(shot, frames="1001-1002"))
    assert plan(job(shot)).finished == (1001, 1002)
    assert plan(job(shot, force=True)).finished == ()
    assert plan(job(shot, matte_grow="1")).finished == ()
    assert set(results(shot.folder / "out")) == {1001, 1002}


def test_less_to_do_takes_less_time(shot):
    # The machine's own pace is measured anew each time, so only a large difference means something.
    assert plan(job(shot, sample=1)).disk_bytes < plan(job(shot)).disk_bytes


def test_a_dry_run_knows_what_a_moving_camera_costs_and_what_was_analysed(tmp_path, monkeypatch):
    monkeypatch.setattr("vfx_ai.steps.plan._seconds_of_flow_per_pixel", lambda: 1e-2)
    still = render(tmp_path / "still", rendered.locked(), frames=5, size=(48, 72))
    moving = render(tmp_path / "moving", rendered.travelling(24.0), frames=5, size=(48, 72))
    assert plan(job(moving)).seconds > 1.5 * plan(job(still)).seconds
    assert plan(job(moving)).seconds > plan(job(moving, engine="flow")).seconds
    before = plan(job(moving, engine="flow")).seconds
    run(job(moving, engine="flow", frames="1001"))
    assert plan(job(moving, engine="flow", force=True)).seconds < 0.7 * before


@pytest.mark.parametrize(("scene", "engine"), [(rendered.locked(), "temporal"), (rendered.travelling(24.0), "flow")])
def test_a_dry_run_counts_effects_as_a_second_and_larger_fill_of_each_frame(tmp_path, monkeypatch, scene, engine):
    monkeypatch.setattr("vfx_ai.steps.plan._seconds_of_flow_per_pixel", lambda: 1e-2)
    there = render(tmp_path, scene, frames=5, size=(48, 72), radius=3)

    def each_frame(effects):
        one, all_ = (plan(job(there, engine=engine, effects=effects, frames=f)) for f in ("1001", "1001-1005"))
        return (all_.seconds - one.seconds) / 4

    assert 1.9 * each_frame(False) < each_frame(True) < 6 * each_frame(False)


def test_a_dry_run_knows_every_engine_that_may_be_named(shot):
    assert all(plan(job(shot, engine=engine)).seconds > 0 for engine in NAMED if engine not in MAKERS)


def test_a_dry_run_refuses_what_a_run_would(shot, monkeypatch):
    with pytest.raises(JobError, match="no channel 'nope'"):
        plan(job(shot, matte_channel="nope"))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ResourceError, match="no cuda device"):
        plan(job(shot, device="cuda"))
