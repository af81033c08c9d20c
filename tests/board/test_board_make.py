"""A board is made, made again without touching what needn't change, and never over somebody's drawing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from script_boards import Maker, contents, edit, paint

import vfx_ai
from vfx_ai.board import pictures
from vfx_ai.board.jobs import Storyboard
from vfx_ai.board.make import make_board
from vfx_ai.errors import Interrupted, JobError
from vfx_ai.media.color_view import viewer


def age(folder: Path) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))


def touched(folder: Path) -> set[str]:
    return {path.name for path in (folder / "panels").iterdir() if path.stat().st_mtime > 1_000_000_001}


def test_the_same_script_gives_the_same_bytes_anywhere(tmp_path: Path, board: Maker) -> None:
    board(output=str(tmp_path / "one"), pages="a4")
    board(output=str(tmp_path / "two" / "deeper"), pages="a4")
    first, second = contents(tmp_path / "one"), contents(tmp_path / "two" / "deeper")
    assert first == second
    assert {"board.html", "board.json", "board.otio", "board.pdf"} < first.keys()
    assert sum(name.startswith("panels/") for name in first) == 3


def test_made_again_nothing_is_drawn_or_touched(tmp_path: Path, board: Maker) -> None:
    first = board()
    before = contents(tmp_path / "board")
    age(tmp_path / "board")
    second = board()
    assert (len(first.drawn), second.drawn) == (3, ())
    assert contents(tmp_path / "board") == before
    assert touched(tmp_path / "board") == set()


def test_ids_stay_when_shots_are_put_in_and_words_change(board: Maker, script: Path) -> None:
    first = [shot.id for shot in board().shots]
    edit(script, "WIDE SHOT. JACK", "A fly buzzes at the window pane.\n\nWIDE SHOT. JACK")
    edit(script, "an empty hook on the wall", "an empty brass hook on the wall")
    second = board()
    assert [shot.id for shot in second.shots][1:] == first
    assert [shot.number for shot in second.shots] == ["1.1", "1.2", "1.3", "1.4"]
    assert second.drawn == (second.shots[0].id,)


def test_a_drawing_is_kept_when_the_script_changes(tmp_path: Path, board: Maker, script: Path) -> None:
    first = board()
    mine = paint(Path(first.shots[1].panel))
    second = board()
    assert [(shot.by_hand, shot.changed) for shot in second.shots] == [(False, False), (True, False), (False, False)]
    edit(script, "WIDE SHOT. JACK", "A fly buzzes.\n\nWIDE SHOT. JACK")
    edit(script, "an empty hook", "an empty brass hook")
    third = board(aspect="2.39", sketch=True)
    assert Path(first.shots[1].panel).read_bytes() == mine
    assert third.shots[2].by_hand and third.shots[2].changed
    assert any("its panel is by hand" in words for words in third.warnings)
    page = (tmp_path / "board" / "board.html").read_text("utf-8")
    assert "drawn by hand – the words have changed since" in page


def test_a_drawing_was_made_for_the_words_of_the_page_that_was_there(board: Maker, script: Path) -> None:
    first = board()
    paint(Path(first.shots[1].panel))
    edit(script, "an empty hook", "an empty brass hook")
    assert board().shots[1].changed
    paint(Path(first.shots[1].panel), 90)
    assert not board().shots[1].changed


def test_a_drawing_outlives_its_shot_and_finds_it_again(tmp_path: Path, board: Maker, script: Path) -> None:
    first = board()
    mine = paint(Path(first.shots[1].panel))
    board()
    text = script.read_text("utf-8")
    edit(script, "PAN LEFT along the shelves to an empty hook on the wall.\n\n", "")
    gone = board()
    assert gone.left == (first.shots[1].panel,)
    assert Path(first.shots[1].panel).read_bytes() == mine
    assert board().left == gone.left
    script.write_text(text, encoding="utf-8")
    again = board()
    assert (again.shots[1].id, again.shots[1].by_hand, again.left) == (first.shots[1].id, True, ())


def test_panels_of_shots_that_are_gone_are_removed_unless_by_hand(tmp_path: Path, board: Maker, script: Path) -> None:
    first = board()
    edit(script, "PAN LEFT along the shelves to an empty hook on the wall.\n\n", "")
    board()
    assert not Path(first.shots[1].panel).exists()
    assert len(list((tmp_path / "board" / "panels").iterdir())) == 2


def test_a_drawing_of_another_format_takes_the_place(tmp_path: Path, board: Maker) -> None:
    first = board()
    jpeg = Path(first.shots[0].panel).with_suffix(".jpg")
    paint(jpeg)
    second = board()
    assert (second.shots[0].panel, second.shots[0].by_hand) == (str(jpeg), True)


def test_a_picture_that_was_there_before_the_board_is_not_written_over(tmp_path: Path, board: Maker) -> None:
    first = board(output=str(tmp_path / "other"))
    there = tmp_path / "board" / "panels" / Path(first.shots[0].panel).name
    there.parent.mkdir(parents=True)
    mine = paint(there)
    assert board().shots[0].by_hand
    assert there.read_bytes() == mine


def test_redo_draws_one_anew_and_sets_a_drawing_aside(tmp_path: Path, board: Maker) -> None:
    first = board()
    mine = paint(Path(first.shots[1].panel))
    board()
    made = board(redo="1.2")
    assert made.drawn == (made.shots[1].id,)
    assert not made.shots[1].by_hand
    (aside,) = (tmp_path / "board" / "set-aside").iterdir()
    assert aside.read_bytes() == mine


def test_redo_of_an_unknown_shot_is_an_error(board: Maker) -> None:
    with pytest.raises(JobError, match=r"no shot is called 9\.9"):
        board(redo="9.9")


def test_only_what_comes_out_otherwise_is_drawn_again(board: Maker, script: Path) -> None:
    board()
    edit(script, "PAN LEFT", "PAN RIGHT")
    second = board()
    assert second.drawn == (second.shots[1].id,)
    assert len(board(aspect="2.39").drawn) == 3


def test_stopped_midway_the_next_making_goes_on(tmp_path: Path, script: Path, board: Maker) -> None:
    asked = Storyboard(str(script), str(tmp_path / "board"), movie=False, pages="none")
    answers = iter([False, False, True])
    with pytest.raises(Interrupted):
        make_board(asked, cancelled=lambda: next(answers, True))
    assert len(list((tmp_path / "board" / "panels").iterdir())) == 2
    made = board()
    assert not any(shot.by_hand for shot in made.shots)


def test_given_pictures_are_used_by_id_or_number(tmp_path: Path, board: Maker, make_exr: Any) -> None:
    folder = tmp_path / "drawn"
    folder.mkdir()
    red = np.zeros((50, 90, 3), np.uint8)
    red[..., 2] = 255
    cv2.imwrite(str(folder / "1.1.png"), red)
    make_exr(folder / "1.2.exr", dict.fromkeys("RGB", np.full((50, 90), 0.18, np.float16)))
    made = board(panels=str(folder))
    assert [(shot.source, shot.title) for shot in made.shots] == [
        ("given", "1.1.png"),
        ("given", "1.2.exr"),
        ("placeholder", ""),
    ]
    shown = cv2.imread(made.shots[0].panel)
    assert shown[40, 90].tolist() == [0, 0, 255]
    grey = cv2.imread(made.shots[1].panel)[20, 90]
    seen = viewer().shown(np.full((1, 3), np.float16(0.18), np.float32)) * 255
    assert np.abs(grey - seen).max() <= 1
    cv2.imwrite(str(folder / "1.1.png"), red // 2)
    assert board(panels=str(folder)).drawn == (made.shots[0].id,)


def test_the_door_makes_what_the_command_makes(tmp_path: Path, script: Path) -> None:
    events: list[vfx_ai.Event] = []
    made = vfx_ai.storyboard(script, tmp_path / "b", movie=False, pages="none", aspect="2.39", progress=events.append)
    assert isinstance(made, vfx_ai.Board) and len(made.shots) == 3
    assert {event.stage for event in events} == {"board"}
    assert cv2.imread(made.shots[0].panel).shape == (*pictures.panel_size(2.39)[::-1], 3)
    with pytest.raises(TypeError, match="colour"):
        vfx_ai.storyboard(script, tmp_path / "b", colour="red")
