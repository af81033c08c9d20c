"""A worker as a process: it answers while it works, stops when it is told to, and nothing that happens to it is a hang.

How soon: test_server.py says it of each step, by no clock of a machine that does other things too.
"""

from __future__ import annotations

import copy
import json
import random
import time

import psutil
import pytest
from asked_run import POSIX, run
from workers import PATIENCE, Worker, job, stand_in


def test_a_job_is_answered_at_once_told_of_and_finished(worker, tmp_path):
    name = run(worker, tmp_path, "slow")
    frames, told = [], 0

    def over(message):
        nonlocal told
        if message.get("method") == "progress":
            assert message["params"]["job"] == name
            frames.extend(message["params"]["frames"])
            told += 1
        return message.get("method") == "finished"

    result = worker.until(over)["params"]["result"]
    assert result["passed"] and result["result"].endswith("c.exr")
    assert frames == [1001, 1002, 1003, 1004]
    assert told


def test_it_answers_while_a_long_native_call_runs(worker, tmp_path):
    name = run(worker, tmp_path, "deaf")
    worker.working()
    found = worker.answer("status", 2)["result"]
    assert [(one["job"], one["state"]) for one in found["jobs"]] == [(name, "running")]


@pytest.mark.parametrize("what", ["asks", "deaf"])
def test_cancel_ends_a_job_within_a_second_and_the_next_one_runs(what, worker, tmp_path):
    name = run(worker, tmp_path, what)
    worker.working()
    assert worker.answer("cancel", 2, job=name)["result"] == {"cancelled": [name]}
    told = worker.hear("failed")
    assert (told["job"], told["error"]["kind"], told["error"]["exit_code"]) == (name, "Interrupted", 130)
    after = run(worker, tmp_path, "fine", 3)
    assert worker.hear("finished")["job"] == after
    assert not list(tmp_path.glob("out/.*"))  # a process that is slow to go may hold them after its cancel was told


def test_a_job_that_waits_can_be_cancelled_and_all_at_once(worker, tmp_path):
    names = [run(worker, tmp_path, what, number) for number, what in enumerate(("deaf", "fine", "fine"))]
    worker.answer("cancel", 7, job=names[1])
    assert worker.hear("failed")["job"] == names[1]
    assert set(worker.answer("cancel", 8)["result"]["cancelled"]) == {names[0], names[2]}
    assert {worker.hear("failed")["job"] for _ in range(2)} == {names[0], names[2]}
    assert "there is no job" in worker.answer("cancel", 9, job="77")["error"]["message"]


@POSIX
def test_a_killed_process_fails_its_job_with_its_last_words_and_the_queue_goes_on(worker, tmp_path):
    run(worker, tmp_path, "killed")
    after = run(worker, tmp_path, "fine", 2)
    error = worker.hear("failed")["error"]
    assert (error["kind"], error["exit_code"]) == ("ResourceError", 6)
    assert "memory" in error["message"]
    assert error["log"][-1] == "a line of the log about killed"
    assert not list(tmp_path.glob("out/.*"))
    assert worker.hear("finished")["job"] == after


def test_an_error_of_the_run_comes_whole(worker, tmp_path):
    run(worker, tmp_path, "fails")
    error = worker.hear("failed")["error"]
    plate = str(tmp_path / "fails.exr")
    assert {name: error[name] for name in ("kind", "message", "file", "frame", "remedy", "exit_code")} == {
        "kind": "InputError",
        "message": "it is damaged",
        "file": plate,
        "frame": 1002,
        "remedy": "Supply it again.",
        "exit_code": 3,
    }
    run(worker, tmp_path, "breaks", 2)
    error = worker.hear("failed")["error"]
    assert (error["exit_code"], "ZeroDivisionError" in error["message"]) == (70, True)


def test_what_libraries_print_does_not_reach_the_protocol(worker, tmp_path):
    name = run(worker, tmp_path, "noisy")
    told = worker.hear("finished")
    assert (told["job"], told["kind"]) == (name, "inpaint")
    worker.answer("shutdown", 2)
    assert worker.ended() == 0
    assert {"to standard output", "from a program"} <= set(worker.log)


BAD_LINES = {
    "no JSON": (b"{not json\n", -32700),
    "not UTF-8": (b'{"jsonrpc": "2.0", "id": 1, "method": "\xff\xfe"}\n', -32700),
    "nested without end": (b"[" * 200_000 + b"\n", -32700),
    "NaN": (b'{"jsonrpc": "2.0", "id": NaN, "method": "status"}\n', -32700),
    "longer than a megabyte": (b'{"jsonrpc": "2.0", "x": "' + b"y" * 3_000_000 + b'"}\n', -32700),
    "a batch": (b'[{"jsonrpc": "2.0", "id": 1, "method": "status"}]\n', -32600),
    "no version": (b'{"id": 1, "method": "status"}\n', -32600),
    "an id that is none": (b'{"jsonrpc": "2.0", "id": {}, "method": "status"}\n', -32600),
    "an unknown method": (b'{"jsonrpc": "2.0", "id": 1, "method": "rm"}\n', -32601),
    "parameters by place": (b'{"jsonrpc": "2.0", "id": 1, "method": "status", "params": [1]}\n', -32602),
    "an unknown parameter": (b'{"jsonrpc": "2.0", "id": 1, "method": "status", "params": {"x": 1}}\n', -32602),
    "an unknown kind": (b'{"jsonrpc": "2.0", "id": 1, "method": "run", "params": {"kind": "eval"}}\n', -32602),
    "no job": (b'{"jsonrpc": "2.0", "id": 1, "method": "run", "params": {"kind": "inpaint"}}\n', -32602),
}


