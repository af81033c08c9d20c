"""Windows larger than a model of videos, and memory that is too small for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from video_asked import STEPS, VIDEOS, Asked, bound, frames

from vfx_ai.fill import diffusion_video
from vfx_ai.fill.families import FAMILIES
from vfx_ai.fill.pipeline import Opened
from vfx_ai.fill.sides import Sides

pytestmark = pytest.mark.usefixtures("small_videos")


@pytest.mark.parametrize("family", VIDEOS)
def test_a_window_larger_than_the_model_is_done_again_in_tiles_of_latents(
    models: Callable[[str], Path], family: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module(FAMILIES[family].module)
    side = 64 if family.startswith("ltx") else 32
    monkeypatch.setattr(module, "side", lambda _pipe: side)
    asked = Asked(models(family))
    network, sizes = type(asked.maker._opened.pipe.transformer), list[int]()
    whole = network.forward

    def told(self: Any, *given: Any, **named: Any) -> Any:
        sizes.append(int(np.prod(bound(whole, self, given, named)["hidden_states"].shape[-3:])))
        return whole(self, *given, **named)

    told.__signature__ = inspect.signature(whole)  # type: ignore[attr-defined]
    monkeypatch.setattr(network, "forward", told)
    want = frames(5, height=96, width=128)
    made = asked.made(want)
    assert len(sizes) > STEPS + 2 and max(sizes) <= 1.5 * max(sizes[:STEPS])
    for one, light in zip(want, made, strict=True):
        assert torch.equal(light[:, one.known], one.scene[:, one.known]) and bool(torch.isfinite(light).all())
    assert all(torch.equal(a, b) for a, b in zip(made, asked.made(want), strict=True))


class Narrow:
    """Stands for a pipeline on a device without room for pictures that are wider than some."""

    def __init__(self, room: int) -> None:
        self.room, self.widths = room, list[int]()

    def __call__(self, *, video: torch.Tensor, generator: Any, output_type: str) -> Any:
        self.widths.append(video.shape[-1])
        if video.shape[-1] > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        return SimpleNamespace(frames=video[None] * 0.9)


def test_out_of_memory_windows_go_on_smaller_and_say_so(
    models: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, want = Asked(models("wan_vace")), frames(5, height=300, width=400)
    family = SimpleNamespace(
        STEPS=2, TIME=4, multiple=lambda _pipe: 8, arguments=lambda _pipe, call: {"video": call.video}
    )
    maker = asked.maker
    maker._opened, maker._sides, maker._tiles = (
        Opened(Narrow(300), family, "whole"),
        Sides(1024, 8),
        Sides(512, 8, "it"),
    )
    monkeypatch.setattr(diffusion_video, "can_cut", lambda _pipe: True)
    made = asked.made(want)
    assert all(bool(torch.isfinite(light).all()) for light in made)
    assert [note.split(":")[0] for note in asked.notes[:4]] == [
        *["The device's memory is too small for the model's own size"] * 2,
        *["The device's memory is too small for it"] * 2,
    ]
    assert "too small for windows at full resolution" in asked.notes[4]
