"""Several machines at one result: nobody harms what another one writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import rendered
from rendered import contents, render

from vfx_ai.claim import in_turn, together
from vfx_ai.errors import Interrupted, OutputError
from vfx_ai.farm.found import find
from vfx_ai.job import Job
from vfx_ai.media.atomic import replacing, this_machine, unchanged
from vfx_ai.run import run

ROOT = Path(__file__).resolve().parents[2]
OTHER = "0123abcd"  # a machine


def test_a_file_that_another_machine_is_writing_is_left_alone(tmp_path):
    target = tmp_path / "clean.1001.exr"
    # A process of that number isn't here; on its own machine it is.
    theirs = tmp_path / f".{target.name}.{OTHER}-999999999.part"
    theirs.write_bytes(b"theirs")
    ours = tmp_path / f".{target.name}.{this_machine()}-999999999.part"
    ours.write_bytes(b"left behind")
    with replacing(target) as beside:
        assert this_machine() in beside.name and str(os.getpid()) in beside.name
        beside.write_bytes(b"whole")
    assert theirs.read_bytes() == b"theirs" and not ours.exists() and target.read_bytes() == b"whole"


def test_what_another_machine_left_long_ago_is_removed(tmp_path):
    target, left = tmp_path / "a.exr", tmp_path / f".a.exr.{OTHER}-7.part"
    left.write_bytes(b"x")
    os.utime(left, (time.time() - 7200,) * 2)
    with replacing(target) as beside:
        beside.write_bytes(b"whole")
    assert not left.exists()


def test_a_copied_file_whose_time_was_rounded_counts_as_the_same(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"1234")
    os.utime(path, ns=(10**18, 10**18 + 123_456_789))
    assert unchanged(path.stat(), 4, 10**18 + 123_456_000) and not unchanged(path.stat(), 5, 10**18 + 123_456_789)
    assert not unchanged(path.stat(), 4, 10**18 + 124_000_000)


def test_runs_of_one_key_bear_each_other_and_another_key_is_refused(tmp_path):
    folder = tmp_path / "clean.vfx-ai"
    with (
        together(folder, "a", "clean.####.exr"),
        together(folder, "a", "clean.####.exr"),
        pytest.raises(OutputError, match=f"process {os.getpid()} on "),
        together(folder, "b", "clean.####.exr"),
    ):
        pytest.fail("it was let in")
    with together(folder, "b", "clean.####.exr"):
        pass
    assert not (folder / "running").exists()


def test_what_a_killed_process_left_behind_refuses_nobody(tmp_path):
    import platform

    running = tmp_path / "clean.vfx-ai" / "running"
    running.mkdir(parents=True)
    left = {"machine": platform.node(), "pid": 999999999, "began": 1.0, "since": 1, "key": "a"}
    (running / "left.json").write_text(json.dumps(left))
    with together(running.parent, "b", "clean.####.exr"):
        assert not (running / "left.json").exists()


def test_who_comes_second_waits_for_its_turn_and_can_be_stopped(tmp_path):
    order, inside, leave = [], threading.Event(), threading.Event()
    path = tmp_path / "analysis.lock"

    def first() -> None:
        with in_turn(path, lambda: None):
            inside.set()
            leave.wait(60)
            order.append("first")

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(60)

    def stopped() -> None:
        raise Interrupted("stopped")

    with pytest.raises(Interrupted), in_turn(path, stopped):
        pytest.fail("it was let in")
    with in_turn(path, leave.set):
        order.append("second")
    thread.join()
    assert order == ["first", "second"] and leave.is_set() and not path.exists()


def test_a_record_tells_of_the_file_that_was_put_there_last(tmp_path):
    """Two runs wrote the same frame, and the one that was first to write was last to write it down."""
    shot = render(tmp_path / "shot", rendered.locked(), frames=3, size=(24, 36))
    asked = Job(shot.plate, shot.matte, str(tmp_path / "out" / "clean.####.exr"), engine="temporal", frames="1001")
    record = run(asked, step="fill").frames[0]
    result = Path(record.result)
    os.utime(result, ns=(1, result.stat().st_mtime_ns + 10**9))  # the other's file: the same bits, another time
    from vfx_ai.steps.asked import resolve

    kept = resolve(asked).folder.keep(record)
    assert kept.result_mtime_ns == result.stat().st_mtime_ns
    assert run(asked, step="report").passed


def test_two_processes_on_the_same_frames_at_once_give_the_bits_of_one(tmp_path):
    """Neither finds an analysis; both write every frame."""
    shot = render(tmp_path / "shot", rendered.travelling(12.0), frames=6, size=(24, 40))
    fields = {"plate": shot.plate, "matte": shot.matte, "engine": "flow"}
    run(Job(**fields, output=str(tmp_path / "once" / "clean.####.exr")))
    asked = Job(**fields, output=str(tmp_path / "out" / "clean.####.exr"))
    file = tmp_path / "job.json"
    file.write_text(find(asked).farm_job.to_json())
    command = [sys.executable, "-m", "vfx_ai", "task", str(file), "--step=fill", "--json"]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for process in running:
        out, error = process.communicate(timeout=300)
        assert process.returncode == 0, error + out
    assert run(asked, step="report").passed
    assert contents(tmp_path / "out") == contents(tmp_path / "once") and len(contents(tmp_path / "out")) == 6
    left = [path.name for path in (tmp_path / "out").rglob("*") if ".part" in path.name or "measured" in path.name]
    assert not left and not (tmp_path / "out" / "clean.vfx-ai" / "analysis.lock").exists()
