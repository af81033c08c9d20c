"""Qwen-Image-Edit: its text encoder sees the picture with the words; known latents are put back after each step.

It takes the picture in 8 bits, and makes one of a megapixel whatever it is shown; that is brought back to size.
"""

from __future__ import annotations

from typing import Any

from PIL import Image

from vfx_ai.fill.families.asked import Call, as_picture, hears, zeros

STEPS = 50
USUAL_SIDE = 1024  # pixels, along the sides of a square that it was made for
GUIDANCE = 4.0
NOTHING = " "  # it wants some word to be guided away from
WORDS = 16


def side(_pipe: Any) -> int:
    """Pixels along the side of a picture that the model was made for."""
    return USUAL_SIDE


def multiple(pipe: Any) -> int:
    """Of what a picture's sides must be multiples, in pixels."""
    return 2 * int(pipe.vae_scale_factor)  # latents are packed two by two


def arguments(pipe: Any, call: Call) -> dict[str, Any]:
    """A call in the pipeline's own words."""
    picture: Image.Image = as_picture(call.image[0])
    own = {
        "image": picture,
        "mask_image": call.mask,
        "strength": call.strength,
        "num_inference_steps": call.steps,
        "true_cfg_scale": GUIDANCE if call.guided and hears(pipe) else 1.0,
    }
    if hears(pipe):
        return own | {"prompt": call.prompt or NOTHING, "negative_prompt": call.negative or NOTHING}
    words = zeros(pipe, 1, WORDS, pipe.transformer.config.joint_attention_dim)
    return own | {"prompt_embeds": words}
