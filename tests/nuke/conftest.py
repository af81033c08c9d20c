"""A Nuke for each test, and the plugin loaded into it as Nuke does."""

from __future__ import annotations

import importlib
import sys
from types import SimpleNamespace

import pytest
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
