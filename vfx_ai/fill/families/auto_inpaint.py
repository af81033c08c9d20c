"""What AutoPipelineForInpainting opens: asked by the names of arguments that its pipelines have in common."""

from __future__ import annotations

from typing import Any

from vfx_ai.fill.families.asked import Call, hears, takes, zeros

STEPS = 30
GUIDANCE = {"guidance_scale": 5.0, "true_cfg_scale": 4.0}
WORDS = 77
USUAL_SIDE = 1024  # pixels, where neither pipeline nor network tells


def side(pipe: Any) -> int:
    """Pixels along the side of a picture that the model was made for."""
    network = getattr(pipe, "unet", None)
    latents = getattr(getattr(network, "config", None), "sample_size", None) or getattr(pipe, "default_sample_size", 0)
    return int(latents * _scale(pipe)) if latents else USUAL_SIDE


def multiple(pipe: Any) -> int:
    """Of what a picture's sides must be multiples, in pixels."""
    network = getattr(pipe, "unet", None)
    levels = 2 if network is None else int(2 ** (len(network.config.block_out_channels) - 1))
    return max(8, _scale(pipe) * levels)


def arguments(pipe: Any, call: Call) -> dict[str, Any]:
    """A call in the pipeline's own words."""
    own: dict[str, Any] = {
        "image": call.image,
        "mask_image": call.mask,
        "strength": call.strength,
        "num_inference_steps": call.steps,
        **call.size,
        **_words(pipe, call),
    }
    own |= {name: usual if call.guided and hears(pipe) else 1.0 for name, usual in GUIDANCE.items()}
    return {name: value for name, value in own.items() if takes(pipe, name)}


def _words(pipe: Any, call: Call) -> dict[str, Any]:
    if hears(pipe):
        return {"prompt": call.prompt, "negative_prompt": call.negative}
    network = getattr(pipe, "unet", None) or pipe.transformer
    config = network.config
    width = config.get("cross_attention_dim") or config.get("joint_attention_dim") or config.get("cap_feat_dim")
    pooled = config.get("pooled_projection_dim")
    if config.get("cap_feat_dim"):  # Z-Image takes a list of texts, each of its own length
        texts = [zeros(pipe, WORDS, width)]
        return {"prompt_embeds": texts, "negative_prompt_embeds": texts}
    words = zeros(pipe, 1, WORDS, width)
    own = {"prompt_embeds": words, "negative_prompt_embeds": words}
    if pooled:
        own |= {f"{name}pooled_prompt_embeds": zeros(pipe, 1, pooled) for name in ("", "negative_")}
    return own


def _scale(pipe: Any) -> int:
    return int(getattr(pipe, "vae_scale_factor", 8))