def test_a_line_that_makes_no_sense_gets_the_standards_error_and_the_next_is_answered(worker):
    for said, (line, code) in BAD_LINES.items():
        worker.write(line)
        error = worker.until(lambda message: "error" in message)["error"]
        assert error["code"] == code, said
        assert error["message"], said
        assert worker.answer("status", 99)["result"]["jobs"] == [], said


def test_no_line_of_rubbish_ends_it_or_is_a_fault_of_its_own(worker, tmp_path):
    rng = random.Random(5)
    asked = [("run", {"kind": "inpaint", "job": job(tmp_path, "gone")}), ("cancel", {"job": "1"}), ("status", {})]
    asked += [("preview", {"job": job(tmp_path, "gone"), "frame": 1, "file": "x.png"}), ("names", {"plate": "x"})]
    wrong = [None, True, -1, 2**80, "", "\ud800", "\0", [], {}, {"a": [1]}, "x" * 1000]
    for _ in range(600):
        method, params = rng.choice(asked)
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": copy.deepcopy(params)}
        place = message
        while isinstance(place.get("job", place.get("params")), dict) and rng.random() < 0.7:
            place = place.get("job", place.get("params"))
        if place:
            place[rng.choice(list(place))] = rng.choice(wrong)
        line = bytearray(json.dumps(message).encode())
        for _ in range(rng.choice([0, 0, 3])):
            line[rng.randrange(len(line))] = rng.randrange(256)
        worker.write(bytes(line) + b"\n")
    worker.ask("status", "the last")
    codes = set()

    def last(message):
        codes.add(message.get("error", {}).get("code"))
        return message.get("id") == "the last"

    worker.until(last)
    assert {-32700, -32600, -32601, -32602} <= codes <= {None, -32700, -32600, -32601, -32602, -32000}


def test_a_notification_gets_no_answer_even_if_it_is_wrong(worker):
    worker.write(b'{"jsonrpc": "2.0", "method": "rm"}\n\n')
    worker.ask("status", 5)
    assert worker.until(lambda _message: True)["id"] == 5


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"schema": 2}, "newer than this worker"),
        ({"schema": 0}, "older than this worker"),
        ({"schema": None}, "no schema"),
        ({"magic": 1}, "unknown field 'magic'"),
        ({"sample": "5"}, "Give a whole number"),
        ({"effects": 1}, "Give true or false"),
        ({"device": "tpu"}, "auto, cpu, cuda, mps"),
        ({"plate": "a\0b"}, "zero byte"),
    ],
)
def test_a_job_that_makes_no_sense_is_refused_before_a_process_is_started(fields, says, worker, tmp_path):
    error = worker.answer("run", 1, kind="inpaint", job=job(tmp_path, "fine", **fields))["error"]
    assert (error["code"], error["data"]["kind"], error["data"]["exit_code"]) == (-32602, "JobError", 2)
    assert says in error["message"]
    assert worker.answer("status", 2)["result"]["processes"] == []


def test_two_workers_on_one_result_the_second_gets_one_clear_error(worker, tmp_path):
    run(worker, tmp_path, "asks")
    worker.working()
    with Worker(stand_in(tmp_path), tmp_path) as other:
        run(other, tmp_path, "fine")
        error = other.hear("failed")["error"]
        assert (error["kind"], error["exit_code"]) == ("OutputError", 4)
        assert "another host is writing this result: process" in error["message"]
        worker.answer("cancel", 2)
        worker.hear("failed")
        until = time.monotonic() + PATIENCE
        while list(tmp_path.glob("out/.*.lock")) and time.monotonic() < until:
            time.sleep(0.02)
        run(other, tmp_path, "fine", 2)
        other.hear("finished")


def test_describe_says_what_can_be_asked_and_what_computes(worker):
    found = worker.answer("describe")["result"]
    assert {"inpaint", "matte_click", "matte_pick", "preview", "doctor"} <= set(found["kinds"])
    assert found["fields"].keys() <= found["kinds"].keys()
    assert {"plate", "matte", "output", "grain"} <= set(found["fields"]["inpaint"])
    assert {"temporal", "flow", "project"} <= {engine["name"] for engine in found["engines"]}
    assert (found["schema"], found["protocols"]) == (1, [1])
    assert "cpu" in {device["device"] for device in found["devices"]}
    assert found["versions"]["torch"]


def test_no_port_is_opened(worker, tmp_path):
    run(worker, tmp_path, "asks")
    worker.working()
    for process in worker.family():
        assert process.net_connections(kind="inet") == []


def test_its_own_process_loads_nothing_heavy(worker):
    mapped = psutil.Process(worker.process.pid)
    if not hasattr(mapped, "memory_maps"):
        pytest.skip("what a process has loaded can't be asked here")
    worker.answer("status")
    assert not [one.path for one in mapped.memory_maps() if "torch" in one.path or "numpy" in one.path]
