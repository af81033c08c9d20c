"""What a withdrawal takes with it, and which models may be used while their shots are cleared."""

from __future__ import annotations

from datetime import date

import pytest
from studio_results import weights
from studios import TODAY, stock, write_rights

from vfx_ai.errors import RightsError
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue import shots_of
from vfx_ai.studio.catalogue_add import add
from vfx_ai.studio.catalogue_change import remove, set_rights, withdraw
from vfx_ai.studio.catalogue_check import check
from vfx_ai.studio.facts import record_model, record_training
from vfx_ai.studio.model_rights import cleared_model
from vfx_ai.studio.rights import cleared
from vfx_ai.studio.trace import trace


def test_a_withdrawal_names_every_model_and_result_that_came_of_it(studio):
    catalogue, made = studio
    done = withdraw(catalogue, "Harbour", "contract ended")
    assert [model["name"] for model in done.models] == ["base", "look"]
    assert done.results == (str(made).replace("1001", "####"),)
    entry = ledger.read(catalogue.folder)[-1]
    assert entry.kind == "withdrawal" and [m["name"] for m in entry.what["models"]] == ["base", "look"]
    traced = trace(made, catalogue.folder)
    assert traced.withdrawn == ("Harbour",) == traced.models[0].withdrawn
    assert {lent.title for lent in traced.models[0].trained_on if lent.withdrawn} == {"Harbour"}
    told = check(catalogue, on=TODAY).withdrawn
    assert sum("train it anew" in line for line in told) == 2 and any("clean.####.exr came of" in line for line in told)


def test_a_result_that_is_added_as_footage_is_part_of_what_it_came_of(studio, tmp_path):
    catalogue, made = studio
    add(catalogue, made.parent, title="Ours", rights=write_rights(tmp_path))
    cleared(catalogue, "Ours", "training", on=TODAY)
    assert "Ours/clean.1001" in withdraw(catalogue, "Harbour").shots
    with pytest.raises(RightsError, match="withdrawn as part of Harbour"):
        cleared(catalogue, "Ours", "training", on=TODAY)


def test_what_did_not_come_of_it_is_left_alone(studio, tmp_path):
    catalogue, _ = studio
    names = {
        entry.what["name"]: entry.what["sha256"] for entry in ledger.read(catalogue.folder) if entry.kind == "model"
    }
    withdraw(catalogue, "Harbour")
    cleared_model(catalogue, names["dry"], on=TODAY)
    for name in ("base", "look"):
        words = f"model {name} can't be used: it was trained on Harbour/sc0.0, and Harbour was withdrawn on"
        with pytest.raises(RightsError, match=words) as told:
            cleared_model(catalogue, names[name], on=TODAY)
        assert "Train it anew" in told.value.remedy


def test_a_model_may_be_used_while_its_shots_are_cleared(studio, tmp_path):
    catalogue, _ = studio
    names = {
        entry.what["name"]: entry.what["sha256"] for entry in ledger.read(catalogue.folder) if entry.kind == "model"
    }
    with pytest.raises(RightsError, match="the ledger doesn't know this model"):
        cleared_model(catalogue, "0" * 64)
    set_rights(catalogue, "Desert", write_rights(tmp_path, until="2026-11-25"))
    with pytest.raises(RightsError, match="model dry can't be used: Desert/sc010: the rights expired"):
        cleared_model(catalogue, names["dry"], on=TODAY)
    cleared_model(catalogue, names["dry"], on=date(2026, 11, 25))
    cleared_model(catalogue, names["base"], on=TODAY)
    remove(catalogue, "Harbour/sc010")
    with pytest.raises(RightsError, match="Harbour/sc010, which model base was trained on, isn't in the catalogue"):
        cleared_model(catalogue, names["base"], on=TODAY)


def test_what_the_training_masked_counts_as_masked(tmp_path):
    with stock(tmp_path, exclusions="[{what: faces}]") as catalogue:
        run = record_training(
            catalogue, "look", shots_of(catalogue), {"Harbour/sc010": ["faces"], "Harbour/sc020": ["faces"]}
        )
        half = record_training(catalogue, "half", shots_of(catalogue), {"Harbour/sc010": ["faces"]})
        bare = record_training(catalogue, "bare", shots_of(catalogue))
        one = record_model(catalogue, "look", weights(tmp_path / "a", b"a"), run)
        other = record_model(catalogue, "bare", weights(tmp_path / "b", b"b"), bare)
        cleared_model(catalogue, one.what["sha256"], on=TODAY)
        third = record_model(catalogue, "half", weights(tmp_path / "c", b"c"), half)
        for bad in (other, third):
            with pytest.raises(RightsError, match="excluded from generation: faces"):
                cleared_model(catalogue, bad.what["sha256"], on=TODAY)
