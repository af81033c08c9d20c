"""A network that is asked tile by tile: what its tiles are told, and that their blend is the whole where it can be."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from vfx_ai.errors import Interrupted
from vfx_ai.fill.families.asked import Call
from vfx_ai.fill.families.shifted import sigmas_for_tiles
from vfx_ai.fill.latent_tiles import FORMS, Cut, can_cut, in_tiles

SIZE, SIDE, CELL = (80, 112), 32, 8  # pixels


class UNet2DConditionModel(torch.nn.Module):
    """Answers point by point, as the real one doesn't; and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Size] = []

    def forward(self, sample: torch.Tensor, timestep: Any, encoder_hidden_states: Any = None) -> tuple[torch.Tensor]:
        self.seen.append(sample.shape)
        return (sample[:, :4] * 2 + timestep,)


class FluxTransformer2DModel(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.places: list[torch.Tensor] = []

    def forward(self, hidden_states: torch.Tensor, img_ids: torch.Tensor) -> tuple[torch.Tensor]:
        self.places.append(img_ids)
        return (hidden_states[..., :3] + 1,)


class LTXVideoTransformer3DModel(torch.nn.Module):
    def forward(self, hidden_states: torch.Tensor, video_coords: torch.Tensor) -> tuple[torch.Tensor]:
        assert hidden_states.shape[1] == video_coords.shape[2]
        return (hidden_states * 3,)


def cut(between: Any = lambda: None) -> Cut:
    return Cut(SIZE, SIDE, CELL, between)


def test_tiles_of_planes_blend_to_the_whole() -> None:
    network, pictures = UNet2DConditionModel(), torch.rand((2, 9, 40, 56))
    whole = network(pictures, 5)[0]
    network.seen.clear()
    with in_tiles(SimpleNamespace(unet=network), cut()):
        tiled = network(pictures, 5, encoder_hidden_states=None)[0]
    assert torch.allclose(tiled, whole, atol=1e-5) and len(network.seen) == 15
    assert {shape[-2:] for shape in network.seen} == {(16, 16)}  # 2 pixels a latent
    assert torch.equal(network(pictures, 5)[0], whole) and "forward" not in vars(network)


def test_tiles_of_tokens_blend_to_the_whole_and_each_is_told_the_places_of_the_first() -> None:
    rows, columns = SIZE[0] // CELL, SIZE[1] // CELL
    ids = torch.stack(torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij"), -1).flatten(0, 1)
    network, tokens = FluxTransformer2DModel(), torch.rand((1, rows * columns, 5))
    whole = network(tokens, img_ids=ids)[0]
    network.places.clear()
    with in_tiles(SimpleNamespace(transformer=network), cut()):
        tiled = network(hidden_states=tokens, img_ids=ids)[0]
    assert torch.allclose(tiled, whole, atol=1e-5)
    first = [[row, column] for row in range(4) for column in range(4)]
    assert all(places.tolist() == first for places in network.places) and len(network.places) > 4


def test_tiles_of_videos_hold_all_frames() -> None:
    cells = SIZE[0] // CELL * (SIZE[1] // CELL)
    network, tokens = LTXVideoTransformer3DModel(), torch.rand((1, 3 * cells, 2))
    with in_tiles(SimpleNamespace(transformer=network), cut()):
        tiled = network(hidden_states=tokens, video_coords=torch.zeros((1, 3, 3 * cells)))[0]
    assert torch.allclose(tiled, tokens * 3, atol=1e-5)


def test_a_network_is_its_own_again_whatever_happens_between_tiles() -> None:
    network, asked = UNet2DConditionModel(), []

    def stop() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise Interrupted("stopped")

    hooked = network.forward
    network.forward = hooked  # as a hook that brings weights to the device does
    with pytest.raises(Interrupted), in_tiles(SimpleNamespace(unet=network), cut(stop)):
        network(torch.rand((1, 9, 40, 56)), 5)
    assert len(network.seen) == 2 and network.forward is hooked


def test_what_has_no_known_form_is_not_cut() -> None:
    assert can_cut(SimpleNamespace(unet=UNet2DConditionModel(), transformer=None)) and len(FORMS) >= 5
    assert not can_cut(SimpleNamespace(transformer=torch.nn.Linear(1, 1))) and not can_cut(SimpleNamespace())


def test_in_tiles_flux_takes_the_steps_of_one_tile() -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler
    from diffusers.pipelines.flux.pipeline_flux import FluxPipeline

    scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True)
    pipe: Any = FluxPipeline.__new__(FluxPipeline)  # no weights are needed for its steps
    pipe.__dict__ |= {"scheduler": scheduler, "vae_scale_factor": 8, "transformer": FluxTransformer2DModel()}

    def steps(side: int, tile: int) -> torch.Tensor:
        call = Call(torch.zeros((1, 3, side, side)), torch.zeros((1, 1, side, side)), "", "", 1.0, 6, tile)
        given = sigmas_for_tiles(pipe, call).get("sigmas") or [1 - index / 6 for index in range(6)]
        tokens = (side // 16) ** 2
        scheduler.set_timesteps(sigmas=given, mu=0.5 + (1.15 - 0.5) * (tokens - 256) / (4096 - 256))
        return scheduler.sigmas.clone()

    assert torch.allclose(steps(1024, 512), steps(512, 0), atol=1e-4)
    assert not torch.allclose(steps(1024, 0), steps(512, 0), atol=1e-2)


class Disagreeing(UNet2DConditionModel):
    """Says of each tile another number: the worst that tiles can do to each other."""

    def forward(self, sample: torch.Tensor, timestep: Any, encoder_hidden_states: Any = None) -> tuple[torch.Tensor]:
        self.seen.append(sample.shape)
        return (torch.full_like(sample[:, :4], float(len(self.seen) % 2)),)


Disagreeing.__name__ = "UNet2DConditionModel"


def test_between_tiles_that_disagree_there_is_no_seam_but_a_slope_over_what_they_share() -> None:
    network, pictures = Disagreeing(), torch.zeros((1, 9, 40, 56))
    with in_tiles(SimpleNamespace(unet=network), cut()):
        tiled = network(pictures, 5)[0][0, 0]
    steps = torch.cat([tiled.diff(dim=0).abs().flatten(), tiled.diff(dim=1).abs().flatten()])
    side = SIDE // 2  # in latents; tiles share a quarter of it or more, and lie apart they would differ by 1
    assert len(network.seen) > 4 and float(tiled.max() - tiled.min()) > 0.9
    assert float(steps.max()) <= 1.5 / (side / 4)
