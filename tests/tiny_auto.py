"""Pipelines of images of the real classes, as small as they get, by the name of their class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
_PLAIN = {**NETWORK, "in_channels": 4}  # a U-Net without mask channels


def _vae(latents: int, **more: Any) -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=[8, 8],
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        layers_per_block=1,
        latent_channels=latents,
        norm_num_groups=4,
        sample_size=64,
        **more,
    )


def small_squares(monkeypatch: Any, side: int = 64) -> None:
    """Have Qwen-Image-Edit make pictures of so many pixels along a square's side, instead of a megapixel."""
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_inpaint as module

    fitted = module.calculate_dimensions
    monkeypatch.setattr(module, "calculate_dimensions", lambda _area, ratio: fitted(side * side, ratio))


def _none(*names: str) -> dict[str, None]:
    return dict.fromkeys(names)


def _flow() -> Any:
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler()


def stable_diffusion() -> Any:
    from diffusers import DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel

    none = _none("safety_checker", "feature_extractor", "text_encoder", "tokenizer")
    unet, noise = UNet2DConditionModel(**_PLAIN), DDIMScheduler(**NOISE, clip_sample=False)
    return StableDiffusionPipeline(vae=_vae(4), unet=unet, scheduler=noise, requires_safety_checker=False, **none)


def stable_diffusion_xl() -> Any:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel

    unet = UNet2DConditionModel(
        **_PLAIN,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=80,
        transformer_layers_per_block=(1, 1),
        use_linear_projection=True,
    )
    none = _none("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2")
    return StableDiffusionXLPipeline(vae=_vae(4), unet=unet, scheduler=EulerDiscreteScheduler(**NOISE), **none)


def stable_diffusion_3(inpaint: bool = False) -> Any:
    from diffusers import SD3Transformer2DModel, StableDiffusion3InpaintPipeline, StableDiffusion3Pipeline

    transformer = SD3Transformer2DModel(
        sample_size=32,
        patch_size=2,
        num_layers=1,
        attention_head_dim=8,
        num_attention_heads=2,
        caption_projection_dim=16,
        joint_attention_dim=32,
        pooled_projection_dim=64,
    )
    vae = _vae(16, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06, scaling_factor=1.5)
    none = _none(*(f"{part}{n}" for part in ("text_encoder", "tokenizer") for n in ("", "_2", "_3")))
    kind = StableDiffusion3InpaintPipeline if inpaint else StableDiffusion3Pipeline
    return kind(vae=vae, transformer=transformer, scheduler=_flow(), **none)


def flux(kind: str = "FluxPipeline") -> Any:
    import diffusers

    transformer = diffusers.FluxTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        pooled_projection_dim=32,
        axes_dims_rope=[4, 4, 8],
        guidance_embeds=True,
    )
    vae = _vae(4, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06, scaling_factor=1.5)
    none = _none("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2")
    return getattr(diffusers, kind)(vae=vae, transformer=transformer, scheduler=_flow(), **none)


def chroma(kind: str = "ChromaPipeline") -> Any:
    import diffusers

    transformer = diffusers.ChromaTransformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        axes_dims_rope=[4, 4, 8],
        approximator_hidden_dim=32,
        approximator_layers=1,
        approximator_num_channels=16,
    )
    vae = _vae(4, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06, scaling_factor=1.5)
    return getattr(diffusers, kind)(
        vae=vae, transformer=transformer, scheduler=_flow(), **_none("text_encoder", "tokenizer")
    )


def klein(kind: str = "Flux2KleinPipeline") -> Any:
    import diffusers

    transformer = diffusers.Flux2Transformer2DModel(
        patch_size=1,
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=32,
        timestep_guidance_channels=16,
        axes_dims_rope=[4, 4, 4, 4],
        guidance_embeds=False,
    )
    vae = diffusers.AutoencoderKLFlux2(
        block_out_channels=(8, 8),
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
        patch_size=(2, 2),
    )
    return getattr(diffusers, kind)(
        vae=vae, transformer=transformer, scheduler=_flow(), is_distilled=False, **_none("text_encoder", "tokenizer")
    )


def qwen(kind: str = "QwenImagePipeline") -> Any:
    import diffusers

    transformer = diffusers.QwenImageTransformer2DModel(
        patch_size=2,
        in_channels=16,
        out_channels=4,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=16,
        guidance_embeds=False,
        axes_dims_rope=(8, 4, 4),
    )
    vae = diffusers.AutoencoderKLQwenImage(
        base_dim=8,
        z_dim=4,
        dim_mult=[1, 2],
        num_res_blocks=1,
        temperal_downsample=[False],
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )
    none = _none("text_encoder", "tokenizer", *(("processor",) if "Edit" in kind else ()))
    return getattr(diffusers, kind)(vae=vae, transformer=transformer, scheduler=_flow(), **none)


def z_image(kind: str = "ZImagePipeline") -> Any:
    import diffusers

    transformer = diffusers.ZImageTransformer2DModel(
        in_channels=16,
        dim=32,
        n_layers=1,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=16,
        axes_dims=[8, 4, 4],
        axes_lens=[256, 128, 128],
    )
    vae = _vae(16, use_quant_conv=False, use_post_quant_conv=False, shift_factor=0.06, scaling_factor=1.5)
    return getattr(diffusers, kind)(
        vae=vae, transformer=transformer, scheduler=_flow(), **_none("text_encoder", "tokenizer")
    )


_OF_KIND: tuple[tuple[Callable[[str], Any], tuple[str, ...]], ...] = (
    (flux, ("FluxPipeline", "FluxInpaintPipeline", "FluxKontextPipeline", "FluxKontextInpaintPipeline")),
    (chroma, ("ChromaPipeline", "ChromaInpaintPipeline")),
    (klein, ("Flux2KleinPipeline", "Flux2KleinInpaintPipeline")),
    (qwen, ("QwenImagePipeline", "QwenImageInpaintPipeline", "QwenImageEditPipeline", "QwenImageEditInpaintPipeline")),
    (z_image, ("ZImagePipeline", "ZImageInpaintPipeline")),
)
PIPELINES: dict[str, Callable[[], Any]] = {
    "StableDiffusionPipeline": stable_diffusion,
    "StableDiffusionXLPipeline": stable_diffusion_xl,
    "StableDiffusion3Pipeline": stable_diffusion_3,
    "StableDiffusion3InpaintPipeline": lambda: stable_diffusion_3(inpaint=True),
    **{name: lambda build=build, name=name: build(name) for build, names in _OF_KIND for name in names},
}
