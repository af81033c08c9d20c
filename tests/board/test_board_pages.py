"""The words of a script on the page, in the PDF with its fonts, and in the animatic."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from script_boards import Maker

from vfx_ai.board import extras
from vfx_ai.board.animatic import animatic_frame
from vfx_ai.board.lettering import font_file
from vfx_ai.board.read import read_script
from vfx_ai.board.record import Entry, Panel
from vfx_ai.errors import InputError


def test_words_of_a_script_cannot_become_code_of_the_page(tmp_path: Path, board: Maker, script: Path) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"
    script.write_text(f"Title: {evil}\n\nINT. {evil}\n\nHe waits. [[{evil}]]\n\nJACK\n{evil}\n", encoding="utf-8")
    board(pages="a4")
    page = (tmp_path / "board" / "board.html").read_text("utf-8")
    assert "<script" not in page and "<img src=x" not in page and "49" not in page.split("base64,")[0]
    assert "&lt;script&gt;alert(1)" in page
    assert "default-src 'none'" in page


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
