"""A sidecar says of every model that had part in a result what is known of it, and no more."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from vfx_ai.proof.model_facts import SHOT_ALONE, model_facts
from vfx_ai.studio import model as registry


@dataclass(frozen=True)
class File:
    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Model:
    name: str
    licence: str = "Apache-2.0"
    source: str = ""
    revision: str = ""
    trained_on: str = ""
    conditions: str = ""
    uses: tuple[str, ...] = ("commercial",)
    files: tuple[File, ...] = ()
    identity: str = "i" * 64
    known_by: str = "k" * 64


@dataclass(frozen=True)
class Chosen:
    model: Model
    loras: tuple[tuple[Model, float], ...] = ()
    trainings: dict[str, dict[str, Any]] = field(default_factory=dict)


def test_a_job_without_a_model_has_none_unless_it_learns_from_its_shot() -> None:
    assert model_facts(None, "auto") == ()
    assert [one["trained_on"] for one in model_facts(None, "internal")] == [SHOT_ALONE]


def test_a_model_of_one_file_is_known_by_that_file_as_in_the_ledger() -> None:
    def known_by(*files: tuple[str, str]) -> str:
        return registry.Model(
            "ours", files=tuple(registry.ModelFile(path, 9, digest) for path, digest in files)
        ).known_by

    assert known_by(("record.json", "a" * 64), ("model.safetensors", "b" * 64)) == "b" * 64
    assert known_by(("a.safetensors", "c" * 64), ("b.safetensors", "d" * 64)) not in ("c" * 64, "d" * 64)
    assert model_facts(Chosen(Model("ours")), "internal")[0]["sha256"] == "k" * 64


def test_a_model_of_the_studios_own_brings_its_training() -> None:
    training = {"ledger": "e" * 64, "catalogue": "/lib", "shots": [{"shot": "Harbour/sc010"}]}
    assert model_facts(Chosen(Model("ours"), (), {"ours": training}), "internal")[0]["training"] == training


def test_a_lora_is_told_with_its_weight_and_what_is_not_known_is_left_out() -> None:
    base, lora = Model("base", trained_on="the web"), Model("look", "ours", source="/lib")
    first, second = model_facts(Chosen(base, ((lora, 0.8),)), "diffusion_image")
    assert (first["trained_on"], first["uses"]) == ("the web", ["commercial"]) and "source" not in first
    assert (second["weight"], second["laid_on"], second["licence"]) == (0.8, "base", "ours")
    assert "trained_on" not in second and json.dumps((first, second))
