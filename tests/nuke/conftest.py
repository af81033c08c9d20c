"""A Nuke for each test, the plugin loaded into it as Nuke does, and a node whose pictures must be rendered."""

from __future__ import annotations

import importlib
import sys
import time
from types import SimpleNamespace

import pytest
from grades import FRAMES
from parsed import PLUGIN, ROOT
from workers import COMMAND, stand_in

from vfx_ai.client import Client

OURS = ("nuke", "nukescripts", "vfx_ai_nuke", "vfx_ai_client")


@pytest.fixture(scope="module")
def real():
    """A client whose worker does the real work, and keeps what it has loaded."""
    with Client(COMMAND, [], {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}) as made:
        yield made


@pytest.fixture
def swift(tmp_path):
    """A client whose worker does what the plate's name says, see `workers`."""
    folder = tmp_path / "stand-in"
    folder.mkdir()
    with Client(COMMAND, [], stand_in(folder)) as made:
        yield made


@pytest.fixture
def into(monkeypatch):
    """into(nuke, client): the plugin, loaded into that Nuke, with that client."""
    from standin_small import scripts

    def load(nuke, client=None):
        panels = []
        monkeypatch.setitem(sys.modules, "nuke", nuke)
        monkeypatch.setitem(sys.modules, "nukescripts", scripts(panels))
        monkeypatch.syspath_prepend(str(PLUGIN))
        plugin = importlib.import_module("vfx_ai_nuke")
        starting = importlib.import_module("vfx_ai_nuke.starting")
        starting._made[:] = [client] if client else []
        return SimpleNamespace(plugin=plugin, client=client, panels=panels, **parts())

    yield load
    going = sys.modules.get("vfx_ai_nuke.going")
    for path in list(going._held) if going else ():  # a Nuke's end lets go of them
        going.let_go(path)
    for name in [name for name in sys.modules if name.split(".")[0] in OURS]:
        del sys.modules[name]


def parts():
    names = ("jobs", "ticking", "starting", "menus", "inputs", "asked", "paths", "points", "result", "rendering")
    names += ("previewing", "painting", "places", "going", "questions", "nodes", "following")
    return {name: importlib.import_module(f"vfx_ai_nuke.{name}") for name in names}


@pytest.fixture
def nuke(tmp_path):
    """Nuke with an interface, and a script in a folder with a space and an accent."""
    from standin import Nuke

    folder = tmp_path / "shöt 10"
    folder.mkdir()
    return Nuke(folder / "comp.nk")


@pytest.fixture
def terminal(tmp_path):
    """Nuke without an interface."""
    from standin import Nuke

    return Nuke(tmp_path / "comp.nk", interface=False)


@pytest.fixture
def graded(nuke, tmp_path):
    """graded(how): an Inpaint node behind two Grades, whose pictures must be rendered; each file says its frame."""

    def made(how="here, frame by frame"):
        node = nuke.createNode("VFXAI_Inpaint")
        for index, name in enumerate(("plate", "matte")):
            source = nuke.createNode("Grade")
            source._file, source._range = str(tmp_path / f"{name}.####.exr"), (FRAMES[0], FRAMES[-1])
            for frame in FRAMES:
                (tmp_path / f"{name}.{frame}.exr").write_text(f"{name} {frame}", encoding="utf-8")
            node.setInput(index, source)
        node["render_input"].setValue(how)
        return node

    return made


@pytest.fixture
def soon(monkeypatch, into):
    """No test waits for a clock."""
    monkeypatch.setattr("time.sleep", lambda seconds, sleep=time.sleep: sleep(min(seconds, 0.01)))
