"""The client as a host uses it: never waiting, its jobs followed to their end, cancelled, and nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time

import psutil
import pytest
from clients import FILE, LOADED, assert_nothing_is_left, end, plain
from workers import COMMAND, PATIENCE, ROOT, gone, job, stand_in

from vfx_ai.client import Client

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")


@pytest.fixture
def client(tmp_path):
    with Client(COMMAND, [], stand_in(tmp_path)) as made:
        yield made
    assert_nothing_is_left()


def working(client, name):
    """Wait until a job is in the middle of its run."""
    until, stage = time.monotonic() + PATIENCE, ""
    while stage != "fill":
        assert time.monotonic() < until
        stage = next((event.data["stage"] for event in client.poll(1) if event.kind == "progress"), "")
        time.sleep(0.01)
    assert client.busy == [name]


def test_nothing_but_wait_and_close_waits_for_a_worker():
    """It never says a word: what comes back has not waited for one."""
    with Client([sys.executable, "-c", "import sys; sys.stdin.read()"], []) as client:
        names = [client.run("inpaint", {}), client.preview({}, 1, "p.png"), client.plan({}), client.ask("status")]
        client.cancel(names[0])
        client.cancel()
        assert client.poll() == [] and client.busy == names and client.log() == []
        assert client.wait(names[0], 0.01) is None
    assert_nothing_is_left()


def test_a_job_is_followed_to_its_end(client, tmp_path):
    name = client.run("inpaint", plain(tmp_path, "slow"))
    events, until = [], time.monotonic() + PATIENCE
    while client.busy and time.monotonic() < until:
        events += client.poll()
        time.sleep(0.01)
    events += client.poll()
    assert events[0].kind == "worker" and events[0].data["state"] == "ready"
    assert {event.job for event in events[1:]} == {name}
    assert [number for event in events if event.kind == "progress" for number in event.data["frames"]] == [
        *range(1001, 1005)
    ]
    assert [event.data["text"] for event in events if event.kind == "log"] == ["a note"]
    assert events[-1].kind == "finished" and events[-1].data["result"]["passed"]


def test_a_job_that_is_wrong_fails_with_the_error_whole(client, tmp_path):
    error = end(client, client.run("inpaint", plain(tmp_path, "fine", device="tpu"))).data["error"]
    assert (error["kind"], error["exit_code"]) == ("JobError", 2)
    error = end(client, client.run("inpaint", plain(tmp_path, "fails"))).data["error"]
    assert (error["frame"], error["file"]) == (1002, str(tmp_path / "fails.exr"))
    error = end(client, client.ask("no such method")).data["error"]
    assert "no method" in error["text"]


def test_what_json_cannot_hold_is_told_to_the_caller(client, tmp_path):
    with pytest.raises(TypeError):
        client.run("inpaint", plain(tmp_path, "fine", frames=object()))
    with pytest.raises(ValueError):
        client.run("inpaint", plain(tmp_path, "fine", detail=float("nan")))
    assert client.busy == [] and client.pid is None


def test_a_job_can_be_cancelled_also_before_the_worker_knows_of_it(client, tmp_path):
    for wait, all_of_them in ((False, False), (True, False), (False, True), (True, True)):
        name = client.run("inpaint", plain(tmp_path, "deaf"))
        if wait:
            working(client, name)
        client.cancel(None if all_of_them else name)
        assert end(client, name).data["error"]["exit_code"] == 130
    assert end(client, client.run("inpaint", plain(tmp_path, "fine"))).kind == "finished"


@POSIX
def test_a_worker_that_is_killed_is_told_with_its_last_lines_and_the_next_job_starts_another(client, tmp_path):
    names = [client.run("inpaint", plain(tmp_path, what)) for what in ("fine", "deaf", "fine")]
    end(client, names[0])
    while "deaf" not in " ".join(client.log()):
        time.sleep(0.02)
    first, family = client.pid, psutil.Process(client.pid).children()
    os.kill(first, 9)
    for name in names[1:]:
        error = end(client, name).data["error"]
        assert "the worker was ended by signal 9" in error["text"]
        assert error["log"] == ["a line of the log about fine", "a line of the log about deaf"]
    assert gone(family, PATIENCE)
    assert end(client, client.run("inpaint", plain(tmp_path, "fine"))).kind == "finished"
    assert client.pid != first


def test_closing_ends_everything_and_fails_what_was_open(tmp_path):
    client = Client(COMMAND, [], stand_in(tmp_path))
    name = client.run("inpaint", plain(tmp_path, "deaf"))
    working(client, name)
    family = [psutil.Process(client.pid), *psutil.Process(client.pid).children(recursive=True)]
    client.close()
    assert gone(family, PATIENCE)
    assert_nothing_is_left()
    assert client.poll()[-1].data["error"]["kind"] == "Interrupted"
    with pytest.raises(RuntimeError, match="closed"):
        client.run("inpaint", {})
    client.close()


def test_a_host_that_ends_without_closing_leaves_nothing(tmp_path):
    code = (
        LOADED
        + """
    made = client.Client(sys.argv[2].split("|"), [], {"PYTHONPATH": sys.argv[3]})
    job = made.run("inpaint", {"plate": sys.argv[4], "matte": sys.argv[4], "output": sys.argv[5]})
    while made.wait(job, 0.1) is None and not made.log():
        pass
    print(made.pid, flush=True)
    import os; os._exit(3)
    """
    )
    plate = job(tmp_path, "deaf")["plate"]
    words = [str(FILE), "|".join(COMMAND), stand_in(tmp_path)["PYTHONPATH"], plate, str(tmp_path / "out" / "c.exr")]
    command = [sys.executable, "-c", textwrap.dedent(code), *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=PATIENCE)
    pid = int(done.stdout.split()[-1])
    assert done.returncode == 3

    def left():
        return [one for one in psutil.process_iter(["environ"]) if str(tmp_path) in str(one.info["environ"])]

    until = time.monotonic() + PATIENCE
    while (psutil.pid_exists(pid) or left()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not psutil.pid_exists(pid) and not left()


def test_the_worker_that_is_here_says_so_of_a_field_that_it_lacks(client, tmp_path):
    error = end(client, client.run("inpaint", plain(tmp_path, "fine", magic=1))).data["error"]
    assert error["unknown"] == "magic" and "knows no field 'magic'" in error["text"] and error["exit_code"] == 2


def test_what_the_hosts_python_was_told_does_not_reach_the_workers(monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("KEPT", "1")
    code = "import os, sys; sys.exit(os.environ.get('PYTHONHOME', 'none') + os.environ['KEPT'] + os.environ['MORE'])"
    with Client([sys.executable, "-c", code], [], {"MORE": "2"}) as client:
        assert "none12" in end(client, client.ask("status")).data["error"]["log"]


def test_no_file_of_the_folder_that_the_host_is_in_is_taken_for_the_workers(tmp_path, monkeypatch):
    """A host is often started beside its script, where files of any name may lie."""
    for name in ("json.py", "queue.py", "vfx_ai/__init__.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit('of the shot')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with Client(COMMAND, [], {"PYTHONPATH": str(ROOT)}) as client:
        assert end(client, client.ask("status")).data["result"]["jobs"] == []


def test_a_job_that_is_too_long_for_a_line_fails_at_once_and_the_next_one_runs(client, tmp_path):
    event = end(client, client.run("inpaint", plain(tmp_path, "plain", layers="x" * 2**20)))
    assert event.kind == "failed" and "too long" in event.data["error"]["text"]
    assert end(client, client.run("inpaint", plain(tmp_path, "fine"))).kind == "finished"
