"""How much memory a run takes."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import psutil
import pytest
import rendered
from rendered import render

from vfx_ai.budget import parse_memory
from vfx_ai.errors import JobError

ROOT = Path(__file__).resolve().parents[1]
# Largest resident memory of a run, beyond what a short run over the first frames has taken already.
MEASURED = textwrap.dedent(
    """
    import sys, threading, time
    import psutil
    import vfx_ai, vfx_ai.budget

    vfx_ai.budget.LEAST = 0
    plate, matte, out, engine = sys.argv[1:]
    me, most, over = psutil.Process(), [0], threading.Event()

    def watch():
        while not over.wait(0.002):
            most[0] = max(most[0], me.memory_info().rss)

    vfx_ai.inpaint(plate, matte, out + "/warm.####.exr", engine=engine, memory="3M", frames="1001")
    base = me.memory_info().rss
    threading.Thread(target=watch, daemon=True).start()
    vfx_ai.inpaint(plate, matte, out + "/clean.####.exr", engine=engine, memory="3M", aovs=False)
    over.set()
    print(base, max(most[0], base))
    """
)


@pytest.mark.parametrize(
    ("text", "size"),
    [("4G", 4 * 2**30), ("512M", 512 * 2**20), ("1.5GiB", 1.5 * 2**30), (" 70000 kb ", 70000 * 2**10), ("0.5t", 2**39)],
)
def test_a_budget_is_read_as_people_write_it(text, size):
    assert parse_memory(text) == size


def test_percent_are_of_the_machines_memory():
    assert parse_memory("50%") == pytest.approx(psutil.virtual_memory().total / 2, abs=1)


@pytest.mark.parametrize("text", ["", "lots", "-4G", "4X", "4 G B", "1e3M", "nan", "0", "1K", "63M", "101%", "%"])
def test_what_is_no_budget_is_refused_with_an_example(text):
    with pytest.raises(JobError) as caught:
        parse_memory(text)
    assert caught.value.remedy


@pytest.mark.parametrize("engine", ["temporal", "flow"])
def test_a_longer_shot_takes_no_more_memory(engine, tmp_path):
    scene = rendered.locked() if engine == "temporal" else rendered.travelling(60.0)
    peaks = {}
    for frames in (14, 42):
        shot = render(tmp_path / str(frames), scene, frames=frames, size=(120, 200), radius=8.0)
        words = [shot.plate, shot.matte, str(tmp_path / f"out{frames}"), engine]
        done = subprocess.run([sys.executable, "-c", MEASURED, *words], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        base, most = map(int, done.stdout.split())
        peaks[frames] = most
    every_frame_kept = 28 * 120 * 200 * 17
    slack = 4 * 2**20
    assert slack < every_frame_kept / 2, "a leak of every frame must not hide in the slack"
    assert peaks[42] < peaks[14] + slack, {frames: peak / 2**20 for frames, peak in peaks.items()}
