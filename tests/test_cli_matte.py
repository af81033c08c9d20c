"""`vfx-ai matte`: what is listed and picked on the command line, and the place for a command without a name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import pytest
import typer
from cryptomattes import halves, planes, told
from typer.testing import CliRunner

from vfx_ai.cli import app
from vfx_ai.cli import matte as matte_commands
from vfx_ai.errors import InputError, JobError, UnsupportedFileError
from vfx_ai.job import Job


def call(*words: str):
    return CliRunner().invoke(app, ["matte", *words])


@pytest.fixture
def shot(tmp_path: Path, make_exr: Callable) -> str:
    for number in (1001, 1002):
        covered = {**halves(), "has_*_asterisk": np.zeros((6, 8), np.float32)}
        covered["has_*_asterisk"][-1, 0] = 0.125
        make_exr(tmp_path / f"plate.{number}.exr", planes(covered), **told())
    return str(tmp_path / "plate.####.exr")


def test_names_are_listed_with_their_shares_as_they_are_picked(shot: str) -> None:
    done = call("names", shot, "--frame", "1002")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[0] == ["CryptoObject,", "frame", "1002"]
    assert lines[1:5] == [["bunny", "39.8%"], ["torus", "35.2%"], ["default", "25%"], ["has_\\*_asterisk", "0.3%"]]
    assert "5 names without a pixel in this frame" in done.stdout


def test_names_are_a_line_of_json_for_each_cryptomatte(shot: str) -> None:
    (line,) = call("names", shot, "--json").stdout.splitlines()
    told_ = json.loads(line)
    assert (told_["event"], told_["layer"], told_["frame"], told_["ranks"]) == ("names", "CryptoObject", 1001, 4)
    assert told_["objects"][3]["name"] == "has_*_asterisk"
    assert told_["objects"][3]["pick"] == "has_\\*_asterisk"
    assert told_["objects"][0]["id"] == "13851a76"


def test_a_frame_that_there_is_not_is_one_error(shot: str) -> None:
    done = call("names", shot, "--frame", "7")
    assert (done.exit_code, done.stderr.count("\n")) == (JobError.exit_code, 1)
    assert "no frame 7" in done.stderr


def test_pick_says_what_it_wrote_and_where(shot: str, tmp_path: Path) -> None:
    done = call("pick", shot, "bunny,tor*", "-o", str(tmp_path / "m.####.exr"), "--frames", "1002", "--layer", "object")
    assert done.exit_code == 0, done.output
    for words in ("bunny, torus", "1 frame", "75% of the picture", "m.####.exr", "CryptoObject"):
        assert words in done.stdout
    assert "Making the matte 1/1, frame 1002" in done.stderr
    assert (tmp_path / "m.1002.exr").is_file() and not (tmp_path / "m.1001.exr").exists()
    quiet = call("pick", shot, "bunny", "-o", str(tmp_path / "m.####.exr"), "--quiet")
    assert (quiet.exit_code, quiet.output) == (0, "")


def test_pick_for_a_program_ends_with_what_it_wrote(shot: str, tmp_path: Path) -> None:
    lines = call("pick", shot, "bunny", "-o", str(tmp_path / "m.####.exr"), "--json").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["event"] for event in events] == ["stage", "frame", "frame", "matte"]
    assert events[-1]["frames"] == [1001, 1002] and events[-1]["objects"] == ["bunny"]


@pytest.mark.parametrize(
    ("words", "error", "says"),
    [
        (("pick", "{shot}", "bunnny", "-o", "m.####.exr"), JobError, "There is bunny"),
        (("pick", "{shot}", "bunny", "-o", "m.exr"), JobError, "one name for 2 frames"),
        (("pick", "{shot}", "bunny", "-o", "m.####.png"), JobError, "not written as .png"),
        (("pick", "{shot}", "bunny", "-o", "m.####.exr", "--missing", "guess"), JobError, "error, hold, black"),
        (("names", "{folder}/nothing.####.exr"), InputError, "There is plate.####.exr"),
        (("names", "{folder}/plain.exr"), UnsupportedFileError, "no cryptomatte"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: tuple[str, ...], error: type, says: str, shot: str, tmp_path: Path, make_exr: Callable, half_noise: Callable
) -> None:
    if "plain" in words[1]:
        make_exr(tmp_path / "plain.exr", half_noise("RGB"))
    done = call(*(word.format(shot=shot, folder=tmp_path) for word in words))
    assert (done.exit_code, done.stderr.count("\n")) == (error.exit_code, 1)
    assert says in done.stderr


# The command whose name may be left out; a stand-in takes its place.

CLICK = ("shot/plate.####.exr", "--point", "320,180@1001", "--point", "9,9", "-o", "out/matte.####.exr")
CLICKED = ("shot/plate.####.exr", ["320,180@1001", "9,9"], "out/matte.####.exr")


@pytest.fixture
def clicked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str], str]]:
    """What the stand-in was called with."""
    calls: list[tuple[str, list[str], str]] = []
    monkeypatch.setattr(matte_commands.app, "registered_commands", list(matte_commands.app.registered_commands))

    @matte_commands.app.command(matte_commands.DEFAULT_COMMAND)
    def click(
        plate: str,
        output: Annotated[str, typer.Option("--output", "-o")],
        point: Annotated[list[str] | None, typer.Option()] = None,
    ) -> None:
        """Follow what was clicked on."""
        calls.append((plate, point or [], output))

    return calls


@pytest.mark.parametrize("words", [CLICK, (*CLICK[1:], CLICK[0]), (matte_commands.DEFAULT_COMMAND, *CLICK)])
def test_a_plate_without_a_commands_name_goes_to_the_one_that_may_be_left_out(words, clicked) -> None:
    done = call(*words)
    assert done.exit_code == 0, done.output
    assert clicked == [CLICKED]


def test_the_other_commands_keep_their_names(clicked, shot: str) -> None:
    assert "bunny" in call("names", shot).stdout
    for words in (("--help",), ("-h",), ()):
        listed = call(*words).output
        assert "names" in listed and "pick" in listed and "Usage" in listed
    assert not clicked


def test_a_file_that_has_a_commands_name_is_named_with_its_folder(clicked) -> None:
    assert call("./names", "-o", "m.exr").exit_code == 0
    assert clicked == [("./names", [], "m.exr")]


# The same objects as the matte of a run.


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "--matte-objects"),
        ({"matte_objects": "Ball", "matte_channel": "A"}, "a channel and objects"),
        ({"matte_channel": "A", "matte_layer": "CryptoObject"}, "but no objects"),
    ],
)
def test_a_job_has_one_matte(fields: dict[str, str], says: str) -> None:
    with pytest.raises(JobError, match=says):
        Job("p", "", "o.exr", **fields)
    assert Job("p", "", "o.exr", matte_objects="Ball", matte_layer="CryptoObject").matte == ""
