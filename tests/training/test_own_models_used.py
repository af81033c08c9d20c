"""A model of the studio's own is used while what it learned from is cleared, and what it made is in the ledger."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from own_models import rights, stocked, trained, use
from rendered import save, write_rgb
from typer.testing import CliRunner

import vfx_ai
from vfx_ai.cli import app
from vfx_ai.errors import RightsError, VerifyError
from vfx_ai.learning.checkpoint import keep_tensors, read_tensors
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import opened, shots_of
from vfx_ai.studio.facts import record_model, record_training


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue, a model `ours` of its title Harbour, and a LoRA `look` on it that learned from the same."""
    folder = tmp_path_factory.mktemp("studio")
    catalogue, models = stocked(folder), folder / "models"
    trained(catalogue, titles="Harbour")
    with opened(catalogue) as base:
        run = record_training(base, "look", shots_of(base, title="Harbour"), territory="world")
        file = folder / "look.safetensors"
        facts = {"ledger": run.hash, "catalogue": str(catalogue), "shots": [{"shot": "Harbour/harbour"}]}
        keep_tensors(file, {"unet.a": torch.zeros(2)}, facts)
        record_model(base, "look", file, run)
    vfx_ai.add_model(
        file, "look", "own", uses="commercial", family="internal", task="lora", base="ours", models_dir=models
    )
    return folder


def copied(studio: Path, folder: Path) -> Path:
    """The studio in a folder of its own, whose models name the catalogue where it was."""
    shutil.copytree(studio, folder / "studio")
    return folder / "studio"


def forged(folder: Path) -> None:
    path = folder / "catalogue" / "ledger.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0].replace("Harbour", "Harbor"), *lines[1:]]))


