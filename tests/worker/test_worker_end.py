"""How a worker ends: with its host, by a signal, killed, or asked to; and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from asked_run import POSIX, run
from workers import COMMAND, PATIENCE, Worker, gone, job, stand_in

from vfx_ai.media.atomic import this_machine


@pytest.mark.parametrize("what", ["asks", "deaf", "fine"])
def test_the_end_of_its_input_ends_the_worker_and_what_it_started(what, worker, tmp_path):
    run(worker, tmp_path, what)
    worker.working() if what != "fine" else worker.hear("finished")
    family = worker.family()
    worker.process.stdin.close()
    assert gone(family, PATIENCE)
    assert worker.ended() == 0


@POSIX
def test_a_signal_on_its_way_out_keeps_it_from_nothing(worker, tmp_path):
    """A client whose worker takes long to end asks once more, by a signal."""
    run(worker, tmp_path, "deaf")
    worker.working()
    family = worker.family()
    worker.process.stdin.close()
    for _ in range(20):
        worker.process.send_signal(signal.SIGTERM)
        time.sleep(0.02)
    assert gone(family, PATIENCE)
    assert worker.ended() == 0 and not any("Traceback" in line for line in worker.log)


@POSIX
@pytest.mark.parametrize("what", ["asks", "deaf"])
def test_a_worker_that_is_killed_leaves_no_orphan_and_nothing_on_disk(what, worker, tmp_path):
    name = f"vfx-ai-worker-{this_machine()}-{worker.process.pid}-*"
    run(worker, tmp_path, what)
    worker.working()
    family = worker.family()
    assert len(family) == 2
    assert list(Path(tempfile.gettempdir()).glob(name))
    worker.process.kill()
    assert gone(family, PATIENCE)
    assert not [*tmp_path.glob("out/.*"), *Path(tempfile.gettempdir()).glob(name)]


@POSIX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_as_the_end_of_its_input_does(number, worker, tmp_path):
    run(worker, tmp_path, "deaf")
    worker.working()
    family = worker.family()
    worker.process.send_signal(number)
    assert gone(family, PATIENCE)
    assert worker.ended() == 0
    assert not any("Traceback" in line for line in worker.log)


def test_a_host_that_reads_no_more_is_as_good_as_gone(tmp_path):
    variables, pipe = {**os.environ, **stand_in(tmp_path)}, subprocess.PIPE
    process = subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=variables, cwd=tmp_path)
    with process:
        asked = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "run",
            "params": {"kind": "inpaint", "job": job(tmp_path, "asks")},
        }
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        while b'"progress"' not in process.stdout.readline():
            pass
        me = psutil.Process(process.pid)
        family = [me, *me.children()]
        process.stdout.close()
        assert gone(family, PATIENCE)


@POSIX
@pytest.mark.parametrize(("closed", "code"), [("<&-", 2), (">&-", 2), ("2>&-", 0)])
def test_a_worker_without_pipes_says_so_and_needs_no_log(closed, code, tmp_path):
    asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "status"})
    line = f"echo '{asked}' | '{sys.executable}' -m vfx_ai worker {closed}"
    variables = {**os.environ, **stand_in(tmp_path)}
    done = subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, env=variables, timeout=PATIENCE, check=False
    )
    assert done.returncode == code
    assert ("closed" in done.stderr) == (code == 2)
    assert ('"jobs":[]' in done.stdout) == (code == 0)


def test_a_shutdown_is_answered_and_cancels(worker, tmp_path):
    run(worker, tmp_path, "deaf")
    family = worker.family()
    assert worker.answer("shutdown", 2)["result"] == {}
    assert worker.hear("failed")["error"]["kind"] == "Interrupted"
    assert gone(family, PATIENCE)


def test_a_temporary_folder_of_a_dead_worker_of_this_machine_is_swept_away(tmp_path):
    left = tmp_path / f"vfx-ai-worker-{this_machine()}-999999999-abc"
    (left / "x").mkdir(parents=True)
    living = tmp_path / f"vfx-ai-worker-{this_machine()}-{os.getpid()}-abc"
    others = tmp_path / "vfx-ai-worker-0a1b2c3d-999999999-abc"  # of a machine that writes to the same disk
    for folder in (living, others):
        folder.mkdir()
    with Worker({**stand_in(tmp_path), "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}, tmp_path) as worker:
        worker.answer("status")
        until = time.monotonic() + PATIENCE
        while left.exists() and time.monotonic() < until:
            time.sleep(0.02)
        assert not left.exists() and living.exists() and others.exists()
        worker.answer("shutdown", 2)
        worker.ended()
    assert {one.name for one in tmp_path.glob("vfx-ai-worker-*")} == {living.name, others.name}
