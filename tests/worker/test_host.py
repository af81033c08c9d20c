"""A host, played by a script with the client alone, on a real shot: from the first job to what is left at the end."""

from __future__ import annotations

import os
import signal
import sys
import time

import psutil
import pytest
import rendered
from rendered import assert_only_the_hole_changed, contents, render, results
from workers import COMMAND, ROOT, children, gone

from vfx_ai.client import Client

BUSY = 4.0  # times as long as is promised, for a machine that does other things too


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return render(tmp_path_factory.mktemp("shot"), rendered.travelling(24.0), frames=12, size=(48, 72))


@pytest.fixture
def client():
    with Client(COMMAND, [], {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}) as made:
        yield made


def fields(shot, out, **more):
    return {"plate": shot.plate, "matte": shot.matte, "output": str(out / "clean.####.exr"), "engine": "flow", **more}


def until_written(client, count):
    """Wait until so many frames are told of as written."""
    frames, end = [], time.monotonic() + 120
    while len(frames) < count and time.monotonic() < end:
        for event in client.poll():
            assert event.kind != "failed", event
            frames += event.data.get("frames", [])
        time.sleep(0.01)
    assert len(frames) >= count
    return frames


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX's")
def test_a_host_runs_cancels_is_bereft_recovers_and_leaves_no_orphan(shot, client, tmp_path):
    told = []
    first = client.run("inpaint", fields(shot, tmp_path / "1"))
    done = client.wait(first, 120, told.append)
    assert done.kind == "finished", done
    assert done.data["result"]["passed"] and done.data["result"]["frames"] == list(shot.numbers)
    progress = [event.data for event in told if event.kind == "progress"]
    assert {"analyse", "fill"} <= {data["stage"] for data in progress}
    assert sorted(number for data in progress for number in data["frames"]) == list(shot.numbers)

    second = client.run("inpaint", fields(shot, tmp_path / "2"))
    until_written(client, 1)
    asked = time.monotonic()
    client.cancel(second)
    assert client.wait(second, 30).data["error"]["kind"] == "Interrupted"
    assert time.monotonic() - asked < 1 * BUSY
    kept = contents(tmp_path / "2")
    assert 1 <= len(kept) < len(shot.numbers)

    third = client.run("inpaint", fields(shot, tmp_path / "3"))
    until_written(client, 1)
    bereft, family = client.pid, psutil.Process(client.pid).children(recursive=True)
    os.kill(bereft, signal.SIGKILL)
    assert "was ended by signal 9" in client.wait(third, 30).data["error"]["text"]
    assert gone(family, 3 * BUSY)

    again = [client.run("inpaint", fields(shot, tmp_path / name)) for name in "32"]
    ends = [client.wait(name, 120) for name in again]
    assert [event.kind for event in ends] == ["finished", "finished"], ends
    assert all(event.data["result"]["skipped"] for event in ends)
    assert client.pid != bereft
    whole = contents(tmp_path / "1")
    assert contents(tmp_path / "2") == contents(tmp_path / "3") == whole
    assert kept.items() <= whole.items()
    for number, path in results(tmp_path / "1").items():
        plate = shot.folder / f"plate.{number}.exr"
        assert_only_the_hole_changed(plate, path, shot.mattes[number] > 0)

    family = [psutil.Process(client.pid), *psutil.Process(client.pid).children(recursive=True)]
    client.close()
    assert gone(family, 1) and not children()
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith((".part", ".lock"))]


def test_real_jobs_in_a_row_leave_no_memory_handles_or_threads(shot, client, tmp_path):
    def many(count):
        for _ in range(count):
            asked = fields(shot, tmp_path, frames="1005", force=True)
            assert client.wait(client.run("inpaint", asked), 120).kind == "finished"
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
    until = time.monotonic() + 200
    while len(ends) < len(names) and time.monotonic() < until:
        ends |= {event.job: event for event in client.poll() if event.kind in ("finished", "failed")}
        time.sleep(0.02)
    found = {what: ends[name].data for what, name in names.items()}
    assert found["matte"]["result"]["frames"] == [1001] and (tmp_path / "m.1001.exr").is_file()
    made = found["preview"]["result"]
    assert (made["width"], made["height"], made["frames"]) == (36, 24, [1003, 1004, 1005, 1006, 1007, 1008, 1009])
    assert (tmp_path / "small.png").read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / "out").exists()
    assert found["plan"]["result"]["width"] == width
    for what in ("pick", "names"):
        assert found[what]["error"]["exit_code"] == 3 and "cryptomatte" in found[what]["error"]["text"].lower()
    assert found["doctor"]["result"]["missing"] == []
