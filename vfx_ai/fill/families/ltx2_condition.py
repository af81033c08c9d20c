"""LTX-2 (condition): inside it has a mask of latents that are kept, by itself filled with whole frames alone.

So latents, that mask and what is kept are given to it in place of what it prepares; kept latents count as clean in
every step. A latent spans 8 frames and 32 x 32 pixels, and is kept if all of them are known. Its sound is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from vfx_ai.fill.families.asked import hears, ones, zeros
from vfx_ai.fill.families.ltx_condition import wholly_given
from vfx_ai.fill.families.videos import VideoCall, noise_like

STEPS = 30
USUAL_SIDE = 1280  # pixels, along the longer side that it was made for
TIME = 8
GUIDANCE = 3.0
LENGTH = 121  # frames
RATE = 24.0  # frames a second
WORDS = 16


def length(_pipe: Any) -> int:
    """Frames of a window."""
    return LENGTH


def side(_pipe: Any) -> int:
    """Pixels along the longer side of a picture that the model was made for."""
    return USUAL_SIDE


def multiple(pipe: Any) -> int:
    """Of what a picture's sides must be multiples, in pixels: two latents, since its decoder mirrors them at edges."""
    return 2 * cell(pipe)


def cell(pipe: Any) -> int:
    """Pixels along the side of what is one token."""
    return max(32, int(pipe.vae_spatial_compression_ratio))


def arguments(pipe: Any, call: VideoCall) -> dict[str, Any]:
    """A call in the pipeline's own words: without sound's guidance, nor what asks its network three times more."""
    own: dict[str, Any] = {
        "num_inference_steps": call.steps,
        "frame_rate": RATE,
        "guidance_scale": GUIDANCE if call.guided and hears(pipe) else 1.0,
        "audio_guidance_scale": 1.0,
        **dict.fromkeys(("stg_scale", "audio_stg_scale"), 0.0),
        **dict.fromkeys(("modality_scale", "audio_modality_scale"), 1.0),
        "spatio_temporal_guidance_blocks": None,
        **call.size,
    }
    if call.skipped:
        own["sigmas"] = _sigmas(call)
    if hears(pipe):
        return own | {"prompt": call.prompt, "negative_prompt": call.negative}
    config = pipe.connectors.config
    words, there = zeros(pipe, 1, WORDS, config.caption_channels * config.text_proj_in_factor), ones(pipe, 1, WORDS)
    return own | {"prompt_embeds": words, "prompt_attention_mask": there}


@contextmanager
def during(pipe: Any, call: VideoCall) -> Iterator[None]:
    """Its latents, which of them are kept, and what these are, in place of what it prepares by itself."""

    def prepared(*_: Any, device: torch.device, dtype: torch.dtype, **__: Any) -> tuple[torch.Tensor, ...]:
        clean = _clean(pipe, call, device).to(dtype)
        given = wholly_given(call.mask[:, 0].to(device), (clean.shape[2], clean.shape[3], clean.shape[4]))
        packed, kept, noise = (
            pipe._pack_latents(part, pipe.transformer_spatial_patch_size, pipe.transformer_temporal_patch_size)
            for part in (clean, given[None, None].to(dtype), noise_like(clean, call.seed))
        )
        left = _first_level(pipe, call, packed.shape[1])
        begun = (1 - left) * packed + left * noise
        return torch.where(kept > 0, packed, begun), kept, packed, None  # type: ignore[return-value]

    pipe.prepare_latents = prepared
    try:
        yield
    finally:
        del pipe.prepare_latents


def _sigmas(call: VideoCall) -> list[float]:
    """Levels of noise of the steps that are done, before the scheduler shifts them."""
    return [float(one) for one in np.linspace(1.0, 1 / call.steps, call.steps)[call.skipped :]]


def _first_level(pipe: Any, call: VideoCall, tokens: int) -> float:
    """How much noise the first step that is done begins with."""
    if not call.skipped:
        return 1.0
    from diffusers.pipelines.ltx2.pipeline_ltx2_condition import calculate_shift

    config = pipe.scheduler.config
    names = ("base_image_seq_len", 1024), ("max_image_seq_len", 4096), ("base_shift", 0.95), ("max_shift", 2.05)
    shift = calculate_shift(tokens, *(config.get(name, usual) for name, usual in names))
    pipe.scheduler.set_timesteps(sigmas=_sigmas(call), mu=shift)
    return float(pipe.scheduler.sigmas[0])


def _clean(pipe: Any, call: VideoCall, device: torch.device) -> torch.Tensor:
    """Latents [1, C, T', h', w'] of a window."""
    vae = pipe.vae
    video = (call.video * 2 - 1).movedim(0, 1)[None].to(device, vae.dtype)
    clean: torch.Tensor = vae.encode(video).latent_dist.mode()
    return torch.as_tensor(pipe._normalize_latents(clean, vae.latents_mean, vae.latents_std))
