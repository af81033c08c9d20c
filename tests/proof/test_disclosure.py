"""The disclosure sheet says what files say, names them, counts right, and leaves open what no file can answer."""

from __future__ import annotations

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from studios import stock
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.disclosing import disclose
from vfx_ai.errors import InputError, Interrupted, JobError
from vfx_ai.proof.disclosure import DONE, KIND_WORDS, OPEN, Sheet
from vfx_ai.proof.sidecar import HashedFile, Input, ResultFrame, Sidecar, write_sidecar
from vfx_ai.proof.source_type import EDITS
from vfx_ai.steps.proof import READ
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import shots_of
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.catalogue_change import withdraw
from vfx_ai.studio.facts import facts_of

MODEL = {"name": "surf <b>net</b>", "licence": "studio only", "trained_on": "12 shots of Sea & Land"}


def made(folder: Path, name: str = "clean", by_source: dict[str, int] | None = None, **others: Any) -> Path:
    """A result of two frames with its sidecar."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = []
    for number in (1001, 1002):
        path = folder / f"{name}.{number}.exr"
        path.write_bytes(f"{name} {number}".encode())
        digest, pixels = hashlib.sha256(path.read_bytes()).hexdigest(), by_source or {"1": 75, "6": 25}
        frames.append(ResultFrame(number, path.name, path.stat().st_size, digest, pixels, "flow"))
    read = (Input("plate", "/mnt/show/sc01/plate.####.exr", (HashedFile(1001, "/mnt/x.exr", 1, "b" * 64),)),)
    values = {"versions": {"vfx-ai": "9"}, "device": "cpu", "machine": "Linux", "engine": {"name": "flow"}, **others}
    kind = values.pop("kind", "inpaint")
    write_sidecar(
        Sidecar(kind, {}, "a" * 64, f"{name}.####.exr", read, tuple(frames), **values), folder / f"{name}.vfxai.json"
    )
    return folder / f"{name}.vfxai.json"


def lines(sheet: Sheet) -> dict[str, str]:
    return {line.about: line.says for part in sheet.parts for line in part.lines}


class Rows(HTMLParser):
    """The rows of all tables, and every tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, _attributes: Any) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def test_a_shot_without_a_trained_model_says_so(tmp_path: Path) -> None:
    (sheet,) = disclose([str(made(tmp_path))], tmp_path / "sheet.html").sheets
    told = lines(sheet)
    assert sheet.level == "made" and "No trained model made a pixel. 25%" in sheet.headline
    assert told["Pixels that were made"].startswith("200 ") and told[f"– {KIND_WORDS['real']}"] == "150, 75%"
    assert told[f"– {KIND_WORDS['generated']}"] == "0, 0%" and told["Nothing"] and told["Models"] == "none"
    assert told["Frames"] == "all of 2 frames are what the sidecar says"
    assert told["Signature"] == "it isn't signed"
    assert not any(question in (tmp_path / "sheet.html").read_text() for question in OPEN)


def test_a_shot_with_generated_pixels_says_by_what_trained_on_what_and_asks_the_rest(tmp_path: Path) -> None:
    sidecar = made(tmp_path, by_source={"1": 60, "3": 10, "4": 30}, models=(MODEL,), rights={"owner": "The Studio"})
    (sheet,) = disclose([str(sidecar)], tmp_path / "sheet.html").sheets
    told = lines(sheet)
    assert sheet.level == "generated" and "40%" in sheet.headline
    assert told["Frames with pixels of a trained model"] == "2: 1001-1002"
    assert told["– by a model of the shot or the studio"] == "20, 10%"
    assert told["– by a foundation model"] == "60, 30%"
    assert told["Model"] == "surf <b>net</b>, licence studio only"
    assert told["surf <b>net</b>"] == "12 shots of Sea & Land" and told["owner"] == "The Studio"
    text = (tmp_path / "sheet.html").read_text()
    assert all(question.replace("'", "&#39;") in text for question in OPEN)


