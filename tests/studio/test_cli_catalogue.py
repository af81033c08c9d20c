"""The catalogue and the trace by commands, and by the Python door."""

from __future__ import annotations

import json

import pytest
from studios import put, stock, write_frames, write_rights
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.studio.catalogue import find_shot


def command(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_commands_do_it_too(tmp_path, make_exr, studio):
    catalogue, made = studio
    lib = catalogue.folder
    write_frames(make_exr, tmp_path / "new footage", "plate", (1, 2))
    rights = write_rights(tmp_path, "new.yaml", uses="[reference]")
    done = command(
        *("catalogue", "add", tmp_path / "new footage", "--catalogue", lib, "--title", "New"),
        *("--rights", rights, "--tags", "night,sea", "--json"),
    )
    assert done.exit_code == 0 and lines(done)[-1]["shots"] == ["New/plate"]
    assert "New/plate" in command("catalogue", "list", "--catalogue", lib, "--tag", "sea").stdout
    assert "New" in command("catalogue", "list", "--catalogue", lib, "--titles").stdout
    assert lines(command("catalogue", "list", "--catalogue", lib, "--json"))[-1]["name"] == "New/plate"
    shown = command("catalogue", "show", "New/plate", "--catalogue", lib, "--thumbnail", tmp_path / "t.jpg").stdout
    assert "signed off" in shown and (tmp_path / "t.jpg").is_file()
    assert "New/plate" in command("catalogue", "find", "night", "--catalogue", lib).stdout
    assert lines(command("catalogue", "find", "--color", "grey", "--catalogue", lib, "--json"))[0]["score"] > 0
    refused = command("catalogue", "cleared", "training", "--title", "New", "--catalogue", lib)
    assert refused.exit_code == 7 and "training isn't cleared, only reference" in refused.stdout
    assert command("catalogue", "cleared", "reference", "--title", "New", "--catalogue", lib).exit_code == 0
    assert "Harbour Films" in command("catalogue", "rights", rights).stdout
    assert command("catalogue", "rights", rights, "--title", "New").exit_code == 2
    assert command("catalogue", "rights", rights, "--title", "New", "--catalogue", lib).exit_code == 0
    assert command("catalogue", "remove", "New", "--catalogue", lib, "--json").exit_code == 0
    assert command("catalogue", "check", "--catalogue", lib).exit_code == 5  # no footage lies behind these rows
    assert "train anew" in command("catalogue", "withdraw", "Harbour", "--why", "x", "--catalogue", lib).stdout
    told = command("trace", made, "--catalogue", lib).stdout
    for words in ("temporal", "12 (60.0%): another frame", "trained on", "withdrawn on", "must be made anew"):
        assert words in told
    assert lines(command("trace", made, "--catalogue", lib, "--json"))[0]["withdrawn"] == ["Harbour"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("list", "--catalogue", "none"), 3, "there is no catalogue"),
        (("add", "none", "--catalogue", "lib", "--title", "T"), 3, "no file matches"),
        (
            ("add", ".", "--catalogue", "lib", "--title", "T", "--rights", "none.yaml"),
            3,
            "the rights file can't be read",
        ),
        (("cleared", "selling", "--catalogue", "lib"), 3, "there is no catalogue"),
        (("add", "."), 2, "title"),
    ],
)
def test_what_can_go_wrong_is_one_line(words, code, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = command("catalogue", *words)
    assert done.exit_code == code
    assert told in done.stderr or code == 2
    assert "Traceback" not in done.output


def test_the_python_door_lists_shows_and_checks(tmp_path):
    with stock(tmp_path) as catalogue:
        put(catalogue, "Harbour", "sc030", tags=["boat"])
        lib = catalogue.folder
        found = find_shot(catalogue, "Harbour/sc030")
    assert vfx_ai.catalogue_list(lib, tag="boat") == (found,)
    assert [title.shots for title in vfx_ai.catalogue_titles(lib)] == [3]
    assert vfx_ai.catalogue_find(lib, "boat")[0].shot == found
    assert vfx_ai.catalogue_thumbnail(lib, "Harbour/sc030") == b"jpeg"
    assert len(vfx_ai.catalogue_cleared(lib, "training", shots=["Harbour/sc010"]).allowed) == 1
    assert not vfx_ai.catalogue_check(lib).passed
    assert vfx_ai.catalogue_rights(lib, "Harbour", write_rights(tmp_path)).owner == "Harbour Films"
    assert vfx_ai.catalogue_remove(lib, "Harbour") == ("Harbour/sc010", "Harbour/sc020", "Harbour/sc030")
