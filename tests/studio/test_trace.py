"""What a result came of: engines, frames, models, shots and rights, as ledger, sidecar and channels tell it."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from studio_results import result_file
from studios import write_frames, write_rights

from vfx_ai.errors import InputError, VerifyError
from vfx_ai.studio import ledger
from vfx_ai.studio.catalogue_add import add
from vfx_ai.studio.catalogue_base import opened
from vfx_ai.studio.catalogue_change import set_rights, withdraw
from vfx_ai.studio.trace import trace


def test_a_result_tells_engines_frames_models_shots_and_rights(studio):
    catalogue, made = studio
    traced = trace(made, catalogue.folder)
    assert traced.engines == ("temporal", "internal")
    assert traced.pixels == {"another frame": 12, "model of the shot or the studio": 4, "smooth": 4}
    assert traced.frames == {1003: 12}
    assert traced.entry == ledger.read(catalogue.folder)[-1].n
    (model,) = traced.models
    assert (model.name, model.base, model.licence, model.known) == ("look", ("base",), "own", True)
    assert {lent.shot for lent in model.trained_on} == {
        "Desert/sc010",
        "Desert/sc020",
        "Harbour/sc010",
        "Harbour/sc020",
    }
    assert all("cleared by Harbour Films for world" in lent.terms for lent in model.trained_on)
    assert all("signed off by Lena Legal on 2026-01-10" in lent.terms for lent in model.trained_on)
    assert traced.withdrawn == ()


def test_rights_are_those_of_then(studio, tmp_path):
    catalogue, made = studio
    set_rights(catalogue, "Desert", write_rights(tmp_path, owner="Somebody Else", uses="[reference]"))
    terms = {lent.title: lent.terms for lent in trace(made, catalogue.folder).models[0].trained_on}
    assert "cleared by Harbour Films" in terms["Desert"]


def test_a_file_that_was_changed_since_is_not_the_one_that_was_made(studio, make_exr):
    catalogue, made = studio
    result_file(make_exr, made, seed=2)
    traced = trace(made, catalogue.folder)
    assert traced.entry == 0 and traced.models == ()
    assert any("this one was changed since" in note for note in traced.notes)


def test_without_a_catalogue_the_file_tells_what_it_can(studio):
    _, made = studio
    traced = trace(made)
    assert traced.frames == {1003: 12} and traced.models == () and traced.entry == 0
    assert traced.told_by == ("its channels fill.source and fill.from",)


def test_a_file_without_a_record_says_so(tmp_path, make_exr, half_noise):
    path = make_exr(tmp_path / "plain.exr", half_noise("RGB"))
    assert "Nothing says how this file was made" in trace(path).notes[0]
    png = tmp_path / "a.png"
    import cv2

    cv2.imwrite(str(png), np.zeros((4, 4, 3), np.uint8))
    assert "Nothing says" in trace(png).notes[0]
    with pytest.raises(InputError, match="can't be read"):
        trace(tmp_path / "none.exr")


def test_a_sidecar_tells_models_and_what_was_read(tmp_path, make_exr):
    source = tmp_path / "footage"
    source.mkdir()
    write_frames(make_exr, source, "surf", (1, 2))
    made = result_file(make_exr, tmp_path / "out" / "new.1001.exr")
    digest = [hashlib.sha256((source / f"surf.{n}.exr").read_bytes()).hexdigest() for n in (1, 2)]
    sidecar = {
        "engine": {"name": "patch"},
        "models": [{"name": "painter", "sha256": "ab" * 32, "licence": "own", "trained_on": "our films"}],
        "frames": [
            {"frame": 1001, "file": made.name, "sha256": hashlib.sha256(made.read_bytes()).hexdigest()},
        ],
        "inputs": [
            {"field": "like", "files": [{"path": f"surf.{n}.exr", "sha256": d} for n, d in enumerate(digest, 1)]}
        ],
    }
    (made.parent / "new.vfxai.json").write_text(json.dumps(sidecar))
    (made.parent / "other.vfxai.json").write_text("[not json")
    with opened(tmp_path / "lib", make=True) as catalogue:
        add(catalogue, source, title="Sea", rights=write_rights(tmp_path))
        traced = trace(made, catalogue.folder)
        assert traced.engines == ("patch",) and "new.vfxai.json" in traced.told_by
        (model,) = traced.models
        assert (model.name, model.known, model.told, model.licence) == ("painter", False, "our films", "own")
        (lent,) = traced.references
        assert (lent.shot, lent.known_as) == ("Sea/surf", "read as like, by what its files hold")
        withdraw(catalogue, "Sea")
        assert trace(made, catalogue.folder).withdrawn == ("Sea",)


def test_a_changed_ledger_traces_nothing(studio):
    catalogue, made = studio
    path = ledger.file_of(catalogue.folder)
    path.write_text(path.read_text().replace("look.safetensors", "book.safetensors"))
    with pytest.raises(VerifyError, match=r"entry \d+ \(model look"):
        trace(made, catalogue.folder)
