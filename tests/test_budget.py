"""How much memory a run takes."""

from __future__ import annotations

import os
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
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}  # threads that wait for each other make small pictures slow
# Largest resident memory after a run of the shot's first frames, another one (the first warms up torch's and the
# system's own allocators), and a run of all of it.
MEASURED = textwrap.dedent(
    """
    import sys, threading
    import psutil
    import vfx_ai, vfx_ai.budget, vfx_ai.shot

    vfx_ai.budget.LEAST, vfx_ai.shot.WORKING_WIDTH = 0, 64
    folder, engine, short, long = sys.argv[1:]
    me, most, over = psutil.Process(), [0], threading.Event()

    def watch():
        while not over.wait(0.002):
            most[0] = max(most[0], me.memory_info().rss)

    threading.Thread(target=watch, daemon=True).start()
    for name, length in (("warm", short), ("short", short), ("long", long)):
        spec, out = f"{folder}/%s.1001-{1000 + int(length)}####.exr", f"{folder}/{name}/clean.####.exr"
        vfx_ai.inpaint(spec % "plate", spec % "matte", out, engine=engine, memory="3M", blend=6)
        print(most[0])
    over.set()
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
    scene, height, width = rendered.locked() if engine == "temporal" else rendered.travelling(80.0), 160, 240
    short, long = 10, 32
    render(tmp_path, scene, frames=long, size=(height, width), radius=7.0)
    words = [str(tmp_path), engine, str(short), str(long)]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *words], cwd=ROOT, env=ONE_THREAD, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    _, after_short, after_long = map(int, done.stdout.split())
    slack = 7 * 2**20  # what the allocators keep differs by a few MB from run to run
    assert slack < 0.6 * (long - short) * height * width * 17, "a leak of every frame must not hide in the slack"
    assert after_long < after_short + slack, f"{after_short / 2**20:.1f} MB, then {after_long / 2**20:.1f} MB"
