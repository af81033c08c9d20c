"""`vfx-ai verify` on the command line: what it is asked, what it says, and its exit codes."""

from __future__ import annotations

import json
import sys
import types
from dataclasses import dataclass

import pytest
from asked_words import call


@dataclass(frozen=True)
class Verdict:
    frame: int
    differing: int = 0
    findings: tuple[str, ...] = ()


@pytest.fixture
def with_verdicts(monkeypatch):
    def put(*verdicts):
        calls = []
        module = types.ModuleType("vfx_ai.proof.verify_shot")
        module.verify_sequences = lambda *words, **others: calls.append((words, others)) or verdicts
        monkeypatch.setitem(sys.modules, "vfx_ai.proof.verify_shot", module)
        return calls

    return put


def test_verify_passes_what_it_was_asked_and_says_identical(with_verdicts):
    calls = with_verdicts(Verdict(1001), Verdict(1002))
    asked = ("--matte-grow", "2", "--matte-channel", "A", "--layer", "d", "--layers", "Z,id", "--colorspace", "logc4")
    done = call("verify", "p.####.exr", "r.####.exr", "m.exr", *asked)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "2 frames identical" in done.stdout
    options = {"channel": "A", "invert": False, "grow": "2", "layer": "d", "layers": "Z,id", "missing": "error"}
    options |= {"objects": "", "objects_layer": "", "colorspace": "logc4", "effects": False}
    assert calls == [(("p.####.exr", "r.####.exr", "m.exr"), options)]
    assert call("verify", "p", "r", "--matte-objects", "Ball", "--matte-layer", "C").exit_code == 0
    assert (calls[1][1]["objects"], calls[1][1]["objects_layer"]) == ("Ball", "C")


def test_verify_names_the_frames_that_differ(with_verdicts):
    with_verdicts(Verdict(1001), Verdict(1002, 5), Verdict(1003, 0, ("attribute owner is missing",)))
    done = call("verify", "p", "r", "m")
    assert done.exit_code == 5
    assert "5 pixels differ" in done.stdout
    assert "attribute owner is missing" in done.stdout
    assert "1002-1003" in done.stderr
    lines = [json.loads(line) for line in call("verify", "p", "r", "m", "--json").stdout.splitlines()]
    assert [line["event"] for line in lines] == ["verdict"] * 3 + ["verify", "error"]
    assert lines[3]["not_identical"] == [1002, 1003]


def test_verify_of_nothing_is_not_a_pass(with_verdicts):
    with_verdicts()
    assert call("verify", "p", "r", "m").exit_code == 5


def test_verify_without_a_matte_says_what_to_give(with_verdicts):
    with_verdicts(Verdict(1))
    done = call("verify", "p", "r")
    assert done.exit_code == 2
    assert "--matte-channel" in done.stderr and "--matte-objects" in done.stderr
    assert call("verify", "p", "r", "--matte-channel", "A").exit_code == 0
