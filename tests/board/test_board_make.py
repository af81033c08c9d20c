"""A board is made, made again without touching what needn't change, and never over somebody's drawing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import vfx_ai
from vfx_ai.board import extras, pictures
from vfx_ai.board.animatic import animatic_frame
from vfx_ai.board.jobs import Storyboard
from vfx_ai.board.lettering import font_file
from vfx_ai.board.make import Board, make_board
from vfx_ai.board.read import read_script
from vfx_ai.board.record import Entry, Panel
from vfx_ai.errors import InputError, Interrupted, JobError, OutputError
from vfx_ai.media.color_view import viewer

Maker = Callable[..., Board]


def edit(script: Path, old: str, new: str) -> None:
    text = script.read_text(encoding="utf-8")
    assert old in text
    script.write_text(text.replace(old, new), encoding="utf-8")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def paint(path: Path, value: int = 200) -> bytes:
    """Somebody draws: another picture in the place of a panel."""
    cv2.imwrite(str(path), np.full((60, 100, 3), value, np.uint8))
    return path.read_bytes()


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


def test_two_pictures_of_one_name_are_refused(tmp_path: Path, board: Maker) -> None:
    folder = tmp_path / "drawn"
    folder.mkdir()
    for name in ("1.1.png", "1.1.jpg"):
        paint(folder / name)
    with pytest.raises(InputError, match="two pictures have one name"):
        board(panels=str(folder))


def test_words_of_a_script_cannot_become_code_of_the_page(tmp_path: Path, board: Maker, script: Path) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"
    script.write_text(f"Title: {evil}\n\nINT. {evil}\n\nHe waits. [[{evil}]]\n\nJACK\n{evil}\n", encoding="utf-8")
    board(pages="a4")
    page = (tmp_path / "board" / "board.html").read_text("utf-8")
    assert "<script" not in page and "<img src=x" not in page and "49" not in page.split("base64,")[0]
    assert "&lt;script&gt;alert(1)" in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": 1}', b"[" * 100_000])
def test_a_damaged_record_stops_it_before_anything_is_written(tmp_path: Path, board: Maker, data: bytes) -> None:
    board()
    (tmp_path / "board" / "board.json").write_bytes(data)
    before = contents(tmp_path / "board")
    with pytest.raises(InputError, match="record can't be read"):
        board()
    assert contents(tmp_path / "board") == before


@pytest.mark.parametrize("name", ["../../evil", "", "a/b", "CON", "x" * 300])
def test_a_record_cannot_name_files_elsewhere(tmp_path: Path, board: Maker, name: str) -> None:
    board()
    record = tmp_path / "board" / "board.json"
    data = json.loads(record.read_bytes())
    data["shots"][0]["id"] = name
    record.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match="is no id"):
        board()


def test_a_record_of_a_newer_version_says_so(tmp_path: Path, board: Maker) -> None:
    board()
    (tmp_path / "board" / "board.json").write_text('{"schema": 2}', encoding="utf-8")
    with pytest.raises(InputError, match="Update vfx-ai"):
        board()


def test_an_output_that_is_a_file_is_refused(script: Path, board: Maker) -> None:
    with pytest.raises(OutputError, match="is a file"):
        board(output=str(script))


@pytest.mark.parametrize(
    "fields",
    [
        {"aspect": "wide"},
        {"aspect": "0"},
        {"aspect": "1:0"},
        {"aspect": "50"},
        {"columns": 0},
        {"columns": 7},
        {"fps": "0"},
        {"fps": "fast"},
        {"fps": "1/0"},
        {"split": "acts"},
        {"pages": "a9"},
        {"script": ""},
        {"output": ""},
    ],
)
def test_what_makes_no_sense_is_refused_before_a_file_is_opened(fields: dict[str, Any]) -> None:
    with pytest.raises(JobError):
        Storyboard(**({"script": "none.fountain", "output": "none"} | fields))


def test_aspects_and_rates_are_read_as_people_write_them() -> None:
    def asked(**fields: str) -> Storyboard:
        return Storyboard("s", "o", **fields)  # type: ignore[arg-type]

    assert [round(asked(aspect=one).ratio, 3) for one in ("2.39", "16:9", "1.85:1", "4x3")] == [
        2.39,
        1.778,
        1.85,
        1.333,
    ]
    assert [str(asked(fps=one).rate) for one in ("24", "23.976", "29.97", "12.5", "24000/1001")] == [
        *("24", "24000/1001", "30000/1001", "25/2", "24000/1001")
    ]


def test_the_pdf_opens_and_holds_the_words(tmp_path: Path, board: Maker) -> None:
    made = board(pages="letter", columns=2)
    data = Path(made.pdf).read_bytes()
    assert data.startswith(b"%PDF-") and data.rstrip().endswith(b"%%EOF")
    words = pdf_words(data)
    assert "Where is it?" in words and "A Tea" in words and "no picture yet" in words


def test_long_dialogue_goes_on_over_pages_and_none_is_lost(tmp_path: Path, board: Maker, script: Path) -> None:
    numbered = " ".join(f"w{number}" for number in range(3000))
    script.write_text(f"\nHe talks.\n\nJACK\n{numbered}\n", encoding="utf-8")
    words = pdf_words(Path(board(pages="a4").pdf).read_bytes())
    assert all(f"w{number}" in words.split() for number in range(3000))


def test_letters_that_the_font_lacks_are_told(board: Maker, script: Path) -> None:
    script.write_text("\nHe says Ж and 漢.\n", encoding="utf-8")
    assert any("lacks 2 of the script's letters (Ж漢): give another by --font" in n for n in board(pages="a4").notes)


def test_a_font_that_is_none_is_one_error(board: Maker, script: Path, tmp_path: Path) -> None:
    for data in (b"", b"no font", b"\0\1\0\0" + b"\xff" * 40):
        (tmp_path / "a.ttf").write_bytes(data)
        with pytest.raises(InputError, match="the font can't be used"):
            board(pages="a4", font=str(tmp_path / "a.ttf"))
    with pytest.raises(InputError, match="the font can't be used"):
        board(pages="a4", font=str(tmp_path / "none.ttf"))


def test_a_font_is_taken_for_pdf_and_animatic(board: Maker, script: Path) -> None:
    serif = str(font_file("DroidSerif"))
    plain, other = (Path(board(pages="a4", font=one).pdf).read_bytes() for one in ("", serif))
    assert plain != other
    shot = read_script(script).shots[0]
    made = board(font=serif)
    entry = Entry("a-b", shot, Panel(Path(made.shots[0].panel).relative_to(made.output).as_posix(), "", "placeholder"))
    first, second = (animatic_frame(Path(made.output), entry, one) for one in ("", serif))
    assert np.array_equal(first[:560], second[:560]) and not np.array_equal(first, second)


def test_without_its_package_the_pdf_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch, board: Maker) -> None:
    monkeypatch.setattr(extras, "has", lambda name: name != extras.PDF)
    made = board(pages="")
    assert made.pdf == "" and any("reportlab isn't installed" in note for note in made.notes)


def test_without_ffmpeg_there_is_a_note_in_place_of_the_movie(monkeypatch: pytest.MonkeyPatch, board: Maker) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    made = board(movie=True)
    assert made.movie == "" and any("ffmpeg" in note for note in made.notes)


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffmpeg isn't installed")
def test_the_animatic_is_as_long_as_the_shots(board: Maker, script: Path) -> None:
    script.write_text("\nOne. [[1.5 s]]\n\nTwo. [[1.1 s]]\n\nThree. [[0.3 s]]\n", encoding="utf-8")
    made = board(movie=True, fps="25")
    asked = [
        "ffprobe",
        "-v",
        "error",
        "-count_frames",
        "-show_entries",
        "stream=nb_read_frames",
        "-of",
        "csv=p=0",
        made.movie,
    ]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    assert int(done.stdout.strip().strip(",")) == 38 + 28 + 8


def test_the_door_makes_what_the_command_makes(tmp_path: Path, script: Path) -> None:
    events: list[vfx_ai.Event] = []
    made = vfx_ai.storyboard(script, tmp_path / "b", movie=False, pages="none", aspect="2.39", progress=events.append)
    assert isinstance(made, vfx_ai.Board) and len(made.shots) == 3
    assert {event.stage for event in events} == {"board"}
    assert cv2.imread(made.shots[0].panel).shape == (*pictures.panel_size(2.39)[::-1], 3)
    with pytest.raises(TypeError, match="colour"):
        vfx_ai.storyboard(script, tmp_path / "b", colour="red")


def pdf_words(data: bytes) -> str:
    """The words of a PDF of ours, through the tables by which its fonts name letters."""
    import base64
    import re
    import zlib

    streams = []
    for found in re.finditer(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        raw = found[1].strip()
        try:
            streams.append(zlib.decompress(base64.a85decode(raw.removesuffix(b"~>"))))
        except (ValueError, zlib.error):
            continue
    text = b"\n".join(streams).decode("latin-1")
    return "\n".join(re.findall(r"\((.*?)(?<!\\)\) Tj", text))
