"""The Blenders that are found, each with the extension in it; and a short shot."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import blenders
import pytest

from blender_build import SOURCE

FRAMES = range(1006, 1010)
SAMPLE = blenders.ROOT / "samples" / "courtyard"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test once for each Blender."""
    if "words" in metafunc.fixturenames:
        found = blenders.found()
        none = pytest.param([], marks=pytest.mark.skip(reason=blenders.NONE), id="none")
        ids = [Path(words[0]).parents[1].name for words in found]
        metafunc.parametrize("words", found or [none], ids=ids if found else None, scope="module")


@pytest.fixture(scope="module")
def plain():
    """The modules that need no Blender, loaded without the package's own __init__."""
    made = type(sys)("blender_addon")
    made.__path__ = [str(SOURCE)]
    sys.modules["blender_addon"] = made
    yield {name: import_module(f"blender_addon.{name}") for name in blenders.PLAIN}
    for name in [name for name in sys.modules if name.split(".")[0] == "blender_addon"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def blender(words, tmp_path_factory):
    """One Blender, for the tests of a module."""
    return blenders.Blender(words, tmp_path_factory.mktemp("user"))


@pytest.fixture(scope="session")
def once(request, tmp_path_factory):
    """once(name, make): what make(folder) gives, as JSON, made by one of the processes that run tests alone."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if hasattr(request.config, "workerinput") else base

    def made(name: str, make: Callable[[Path], Any]) -> Any:
        folder = base / f"once {name}"
        told = folder / "told.json"
        try:
            folder.mkdir()
        except FileExistsError:
            until = time.monotonic() + blenders.SECONDS + 60
            while not told.is_file():
                assert time.monotonic() < until, name
                time.sleep(0.1)
            found = json.loads(told.read_text(encoding="utf-8"))
            assert "failed" not in found, found
            return found["given"]
        found = {"failed": "see the test that made it"}
        try:
            found = {"given": make(folder)}
        finally:
            half = folder / "half.json"
            half.write_text(json.dumps(found), encoding="utf-8")
            half.rename(told)
        return found["given"]

    return made


@pytest.fixture(scope="session")
def shot(tmp_path_factory):
    """A folder with four frames of the sample shot."""
    folder = tmp_path_factory.mktemp("a shot")
    for frame in FRAMES:
        for name in ("plate", "matte"):
            shutil.copy(SAMPLE / f"{name}.{frame}.exr", folder)
    return folder
