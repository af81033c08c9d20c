"""Pictures come from the catalogue where its words fit and its rights allow it, and are labelled as such."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from safetensors.numpy import save_file

import vfx_ai
from vfx_ai.board.make import Board
from vfx_ai.errors import InputError, JobError
from vfx_ai.studio.catalogue_text import Directions, directions

Maker = Callable[..., Board]
RIGHTS = """version: 1
owner: Us
uses: [{uses}]
territory: {territory}
until: unlimited
people: none
signed_off:
  by: Lena Legal
  on: 2026-11-20
"""


@pytest.fixture
def add(tmp_path: Path, make_exr: Any) -> Callable[..., Path]:
    """add(title, tags, light, uses, territory): a still in the catalogue tmp_path/lib."""

    def added(
        title: str, tags: str, light: tuple[float, float, float], uses: str = "reference", territory: str = "world"
    ) -> Path:
        folder = tmp_path / title
        make_exr(folder / "still.exr", {c: np.full((40, 72), v, np.float16) for c, v in zip("RGB", light, strict=True)})
        rights = folder / "rights.yaml"
        rights.write_text(RIGHTS.format(uses=uses, territory=territory), encoding="utf-8")
        vfx_ai.catalogue_add(tmp_path / "lib", folder / "still.exr", title=title, rights=rights, tags=tags.split(","))
        return tmp_path / "lib"

    return added


def test_the_shot_that_fits_is_shown_with_its_title(add: Callable[..., Path], board: Maker, tmp_path: Path) -> None:
    add("Harbour", "sea,boats", (0.0, 0.0, 0.6))
    library = add("Kettle", "kitchen,shelves", (0.6, 0.0, 0.0))
    made = board(catalogue=str(library))
    assert {(shot.source, shot.title) for shot in made.shots} == {("catalogue", made.shots[0].title)}
    assert "Kettle" in made.shots[0].title
    blue, _, red = cv2.imread(made.shots[2].panel)[54, 96]
    assert red > 120 and blue < 60
    assert f"from the catalogue, by its words: {made.shots[0].title}" in (tmp_path / "board" / "board.html").read_text(
        "utf-8"
    )
    assert board(catalogue=str(library)).drawn == ()


class Looks:
    """Knows red from blue, as a model of words and pictures does; of other words it knows nothing."""

    opened, length, read = 0, 3, 0

    def __init__(self, model: Any) -> None:
        self.identity = model.identity
        Looks.opened += 1

    def of_text(self, text: str) -> np.ndarray:
        direction = {"kitchen": [1, 0, 0], "JACK": [0, 0, 1]}
        found = next((one for word, one in direction.items() if word.lower() in text.lower()), [0, 1, 0])
        return np.array(found, np.float32)

    def of_pictures(self, pictures: list[np.ndarray]) -> np.ndarray:
        means = np.stack([[*picture.reshape(-1, 3).mean(0)[[0, 2]], 0] for picture in pictures])
        return (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def looking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models with one of words and pictures."""
    monkeypatch.setattr("vfx_ai.board.sight.TextModel", Looks)
    monkeypatch.setattr(Looks, "read", 0)

    def read(*given: Any) -> Directions:
        Looks.read += 1
        return directions(*given)

    monkeypatch.setattr("vfx_ai.board.sight.directions", read)
    monkeypatch.setenv("VFX_AI_MODELS", str(tmp_path / "models"))
    made = tmp_path / "clip"  # nothing of it is opened here
    made.mkdir()
    (made / "config.json").write_text('{"architectures": ["CLIPModel"], "model_type": "clip"}', encoding="utf-8")
    save_file({"weight": np.zeros(1, np.float32)}, made / "model.safetensors")
    vfx_ai.add_model(made, "clip", "MIT", models_dir=tmp_path / "models", link=True)
    return tmp_path / "models"


def test_with_a_model_shots_are_found_by_what_they_show_and_the_label_says_so(
    add: Callable[..., Path], board: Maker, tmp_path: Path, looking: Path
) -> None:
    """The words say nothing of it; by them alone nothing is found, or what is only called like it."""
    add("Rest", "red", (0.6, 0.02, 0.02))
    library = str(add("Kettle", "kitchen,shelves", (0.02, 0.02, 0.6)))
    by_sight = board(catalogue=library)
    assert {shot.source for shot in by_sight.shots} == {"catalogue, seen"} and "Rest" in by_sight.shots[0].title
    page = (tmp_path / "board" / "board.html").read_text("utf-8")
    assert f"from the catalogue, by what it shows: {by_sight.shots[0].title}" in page
    assert board(catalogue=library).drawn == ()
    assert Looks.read == 2  # once a board, however many panels it has
    by_words = board(catalogue=library, search="words")
    assert {shot.source for shot in by_words.shots} == {"catalogue"} and "Kettle" in by_words.shots[0].title
    assert "by its words" in (tmp_path / "board" / "board.html").read_text("utf-8")
    with pytest.raises(JobError, match="no model 'nobody'"):
        board(catalogue=library, search="nobody")
    with pytest.raises(JobError, match="no catalogue"):
        board(search="clip")


