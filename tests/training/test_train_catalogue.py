"""Training on a catalogue: what isn't cleared is refused with its reason, and the ledger knows what came of what."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rendered import waves, write_rgb
from studios import write_rights

import vfx_ai
from vfx_ai.errors import JobError, RightsError
from vfx_ai.learning.checkpoint import read_record

SIZE = (36, 48)
QUICK = {"steps": 4, "width": 4, "device": "cpu"}


def stocked(folder: Path) -> Path:
    """Two titles of one shot each; the second one's rights have no training among their uses."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float64)
    for seed, (title, uses) in enumerate((("Harbour", "[training, generation]"), ("Island", "[publicity]"))):
        for number in (1, 2):
            picture = waves(x + number, y, seed, 6, 30).astype(np.float32)
            write_rgb(folder / title / f"{title.lower()}.{number:04d}.exr", picture, (0, 0), SIZE[::-1])
        rights = write_rights(folder, f"{title}.yaml", uses=uses)
        vfx_ai.catalogue_add(folder / "catalogue", folder / title, title=title, rights=rights)
    return folder / "catalogue"


def trained(catalogue: Path, name: str = "ours", **fields: object) -> vfx_ai.Trained:
    asked = {**QUICK, "catalogue": catalogue, "models_dir": catalogue.parent / "models", **fields}
    return vfx_ai.train(name, **asked)


def test_a_shot_that_is_not_cleared_is_refused_with_what_would_clear_it(tmp_path: Path) -> None:
    catalogue = stocked(tmp_path)
    with pytest.raises(RightsError, match=r"island.*training") as refused:
        trained(catalogue)
    assert refused.value.remedy
    assert not list((tmp_path / "models").rglob("*.safetensors"))
    with pytest.raises(RightsError, match="island"):
        trained(catalogue, titles="Island", refuse=False)


def test_cleared_shots_become_a_model_that_the_ledger_knows(tmp_path: Path) -> None:
    catalogue = stocked(tmp_path)
    made = trained(catalogue, refuse=False)
    assert len(made.shots) == 1 and any("Island" in line or "island" in line for line in made.refused)
    record = read_record(Path(made.model))
    fact = record["shots"][0]
    assert fact["title"] == "Harbour" and len(fact["rights"]) == 64 and fact["content"] and record["ledger"]
    withdrawn = vfx_ai.catalogue_withdraw(catalogue, "Harbour", why="asked to")
    assert any(model["name"] == "ours" for model in withdrawn.models)
    with pytest.raises(RightsError):
        trained(catalogue, "again", titles="Harbour")


def test_titles_choose_and_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    catalogue = stocked(tmp_path)
    assert trained(catalogue, titles="Harbour").shots
    with pytest.raises(JobError):
        trained(catalogue, "other", titles="Nowhere")
