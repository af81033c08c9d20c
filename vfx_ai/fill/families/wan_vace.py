"""Wan VACE: a video with a mask, white where it is to be made; what is masked is shown as mid grey."""

from __future__ import annotations

from typing import Any

from vfx_ai.fill.families.asked import hears, zeros
from vfx_ai.fill.families.videos import VideoCall

STEPS = 30
USUAL_SIDE = 832  # pixels, of which a plan goes out
TIME = 4
GUIDANCE = 5.0
LENGTH = 81  # frames
LARGE, SMALL = 1280, USUAL_SIDE  # pixels along the longer side: of the 14B and the 1.3B model
MANY_LAYERS = 40  # of the 14B
GREY = 0.5


def length(_pipe: Any) -> int:
    """Frames of a window."""
    return LENGTH


def side(pipe: Any) -> int:
    """Pixels along the longer side of a picture that the model was made for."""
    return LARGE if pipe.transformer.config.num_layers >= MANY_LAYERS else SMALL


def multiple(pipe: Any) -> int:
    """Of what a picture's sides must be multiples, in pixels."""
    return int(pipe.vae_scale_factor_spatial * pipe.transformer.config.patch_size[1])


def arguments(pipe: Any, call: VideoCall) -> dict[str, Any]:
    """A call in the pipeline's own words; it has no strength: what is masked is made anew."""
    own = {
        "video": [(call.video * (1 - call.mask) + GREY * call.mask)],
        "mask": [call.mask.expand(-1, 3, -1, -1)],
        "num_inference_steps": call.steps,
        "guidance_scale": GUIDANCE if call.guided and hears(pipe) else 1.0,
        **call.size,
    }
    if hears(pipe):
        return own | {"prompt": call.prompt, "negative_prompt": call.negative}
    words = zeros(pipe, 1, 16, pipe.transformer.config.text_dim)
    return own | {"prompt_embeds": words, "negative_prompt_embeds": words}
