"""The engine on the page for whoever adds one is an engine, and keeps every promise."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
import rendered
import test_engine_contract as contract
from rendered import open_shot, render

from vfx_ai.fill import ENGINES, NAMED, STANDING, Engine

PAGE = Path(__file__).resolve().parents[2] / "docs" / "adding-an-engine.md"
PROMISES = [
    function
    for name, function in inspect.getmembers(contract, inspect.isfunction)
    if name.startswith("test_") and list(inspect.signature(function).parameters) == ["filled"]
]


@pytest.fixture
def example(monkeypatch):
    """The page's row and file, as if they had been added."""
    file, row = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    module = ModuleType("vfx_ai.fill.nearest")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(file, str(PAGE), "exec"), module.__dict__)  # a page of this repository
    found = eval("{" + row + "}", {"Engine": Engine, "STANDING": STANDING})
    for table in (ENGINES, NAMED):
        for name, one in found.items():
            monkeypatch.setitem(table, name, one)
    return next(iter(found))


@pytest.mark.parametrize("shot_name", ["odd sizes", "half-empty mattes", "nan in the hole and beside it"])
def test_the_engine_on_the_page_keeps_every_promise(example, shot_name, tmp_path):
    shot = open_shot(render(tmp_path, rendered.locked(), **contract.SHOTS[shot_name]))
    module, ready = rendered.prepared(shot, example, tmp_path / "analysis")
    numbers = [n for n in shot.numbers if bool(shot.view(n).hole.any())]
    fills = {n: module.fill(shot, ready, n) for n in numbers}
    assert any(bool((fill.source > 0).any()) for fill in fills.values())
    assert len(PROMISES) >= 8
    for promise in PROMISES:
        promise(contract.Filled(shot, example, fills, module, ready))
