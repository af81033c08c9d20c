"""Small panels, and scripts to make boards of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vfx_ai.board import pictures
from vfx_ai.board.jobs import Storyboard
from vfx_ai.board.make import Board, make_board

SCENE = """Title: A Tea
Author: Nobody

INT. KITCHEN - DAY

WIDE SHOT. JACK comes in and looks for the kettle.

JACK
Where is it?

PAN LEFT along the shelves to an empty hook on the wall.

CLOSE ON the cup in his hand, with nothing in it.
"""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WIDTH", 192)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A scene of three shots."""
    path = tmp_path / "tea.fountain"
    path.write_text(SCENE, encoding="utf-8")
    return path


@pytest.fixture
def board(tmp_path: Path, script: Path) -> Callable[..., Board]:
    """board(**fields): make the script's board in tmp_path/board, without a movie and a PDF unless asked for."""

    def made(**fields: Any) -> Board:
        fields = {"script": str(script), "output": str(tmp_path / "board"), "movie": False, "pages": "none"} | fields
        return make_board(Storyboard(**fields))

    return made
