"""Training on a catalogue: what isn't cleared is refused with its reason, mattes cover, and the ledger knows it all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from own_models import SIZE, rights, stocked, trained, use
from rendered import save
from studios import write_rights

import vfx_ai
from vfx_ai.errors import JobError, MissingFrameError, RightsError
from vfx_ai.learning.checkpoint import read_record, read_tensors
from vfx_ai.studio.catalogue import shots_of
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.training.mattes import matte_of


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


def covering(catalogue: Path, uses: str = "[training, generation]") -> Path:
    """Mattes of Harbour's shot, and rights that exclude what they cover."""
    said = write_rights(catalogue.parent, "excl.yaml", uses=uses, exclusions="[{what: faces}]")
    vfx_ai.catalogue_rights(catalogue, "Harbour", said)
    matte = np.zeros(SIZE, np.float32)
    matte[8:20, 10:30] = 1
    for number in (1, 2):
        save(catalogue.parent / "mattes" / "Harbour" / f"harbour.{number:04d}.exr", {"A": matte})
    return catalogue.parent / "mattes"


def test_mattes_of_a_catalogue_clear_what_they_cover_and_no_weight_knows_it(tmp_path: Path) -> None:
    catalogue = stocked(tmp_path)
    mattes = covering(catalogue)
    with pytest.raises(RightsError, match="excluded from training: faces"):
        trained(catalogue, titles="Harbour")
    with pytest.raises(RightsError, match="excluded from training: faces"):
        trained(catalogue, titles="Harbour", mattes=mattes)  # what they cover wasn't said
    made = trained(catalogue, titles="Harbour", mattes=mattes, masked="faces")
    fact = read_record(Path(made.model))["shots"][0]
    assert fact["masked"] == ["faces"] and len(fact["matte"]) == 2
    monkey = read_tensors(Path(made.model))[0]
    # The same footage with other pixels under the matte, in a catalogue of its own.
    other = stocked(tmp_path / "other", under=(slice(8, 20), slice(10, 30)))
    again = trained(other, titles="Harbour", mattes=covering(other), masked="faces")
    assert all(torch.equal(value, read_tensors(Path(again.model))[0][name]) for name, value in monkey.items())
    assert use(tmp_path) == ()  # what the training masked counts where the model is used


def test_mattes_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    catalogue = stocked(tmp_path)
    with pytest.raises(JobError, match="no such folder of mattes"):
        trained(catalogue, titles="Harbour", mattes=tmp_path / "nowhere")
    with pytest.raises(JobError, match="there are no mattes"):
        trained(catalogue, masked="faces")
    (mattes := covering(catalogue)).joinpath("Harbour", "harbour.0002.exr").unlink()
    with pytest.raises(MissingFrameError, match="harbour"):
        trained(catalogue, titles="Harbour", mattes=mattes, masked="faces")


def test_a_model_that_could_not_be_used_is_told_of_when_it_is_trained(tmp_path: Path) -> None:
    catalogue = stocked(tmp_path)
    rights(tmp_path, uses="[training]")
    made = trained(catalogue, titles="Harbour")
    assert any("generation isn't cleared, only training" in note for note in made.notes)


def test_a_matte_of_another_shot_whose_name_goes_on_is_none_of_this_one(tmp_path: Path) -> None:
    catalogue = stocked(tmp_path)
    folder = covering(catalogue)
    with opened(catalogue) as base:
        (shot,) = shots_of(base, title="Harbour")
    one = np.ones(SIZE, np.float32)
    for name in ("harbour.b.0001.exr", "harbour.a.exr", "harbour.a.b.0002.exr"):
        save(folder / "Harbour" / name, {"A": one})
    assert matte_of(folder, shot).present == (1, 2)
    for path in (folder / "Harbour").glob("harbour.000*.exr"):
        path.unlink()
    assert matte_of(folder, shot) is None
    save(folder / "Harbour" / "harbour.exr", {"A": one})
    assert matte_of(folder, shot).single
    assert matte_of(tmp_path / "nowhere", shot) is None
