"""Pipelines of videos of the real classes, as small as they get, with random weights."""

from __future__ import annotations

from typing import Any


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


def ltx_two() -> Any:
    """LTX-2, with what makes its sound."""
    import diffusers
    from diffusers.pipelines.ltx2 import LTX2TextConnectors, LTX2Vocoder

    heads = {"num_attention_heads": 2, "attention_head_dim": 8, "cross_attention_dim": 16}
    sound = {"num_attention_heads": 2, "attention_head_dim": 4, "cross_attention_dim": 8}
    transformer = diffusers.LTX2VideoTransformer3DModel(
        in_channels=4,
        out_channels=4,
        patch_size=1,
        patch_size_t=1,
        **heads,
        audio_in_channels=4,
        audio_out_channels=4,
        **{f"audio_{name}": value for name, value in sound.items()},
        num_layers=1,
        caption_channels=8,
        rope_double_precision=False,
        rope_type="split",
    )
    connector = {"num_attention_heads": 2, "attention_head_dim": 4, "num_layers": 1, "num_learnable_registers": None}
    connectors = LTX2TextConnectors(
        caption_channels=8,
        text_proj_in_factor=2,
        **{f"{kind}_connector_{name}": value for kind in ("video", "audio") for name, value in connector.items()},
        connector_rope_base_seq_len=32,
        rope_double_precision=False,
        rope_type="split",
    )
    vae = diffusers.AutoencoderKLLTX2Video(
        latent_channels=4,
        block_out_channels=(8, 16, 32, 64),
        decoder_block_out_channels=(8, 16, 32),
        layers_per_block=(1, 1, 1, 1, 1),
        decoder_layers_per_block=(1, 1, 1, 1),
        spatial_compression_ratio=32,
        temporal_compression_ratio=8,
    )
    audio_vae = diffusers.AutoencoderKLLTX2Audio(
        base_channels=4,
        ch_mult=(1,),
        num_res_blocks=1,
        attn_resolutions=None,
        resolution=32,
        latent_channels=2,
        mid_block_add_attention=False,
        mel_bins=8,
    )
    vocoder = LTX2Vocoder(
        in_channels=16,
        hidden_channels=32,
        out_channels=2,
        upsample_kernel_sizes=[4, 4],
        upsample_factors=[2, 2],
        resnet_kernel_sizes=[3],
        resnet_dilations=[[1, 3, 5]],
    )
    none = dict.fromkeys(("text_encoder", "tokenizer"))
    parts = {"vae": vae, "audio_vae": audio_vae, "connectors": connectors, "vocoder": vocoder}
    noise = diffusers.FlowMatchEulerDiscreteScheduler()
    return diffusers.LTX2ConditionPipeline(transformer=transformer, scheduler=noise, **parts, **none)
