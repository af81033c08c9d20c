"""Models of the real classes, as small as they get, with random weights, in folders as diffusers writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tiny_auto import NETWORK, NOISE, PIPELINES
from tiny_videos import easy_animate, ltx, ltx_two, wan, wan_two


def registered(folder: Path, family: str) -> Path:
    """A model of a family in a folder of models, by the family's name; gives its own folder."""
    import vfx_ai

    if not (folder / family).exists():
        write(folder, family)
        vfx_ai.add_model(folder / family, family.replace("_", "-"), "Apache-2.0", models_dir=folder, link=True)
    return folder / family


def write(folder: Path, family: str) -> None:
    """A model of a family in a folder of its name; the same bits each time."""
    from vfx_ai.fill.pipeline import quietly

    with quietly(), torch.random.fork_rng():
        torch.manual_seed(0)
        MODELS[family]().save_pretrained(folder / family, safe_serialization=True)


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


def stable_diffusion(text_encoder: Any = None, tokenizer: Any = None) -> Any:
    from diffusers import DDIMScheduler, StableDiffusionInpaintPipeline, UNet2DConditionModel

    return StableDiffusionInpaintPipeline(
        vae=_vae(),
        unet=UNet2DConditionModel(**NETWORK),
        scheduler=DDIMScheduler(**NOISE, clip_sample=False),
        requires_safety_checker=False,
        safety_checker=None,
        feature_extractor=None,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
    )


def stable_diffusion_with_words() -> Any:
    """The same with a text encoder that knows letters."""
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    letters = [chr(97 + index) for index in range(26)]
    known = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    tokenizer = CLIPTokenizer(vocab={word: index for index, word in enumerate(known)}, merges=[], model_max_length=77)
    config = CLIPTextConfig(
        vocab_size=len(known),
        hidden_size=32,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return stable_diffusion(CLIPTextModel(config), tokenizer)


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
MODELS |= {"auto_inpaint_words": stable_diffusion_with_words}
MODELS |= {"wan_vace": wan, "wan_vace_two": wan_two, "ltx_condition": ltx, "easy_animate": easy_animate}
MODELS |= {"ltx2_condition": ltx_two}
_NAMED = {"flux_inpaint": "FluxPipeline", "flux_kontext": "FluxKontextPipeline", "flux2_klein": "Flux2KleinPipeline"}
_NAMED |= {"chroma": "ChromaPipeline", "qwen_edit": "QwenImageEditPipeline"}
MODELS |= {family: PIPELINES[name] for family, name in _NAMED.items()}
