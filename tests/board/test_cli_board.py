"""The command, the worker's kind and the page on it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vfx_ai.board.fountain import parse
from vfx_ai.board.fountain_shots import shots_of
from vfx_ai.cli import app
from vfx_ai.worker.kinds import KINDS, read
from vfx_ai.worker.work import storyboard

ROOT = Path(__file__).resolve().parents[2]


def test_the_command_prints_where_all_of_it_lies(script: Path, tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["storyboard", str(script), "-o", str(tmp_path / "b"), "--no-movie"])
    assert made.exit_code == 0, made.output
    assert "A Tea: 3 shots" in made.output
    for name in ("board.html", "board.pdf", "board.otio"):
        assert name in made.output.replace("\n", "") and (tmp_path / "b" / name).is_file()


def test_json_is_one_object_a_line(script: Path, tmp_path: Path) -> None:
    asked = ["storyboard", str(script), "-o", str(tmp_path / "b"), "--no-movie", "--pages", "none", "--json"]
    lines = [json.loads(line) for line in CliRunner().invoke(app, asked).stdout.splitlines()]
    made = next(line for line in lines if line["event"] == "storyboard")
    assert [shot["number"] for shot in made["shots"]] == ["1.1", "1.2", "1.3"]
    assert len(made["drawn"]) == 3


@pytest.mark.parametrize(
    ("data", "words", "code"),
    [
        (b"\nA caf\xe9.\n", "line 2 is not in UTF-8", 3),
        (b"", "it holds no shot", 3),
        (b"\x00" * 100, "it holds no shot", 3),
    ],
)
def test_errors_name_the_file_and_the_line(tmp_path: Path, data: bytes, words: str, code: int) -> None:
    path = tmp_path / "a.fountain"
    path.write_bytes(data)
    done = CliRunner().invoke(app, ["storyboard", str(path), "-o", str(tmp_path / "b")])
    assert done.exit_code == code
    assert words in done.output and "a.fountain" in done.output and "Traceback" not in done.output
    assert not (tmp_path / "b").exists()


def test_the_worker_makes_the_same_board(script: Path, tmp_path: Path) -> None:
    job = {"script": str(script), "output": str(tmp_path / "b"), "movie": False, "pages": "none"}
    asked = read(KINDS["storyboard"].made, job)
    made = storyboard(asked, lambda _event: None, lambda: False)  # type: ignore[arg-type]
    assert made["result"] == str(tmp_path / "b" / "board.html") and Path(made["result"]).is_file()
    json.dumps(made)


def test_the_page_names_every_option_and_no_other() -> None:
    shown = CliRunner().invoke(app, ["storyboard", "--help"], env={"COLUMNS": "200"}).output
    there = set(re.findall(r"--[a-z][a-z-]+", shown)) - {"--help"}
    page = (ROOT / "docs" / "storyboards.md").read_text("utf-8")
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page)) == there


def test_the_scene_of_the_documents_is_read_without_a_warning() -> None:
    play = parse((ROOT / "docs" / "storyboard" / "handbag.fountain").read_text("utf-8"))
    shots = shots_of(play)
    assert play.warnings == () and play.title_page["author"] == "Oscar Wilde"
    assert [shot.scene for shot in shots] == ["1", "1", "1", "1", "2", "3", "3", "4", "4", "4"]
    assert shots[-1].transition == "FADE OUT."
    assert not any("Thomas, Cardew" in shot.text for shot in shots)  # it lies in the boneyard
