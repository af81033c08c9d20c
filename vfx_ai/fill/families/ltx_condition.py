"""LTX (condition): it takes whole frames as conditions and has no mask; so its latents are kept where frames are known.

After each step the latents of what is known are put back, with as much noise as the others have left. A latent spans 8
frames and 32 x 32 pixels; it counts as known if all of them are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812

from vfx_ai.fill.families.asked import hears, ones, zeros
from vfx_ai.fill.families.videos import VideoCall, noise_like

STEPS = 30
USUAL_SIDE = 768  # pixels, along the longer side that it was made for
TIME = 8
GUIDANCE = 3.0
LENGTH = 97  # frames
WORDS = 256


def length(_pipe: Any) -> int:
    """Frames of a window."""
    return LENGTH


def side(_pipe: Any) -> int:
    """Pixels along the longer side of a picture that the model was made for."""
    return USUAL_SIDE


def multiple(pipe: Any) -> int:
    """Of what a picture's sides must be multiples, in pixels."""
    return int(pipe.vae_spatial_compression_ratio)


def arguments(pipe: Any, call: VideoCall) -> dict[str, Any]:
    """A call in the pipeline's own words."""
    own: dict[str, Any] = {
        "num_inference_steps": call.steps,
        "guidance_scale": GUIDANCE if call.guided and hears(pipe) else 1.0,
        "max_sequence_length": WORDS,
        **call.size,
    }
    if call.skipped:
        own |= {"latents": _clean(pipe, call, pipe._execution_device), "denoise_strength": call.strength}
    if hears(pipe):
        return own | {"prompt": call.prompt, "negative_prompt": call.negative}
    words, there = zeros(pipe, 1, 16, pipe.transformer.config.caption_channels), ones(pipe, 1, 16)
    return own | {
        "prompt_embeds": words,
        "prompt_attention_mask": there,
        "negative_prompt_embeds": words,
        "negative_prompt_attention_mask": there,
    }


def kept(pipe: Any, call: VideoCall) -> Callable[[int, dict[str, Any]], dict[str, Any]]:
    """What puts known latents back after each step; see `families.videos`."""
    known: list[torch.Tensor] = []

    def after(_index: int, tensors: dict[str, Any]) -> dict[str, Any]:
        latents = tensors["latents"]
        if not known:
            known.extend(_known(pipe, call, latents))
        clean, noise, given = known
        left = float(pipe.scheduler.sigmas[pipe.scheduler.step_index])
        return tensors | {"latents": torch.where(given, (1 - left) * clean + left * noise, latents)}

    return after


def wholly_given(mask: torch.Tensor, size: tuple[int, int, int]) -> torch.Tensor:
    """Which latents [T', h', w'] bool have no pixel of a mask [T, h, w] of what is to be made; the first is a frame."""
    frames, height, width = size
    first, rest = mask[:1], mask[1:].reshape(frames - 1, -1, *mask.shape[1:]).amax(1) if frames > 1 else mask[:0]
    return F.adaptive_max_pool2d(torch.cat([first, rest])[:, None], (height, width))[:, 0] == 0


def _clean(pipe: Any, call: VideoCall, device: torch.device) -> torch.Tensor:
    """Latents [1, C, T', h', w'] of a window."""
    vae = pipe.vae
    video = (call.video * 2 - 1).movedim(0, 1)[None].to(device, vae.dtype)
    clean: torch.Tensor = vae.encode(video).latent_dist.mode()
    return torch.as_tensor(pipe._normalize_latents(clean, vae.latents_mean, vae.latents_std))


def _known(pipe: Any, call: VideoCall, latents: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """The packed latents [1, N, C] of a window, noise for them, and which [1, N, 1] bool are known."""
    device = latents.device
    clean = _clean(pipe, call, device)
    noise = noise_like(clean, call.seed)
    frames, height, width = clean.shape[2:]
    small = wholly_given(call.mask[:, 0].to(device), (frames, height, width))
    given = small[None, None].to(clean.dtype).expand(-1, clean.shape[1], -1, -1, -1)
    packed = [
        pipe._pack_latents(part, pipe.transformer_spatial_patch_size, pipe.transformer_temporal_patch_size)
        for part in (clean, noise, given)
    ]
    return packed[0].to(latents), packed[1].to(latents), packed[2].to(device) > 0.5
