"""Panels that a model makes up: labelled with it, made of the shot's words, and only where its licence allows it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest
import tiny_models

from vfx_ai.board import generated
from vfx_ai.board.generated import prompt_of
from vfx_ai.board.make import Board
from vfx_ai.board.shots import Shot, Speech
from vfx_ai.errors import JobError
from vfx_ai.fill.families import flux_fill

Maker = Callable[..., Board]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models, with a tiny one that knows nothing."""
    folder = tmp_path_factory.mktemp("models")
    tiny_models.registered(folder, "flux_fill")
    return folder


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flux_fill, "STEPS", 1)
    monkeypatch.setattr(generated, "ACROSS", 96)


def test_panels_are_made_up_labelled_and_not_made_twice(board: Maker, script: Path, models: Path) -> None:
    script.write_text("\nRain.\n\nSnow.\n", encoding="utf-8")
    fields = {"model": "flux-fill", "models_dir": str(models), "device": "cpu", "use": "research"}
    made = board(**fields)
    assert [shot.source for shot in made.shots] == ["made up", "made up"]
    assert "flux-fill" in made.shots[0].title
    assert cv2.imread(made.shots[0].panel).std() > 1
    assert board(**fields).drawn == ()
    script.write_text("\nRain.\n\nSnow falls.\n", encoding="utf-8")
    assert board(**fields).drawn == (made.shots[1].id,)
    assert len(board(**fields, style="ink drawing").drawn) == 2


def test_a_model_that_is_not_there_stops_it_at_once(board: Maker, models: Path, tmp_path: Path) -> None:
    with pytest.raises(JobError):
        board(model="none-such", models_dir=str(models))
    assert not (tmp_path / "board").exists()


def test_a_model_is_told_what_is_seen_and_not_what_is_said() -> None:
    shot = Shot(
        slug="EXT. SEA - DAY", action="CLOSE ON a gull.", camera="CLOSE ON a gull", dialogue=(Speech("JO", "Hi"),)
    )
    assert prompt_of(shot, "ink") == "ink, close shot, EXT. SEA - DAY, CLOSE ON a gull."
