"""Paths of other machines, and the worker.json beside the client that tells of them."""

from __future__ import annotations

import json
import shutil
import sys
import time
from importlib.util import module_from_spec, spec_from_file_location

import pytest
from clients import FILE, HELLO, end
from workers import COMMAND, PATIENCE, job, stand_in

from vfx_ai.client import Client, mapped, misread, read_config

TABLE = [("/mnt/shots", "S:\\"), ("/mnt/shots/show", "T:/show"), ("/home", "/Users"), ("//nas/x", "/Volumes/x")]
BACK = [(there, here) for here, there in TABLE]


@pytest.mark.parametrize(
    ("path", "pairs", "becomes"),
    [
        ("/mnt/shots/a/b.####.exr", TABLE, "S:\\a\\b.####.exr"),
        ("/mnt/shots/show/b.exr", TABLE, "T:/show/b.exr"),  # the longest prefix
        ("/mnt/shots/shown/b.exr", TABLE, "S:\\shown\\b.exr"),  # whole names alone
        ("/mnt/shotsx/b.exr", TABLE, "/mnt/shotsx/b.exr"),
        ("/mnt/shots", TABLE, "S:\\"),
        ("/home/é è/ü.exr", TABLE, "/Users/é è/ü.exr"),
        ("//nas/x/y.exr", TABLE, "/Volumes/x/y.exr"),
        ("relative.exr", TABLE, "relative.exr"),
        ("/home/a\\b.exr", TABLE, "/Users/a\\b.exr"),  # a backslash is a letter there
        ("s:\\a\\b.exr", BACK, "/mnt/shots/a/b.exr"),  # no upper case on Windows, and either slash
        ("S:/a/b.exr", BACK, "/mnt/shots/a/b.exr"),
        ("T:\\SHOW\\b.exr", BACK, "/mnt/shots/show/b.exr"),
        ("/users/b.exr", BACK, "/users/b.exr"),  # upper case counts elsewhere
        ("\\\\nas\\p\\b.exr", [("\\\\NAS\\p", "/nas")], "/nas/b.exr"),
        ("/nas/b.exr", [("/nas", "\\\\nas\\p")], "\\\\nas\\p\\b.exr"),
        ("/a/b", [("/", "/disk")], "/disk/a/b"),
        ("/a/b", [("", "/x")], "/a/b"),
    ],
)
def test_a_path_is_mapped_by_the_longest_prefix_that_fits(path, pairs, becomes):
    assert mapped(path, pairs) == becomes


def test_jobs_go_out_and_results_come_back_by_the_table(tmp_path):
    job(tmp_path, "fine"), job(tmp_path, "fails")
    with Client(COMMAND, [("X:/shows", str(tmp_path))], stand_in(tmp_path)) as client:
        fields = {"matte": "X:/shows/fine.exr", "output": "x:\\shows\\out\\c.exr"}
        done = end(client, client.run("inpaint", {"plate": "X:\\shows\\fine.exr", **fields}))
        assert done.data["result"]["result"] == "X:/shows/out/c.exr"
        error = end(client, client.run("inpaint", {"plate": "X:/shows/fails.exr", **fields})).data["error"]
        assert error["file"] == "X:/shows/fails.exr"
        assert error["text"] == "X:/shows/fails.exr, frame 1002: it is damaged. Supply it again."


