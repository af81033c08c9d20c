"""Pictures come from the catalogue where its words fit and its rights allow it, and are labelled as such."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import vfx_ai
from vfx_ai.board.make import Board
from vfx_ai.errors import InputError

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
    assert f"from the catalogue: {made.shots[0].title}" in (tmp_path / "board" / "board.html").read_text("utf-8")
    assert board(catalogue=str(library)).drawn == ()


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
