"""FLUX.1 Fill: a transformer that is shown the masked picture's latents and the mask; guidance is one of its inputs."""

from __future__ import annotations

from typing import Any

from vfx_ai.fill.families.asked import Call, hears, zeros
from vfx_ai.fill.families.shifted import sigmas_for_tiles

STEPS = 30
USUAL_SIDE = 1024  # pixels, of which a plan goes out
GUIDANCE = 30.0
WORDS = 512  # tokens of its longer text encoder


def side(pipe: Any) -> int:
    """Pixels along the side of a picture that the model was made for."""
    return int(pipe.default_sample_size * pipe.vae_scale_factor)


def multiple(pipe: Any) -> int:
    """Of what a picture's sides must be multiples, in pixels."""
    return 2 * int(pipe.vae_scale_factor)  # latents are packed two by two


def arguments(pipe: Any, call: Call) -> dict[str, Any]:
    """A call in the pipeline's own words."""
    return {
        "image": call.image,
        "mask_image": call.mask,
        "strength": call.strength,
        "num_inference_steps": call.steps,
        "guidance_scale": GUIDANCE,
        "max_sequence_length": WORDS,
        **call.size,
        **sigmas_for_tiles(pipe, call),
        **_words(pipe, call),
    }


def _words(pipe: Any, call: Call) -> dict[str, Any]:
    if hears(pipe):
        return {"prompt": call.prompt}  # it takes no negative one
    config = pipe.transformer.config
    return {
        "prompt_embeds": zeros(pipe, 1, 8, config.joint_attention_dim),
        "pooled_prompt_embeds": zeros(pipe, 1, config.pooled_projection_dim),
    }
