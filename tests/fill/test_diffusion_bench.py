"""`bench/diffusion.py` runs with models as small as they get, and its large ones are what their makers say in size."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

BENCH = Path(__file__).resolve().parents[2] / "bench" / "diffusion.py"
BILLIONS = {"sdxl_inpaint": (2.5, 2.7), "flux_fill": (11, 13), "wan_vace": (14, 20), "ltx_condition": (12, 14)}
BILLIONS |= {"easy_animate": (11, 13)}


def _bench() -> Any:
    spec = importlib.util.spec_from_file_location("bench_diffusion", BENCH)
    assert spec is not None and spec.loader is not None
    made: Any = importlib.util.module_from_spec(spec)
    sys.modules["bench_diffusion"] = made
    spec.loader.exec_module(made)
    return made


bench = _bench()


@pytest.mark.parametrize("row", bench.TINY, ids=lambda row: row.family)
def test_the_script_measures_a_tiny_one(row: Any) -> None:
    family, shape, weights, most, step, whole = bench.measured(row, torch.device("cpu"))
    frames = row.shape[0]
    assert family == row.family and shape.startswith(f"{frames} x ") and most == "?"
    assert float(whole) >= 0 and float(step) >= 0 and float(weights) >= 0


@pytest.mark.parametrize("row", bench.LARGE, ids=lambda row: row.family)
def test_large_ones_have_the_size_that_their_makers_say(row: Any) -> None:
    import diffusers

    network, vae, _ = (getattr(diffusers, name) for name in bench.CLASSES[row.family])
    with torch.device("meta"):
        made = network(**row.sizes["unet" if "unet" in row.sizes else "transformer"])
        vae(**row.sizes["vae"])
    least, most = BILLIONS[row.family]
    assert least < sum(part.numel() for part in made.parameters()) / 1e9 < most
