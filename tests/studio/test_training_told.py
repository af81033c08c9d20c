"""What a model says of its training: read in a folder too, and never taken for silence where it is damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from studios import stock

from vfx_ai.errors import InputError, RightsError
from vfx_ai.media.shares import on_a_share
from vfx_ai.studio import own_models, safe
from vfx_ai.studio.catalogue import shots_of
from vfx_ai.studio.catalogue_change import withdraw
from vfx_ai.studio.contents import sign
from vfx_ai.studio.facts import record_model, record_training
from vfx_ai.studio.model import Model, ModelFile
from vfx_ai.studio.own_models import RECORD, check_rights, training_of


def weights(path: Path, **metadata: Any) -> ModelFile:
    """A safetensors file without tensors, and what a registry says of it."""
    head = json.dumps({"__metadata__": metadata} if metadata else {}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(len(head).to_bytes(8, "little") + head)
    return ModelFile(path.name, path.stat().st_size, sign(path, 0).sha256)


def said(ledger: object = "entry", **more: Any) -> str:
    return json.dumps({"ledger": ledger, "catalogue": "/away", "shots": [{"shot": "A/a", "files": 3}], **more})


def of(path: Path, *files: ModelFile) -> Model:
    return Model("ours", files=files, path=path)


def test_it_is_read_in_a_file_and_in_a_folder_with_a_config(tmp_path: Path) -> None:
    told = {"ledger": "entry", "catalogue": "/away", "shots": [{"shot": "A/a"}]}
    file = weights(tmp_path / "lora" / "w.safetensors", **{RECORD: said()})
    (tmp_path / "lora" / "config.json").write_text("{}")
    assert training_of(of(tmp_path / "lora" / "w.safetensors", file)) == told
    folder = of(tmp_path / "lora", ModelFile("config.json", 2, "0" * 64), file)
    assert training_of(folder) == told and "may still be used" in check_rights(folder)
    other = weights(tmp_path / "lora" / "x.safetensors", **{RECORD: said(shots=[{"shot": "B/b"}])})
    assert training_of(of(tmp_path / "lora", file, other))["shots"] == [{"shot": "A/a"}, {"shot": "B/b"}]


def test_without_a_record_or_a_catalogue_there_is_nothing_to_ask(tmp_path: Path) -> None:
    for name, metadata in (("a", {}), ("b", {"format": "pt"}), ("c", {RECORD: said("")}), ("d", {RECORD: "{}"})):
        path = tmp_path / f"{name}.safetensors"
        assert training_of(of(path, weights(path, **metadata))) == {} and check_rights(of(path)) == ""
    assert training_of(Model("known")) == {}


@pytest.mark.parametrize(
    "text", ["", "[not json", "[]", "[" * 100_000, said(3), said(None), said(shots={"a": 1}), 5, ["x"]], ids=repr
)
@pytest.mark.parametrize("within", ["", "folder"])
def test_a_record_that_cannot_be_read_is_no_silence(text: object, within: str, tmp_path: Path) -> None:
    path = tmp_path / within / "w.safetensors"
    model = of(tmp_path / within if within else path, weights(path, **{RECORD: text}))
    for ask in (training_of, check_rights):
        with pytest.raises(InputError, match="of its training can't be read"):
            ask(model)


def test_what_is_too_large_to_be_read_is_no_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.safetensors"
    model = of(path, weights(path, **{RECORD: said()}))
    with monkeypatch.context() as less:
        less.setattr(own_models, "MOST_RECORD", 10)
        with pytest.raises(InputError, match="of its training can't be read"):
            check_rights(model)
    monkeypatch.setattr(safe, "MOST_HEAD", 10)
    with pytest.raises(InputError, match="no whole safetensors file"):
        check_rights(model)
    path.write_bytes(b"half")
    with pytest.raises(InputError, match="no whole safetensors file"):
        training_of(model)


def test_a_folder_is_refused_when_its_footage_is_withdrawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stock(tmp_path) as catalogue:
        monkeypatch.setenv("VFX_AI_CATALOGUE", str(catalogue.folder))
        run = record_training(catalogue, "look", shots_of(catalogue))
        file = weights(tmp_path / "look" / "w.safetensors", **{RECORD: said(run.hash)})
        other = weights(tmp_path / "look" / "base.safetensors")
        record_model(catalogue, "look", tmp_path / "look" / "w.safetensors", run)
        withdraw(catalogue, "Harbour", "asked to")
        for files in ((file,), (other, file)):
            with pytest.raises(RightsError, match="was withdrawn"):
                check_rights(of(tmp_path / "look", *files))


@pytest.mark.parametrize("begins", ["//", "\\\\", "/\\", "\\/"])
def test_a_share_is_one_with_either_slash(begins: str) -> None:
    assert on_a_share(f"{begins}server/share") and not on_a_share("/server//share") and not on_a_share("C:\\a")
    assert list(own_models.catalogues(f"{begins}server/share")) == []
