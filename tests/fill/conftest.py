"""Models as small as they get; test files may have others of the same name."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
import tiny_models
from video_asked import STEPS, VIDEOS

from vfx_ai.fill.families import FAMILIES


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a family's tiny model, in a folder of models."""
    folder = tmp_path_factory.mktemp("models")
    return lambda family: tiny_models.registered(folder, family)


@pytest.fixture
def small_videos(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps, windows of five frames or nine, and pictures of 64 pixels."""
    for name in VIDEOS:
        family = import_module(FAMILIES[name].module)
        monkeypatch.setattr(family, "STEPS", STEPS)
        monkeypatch.setattr(family, "length", lambda _pipe: 5)
        monkeypatch.setattr(family, "side", lambda _pipe: 64)
