"""What a board is asked for, and what lies in its folder already, is read as people mean it, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from script_boards import Maker, contents, paint

from vfx_ai.board.jobs import Storyboard
from vfx_ai.errors import InputError, JobError, OutputError


def test_two_pictures_of_one_name_are_refused(tmp_path: Path, board: Maker) -> None:
    folder = tmp_path / "drawn"
    folder.mkdir()
    for name in ("1.1.png", "1.1.jpg"):
        paint(folder / name)
    with pytest.raises(InputError, match="two pictures have one name"):
        board(panels=str(folder))


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