REFUSED = {
    "withdrawn": (
        lambda at: vfx_ai.catalogue_withdraw(at / "catalogue", "Harbour", why="asked to"),
        "was trained on Harbour/harbour, and Harbour was withdrawn on .* (asked to)",
        "Train it anew",
    ),
    "no file": (
        lambda at: vfx_ai.catalogue_remove(at / "catalogue", "Harbour"),
        "isn't in the catalogue any more",
        "Add it again",
    ),
    "expired": (
        lambda at: rights(at, until="2020-01-01"),
        "Harbour/harbour: the rights expired on 2020-01-01",
        "Renew them",
    ),
    "wrong use": (
        lambda at: rights(at, uses="[training]"),
        "Harbour/harbour: generation isn't cleared, only training",
        "must clear",
    ),
    "territory": (
        lambda at: rights(at, territory="DE"),
        "Harbour/harbour: generation isn't cleared for the whole world",
        "clear it",
    ),
    "person": (
        lambda at: rights(at, people="[{name: Ada Example, consents: [training]}]"),
        "Harbour/harbour: Ada Example is recognisable and didn't consent to generation",
        "must consent",
    ),
    "excluded": (
        lambda at: rights(at, exclusions="[{what: faces}]"),
        "excluded from generation: faces",
        "train the model anew",
    ),
    "forged": (forged, "nothing is cleared: entry 1", "backup"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("lora", ["", "look"])
def test_a_model_whose_footage_is_not_cleared_any_more_is_refused(
    case: str, lora: str, studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, missing, remedy = REFUSED[case]
    folder = copied(studio, tmp_path)
    assert use(folder, lora, monkeypatch) == ()
    change(folder)
    with pytest.raises(RightsError) as refused:
        use(folder, lora)
    assert re.search(missing.replace("(", r"\(").replace(")", r"\)"), refused.value.message), refused.value.message
    assert remedy in refused.value.remedy and refused.value.exit_code == 7
    if case != "forged":
        assert "model ours" in refused.value.message


def test_every_command_that_asks_a_model_asks_for_its_rights(
    studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(studio, tmp_path)
    monkeypatch.setenv("VFX_AI_CATALOGUE", str(folder / "catalogue"))
    vfx_ai.catalogue_withdraw(folder / "catalogue", "Harbour", why="asked to")
    plate, out, models = (
        str(folder / "Harbour" / "harbour.####.exr"),
        tmp_path / "out" / "new.####.exr",
        str(folder / "models"),
    )
    script = tmp_path / "scene.fountain"
    script.write_text("INT. HARBOUR - DAY\n\nWaves.\n", encoding="utf-8")
    asked = {
        "inpaint": lambda: vfx_ai.inpaint(plate, plate, out, engine="internal", model="ours", models_dir=models),
        "draw": lambda: vfx_ai.draw("ours", out, models_dir=models),
        "edit": lambda: vfx_ai.edit(plate, out, "ours", "x", lora="look:0.5", models_dir=models),
        "extend": lambda: vfx_ai.extend(plate, out, pad="8,0,8,0", engine="internal", model="ours", models_dir=models),
        "storyboard": lambda: vfx_ai.storyboard(script, tmp_path / "board", model="ours", models_dir=models),
    }
    for name, command in asked.items():
        with pytest.raises(RightsError, match="model ours can't be used"):
            command()
        assert not (tmp_path / "out").exists(), name


def test_where_no_ledger_is_at_hand_that_is_told(studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copied(studio, tmp_path)
    monkeypatch.delenv("VFX_AI_CATALOGUE", raising=False)
    assert use(folder) == ()  # by the catalogue that the model names
    (tmp_path / "away").mkdir()
    (studio / "catalogue").rename(tmp_path / "away" / "catalogue")
    try:
        (doubt,) = use(folder)
        assert "may still be used" in doubt and "VFX_AI_CATALOGUE" in doubt and str(studio / "catalogue") in doubt
        made = vfx_ai.draw("ours", tmp_path / "new.exr", models_dir=str(folder / "models"))
        assert doubt in made.notes
    finally:
        (tmp_path / "away" / "catalogue").rename(studio / "catalogue")


def test_a_file_that_no_training_made_is_refused(studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copied(studio, tmp_path)
    path = folder / "models" / "ours.safetensors"
    tensors, record = read_tensors(path)
    path.unlink()
    shutil.rmtree(folder / "models" / "registry")
    other = tmp_path / "other.safetensors"
    keep_tensors(other, {name: value + 1 for name, value in tensors.items()}, record)
    vfx_ai.add_model(
        other, "ours", "own", uses="commercial", family="internal", task="inpaint", models_dir=folder / "models"
    )
    with pytest.raises(RightsError, match="no training that it knows made this file"):
        use(folder, "", monkeypatch)


def test_results_enter_the_ledger_and_trace_answers_for_them(
    studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(studio, tmp_path)
    catalogue, models = folder / "catalogue", str(folder / "models")
    monkeypatch.setenv("VFX_AI_CATALOGUE", str(catalogue))
    for _ in range(2):  # done again it is the same entry
        vfx_ai.draw("ours", tmp_path / "out" / "new.exr", models_dir=models)
    results = [entry for entry in ledger.read(catalogue) if entry.kind == "result"]
    assert len(results) == 1 and results[0].what["models"][0]["name"] == "ours"
    sidecar = json.loads((tmp_path / "out" / "new.vfxai.json").read_text())
    assert sidecar["rights"] == {"catalogue": str(catalogue), "entry": results[0].n, "hash": results[0].hash}
    monkeypatch.delenv("VFX_AI_CATALOGUE")
    traced = vfx_ai.trace(tmp_path / "out" / "new.exr")  # its sidecar names the catalogue
    assert traced.entry == results[0].n and [lent.shot for lent in traced.models[0].trained_on] == ["Harbour/harbour"]
    withdrawn = vfx_ai.catalogue_withdraw(catalogue, "Harbour", why="asked to")
    assert str(tmp_path / "out" / "new.exr") in withdrawn.results
    assert vfx_ai.trace(tmp_path / "out" / "new.exr").withdrawn == ("Harbour",)


def test_a_result_without_a_ledger_tells_its_models_training_and_is_entered_later(
    studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(studio, tmp_path)
    monkeypatch.delenv("VFX_AI_CATALOGUE", raising=False)
    vfx_ai.draw("ours", tmp_path / "out" / "new.exr", models_dir=str(folder / "models"))
    traced = vfx_ai.trace(tmp_path / "out" / "new.exr", folder / "catalogue")
    assert traced.entry == 0 and [lent.title for lent in traced.models[0].trained_on] == ["Harbour"]
    empty = tmp_path / "empty"
    vfx_ai.catalogue_add(empty, folder / "Island", title="Island")
    (model,) = vfx_ai.trace(tmp_path / "out" / "new.exr", empty).models
    assert not model.known and model.trained_on[0].known_as == "by what the model says of itself"
    entered = vfx_ai.catalogue_enter(folder / "catalogue", tmp_path / "out")
    assert vfx_ai.trace(tmp_path / "out" / "new.exr", folder / "catalogue").entry == entered.entry
    done = CliRunner().invoke(
        app, ["catalogue", "enter", str(tmp_path / "out"), "--catalogue", str(folder / "catalogue")]
    )
    assert done.exit_code == 0 and f"entry {entered.entry}" in done.output
    write_rgb(tmp_path / "out" / "new.exr", np.zeros((4, 4, 3), np.float32), (0, 0), (4, 4))
    with pytest.raises(VerifyError, match="was changed"):
        vfx_ai.catalogue_enter(folder / "catalogue", tmp_path / "out")


def test_a_setting_that_names_no_catalogue_is_told_and_stops_nothing(
    studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VFX_AI_CATALOGUE", str(tmp_path / "nowhere"))
    told: list[str] = []
    models = str(studio / "models")
    vfx_ai.draw("ours", tmp_path / "new.exr", models_dir=models, progress=lambda event: told.append(event.text))
    assert any("wasn't entered in the studio's ledger" in text for text in told)
    # A ledger that was changed clears no model; what needs none is made, and told of.
    folder = copied(studio, tmp_path)
    forged(folder)
    monkeypatch.setenv("VFX_AI_CATALOGUE", str(folder / "catalogue"))
    matte = np.zeros((36, 48), np.float32)
    matte[10:16, 10:16] = 1
    save(tmp_path / "matte.exr", {"A": matte})
    told.clear()
    plate, out = folder / "Island" / "island.####.exr", tmp_path / "out" / "clean.####.exr"
    report = vfx_ai.inpaint(
        plate, tmp_path / "matte.exr", out, grain="none", progress=lambda event: told.append(event.text)
    )
    assert report.passed and (tmp_path / "out" / "clean.vfxai.json").is_file()
    assert any("wasn't entered in the studio's ledger" in text and "was changed" in text for text in told)
