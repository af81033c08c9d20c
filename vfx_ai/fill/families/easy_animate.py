"""EasyAnimate, inpainting: a video with a mask, white where it is to be made; what is masked is shown as black.

Where all of a window is to be made, the mask is all 255, by which the pipeline knows that nothing is given. What its
encoder draws by lot it draws by no generator; so that is drawn by the window's own seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from vfx_ai.fill.families.asked import hears, ones, zeros
from vfx_ai.fill.families.videos import VideoCall

STEPS = 50
USUAL_SIDE = 1024  # pixels, along the longer side that it was made for
TIME = 4
GUIDANCE = 5.0
LENGTH = 49  # frames
WHITE = 255.0
WORDS = 16
_GENERATOR = 7  # its place among the arguments of `prepare_mask_latents`


def length(_pipe: Any) -> int:
    """Frames of a window."""
    return LENGTH


def side(_pipe: Any) -> int:
    """Pixels along the longer side of a picture that the model was made for."""
    return USUAL_SIDE


def multiple(pipe: Any) -> int:
    """Of what a picture's sides must be multiples, in pixels; the pipeline cuts off what isn't of 16."""
    return max(16, int(pipe.vae_spatial_compression_ratio * pipe.transformer.config.patch_size))


def arguments(pipe: Any, call: VideoCall) -> dict[str, Any]:
    """A call in the pipeline's own words."""
    if "cache_mag_vae" not in pipe.vae.config:  # an encoder that says nothing of it has the first frame by itself
        pipe.vae.register_to_config(cache_mag_vae=True)
    own = {
        "video": call.video.movedim(0, 1)[None],
        "mask_video": call.mask.movedim(0, 1)[None] * WHITE,
        "num_inference_steps": call.steps,
        "guidance_scale": GUIDANCE if call.guided and hears(pipe) else 1.0,
        "strength": call.strength,
        **call.size,
    }
    if hears(pipe):
        return own | {"prompt": call.prompt, "negative_prompt": call.negative}
    words, there = zeros(pipe, 1, WORDS, pipe.transformer.config.text_embed_dim), ones(pipe, 1, WORDS)
    return own | {
        "prompt_embeds": words,
        "prompt_attention_mask": there,
        "negative_prompt_embeds": words,
        "negative_prompt_attention_mask": there,
    }


@contextmanager
def during(pipe: Any, call: VideoCall) -> Iterator[None]:
    """All chance by the window's seed: also what the pipeline draws on the device itself."""
    prepared = pipe.prepare_mask_latents

    def by_seed(*given: Any, **named: Any) -> Any:
        # A generator of the CPU can't draw on a GPU.
        return prepared(*(None if at == _GENERATOR else one for at, one in enumerate(given)), **named)

    device = pipe._execution_device
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(call.seed)
        pipe.prepare_mask_latents = by_seed
        try:
            yield
        finally:
            del pipe.prepare_mask_latents
