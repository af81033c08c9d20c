"""What a model may be asked: checked with the job, before any file is opened."""

from __future__ import annotations

from typing import Any

import pytest

from vfx_ai.checks import MOST_SEED, loras_of
from vfx_ai.errors import JobError
from vfx_ai.job import Job
from vfx_ai.plates.jobs import Extend


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", ()),
        ("  ", ()),
        ("ourlook", (("ourlook", 1.0),)),
        ("ourlook:0.8, grade:-0.5", (("ourlook", 0.8), ("grade", -0.5))),
        ("C:/looks/our.safetensors", (("C:/looks/our.safetensors", 1.0),)),
        ("C:\\looks\\our.safetensors:0.25", (("C:\\looks\\our.safetensors", 0.25),)),
    ],
)
def test_loras_are_names_with_weights(text: str, meant: tuple[tuple[str, float], ...]) -> None:
    assert loras_of(text) == meant


@pytest.mark.parametrize("text", [":0.8", "our:", "our:much", "our:nan", "our:9", "our:1,our:2", "our,,grade"])
def test_a_lora_without_sense_is_refused(text: str) -> None:
    with pytest.raises(JobError, match=r"LoRA|lora"):
        loras_of(text)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"prompt": "sky"}, "prompt is given, but no model"),
        ({"negative": "people"}, "negative is given, but no model"),
        ({"lora": "ourlook"}, "lora is given, but no model"),
        ({"model": "m", "lora": "ourlook:x"}, "lora is 'ourlook:x'"),
        ({"strength": 0.0}, "strength is 0"),
        ({"strength": 1.01}, "strength is 1.01"),
        ({"strength": float("nan")}, "strength is nan"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": MOST_SEED + 1}, "seed is"),
        ({"use": "fun"}, "use is 'fun'"),
        ({"model": "m", "prompt": "x" * 20_000}, "20,000 letters"),
    ],
)
def test_what_a_model_cannot_be_asked_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(JobError, match=words):
        Job("p", "m", "o", **fields)
    with pytest.raises(JobError, match=words):
        Extend("p", "o", overscan="10%", **fields)


def test_who_may_use_it_and_where_it_lies_change_no_pixel() -> None:
    one = Job("p", "m", "o", model="x", prompt="sky", seed=3)
    other = Job("p", "m", "o", model="x", prompt="sky", seed=3, use="research", policy="p.yaml", models_dir="d")
    assert one.pixel_fields() == other.pixel_fields()
    assert one.pixel_fields() != Job("p", "m", "o", model="x", prompt="sky", seed=4).pixel_fields()
