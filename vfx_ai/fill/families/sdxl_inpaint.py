"""Stable Diffusion XL, inpainting: nine channels into a U-Net, two text encoders, a VAE that scales by 8.

A model of this size without mask channels (StableDiffusionXLPipeline) is opened in the same pipeline, which then puts
the picture back into what is known after every step.
"""

from __future__ import annotations

from typing import Any

from vfx_ai.fill.families.asked import Call, hears, zeros

STEPS = 30
USUAL_SIDE = 1024  # pixels, of which a plan goes out
GUIDANCE = 7.0
WORDS = 77  # tokens of its text encoders


def side(pipe: Any) -> int:
    """Pixels along the side of a picture that the model was made for."""
    return int(pipe.unet.config.sample_size * pipe.vae_scale_factor)


def multiple(pipe: Any) -> int:
    """Of what a picture's sides must be multiples, in pixels."""
    # The U-Net halves latents once for each level but the last; the pipeline itself asks for multiples of 8.
    levels = int(2 ** (len(pipe.unet.config.block_out_channels) - 1))
    return max(8, int(pipe.vae_scale_factor) * levels)


def arguments(pipe: Any, call: Call) -> dict[str, Any]:
    """A call in the pipeline's own words."""
    return {
        "image": call.image,
        "mask_image": call.mask,
        "strength": call.strength,
        "num_inference_steps": call.steps,
        "guidance_scale": GUIDANCE if call.guided and hears(pipe) else 1.0,
        "original_size": call.seen,
        "target_size": call.seen,
        **call.size,
        **_words(pipe, call),
    }


def _words(pipe: Any, call: Call) -> dict[str, Any]:
    if hears(pipe) or getattr(pipe, "text_encoder_2", None) is not None:
        return {"prompt": call.prompt, "negative_prompt": call.negative}
    config = pipe.unet.config
    pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
    words, whole = zeros(pipe, 1, WORDS, config.cross_attention_dim), zeros(pipe, 1, pooled)
    return {
        "prompt_embeds": words,
        "pooled_prompt_embeds": whole,
        "negative_prompt_embeds": words,
        "negative_pooled_prompt_embeds": whole,
    }
