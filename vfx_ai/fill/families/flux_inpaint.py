"""FLUX.1 without mask channels, plain or Kontext: latents that are known are put back after each step.

Guidance is one of its inputs and costs nothing; a second pass against what is to be kept away from is asked for only
where such words were given. Kontext looks at the picture itself beside, or at a reference instead.
"""

from __future__ import annotations

from typing import Any

from vfx_ai.fill.families.asked import Call, hears, takes, zeros
from vfx_ai.fill.families.flux_fill import multiple, side
from vfx_ai.fill.families.shifted import sigmas_for_tiles

__all__ = ["STEPS", "USUAL_SIDE", "arguments", "multiple", "side"]

STEPS = 28
USUAL_SIDE = 1024  # pixels, of which a plan goes out
GUIDANCE, AWAY = 3.5, 4.0  # AWAY: from what a negative prompt says
WORDS = 512  # tokens of its longer text encoder


def arguments(pipe: Any, call: Call) -> dict[str, Any]:
    """A call in the pipeline's own words."""
    own: dict[str, Any] = {
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
    if takes(pipe, "image_reference"):
        own["_auto_resize"] = False  # else it takes one of the sizes that it was trained on
        if call.reference is not None:
            own["image_reference"] = call.reference[None]
    return own


def _words(pipe: Any, call: Call) -> dict[str, Any]:
    if hears(pipe):
        away = {"negative_prompt": call.negative, "true_cfg_scale": AWAY} if call.negative else {}
        return {"prompt": call.prompt, **away}
    config = pipe.transformer.config
    return {
        "prompt_embeds": zeros(pipe, 1, 8, config.joint_attention_dim),
        "pooled_prompt_embeds": zeros(pipe, 1, config.pooled_projection_dim),
    }
