"""Models of the real classes, as small as they get, with random weights, in folders as diffusers writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

NETWORK = {  # of an inpainting U-Net
    "block_out_channels": (16, 32),
    "layers_per_block": 1,
    "sample_size": 32,
    "in_channels": 9,
    "out_channels": 4,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    "attention_head_dim": (2, 4),
    "norm_num_groups": 8,
    "cross_attention_dim": 32,
}
NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


def write(folder: Path, family: str) -> Path:
    """A model of a family in a folder of its name; the same bits each time."""
    from vfx_ai.fill.pipeline import quietly

    with quietly(), torch.random.fork_rng():
        torch.manual_seed(0)
        MODELS[family]().save_pretrained(folder / family, safe_serialization=True)
    return folder / family


def _vae() -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=[16, 16],
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        latent_channels=4,
        norm_num_groups=8,
        sample_size=64,
    )


def sdxl() -> Any:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLInpaintPipeline, UNet2DConditionModel

    unet = UNet2DConditionModel(
        **NETWORK,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=80,
        transformer_layers_per_block=(1, 1),
        use_linear_projection=True,
    )
    none = dict.fromkeys(("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"))
    return StableDiffusionXLInpaintPipeline(vae=_vae(), unet=unet, scheduler=EulerDiscreteScheduler(**NOISE), **none)


def stable_diffusion() -> Any:
    from diffusers import DDIMScheduler, StableDiffusionInpaintPipeline, UNet2DConditionModel

    none = dict.fromkeys(("text_encoder", "tokenizer", "safety_checker", "feature_extractor"))
    return StableDiffusionInpaintPipeline(
        vae=_vae(),
        unet=UNet2DConditionModel(**NETWORK),
        scheduler=DDIMScheduler(**NOISE, clip_sample=False),
        requires_safety_checker=False,
        **none,
    )


def flux() -> Any:
    from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxFillPipeline, FluxTransformer2DModel

    transformer = FluxTransformer2DModel(
        patch_size=1,
        in_channels=20,
        out_channels=8,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=[4, 4, 8],
        guidance_embeds=True,
    )
    vae = AutoencoderKL(
        block_out_channels=(4,),
        layers_per_block=1,
        latent_channels=2,
        norm_num_groups=1,
        use_quant_conv=False,
        use_post_quant_conv=False,
        shift_factor=0.06,
        scaling_factor=1.5,
        sample_size=32,
    )
    none = dict.fromkeys(("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"))
    return FluxFillPipeline(vae=vae, transformer=transformer, scheduler=FlowMatchEulerDiscreteScheduler(), **none)


MODELS: dict[str, Callable[[], Any]] = {"sdxl_inpaint": sdxl, "flux_fill": flux, "auto_inpaint": stable_diffusion}
