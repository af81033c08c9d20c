"""Workers that aren't there, are of another version, or can't be followed: each told clearly, and ended."""

from __future__ import annotations

import json
import re
import sys

import psutil
import pytest
from clients import HELLO, assert_nothing_is_left, end

from vfx_ai.client import LAST_LINES, PROTOCOL, SCHEMA, VERSION, Client, mismatch


def test_a_command_that_is_not_there_is_told_with_what_to_do():
    with Client(["no-such-program-at-all"], []) as client:
        error = end(client, client.run("inpaint", {})).data["error"]
    assert "no-such-program-at-all" in error["text"] and "vfx-ai install" in error["remedy"]


def test_a_command_that_ends_at_once_is_told_with_its_last_lines():
    code = (
        "import sys; print('hello from a shell'); [print('line', n, file=sys.stderr) for n in range(50)]; sys.exit(9)"
    )
    with Client([sys.executable, "-c", code], []) as client:
        error = end(client, client.ask("describe")).data["error"]
    assert "ended with code 9 before it said a word" in error["text"]
    assert len(error["log"]) == LAST_LINES and "line 49" in error["log"]


def said(hello, then=""):
    """A worker that says this at first."""
    lines = (
        "import sys; print('Welcome to box'); print(sys.argv[1], flush=True); sys.stdin.readline(); print(sys.argv[2])"
    )
    text = f'{{"jsonrpc": "2.0", "method": "hello", "params": {hello}}}'
    return [sys.executable, "-c", lines, text, then]


@pytest.mark.parametrize(
    ("hello", "says", "remedy"),
    [
        ('{"protocols": [2, 3], "schema": 1, "version": "9.0"}', "has protocol 3", "The plugin is older"),
        ('{"protocols": [1], "schema": 2, "version": "9.0"}', "has schema 2", "The plugin is older"),
        ('{"protocols": [0], "schema": 1, "version": "0.0"}', "has protocol 0", "The worker is older"),
        ('{"protocols": [1], "schema": 0, "version": "0.0"}', "has schema 0", "The worker is older"),
    ],
)
def test_another_version_is_told_both_ways_and_nothing_is_sent(hello, says, remedy):
    with Client(said(hello), []) as client:
        error = end(client, client.run("inpaint", {"plate": "p"})).data["error"]
    assert says in error["text"] and remedy.lower() in error["text"].lower()
    assert_nothing_is_left()


REFUSALS = {
    "the job has an unknown field 'strength'. Remove it.": "knows no field 'strength'",
    "kind is 'plate_loop'; there are inpaint, matte_click": "knows no kind 'plate_loop'",
    "there is no method 'preview'; there are run": "knows no method 'preview'",
    "preview has no parameter 'kind'": "knows no parameter 'kind'",
}
SIDES = {
    "0.0.9": ("the worker is older", "Update vfx-ai where the worker runs"),
    VERSION: ("is of an older state, or there is no such", "Update vfx-ai where the worker runs"),
    "10.0": ("the plugin is older", "Run `vfx-ai install` again"),
}


@pytest.mark.parametrize("version", SIDES)
@pytest.mark.parametrize("message", REFUSALS)
def test_what_a_worker_of_another_state_does_not_know_is_told_with_the_side_that_is_older(message, version):
    hello = json.dumps({"protocols": [1], "schema": 1, "version": version})
    data = {"kind": "JobError", "message": message, "exit_code": 2, "text": message, "remedy": "Remove it."}
    refusal = {"jsonrpc": "2.0", "id": "1", "error": {"code": -32602, "message": message, "data": data}}
    with Client(said(hello, json.dumps(refusal)), []) as client:
        error = end(client, client.run("inpaint", {"plate": "p", "strength": 0.5})).data["error"]
    who, remedy = SIDES[version]
    assert REFUSALS[message] in error["message"] and f"vfx-ai {version}" in error["message"]
    assert who in error["message"] and remedy in error["remedy"] and error["text"].endswith(error["remedy"])
    assert (error["exit_code"], error["unknown"]) == (2, re.search(r"'(\w+)'", message)[1])


def test_a_greeting_before_the_first_word_is_passed_over():
    answer = '{"jsonrpc": "2.0", "id": "1", "result": {"x": 1}}'
    with Client(said('{"protocols": [1, 2], "schema": 1, "version": "9"}', answer), []) as client:
        assert end(client, client.ask("status")).data["result"] == {"x": 1}


