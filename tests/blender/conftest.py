"""The Blenders that are found, each with the extension in it; and a short shot."""

from __future__ import annotations

import shutil
from pathlib import Path

import blenders
import pytest

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
def blender(words, tmp_path_factory):
    """One Blender, for the tests of a module."""
    return blenders.Blender(words, tmp_path_factory.mktemp("user"))


@pytest.fixture(scope="session")
def shot(tmp_path_factory):
    """A folder with four frames of the sample shot."""
    folder = tmp_path_factory.mktemp("a shot")
    for frame in FRAMES:
        for name in ("plate", "matte"):
            shutil.copy(SAMPLE / f"{name}.{frame}.exr", folder)
    return folder