def test_a_model_of_which_nothing_is_known_is_not_glossed_over(tmp_path: Path) -> None:
    told = lines(disclose([str(made(tmp_path, by_source={"4": 1}))], tmp_path / "s.html").sheets[0])
    assert told["Models"] == "the sidecar names none" and "no file here says" in told["Not known"]
    assert told["Rights"] == "not known: no catalogue was asked (--catalogue)"


def test_every_line_names_a_file_and_nothing_from_a_file_is_markup(tmp_path: Path) -> None:
    made(tmp_path, by_source={"4": 1}, models=(MODEL,), machine="<script>alert(1)</script>")
    disclose([str(tmp_path)], tmp_path / "sheet.html", title="<img src=x>")
    page = Rows((tmp_path / "sheet.html").read_text())
    assert page.rows and all(len(row) == 3 and row[2].strip() for row in page.rows)
    assert all(re.search(r"clean\.(vfxai\.json|c2pa|####\.exr)", row[2]) for row in page.rows)
    assert not {"script", "img", "b", "link"} & set(page.tags)
    assert (
        "http:" not in (tmp_path / "sheet.html").read_text() and "https:" not in (tmp_path / "sheet.html").read_text()
    )


def test_a_changed_frame_is_said(tmp_path: Path) -> None:
    sidecar = made(tmp_path)
    (tmp_path / "clean.1002.exr").write_bytes(b"other")
    told = lines(disclose([str(sidecar)], tmp_path / "s.html").sheets[0])
    assert told["Frames"] == "NOT AS TOLD, 1 of 2 frames: 1002 was changed"
    done = disclose([str(sidecar)], tmp_path / "s.html")
    assert done.changed == ("clean",) and done.sheets[0].headline.startswith("1 frame not as told")
    assert CliRunner().invoke(app, ["disclose", str(sidecar), "-o", str(tmp_path / "s.html")]).exit_code == 5
    told = lines(disclose([str(sidecar)], tmp_path / "s.html", check=False).sheets[0])
    assert told["Frames"] == "not compared with their hashes"


def test_a_show_is_all_results_below_a_folder_and_its_sums_are_theirs(tmp_path: Path) -> None:
    made(tmp_path / "show" / "sc01", "a", {"1": 10})
    made(tmp_path / "show" / "sc02" / "deep", "b", {"4": 30})
    (tmp_path / "show" / "sc03").mkdir()
    (tmp_path / "show" / "sc03" / "c.vfxai.json").write_text("{")
    done = disclose([str(tmp_path / "show"), str(tmp_path / "show" / "sc01")], tmp_path / "sheet.html")
    assert [sheet.level for sheet in done.sheets] == ["real", "generated", "unread"] and done.generated == ("b",)
    assert list(done.unread) == [str(tmp_path / "show" / "sc03" / "c.vfxai.json")]
    rows = {row[0].strip(): row[1] for row in Rows((tmp_path / "sheet.html").read_text()).rows[:7]}
    assert rows["Results"] == "3, 1 of them with a sidecar that can't be read"
    assert rows["With pixels of a trained model"] == "1: b"
    assert rows[KIND_WORDS["generated"]].startswith("60 pixels, 75%")


def test_what_it_can_not_do_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"not written as \.doc"):
        disclose([str(made(tmp_path / "a"))], tmp_path / "s.doc")
    (tmp_path / "b").mkdir()
    with pytest.raises(InputError, match="no result"):
        disclose([str(tmp_path / "b")], tmp_path / "s.html")
    (tmp_path / "b" / "x.vfxai.json").write_text("{")
    with pytest.raises(InputError, match="none of 1 sidecar"):
        disclose([str(tmp_path / "b")], tmp_path / "s.html")

    def stop(_done: int, _total: int) -> None:
        raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        disclose([str(tmp_path / "a")], tmp_path / "s.html", step=stop)
    assert not (tmp_path / "s.html").exists()


def test_the_tables_have_a_row_for_every_kind() -> None:
    assert DONE.keys() == READ.keys() and KIND_WORDS.keys() == EDITS.keys()


