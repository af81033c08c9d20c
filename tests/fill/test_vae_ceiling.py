"""`bench/vae.py` measures how bright a light an encoder brings back, and says so where its figures say nothing."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import tiny_models
import torch

from vfx_ai.errors import InputError
from vfx_ai.fill.families import FAMILIES

BENCH = Path(__file__).resolve().parents[2] / "bench" / "vae.py"


@pytest.fixture(scope="module")
def bench() -> Any:
    spec = importlib.util.spec_from_file_location("bench_vae", BENCH)
    assert spec is not None and spec.loader is not None
    made: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules["bench_vae"] = made
    spec.loader.exec_module(made)
    return made


def test_what_loses_nothing_reaches_the_end_of_the_curve(bench: Any) -> None:
    levels = bench.measured(lambda picture: picture)
    assert bench.says_something(levels) and max(level.worst for level in levels) < 0.01
    assert bench.ceiling(levels) == bench.STOPS[-1]
    assert "brings back within" in bench.rows("it", levels)[-1][1]


def test_what_flattens_lights_ends_where_it_does(bench: Any) -> None:
    top = float(bench.Exposure(1.0).encode(torch.full((3, 1, 1), 0.18 * 2**2.1)).max())
    levels = bench.measured(lambda picture: picture.clamp(max=top))
    assert bench.ceiling(levels) == 2.0


@pytest.mark.parametrize("family", FAMILIES)
def test_random_weights_say_nothing_and_it_says_so(
    bench: Any, tmp_path: Path, family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"SIZE": 64, "PATCH": 32, "MIDDLE": 8, "STOPS": (0.0, 2.0)}.items():
        monkeypatch.setattr(bench, name, value)
    tiny_models.write(tmp_path, family)
    levels = bench.measured(bench.trip_of(tmp_path / family, torch.device("cpu")))
    assert not bench.says_something(levels)
    assert bench.rows(family, levels)[-1] == (family, bench.WORDS)


def test_what_has_no_encoder_is_one_error(bench: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no encoder"):
        bench.trip_of(tmp_path, torch.device("cpu"))
    (tmp_path / "vae").mkdir()
    (tmp_path / "vae" / "config.json").write_text('{"_class_name": "os"}')
    with pytest.raises(InputError, match="knows no encoder 'os'"):
        bench.trip_of(tmp_path, torch.device("cpu"))
