"""How the engines are chosen: what was asked for, what the shot allows, and what is measured."""

from __future__ import annotations

import rendered
from rendered import camera_fields, render

from vfx_ai.job import Job
from vfx_ai.run import run


def job(shot, out, **fields):
    return Job(shot.plate, shot.matte, str(out / "clean.####.exr"), **fields)


def test_project_without_a_camera_steps_down_to_flow_and_says_so(tmp_path):
    shot = render(tmp_path, rendered.locked(), frames=4, size=(32, 48))
    report = run(job(shot, tmp_path / "out", engine="project"))
    assert report.engine == "flow" and "no camera" in report.why
    assert any("needs a camera" in note for note in report.notes)


def test_auto_tries_the_engines_and_takes_the_best(tmp_path):
    shot = render(tmp_path, rendered.travelling(32.0), frames=9, size=(64, 96))
    report = run(job(shot, tmp_path / "out", **camera_fields(shot, "project", 32.0)))
    psnr = [trial["psnr"] for trial in report.trials]
    assert psnr == sorted(psnr, reverse=True) and len(psnr) == 3
    assert {trial["engine"] for trial in report.trials} == {"project", "flow", "smooth"}
    assert report.engine == report.trials[0]["engine"] != "smooth"
    assert all(trial["pixels"] > 200 for trial in report.trials)
    assert f"{report.engine} {psnr[0]:.1f} dB" in report.why


def test_the_choice_is_the_same_in_a_second_run_and_is_not_made_again(tmp_path):
    shot = render(tmp_path, rendered.turning(), frames=6, size=(48, 72))
    first = run(job(shot, tmp_path / "out"))
    told = []
    second = run(job(shot, tmp_path / "out", force=True), told.append)
    assert (second.engine, second.why, second.trials) == (first.engine, first.why, first.trials)
    assert not any("tried" in event.text for event in told)


def test_frames_that_the_cameras_file_lacks_are_filled_by_flow(tmp_path):
    shot = render(tmp_path, rendered.travelling(24.0), frames=7, size=(48, 72))
    fields = camera_fields(shot, "project", 24.0)
    rendered.forget_frames(fields["camera"], shot.numbers[-2:])
    report = run(job(shot, tmp_path / "out", engine="project", **fields))
    assert report.passed and report.engine == "project"
    assert any("2 frames have no camera" in note for note in report.notes)
    assert all(record.real > 0.5 * record.hole for record in report.frames)


def test_a_still_camera_needs_no_trial(tmp_path):
    shot = render(tmp_path, rendered.locked(), frames=4, size=(32, 48))
    report = run(job(shot, tmp_path / "out"))
    assert report.engine == "temporal" and report.trials == ()
