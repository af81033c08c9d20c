"""The commands `vfx-ai models ...`, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from small_models import pipeline
from typer.testing import CliRunner

from vfx_ai.cli import app
from vfx_ai.doctor import examine
from vfx_ai.studio.models import registered
from vfx_ai.studio.models_known import KNOWN
from vfx_ai.worker.describe import described


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VFX_AI_MODELS", str(tmp_path / "models"))
    monkeypatch.delenv("VFX_AI_POLICY", raising=False)
    return tmp_path / "models"


def call(*words: Any) -> Any:
    return CliRunner().invoke(app, ["models", *(str(word) for word in words)])


def lines(done: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_life_of_a_model(home: Path, tmp_path: Path) -> None:
    source = pipeline(tmp_path / "theirs")
    done = call("add", source, "--name", "our-fill", "--licence", "Apache-2.0", "--trained-on", "our plates")
    assert done.exit_code == 0, done.output
    assert "commercial and research use" in done.stdout and "our plates" in done.stdout
    done = call("list")
    assert done.stdout.index("our-fill") < done.stdout.index("not on this machine") < done.stdout.index("sdxl-inpaint")
    assert "sha256" not in done.stdout and "FLUX-1-dev-Non-Commercial: research use" in done.stdout
    assert "StableDiffusionXLInpaintPipeline" in call("show", "our-fill").stdout
    assert "4 files as they were" in call("verify").stdout
    (home / "our-fill" / "unet" / "config.json").unlink()
    done = call("verify", "our-fill")
    assert (done.exit_code, "unet/config.json missing" in done.stdout) == (5, True)
    assert "not as they were registered: our-fill" in done.stderr
    assert "deleted" in call("remove", "our-fill").stdout
    assert registered() == () and not (home / "our-fill").exists()


def test_the_same_for_programs(home: Path, tmp_path: Path) -> None:
    source = pipeline(tmp_path / "theirs")
    *events, last = lines(call("add", source, "--name", "our-fill", "--licence", "own", "--link", "--json"))
    assert {event["event"] for event in events} == {"stage", "step"}
    assert (last["event"], last["uses"], last["linked"], last["installed"]) == ("added", ["unknown"], True, True)
    listed = lines(call("list", "--json"))
    assert [one["name"] for one in listed] == ["our-fill", *KNOWN] and not listed[1]["installed"]
    assert lines(call("show", "our-fill", "--json"))[0]["licence"] == "own"
    assert lines(call("verify", "--json"))[-1]["passed"] is True
    assert lines(call("remove", "our-fill", "--json"))[0]["event"] == "removed"


def test_what_goes_wrong_is_one_line(home: Path, tmp_path: Path) -> None:
    for words, code in (
        (("show", "nothing"), 2),
        (("remove", "nothing"), 2),
        (("verify", "nothing"), 2),
        (("pull", "nothing"), 2),
        (("add", tmp_path / "nothing", "--name", "x", "--licence", "MIT"), 3),
    ):
        done = call(*words)
        assert done.exit_code == code, done.output
        assert done.stderr.startswith("vfx-ai: ") and done.stderr.count("\n") == 1


def test_another_folder_for_all_of_them(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    call("add", pipeline(tmp_path / "theirs"), "--name", "our-fill", "--licence", "MIT", "--models-dir", other)
    assert registered() == ()
    for words in (("list",), ("show", "our-fill"), ("verify", "our-fill"), ("remove", "our-fill")):
        done = call(*words, "--models-dir", other)
        assert done.exit_code == 0 and "our-fill" in done.stdout


def test_hosts_and_the_doctor_are_told(home: Path, tmp_path: Path) -> None:
    assert described([])["models"]["registered"] == []
    call("add", pipeline(tmp_path / "theirs"), "--name", "our-fill", "--licence", "CC-BY-NC-4.0")
    (row,) = described([])["models"]["registered"]
    assert (row["name"], row["family"], row["task"]) == ("our-fill", "sdxl", "inpaint")
    assert (row["licence"], row["uses"]) == ("CC-BY-NC-4.0", ["research"])
    found = examine()
    assert dict(found.rows)["models"] == f"1 registered in {home}"
    assert set(found.facts["extras"]) == {"farm", "sign", "studio"} and "extras" in dict(found.rows)
    (home / "registry" / "our-fill.json").write_text("{")
    assert described([])["models"]["registered"] == []
    assert any("record of a model can't be read" in line for line in examine().allows)
