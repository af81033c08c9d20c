"""Wan VACE: a video with a mask, white where it is to be made; what is masked is shown as mid grey.

It has no strength of its own. Where less than all may change, its latents begin as those of the video with so much
noise, and the steps before are left out.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from vfx_ai.fill.families.asked import as_picture, hears, zeros
from vfx_ai.fill.families.videos import VideoCall, later, noise_like

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
    """A call in the pipeline's own words."""
    own = {
        "video": [(call.video * (1 - call.mask) + GREY * call.mask)],
        "mask": [call.mask.expand(-1, 3, -1, -1)],
        "num_inference_steps": call.steps,
        "guidance_scale": GUIDANCE if call.guided and hears(pipe) else 1.0,
        **call.size,
    }
    if call.reference is not None:
        own["reference_images"] = [as_picture(call.reference)]
    if call.skipped:
        own["latents"] = _begun(pipe, call)
    if hears(pipe):
        return own | {"prompt": call.prompt, "negative_prompt": call.negative}
    return own | {"prompt_embeds": silence(pipe), "negative_prompt_embeds": silence(pipe)}


def silence(pipe: Any) -> torch.Tensor:
    """What stands for no words, where the model has no encoder for them."""
    return zeros(pipe, 1, 16, pipe.transformer.config.text_dim)


def during(pipe: Any, call: VideoCall) -> AbstractContextManager[None]:
    """What leaves out steps that the video stands for."""
    return later(pipe.scheduler, call.skipped) if call.skipped else nullcontext()


def _begun(pipe: Any, call: VideoCall) -> torch.Tensor:
    """Latents [1, C, T', h', w'] of the video, a reference's before them, as noisy as the first step that is done."""
    device, size = pipe._execution_device, call.size
    clean = encoded(pipe, (call.video * 2 - 1).movedim(0, 1)[None], device)
    if call.reference is not None:
        own = (as_picture(call.reference), 1, size["height"], size["width"], 1, torch.float32, device)
        ((canvas,),) = pipe.preprocess_conditions(None, None, *own)[2]
        clean = torch.cat([encoded(pipe, canvas[None, :, None], device), clean], 2)
    pipe.scheduler.set_timesteps(call.steps, device=device)
    left = float(pipe.scheduler.sigmas[call.skipped])
    return (1 - left) * clean + left * noise_like(clean, call.seed)


def encoded(pipe: Any, video: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Latents [1, C, T', h', w'] float32 of a video [1, 3, T, h, w] in -1..1."""
    config = pipe.vae.config
    latents: torch.Tensor = pipe.vae.encode(video.to(device, pipe.vae.dtype)).latent_dist.mode().float()
    mean, spread = (latents.new_tensor(getattr(config, name)).view(1, -1, 1, 1, 1) for name in _NORMS)
    return torch.as_tensor((latents - mean) / spread)


_NORMS = ("latents_mean", "latents_std")