def test_sentences_are_no_paths_whatever_they_begin_with():
    words = "/ is a slash, and/or a matter of taste"
    told = {"result": "/out/c.exr", "left": ["/out/a.png"], "headline": words, "notes": [words], "why": words}
    finished = {"jsonrpc": "2.0", "method": "finished", "params": {"job": "7", "kind": "edit", "result": told}}
    note = {"jsonrpc": "2.0", "method": "log", "params": {"job": "7", "level": "note", "text": words, "frame": None}}
    answer = {"jsonrpc": "2.0", "id": "1", "result": {"job": "7", "ahead": 0}}
    code = "import sys; print(sys.argv[1], flush=True); line = sys.stdin.readline(); print(line, file=sys.stderr); "
    code += "print(*sys.argv[2:], sep=chr(10), flush=True); sys.stdin.readline()"
    said = [json.dumps(one) for one in (HELLO, answer, note, finished)]
    heard = []
    with Client([sys.executable, "-c", code, *said], [("S:\\", "/")]) as client:
        name = client.run("edit", {"plate": "S:\\p.exr", "prompt": "S:/ or / and /", "model": "s:/m"})
        result = client.wait(name, PATIENCE, heard.append).data["result"]
        until = time.monotonic() + PATIENCE
        while not client.log() and time.monotonic() < until:  # another thread reads what is printed there
            time.sleep(0.01)
        asked = json.loads(client.log()[0])["params"]["job"]
    assert (asked["plate"], asked["prompt"], asked["model"]) == ("/p.exr", "S:/ or / and /", "s:/m")
    assert (result["result"], result["left"]) == ("S:\\out\\c.exr", ["S:\\out\\a.png"])
    assert {result["headline"], *result["notes"], result["why"]} == {words}
    assert [event.data["text"] for event in heard if event.kind == "log"] == [words]


def test_a_list_of_paths_goes_out_path_by_path(tmp_path):
    with Client(COMMAND, [("X:/shows", "/mnt")], stand_in(tmp_path)) as client:
        sent = client._outgoing({"like": ["X:/shows/a.exr", "b.exr"], "mask": "X:/shows/m.exr", "frames": 3})
    assert sent == {"like": ["/mnt/a.exr", "b.exr"], "mask": "/mnt/m.exr", "frames": 3}


def test_command_and_table_are_read_from_beside_the_file(tmp_path):
    place = tmp_path / "a place with é"
    place.mkdir()
    shutil.copyfile(FILE, place / "vfx_ai_client.py")
    (place / "worker.json").write_text('{"command": ["ssh", "box", "w"], "paths": [["/a", "/b"]]}', encoding="utf-8")
    made = copy_of_client(place)
    assert (made.command, made.paths) == (["ssh", "box", "w"], [("/a", "/b")])


def copy_of_client(place):
    """A client by a copy of its file, which was asked something and closed."""
    spec = spec_from_file_location("a_copy_of_the_client", place / "vfx_ai_client.py")
    module = sys.modules[spec.name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        made = module.Client()
        made.close()
    finally:
        del sys.modules[spec.name]
    return made


def test_a_mark_that_an_editor_writes_before_the_first_letter_does_no_harm(tmp_path):
    file = tmp_path / "worker.json"
    file.write_text('{"command": ["é"], "paths": []}', encoding="utf-8-sig")
    assert read_config(str(file))["command"] == ["é"] and misread(str(file)) == ""


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"command": ["w"], "paths": [["S:\\shows", "/mnt/shows"]]}', "can't be read"),  # as it is typed at first
        ('{"command": "ssh box vfx-ai worker"}', "command is no list"),
        ('{"paths": {"S:/shows": "/mnt/shows"}}', "paths is no list of pairs"),
        ('{"paths": [["S:/shows"]]}', "paths is no list of pairs"),
        ("[]", "holds no object"),
        ("[" * 100_000, "can't be read"),
    ],
)
def test_a_worker_json_that_cannot_be_followed_is_told_and_nothing_is_started(text, says, tmp_path, monkeypatch):
    file = tmp_path / "worker.json"
    file.write_text(text, encoding="utf-8")
    assert read_config(str(file)) == {}
    monkeypatch.setattr("vfx_ai.client.CONFIG", str(file))  # a whole path takes the place of the folder's
    for command in (None, COMMAND):
        with Client(command) as client:
            error = end(client, client.run("inpaint", {"plate": "p"})).data["error"]
            assert client.pid is None
        assert str(file) in error["text"] and says in error["text"] and "Mend that file" in error["remedy"]


def test_without_them_it_is_this_python():
    made = Client()
    made.close()
    assert made.command[1:] == ["-m", "vfx_ai", "worker"]
    assert read_config("nowhere") == {}
