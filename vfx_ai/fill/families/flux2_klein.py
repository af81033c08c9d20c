"""FLUX.2 klein: it looks at the picture beside what it makes, and at a reference; known latents are put back.

It makes pictures of a megapixel at most. Those that were distilled take few steps, and no guidance.
"""

from __future__ import annotations

from typing import Any

from vfx_ai.fill.families.asked import Call, hears, zeros
from vfx_ai.fill.families.flux_fill import multiple, side

__all__ = ["DISTILLED_STEPS", "STEPS", "USUAL_SIDE", "arguments", "multiple", "side"]

STEPS, DISTILLED_STEPS = 50, 4
USUAL_SIDE = 1024  # pixels, of which a plan goes out
GUIDANCE = 4.0
WORDS = 512  # tokens of its text encoder


def arguments(pipe: Any, call: Call) -> dict[str, Any]:
    """A call in the pipeline's own words."""
    own: dict[str, Any] = {
        "image": call.image,
        "mask_image": call.mask,
        "strength": call.strength,
        "num_inference_steps": call.steps,
        "guidance_scale": GUIDANCE if call.guided and hears(pipe) and not pipe.config.is_distilled else 1.0,
        "max_sequence_length": WORDS,
        **call.size,
    }
    if call.reference is not None:
        own["image_reference"] = call.reference[None]
    if hears(pipe):
        return own | {"prompt": call.prompt}  # it takes no negative one
    return own | {"prompt_embeds": zeros(pipe, 1, 8, pipe.transformer.config.joint_attention_dim)}
