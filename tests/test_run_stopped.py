"""A run that is stopped keeps what is finished, and goes on from there."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import rendered
from rendered import render, results
from runs import job, ordinary

from vfx_ai.errors import Interrupted
from vfx_ai.run import run

ROOT = Path(__file__).resolve().parents[1]


def test_a_cancelled_run_keeps_its_frames_and_goes_on_later(tmp_path):
    shot = ordinary(tmp_path, frames=9)
    frames = []

    def note_frames(event):
        if event.kind == "frame":
            frames.append(event.frame)

    with pytest.raises(Interrupted, match="finished frames are kept"):
        run(job(shot, tmp_path / "out"), note_frames, lambda: len(frames) >= 2)
    assert list(results(tmp_path / "out")) == frames == list(range(1001, 1001 + len(frames)))
    assert 2 <= len(frames) < 9  # what was being written when it was stopped is finished
    report = run(job(shot, tmp_path / "out"))
    assert report.skipped == tuple(frames) and len(report.frames) == 9


def test_a_run_can_be_stopped_while_it_analyses(tmp_path):
    shot = render(tmp_path, rendered.travelling(16.0), frames=4, size=(32, 48))
    steps = []
    with pytest.raises(Interrupted):
        run(job(shot, tmp_path / "out", engine="flow"), steps.append, lambda: len(steps) > 3)
    assert not results(tmp_path / "out")


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C can't be sent to one process alone")
def test_ctrl_c_ends_the_command_within_two_seconds_and_keeps_its_frames(tmp_path):
    shot = render(tmp_path, rendered.locked(), frames=40)
    words = ["inpaint", shot.plate, "--matte", shot.matte, "-o", str(tmp_path / "out" / "clean.####.exr")]
    process = subprocess.Popen([sys.executable, "-m", "vfx_ai", *words], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 60
        while len(results(tmp_path / "out")) < 2 and process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        clock = time.monotonic()
        _, said = process.communicate(timeout=20)
        took = time.monotonic() - clock
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert took < 10 and "kept" in said  # two seconds, and more for a machine that is busy
    assert 2 <= len(results(tmp_path / "out")) < 40 and not list(tmp_path.rglob(".*.part*"))
