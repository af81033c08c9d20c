"""Models of the real classes, as small as they get, with random weights, in folders as diffusers writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tiny_auto import NETWORK, NOISE, PIPELINES


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


def wan() -> Any:
    from diffusers import (
        AutoencoderKLWan,
        FlowMatchEulerDiscreteScheduler,
        WanVACEPipeline,
        WanVACETransformer3DModel,
    )

    transformer = WanVACETransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=16,
        out_channels=16,
        text_dim=32,
        freq_dim=32,
        ffn_dim=32,
        num_layers=2,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
        vace_layers=[0],
        vace_in_channels=96,
    )
    vae = AutoencoderKLWan(
        base_dim=3, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1, temperal_downsample=[False, True, True]
    )
    none = dict.fromkeys(("text_encoder", "tokenizer"))
    noise = FlowMatchEulerDiscreteScheduler(shift=3.0)
    return WanVACEPipeline(vae=vae, transformer=transformer, scheduler=noise, **none)


def wan_two() -> Any:
    """As Wan 2.2 is: another network for the last steps."""
    one, other = wan(), wan()
    from diffusers import WanVACEPipeline

    parts = {name: getattr(one, name) for name in ("vae", "transformer", "scheduler", "text_encoder", "tokenizer")}
    return WanVACEPipeline(**parts, transformer_2=other.transformer, boundary_ratio=0.9)


def easy_animate() -> Any:
    from diffusers import (
        AutoencoderKLMagvit,
        EasyAnimateInpaintPipeline,
        EasyAnimateTransformer3DModel,
        FlowMatchEulerDiscreteScheduler,
    )

    transformer = EasyAnimateTransformer3DModel(
        num_attention_heads=2,
        attention_head_dim=16,
        in_channels=9,
        out_channels=4,
        patch_size=2,
        num_layers=1,
        mmdit_layers=1,
        time_embed_dim=8,
        text_embed_dim=16,
        sample_width=8,
        sample_height=8,
    )
    vae = AutoencoderKLMagvit(
        latent_channels=4,
        block_out_channels=[8, 8, 8, 8],
        layers_per_block=1,
        norm_num_groups=2,
        spatial_group_norm=False,
    )
    none = dict.fromkeys(("text_encoder", "tokenizer"))
    noise = FlowMatchEulerDiscreteScheduler(shift=3.0)
    return EasyAnimateInpaintPipeline(vae=vae, transformer=transformer, scheduler=noise, **none)


def ltx() -> Any:
    from diffusers import (
        AutoencoderKLLTXVideo,
        FlowMatchEulerDiscreteScheduler,
        LTXConditionPipeline,
        LTXVideoTransformer3DModel,
    )

    transformer = LTXVideoTransformer3DModel(
        in_channels=8,
        out_channels=8,
        patch_size=1,
        patch_size_t=1,
        num_attention_heads=4,
        attention_head_dim=8,
        cross_attention_dim=32,
        num_layers=1,
        caption_channels=32,
    )
    vae = AutoencoderKLLTXVideo(
        in_channels=3,
        out_channels=3,
        latent_channels=8,
        block_out_channels=(8, 8, 8, 8),
        decoder_block_out_channels=(8, 8, 8, 8),
        layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1, 1),
        spatio_temporal_scaling=(True, True, True, False),
        decoder_spatio_temporal_scaling=(True, True, True, False),
        decoder_inject_noise=(False,) * 5,
        upsample_residual=(False,) * 4,
        upsample_factor=(1,) * 4,
        timestep_conditioning=False,
        patch_size=4,
        patch_size_t=1,
        encoder_causal=True,
        decoder_causal=False,
    )
    none = dict.fromkeys(("text_encoder", "tokenizer"))
    noise = FlowMatchEulerDiscreteScheduler()
    return LTXConditionPipeline(vae=vae, transformer=transformer, scheduler=noise, **none)


MODELS: dict[str, Callable[[], Any]] = {"sdxl_inpaint": sdxl, "flux_fill": flux, "auto_inpaint": stable_diffusion}
MODELS |= {"auto_inpaint_words": stable_diffusion_with_words}
MODELS |= {"wan_vace": wan, "wan_vace_two": wan_two, "ltx_condition": ltx, "easy_animate": easy_animate}
_NAMED = {"flux_inpaint": "FluxPipeline", "flux_kontext": "FluxKontextPipeline", "flux2_klein": "Flux2KleinPipeline"}
_NAMED |= {"chroma": "ChromaPipeline", "qwen_edit": "QwenImageEditPipeline"}
MODELS |= {family: PIPELINES[name] for family, name in _NAMED.items()}
