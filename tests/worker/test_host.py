"""A host, played by a script with the client alone, on a real shot: from the first job to what is left at the end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import rendered
from rendered import assert_only_the_hole_changed, contents, render, results
from workers import COMMAND, PATIENCE, ROOT, children, job, stand_in

from vfx_ai.client import FOUND, Client

LIGHT = {**os.environ, "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return render(tmp_path_factory.mktemp("shot"), rendered.travelling(24.0), frames=12, size=(48, 72))


@pytest.fixture
def client():
    with Client(COMMAND, [], {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}) as made:
        yield made


def with_paths(value, folder, name=""):
    """Names of the fields of an answer that hold paths within a folder; of an error the sentence may, too."""
    if isinstance(value, dict):
        return {found for key, one in value.items() for found in with_paths(one, folder, key)}
    if isinstance(value, list):
        return {found for one in value for found in with_paths(one, folder, name)}
    return {name} - {"text"} if isinstance(value, str) and value.startswith(str(folder)) else set()


def fields(shot, out, **more):
    return {"plate": shot.plate, "matte": shot.matte, "output": str(out / "clean.####.exr"), "engine": "flow", **more}


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the script asks Linux")
def test_a_script_plays_the_host_with_the_client_alone(shot, tmp_path):
    words = ["--plate", shot.plate, "--matte", shot.matte, "--out", str(tmp_path), "--jobs", "8"]
    words += ["--busy", "60"]  # it is not for a test to say how fast a machine is that does other things too
    script = [sys.executable, "-I", "-S", str(ROOT / "samples" / "play_host.py")]
    # A Python without any packages: the worker's is told by the script as this one.
    done = subprocess.run([*script, *words], capture_output=True, text=True, check=False, env=LIGHT)
    steps = [line.partition(":")[0] for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert steps == ["finished", "cancelled", "killed", "recovered", "in a row", "ended"]
    whole = contents(tmp_path / "first")
    assert contents(tmp_path / "second") == contents(tmp_path / "third") == whole
    for number, path in results(tmp_path / "first").items():
        plate = shot.folder / f"plate.{number}.exr"
        assert_only_the_hole_changed(plate, path, shot.mattes[number] > 0)
    assert len(whole) == len(shot.numbers) and not children()
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith((".part", ".lock"))]


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
def test_a_hundred_jobs_through_the_client_leave_no_memory_handles_or_processes(tmp_path):
    """Of all ends that a job can come to; with a run that needs no torch."""
    with Client(COMMAND, [], stand_in(tmp_path)) as client:

        def many(count):
            for number in range(count):
                asked = job(tmp_path, ("fine", "fails", "breaks", "nothing there")[number % 4])
                name = client.run("inpaint", {key: value for key, value in asked.items() if key != "schema"})
                assert client.wait(name, PATIENCE).kind == ("finished" if number % 4 in (0, 3) else "failed")
            me = psutil.Process()
            family = [psutil.Process(client.pid), *psutil.Process(client.pid).children(recursive=True)]
            counted = [(one.num_fds(), one.num_threads()) for one in (me, *family)]
            return len(family), counted, [one.memory_info().rss for one in (me, *family)]

        before, after = many(20), many(100)
        assert after[:2] == before[:2]
        assert sum(after[2]) < sum(before[2]) + 8e6
        assert client.poll() == [] and client.busy == []
    assert not children() and not list(tmp_path.glob("out/**/*.lock"))


def test_real_jobs_in_a_row_leave_no_memory_handles_or_threads(shot, client, tmp_path):
    def many(count):
        for _ in range(count):
            asked = fields(shot, tmp_path, frames="1005", force=True)
            done = client.wait(client.run("inpaint", asked), PATIENCE)
            assert done.kind == "finished"
            assert {"result", "report", "sidecar"} <= with_paths(done.data, tmp_path) <= set(FOUND)
        light, heavy = (me := psutil.Process(client.pid)), me.children()[0]
        return [(one.pid, one.num_threads(), handles(one)) for one in (light, heavy)], heavy.memory_info().rss

    def handles(process):
        return process.num_handles() if sys.platform == "win32" else process.num_fds()

    before, memory_before = many(3)
    after, memory_after = many(8)
    assert after == before
    assert memory_after < memory_before + 40e6


def test_mattes_previews_plans_and_names_come_by_the_same_door(shot, client, tmp_path):
    height, width = next(iter(shot.mattes.values())).shape
    at = f"{round(width * 0.2)},{round(height * 0.5)}@{shot.numbers[0]}"
    names = {
        "matte": client.run(
            "matte_click",
            {"plate": shot.plate, "output": str(tmp_path / "m.####.exr"), "points": [at], "frames": "1001"},
        ),
        "preview": client.preview(
            fields(shot, tmp_path / "out", matte_grow="1"), 1006, str(tmp_path / "small.png"), width=36, reach=3
        ),
        "plan": client.plan(fields(shot, tmp_path / "out")),
        "pick": client.run(
            "matte_pick", {"plate": shot.plate, "objects": "Ball", "output": str(tmp_path / "p.####.exr")}
        ),
        "names": client.ask("names", plate=shot.plate),
        "doctor": client.ask("doctor"),
    }
    ends = {}
    until = time.monotonic() + 3 * PATIENCE
    while len(ends) < len(names) and time.monotonic() < until:
        ends |= {event.job: event for event in client.poll() if event.kind in ("finished", "failed")}
        time.sleep(0.02)
    found = {what: ends[name].data for what, name in names.items()}
    for folder in (tmp_path, shot.folder):
        assert with_paths(found, folder) <= set(FOUND)
    assert found["matte"]["result"]["frames"] == [1001] and (tmp_path / "m.1001.exr").is_file()
    made = found["preview"]["result"]
    assert (made["width"], made["height"], made["frames"]) == (36, 24, [1003, 1004, 1005, 1006, 1007, 1008, 1009])
    assert (tmp_path / "small.png").read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / "out").exists()
    assert found["plan"]["result"]["width"] == width
    for what in ("pick", "names"):
        assert found[what]["error"]["exit_code"] == 3 and "cryptomatte" in found[what]["error"]["text"].lower()
    assert found["doctor"]["result"]["missing"] == []
