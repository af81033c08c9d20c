"""Gizmos as a real Tcl runs them: nodes with their inputs and knobs."""

from __future__ import annotations

import copy
import functools
import json
import shlex
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from node_classes import CLASSES

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "nuke_plugin"
GIZMOS = sorted((PLUGIN / "gizmos").glob("*.gizmo"))


@dataclass
class UserKnob:
    """A line of addUserKnob: number, name, label, tooltip, choices, text or script, range and flags."""

    number: str
    name: str
    label: str = ""
    tip: str = ""
    choices: list[str] = field(default_factory=list)
    text: str = ""
    span: tuple[float, float] | None = None
    flags: list[str] = field(default_factory=list)


@dataclass
class ParsedNode:
    """A node: its class, name, names of its inputs, knobs that are set, and knobs that it adds."""

    kind: str
    name: str
    inputs: list[str]
    count: int
    within: int
    layers: list[str]
    knobs: dict[str, str]
    users: list[UserKnob]


def parse(path: Path) -> list[ParsedNode]:
    """The nodes of a gizmo, the outermost first; a fault in it fails the test."""
    return copy.deepcopy(_parse(path, path.stat().st_mtime_ns))


@functools.cache
def _parse(path: Path, _changed: int) -> list[ParsedNode]:
    tclsh = shutil.which("tclsh")
    if tclsh is None:
        pytest.skip("there is no tclsh here")
    words = [tclsh, str(Path(__file__).with_name("gizmos.tcl")), " ".join(CLASSES), str(path)]
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [
        ParsedNode(
            *(one[name] for name in ("class", "name", "inputs", "count", "within", "layers")),
            dict(one["knobs"]),
            [user_knob(words) for words in one["users"]],
        )
        for one in json.loads(done.stdout)
    ]


def user_knob(words: list[str]) -> UserKnob:
    """A knob from the words of addUserKnob."""
    made, rest = UserKnob(*words[:2]), list(words[2:])
    while rest:
        word = rest.pop(0)
        if word[:1] in "+-" and word[1:].isupper():
            made.flags.append(word)
        elif word == "l":
            made.label = rest.pop(0)
        elif word == "t":
            made.tip = rest.pop(0)
        elif word == "T":
            made.text = rest.pop(0)
        elif word == "R":
            made.span = float(rest.pop(0)), float(rest.pop(0))
        elif word == "M":
            made.choices = shlex.split(rest.pop(0))
        else:
            raise AssertionError(f"{made.name}: {word!r} means nothing")
    return made
