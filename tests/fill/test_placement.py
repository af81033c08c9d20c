"""How a model's weights lie on a GPU, played without one: their type, whole or in parts, and decoding in tiles."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch

from vfx_ai.fill import pipeline
from vfx_ai.fill.checkpoint import Checkpoint
from vfx_ai.fill.pipeline import GIB, dtype_on, place

GPU = torch.device("cuda")


@pytest.mark.parametrize(("native", "kind"), [(True, torch.bfloat16), (False, torch.float16)])
def test_weights_are_bfloat16_where_the_gpu_computes_with_it_and_half_elsewhere(
    native: bool, kind: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "device", lambda _device: nullcontext())
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: native and not including_emulation)
    assert dtype_on(GPU) == kind
    assert dtype_on(torch.device("mps")) == torch.float16 and dtype_on(torch.device("cpu")) == torch.float32


class Pipe:
    """What is asked of a pipeline, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.vae = self

    def to(self, device: torch.device) -> None:
        self.asked.append(f"to {device}")

    def enable_model_cpu_offload(self, device: torch.device) -> None:
        self.asked.append(f"parts on {device}")

    def enable_sequential_cpu_offload(self, device: torch.device) -> None:
        self.asked.append(f"layers on {device}")

    def enable_tiling(self) -> None:
        self.asked.append("tiling")


@pytest.mark.parametrize(
    ("free", "parts", "asked"),
    [
        (80, (60, 5), ["to cuda"]),
        (48, (30, 5), ["to cuda"]),
        (24, (10, 5), ["to cuda", "tiling"]),
        (24, (15, 15), ["parts on cuda", "tiling"]),
        (24, (30, 5), ["layers on cuda", "tiling"]),
        (80, (60, 40), ["parts on cuda"]),
    ],
)
def test_a_model_goes_where_memory_allows(
    free: int, parts: tuple[int, int], asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "free_memory", lambda _device: free * GIB)
    model = Checkpoint(Path(), "", "", {"transformer": parts[0] * GIB, "text_encoder": parts[1] * GIB})
    pipe: Any = Pipe()
    place(pipe, model, GPU, 6 * GIB)
    assert pipe.asked == asked


def test_on_the_cpu_it_lies_whole() -> None:
    pipe: Any = Pipe()
    assert place(pipe, Checkpoint(Path(), "", "", {"unet": 999 * GIB}), torch.device("cpu"), GIB) == "whole"
    assert pipe.asked == ["to cpu"]