def test_a_command_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr("vfx_ai.client.HELLO_SECONDS", 0.3)
    with Client([sys.executable, "-c", "import time; time.sleep(60)"], []) as client:
        error = end(client, client.ask("status")).data["error"]
    assert "it said nothing for 0.3 seconds" in error["log"]


# What no worker of ours says, in words that JSON-RPC allows.
UNHEARD = {
    "an answer without a job's name": {"id": "1", "result": {}},
    "an answer that is none": {"id": "1", "result": []},
    "an error that is none": {"id": "1", "error": None},
    "an id that is none": {"id": ["1"], "result": {}},
    "parameters by place": {"method": "progress", "params": ["1"]},
    "protocols of all kinds": {"method": "hello", "params": {"protocols": [{}, "2"], "schema": 1}},
}
ANSWERED = {"id": "1", "result": {"job": "7", "ahead": 0}}


def test_an_error_about_no_request_ends_what_has_no_answer_and_nothing_else():
    """A line that a worker can't read at all: it can't say whose it was."""
    unread = {"id": None, "error": {"code": -32700, "message": "a line is not JSON"}}
    said = [json.dumps({"jsonrpc": "2.0", **one}) for one in (ANSWERED, unread)]
    code = "import sys; print(sys.argv[1], flush=True); line = sys.stdin.readline(); print(sys.argv[2], flush=True); "
    code += "sys.stdin.readline(); print(sys.argv[3], flush=True); sys.stdin.read()"
    with Client([sys.executable, "-c", code, json.dumps(HELLO), *said], []) as client:
        first, second = client.run("inpaint", {"plate": "p"}), client.ask("status")
        assert "a line is not JSON" in end(client, second).data["error"]["text"]
        assert client.busy == [first] and client.pid is not None


def test_a_worker_that_closed_its_output_and_lives_on_is_ended(monkeypatch):
    monkeypatch.setattr("vfx_ai.client.CLOSE_SECONDS", 0.1)
    monkeypatch.setattr("vfx_ai.client.LOG_SECONDS", 0.1)
    code = "import os, sys, time; print(sys.argv[1], flush=True); sys.stdin.readline(); os.close(1); time.sleep(600)"
    with Client([sys.executable, "-c", code, json.dumps(HELLO)], []) as client:
        error = end(client, client.run("inpaint", {"plate": "p"})).data["error"]
        assert error["kind"] == "WorkerError" and "the worker" in error["text"] and client.busy == []
    assert_nothing_is_left()


@pytest.mark.parametrize("message", UNHEARD.values(), ids=UNHEARD)
def test_a_worker_that_cannot_be_followed_is_ended_and_told(message, tmp_path):
    lines = [json.dumps(HELLO), json.dumps({"jsonrpc": "2.0", **message})]
    code = "import sys, time; print(sys.argv[1], flush=True); sys.stdin.readline(); print(sys.argv[2], flush=True); "
    with Client([sys.executable, "-c", code + "time.sleep(60)", *lines], []) as client:
        job = client.run("inpaint", {"plate": "p"})
        pid = client.pid
        error = end(client, job).data["error"]
        assert "can't be followed" in error["text"] and "vfx-ai install" in error["remedy"]
        assert client.busy == [] and client.pid is None
        assert not psutil.pid_exists(pid)
    assert_nothing_is_left()


def test_lines_that_are_too_deep_or_too_long_are_passed_over(monkeypatch):
    monkeypatch.setattr("vfx_ai.client.LONGEST_HEARD", 5000)
    answer = json.dumps({"jsonrpc": "2.0", "id": "1", "result": {"x": 1}})
    code = "import sys; print(sys.argv[1]); print('[' * 4000); print('x' * 20000, flush=True); sys.stdin.readline(); "
    with Client([sys.executable, "-c", code + "print(sys.argv[2])", json.dumps(HELLO), answer], []) as client:
        assert end(client, client.ask("status")).data["result"] == {"x": 1}
        assert all(len(line) <= 2000 for line in client.log())


def test_mismatch_is_empty_where_all_is_well():
    assert mismatch({"protocols": [PROTOCOL], "schema": SCHEMA, "version": "1"}) == ""