def test_what_it_finds_no_better_than_nothing_and_what_it_may_not_show_is_left_to_words(
    add: Callable[..., Path], board: Maker, looking: Path
) -> None:
    library = str(add("Sea", "water", (0.02, 0.02, 0.6)))
    assert {shot.source for shot in board(catalogue=library).shots} == {"placeholder"}
    add("Rest", "red", (0.6, 0.02, 0.02), "training")
    made = board(catalogue=library)
    assert {shot.source for shot in made.shots} == {"placeholder"}
    assert any("Rest" in words and "may not be shown" in words for words in made.warnings)


def test_a_model_that_may_not_be_used_or_opened_leaves_it_to_words(
    add: Callable[..., Path], board: Maker, looking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = str(add("Kettle", "kitchen", (0.6, 0.02, 0.02)))
    vfx_ai.remove_model("clip", models_dir=looking)
    vfx_ai.add_model(tmp_path / "clip", "clip", "CC-BY-NC-4.0", models_dir=looking, link=True)
    made = board(catalogue=library)
    assert {shot.source for shot in made.shots} == {"catalogue"}
    assert any("by its words alone" in words and "commercial" in words for words in made.warnings)
    with pytest.raises(JobError, match="commercial"):
        board(catalogue=library, search="clip")

    def broken(_model: Any) -> None:
        raise InputError("it can't be read", file=tmp_path / "clip")

    monkeypatch.setattr("vfx_ai.board.sight.TextModel", broken)
    made = board(catalogue=library, use="research")
    assert {shot.source for shot in made.shots} == {"catalogue"} and any("alone" in words for words in made.warnings)
    with pytest.raises(InputError, match="can't be read"):
        board(catalogue=library, use="research", search="clip")


def test_what_fits_nothing_stays_without_a_picture(add: Callable[..., Path], board: Maker) -> None:
    made = board(catalogue=str(add("Harbour", "sea,boats", (0.0, 0.0, 0.6))))
    assert {shot.source for shot in made.shots} == {"placeholder"}


@pytest.mark.parametrize(("uses", "territory"), [("training", "world"), ("reference", "FR")])
def test_what_may_not_be_shown_is_not_and_it_is_said(
    add: Callable[..., Path], board: Maker, uses: str, territory: str
) -> None:
    made = board(catalogue=str(add("Kettle", "kitchen", (0.6, 0.0, 0.0), uses, territory)))
    assert {shot.source for shot in made.shots} == {"placeholder"}
    (said,) = [words for words in made.warnings if "may not be shown" in words]
    assert "reference" in said or "territory" in said.lower()


def test_in_its_own_territory_it_may_be_shown(add: Callable[..., Path], board: Maker) -> None:
    made = board(catalogue=str(add("Kettle", "kitchen", (0.6, 0.0, 0.0), "reference", "FR")), territory="FR")
    assert {shot.source for shot in made.shots} == {"catalogue"}


def test_withdrawn_footage_leaves_the_board(add: Callable[..., Path], board: Maker) -> None:
    library = add("Kettle", "kitchen", (0.6, 0.0, 0.0))
    assert board(catalogue=str(library)).shots[0].source == "catalogue"
    vfx_ai.catalogue_withdraw(library, "Kettle", why="an actor asked")
    made = board(catalogue=str(library))
    assert made.shots[0].source == "placeholder" and len(made.drawn) == 3


def test_footage_that_is_gone_is_told_and_left_out(add: Callable[..., Path], board: Maker, tmp_path: Path) -> None:
    library = add("Kettle", "kitchen", (0.6, 0.0, 0.0))
    (tmp_path / "Kettle" / "still.exr").unlink()
    made = board(catalogue=str(library))
    assert made.shots[0].source == "placeholder"
    assert any("can't be read" in words for words in made.warnings)


def test_a_given_picture_goes_before_the_catalogue(add: Callable[..., Path], board: Maker, tmp_path: Path) -> None:
    library = add("Kettle", "kitchen", (0.6, 0.0, 0.0))
    (tmp_path / "drawn").mkdir()
    cv2.imwrite(str(tmp_path / "drawn" / "1.1.png"), np.full((40, 72, 3), 200, np.uint8))
    made = board(catalogue=str(library), panels=str(tmp_path / "drawn"))
    assert [shot.source for shot in made.shots] == ["given", "catalogue", "catalogue"]


def test_a_folder_without_a_catalogue_is_one_error(board: Maker, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no catalogue"):
        board(catalogue=str(tmp_path))
