"""Chroma: FLUX.1 without its inputs of guidance, so that words are heard by a second pass without them."""

from __future__ import annotations

from typing import Any

from vfx_ai.fill.families.asked import Call, hears, ones, zeros
from vfx_ai.fill.families.flux_fill import multiple, side

__all__ = ["STEPS", "USUAL_SIDE", "arguments", "multiple", "side"]

STEPS = 40
USUAL_SIDE = 1024  # pixels, of which a plan goes out
GUIDANCE = 3.0
WORDS = 512  # tokens of its text encoder
SILENT = 8  # of no words


def arguments(pipe: Any, call: Call) -> dict[str, Any]:
    """A call in the pipeline's own words."""
    if "guidance_embeds" not in pipe.transformer.config:  # the pipeline looks there for what its network never has
        pipe.transformer.register_to_config(guidance_embeds=False)
    own = {
        "image": call.image,
        "mask_image": call.mask,
        "strength": call.strength,
        "num_inference_steps": call.steps,
        "guidance_scale": GUIDANCE if call.guided and hears(pipe) else 1.0,
        "max_sequence_length": WORDS,
        **call.size,
    }
    if hears(pipe):
        return own | {"prompt": call.prompt, "negative_prompt": call.negative}
    words = zeros(pipe, 1, SILENT, pipe.transformer.config.joint_attention_dim)
    return own | {"prompt_embeds": words, "prompt_attention_mask": ones(pipe, 1, SILENT)}
