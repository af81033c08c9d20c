"""A sidecar says of every model that had part in a result what is known of it, and no more."""

from __future__ import annotations

import json
from dataclasses import dataclass

from vfx_ai.proof.model_facts import SHOT_ALONE, model_facts


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


@dataclass(frozen=True)
class Chosen:
    model: Model
    loras: tuple[tuple[Model, float], ...] = ()


def test_a_job_without_a_model_has_none_unless_it_learns_from_its_shot() -> None:
    assert model_facts(None, "auto") == ()
    assert [one["trained_on"] for one in model_facts(None, "internal")] == [SHOT_ALONE]


def test_a_model_of_one_file_is_known_by_that_file_as_in_the_ledger() -> None:
    one = Model("ours", files=(File("record.json", 3, "a" * 64), File("model.safetensors", 9, "b" * 64)))
    assert model_facts(Chosen(one), "internal")[0]["sha256"] == "b" * 64
    several = Model("hub", files=(File("a.safetensors", 9, "c" * 64), File("b.safetensors", 9, "d" * 64)))
    assert model_facts(Chosen(several), "diffusion_image")[0]["sha256"] == several.identity


def test_a_lora_is_told_with_its_weight_and_what_is_not_known_is_left_out() -> None:
    base, lora = Model("base", trained_on="the web"), Model("look", "ours", source="/lib")
    first, second = model_facts(Chosen(base, ((lora, 0.8),)), "diffusion_image")
    assert (first["trained_on"], first["uses"]) == ("the web", ["commercial"]) and "source" not in first
    assert (second["weight"], second["laid_on"], second["licence"]) == (0.8, "base", "ours")
    assert "trained_on" not in second and json.dumps((first, second))