def test_as_pdf_it_says_the_same(tmp_path: Path) -> None:
    pytest.importorskip("reportlab", reason="the extra `studio` isn't installed")
    made(tmp_path, by_source={"4": 1}, models=(MODEL,), machine="中 <b>")
    for name in ("1.pdf", "2.pdf"):
        disclose([str(tmp_path)], tmp_path / name, title="A & B")
    data = (tmp_path / "1.pdf").read_bytes()
    assert data.startswith(b"%PDF") and data.rstrip().endswith(b"%%EOF") and len(data) > 5000
    assert not list(tmp_path.glob(".*"))


def test_without_the_extra_a_pdf_says_which_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    made(tmp_path)
    for name in [one for one in sys.modules if one.split(".")[0] == "reportlab"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "reportlab", None)
    with pytest.raises(JobError, match="reportlab") as caught:
        disclose([str(tmp_path)], tmp_path / "s.pdf")
    assert "vfx-ai[studio]" in caught.value.remedy


def test_the_command_and_the_function(tmp_path: Path) -> None:
    sidecar = made(tmp_path / "a", by_source={"4": 1})
    asked = ["disclose", str(tmp_path / "a"), "-o", str(tmp_path / "s.html")]
    done = CliRunner().invoke(app, [*asked, "--json"])
    told = json.loads(done.stdout)
    assert done.exit_code == 0 and told["generated"] == ["clean"] and told["results"][0]["pixels"]["generated"] == 2
    assert "1: clean" in CliRunner().invoke(app, asked).stdout
    (tmp_path / "a" / "x.vfxai.json").write_text("{")
    assert CliRunner().invoke(app, asked).exit_code == 3
    assert CliRunner().invoke(app, [*asked[:2], "-o", "s.txt"]).exit_code == 2
    assert vfx_ai.disclose(sidecar, tmp_path / "s.html").generated == ("clean",)


def test_the_studios_ledger_says_what_a_model_was_trained_on_and_under_which_rights(tmp_path: Path) -> None:
    sidecar = made(tmp_path / "out", by_source={"1": 5, "3": 5}, models=({"name": "harbour net", "sha256": "d" * 64},))
    with stock(tmp_path) as catalogue:
        run = ledger.record(catalogue.folder, "training", name="run", shots=facts_of(catalogue, shots_of(catalogue)))
        ledger.record(catalogue.folder, "model", name="harbour net", sha256="d" * 64, training=run.hash, licence="ours")
        folder = str(catalogue.folder)
    (sheet,) = disclose([str(sidecar)], tmp_path / "s.html", catalogue=folder).sheets
    parts = {part.question: part.lines for part in sheet.parts}
    assert [(line.about, line.says) for line in parts["Trained on what?"]] == [
        ("harbour net", "Harbour/sc010"),
        ("harbour net", "Harbour/sc020"),
    ]
    consent = {line.about: line.says for line in parts["With whose consent?"]}
    assert "cleared by Harbour Films" in consent["Harbour/sc010"]
    assert "signed off by Lena Legal on 2026-01-10" in consent["Harbour/sc010"]
    with opened(folder) as catalogue:
        withdraw(catalogue, "Harbour", why="the actor asked")
    (sheet,) = disclose([str(sidecar)], tmp_path / "s.html", catalogue=folder).sheets
    told = [line.says for part in sheet.parts for line in part.lines]
    assert "WITHDRAWN since" in told and any("; WITHDRAWN on " in words for words in told)


def test_a_model_that_the_ledger_does_not_know_is_said_to_be_unknown(tmp_path: Path) -> None:
    sidecar = made(tmp_path / "out", by_source={"4": 5}, models=({"name": "stranger", "sha256": "e" * 64},))
    with stock(tmp_path) as catalogue:
        folder = str(catalogue.folder)
    told = lines(disclose([str(sidecar)], tmp_path / "s.html", catalogue=folder).sheets[0])
    assert told["stranger"] == "not known: it isn't in the ledger"
    with pytest.raises(InputError):
        disclose([str(sidecar)], tmp_path / "s.html", catalogue=str(tmp_path / "nothing"))
