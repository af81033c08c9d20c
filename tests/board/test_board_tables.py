"""Tables of shots and timelines are read, and what is wrong with a file is told with its line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import opentimelineio as otio
import pytest

from vfx_ai.board import extras, read
from vfx_ai.board.make import Board
from vfx_ai.board.read import read_script
from vfx_ai.board.shots import LONGEST, Speech
from vfx_ai.errors import InputError, UnsupportedFileError, VfxAiError


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_table_is_read_by_its_header_whatever_parts_it(tmp_path: Path, mark: str) -> None:
    rows = [["Shot", "Slug line", "Description", "Camera", "Duration"], ["10", "INT. A", "He waits.", "Wide", "3.5"]]
    script = read_script(written(tmp_path / "a.csv", "\n".join(mark.join(row) for row in rows), "utf-8-sig"))
    (shot,) = script.shots
    assert (shot.number, shot.code, shot.slug, shot.action) == ("10", "10", "INT. A", "He waits.")
    assert (shot.camera, shot.seconds, shot.estimated, shot.line) == ("Wide", 3.5, False, 2)


@pytest.mark.parametrize(
    ("said", "seconds"), [("4", 4), ("4,5", 4.5), ("2.5 s", 2.5), ("0:03.5", 3.5), ("1:00:01", 3601)]
)
def test_durations_are_seconds_or_a_clock(tmp_path: Path, said: str, seconds: float) -> None:
    (shot,) = read_script(written(tmp_path / "a.csv", f'action,duration\nx,"{said}"\n')).shots
    assert (shot.seconds, shot.estimated) == (seconds, False)


@pytest.mark.parametrize("said", ["soon", "-3", "0", "nan", "1e9"])
def test_what_is_no_duration_is_told_with_its_line(tmp_path: Path, said: str) -> None:
    with pytest.raises(InputError, match=r"line 4: '.+' is no duration"):
        read_script(written(tmp_path / "a.csv", f'action,duration\n"two\nlines",2\nx,{said}\n'))


def test_dialogue_in_a_cell_has_names_or_a_column_for_them(tmp_path: Path) -> None:
    text = 'action,character,dialogue\nx,,"JACK: Hello: you.\nALGY: Hi.\nand more"\ny,JACK,Well.\n'
    first, second = read_script(written(tmp_path / "a.csv", text)).shots
    assert first.dialogue == (Speech("JACK", "Hello: you."), Speech("ALGY", "Hi.\nand more"))
    assert second.dialogue == (Speech("JACK", "Well."),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("foo,bar\n1,2\n", "line 1: the header names neither action"),
        ("action,description\n1,2\n", "line 1: two columns are action"),
        ("shot,action\n10,a\n10,b\n", "line 3: the shot 10 is there twice, first in line 2"),
        ("action\n", "it holds no shot"),
        ("", "it holds no shot"),
        (f"action\n{'x' * (LONGEST + 1)}\n", "line 2: a shot of 20,0"),
        (f'action\n"{"x" * 200_000}"\n', "the table can't be read"),
    ],
)
def test_tables_that_cannot_be_a_board_are_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_script(written(tmp_path / "a.csv", text))


def test_columns_that_are_not_read_are_told(tmp_path: Path) -> None:
    script = read_script(written(tmp_path / "a.csv", "action,lens\nx,35\n"))
    assert script.warnings == ("columns that aren't read: lens",)


def test_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.fountain"
    path.write_bytes("\nHe waits.\n\nA café.\n".encode("cp1252"))
    with pytest.raises(InputError, match="line 4 is not in UTF-8: byte 0xe9") as caught:
        read_script(path)
    assert caught.value.file == str(path)


def test_marked_utf16_is_read(tmp_path: Path) -> None:
    (shot,) = read_script(written(tmp_path / "a.fountain", "\nA café.\n", "utf-16")).shots
    assert shot.action == "A café."


@pytest.mark.parametrize("ending", [".fdx", ".pdf", ".edl", ""])
def test_other_kinds_of_script_are_refused_with_a_way_out(tmp_path: Path, ending: str) -> None:
    with pytest.raises(UnsupportedFileError) as caught:
        read_script(written(tmp_path / f"a{ending}", "x"))
    assert caught.value.remedy


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "LARGEST", 1024 * 1024)
    with pytest.raises(InputError, match="larger than 1 MB"):
        read_script(written(tmp_path / "a.fountain", "x" * (1024 * 1024 + 1)))


def test_a_script_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        read_script(tmp_path / "none.fountain")


def timeline(*clips: otio.schema.Clip, kind: str = "Video") -> str:
    made = otio.schema.Timeline("Cut")
    made.tracks.append(otio.schema.Track("V1", kind=kind, children=list(clips)))
    return str(otio.adapters.write_to_string(made, "otio_json"))


def clip(name: str, frames: float = 48, rate: float = 24) -> otio.schema.Clip:
    length = otio.opentime.RationalTime(frames, rate)
    return otio.schema.Clip(name, source_range=otio.opentime.TimeRange(otio.opentime.RationalTime(7, rate), length))


def test_a_timeline_gives_a_shot_for_each_clip(tmp_path: Path) -> None:
    first = clip("sh010", 36)
    marked = otio.opentime.TimeRange(otio.opentime.RationalTime(7, 24), otio.opentime.RationalTime(1, 24))
    first.markers.extend(
        [otio.schema.Marker("pan left", marked_range=marked), otio.schema.Marker("fix sky", marked_range=marked)]
    )
    script = read_script(written(tmp_path / "cut.otio", timeline(first, clip("sh020"))))
    assert script.title == "Cut"
    assert [(one.number, one.code, one.seconds) for one in script.shots] == [
        ("sh010", "sh010", 1.5),
        ("sh020", "sh020", 2),
    ]
    assert (script.shots[0].camera, script.shots[0].notes) == ("pan left", ("fix sky",))


def test_clips_of_one_name_are_known_by_their_content(tmp_path: Path) -> None:
    script = read_script(written(tmp_path / "cut.otio", timeline(clip("a"), clip("a"), clip("b"))))
    assert [one.code for one in script.shots] == ["", "", "b"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        json.dumps({"OTIO_SCHEMA": "Nothing.1"}),
        '{"OTIO_SCHEMA": "Timeline.1", "tracks": 7}',
        "[" * 100_000,
        timeline(),
        timeline(clip("a"), kind="Audio"),
        timeline(clip("a", 0)),
        timeline(clip("a", -5)),
        timeline(clip("a", 5, 0)),
        timeline(otio.schema.Clip("a")),
    ],
    ids=range(13),
)
def test_damaged_and_empty_timelines_are_one_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        read_script(written(tmp_path / "cut.otio", text))


def test_a_board_becomes_a_timeline_that_gives_the_same_shots(board: Callable[..., Board], script: Path) -> None:
    made = board(fps="23.976")
    back = read_script(Path(made.timeline))
    assert back.title == "A Tea"
    for shot, again in zip(read_script(script).shots, back.shots, strict=True):
        assert again.text == shot.text
        assert (again.number, again.scene, again.transition) == (shot.number, shot.scene, shot.transition)
        assert again.seconds == pytest.approx(shot.seconds, abs=0.5 / 23)
    cut = otio.adapters.read_from_file(made.timeline)
    clips = list(cut.find_clips())
    assert [one.media_reference.target_url for one in clips] == [
        Path(shot.panel).relative_to(made.output).as_posix() for shot in made.shots
    ]
    assert all(one.duration().rate == pytest.approx(24000 / 1001) for one in clips)


def test_a_missing_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "opentimelineio", None)
    with pytest.raises(VfxAiError, match=r"pip install 'vfx-ai\[studio\]'"):
        extras.timeline_package()
    with pytest.raises(VfxAiError, match="OpenTimelineIO isn't installed"):
        read_script(written(tmp_path / "cut.otio", "{}"))
