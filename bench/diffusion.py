"""Memory and seconds a step of the engines that diffuse, with random weights of true size: python bench/diffusion.py.

Says nothing of pictures. Each row is a model of a family as its makers describe it, built on the device without a file.
`--tiny` builds the same classes as small as they get, on the CPU, so that the script itself can be tried anywhere.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch

from vfx_ai.fill.families import FAMILIES
from vfx_ai.fill.families.asked import Call
from vfx_ai.fill.families.videos import VideoCall, around
from vfx_ai.fill.pipeline import GIB, quietly, run
from vfx_ai.terminal.console import print_table

STEPS = 3


@dataclass(frozen=True)
class Row:
    """What is measured: a family, how its networks are configured, and frames, height and width."""

    family: str
    sizes: dict[str, dict[str, Any]]
    shape: tuple[int, int, int]


# Configurations as their makers publish them.
LARGE = (
    Row(
        "sdxl_inpaint",
        {
            "unet": {
                "sample_size": 128,
                "in_channels": 9,
                "block_out_channels": (320, 640, 1280),
                "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
                "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
                "transformer_layers_per_block": (1, 2, 10),
                "attention_head_dim": (5, 10, 20),
                "cross_attention_dim": 2048,
                "addition_embed_type": "text_time",
                "addition_time_embed_dim": 256,
                "projection_class_embeddings_input_dim": 2816,
                "use_linear_projection": True,
            },
            "vae": {
                "block_out_channels": (128, 256, 512, 512),
                "down_block_types": ("DownEncoderBlock2D",) * 4,
                "up_block_types": ("UpDecoderBlock2D",) * 4,
                "layers_per_block": 2,
            },
        },
        (1, 1080, 1920),
    ),
    Row(
        "flux_fill",
        {
            "transformer": {"in_channels": 384, "out_channels": 64, "guidance_embeds": True},
            "vae": {
                "block_out_channels": (128, 256, 512, 512),
                "down_block_types": ("DownEncoderBlock2D",) * 4,
                "up_block_types": ("UpDecoderBlock2D",) * 4,
                "layers_per_block": 2,
                "latent_channels": 16,
                "use_quant_conv": False,
                "use_post_quant_conv": False,
                "shift_factor": 0.1159,
                "scaling_factor": 0.3611,
            },
        },
        (1, 1080, 1920),
    ),
    Row(
        "wan_vace",
        {
            "transformer": {
                "num_attention_heads": 40,
                "num_layers": 40,
                "ffn_dim": 13824,
                "vace_layers": [0, 5, 10, 15, 20, 25, 30, 35],
            },
            "vae": {},
        },
        (49, 720, 1280),
    ),
    Row(  # the 13B model of LTX-Video 0.9.7
        "ltx_condition",
        {
            "transformer": {
                **{"num_attention_heads": 32, "attention_head_dim": 128, "num_layers": 48},
                **{"cross_attention_dim": 4096, "caption_channels": 4096},
            },
            "vae": {
                "block_out_channels": (128, 256, 512, 1024, 2048),
                "down_block_types": ("LTXVideo095DownBlock3D",) * 4,
                "decoder_block_out_channels": (256, 512, 1024),
                "layers_per_block": (4, 6, 6, 2, 2),
                "decoder_layers_per_block": (5, 5, 5, 5),
                "spatio_temporal_scaling": (True, True, True, True),
                "decoder_spatio_temporal_scaling": (True, True, True),
                "decoder_inject_noise": (False, False, False, False),
                "downsample_type": ("spatial", "temporal", "spatiotemporal", "spatiotemporal"),
                "upsample_residual": (True, True, True),
                "upsample_factor": (2, 2, 2),
                "timestep_conditioning": True,
            },
        },
        (49, 720, 1280),
    ),
    Row(  # EasyAnimate 5.1, 12B
        "easy_animate",
        {
            "transformer": {"in_channels": 33, "out_channels": 16, "patch_size": 2, "add_norm_text_encoder": True},
            "vae": {},
        },
        (49, 576, 1024),
    ),
)
TINY = (
    Row(
        "flux_fill",
        {
            "transformer": {
                **{"patch_size": 1, "in_channels": 20, "out_channels": 8, "num_layers": 1, "num_single_layers": 1},
                **{"attention_head_dim": 16, "num_attention_heads": 2, "joint_attention_dim": 32},
                **{"pooled_projection_dim": 32, "axes_dims_rope": [4, 4, 8], "guidance_embeds": True},
            },
            "vae": {
                **{"block_out_channels": (4,), "layers_per_block": 1, "latent_channels": 2, "norm_num_groups": 1},
                **{"use_quant_conv": False, "use_post_quant_conv": False, "shift_factor": 0.1, "scaling_factor": 1.5},
            },
        },
        (1, 30, 50),
    ),
    Row(
        "wan_vace",
        {
            "transformer": {
                **{"num_attention_heads": 2, "attention_head_dim": 12, "text_dim": 32, "freq_dim": 32, "ffn_dim": 32},
                **{"num_layers": 2, "vace_layers": [0]},
            },
            "vae": {"base_dim": 3, "num_res_blocks": 1},
        },
        (5, 30, 50),
    ),
    Row(
        "ltx_condition",
        {
            "transformer": {
                **{"in_channels": 8, "out_channels": 8, "num_attention_heads": 4, "attention_head_dim": 8},
                **{"cross_attention_dim": 32, "num_layers": 1, "caption_channels": 32},
            },
            "vae": {
                **{"latent_channels": 8, "block_out_channels": (8, 8, 8, 8), "layers_per_block": (1,) * 5},
                **{"decoder_block_out_channels": (8, 8, 8, 8), "decoder_layers_per_block": (1,) * 5},
            },
        },
        (9, 30, 50),
    ),
    Row(
        "easy_animate",
        {
            "transformer": {
                **{"num_attention_heads": 2, "attention_head_dim": 16, "in_channels": 9, "out_channels": 4},
                **{"patch_size": 2, "num_layers": 1, "mmdit_layers": 1, "time_embed_dim": 8, "text_embed_dim": 16},
            },
            "vae": {
                **{"latent_channels": 4, "block_out_channels": (8, 8, 8, 8), "layers_per_block": 1},
                **{"norm_num_groups": 2, "spatial_group_norm": False},
            },
        },
        (5, 30, 50),
    ),
)
CLASSES = {
    "sdxl_inpaint": ("UNet2DConditionModel", "AutoencoderKL", "EulerDiscreteScheduler"),
    "flux_fill": ("FluxTransformer2DModel", "AutoencoderKL", "FlowMatchEulerDiscreteScheduler"),
    "wan_vace": ("WanVACETransformer3DModel", "AutoencoderKLWan", "FlowMatchEulerDiscreteScheduler"),
    "ltx_condition": ("LTXVideoTransformer3DModel", "AutoencoderKLLTXVideo", "FlowMatchEulerDiscreteScheduler"),
    "easy_animate": ("EasyAnimateTransformer3DModel", "AutoencoderKLMagvit", "FlowMatchEulerDiscreteScheduler"),
}


def built(row: Row, device: torch.device) -> Any:
    """A pipeline without text encoders, its weights random, on a device."""
    import diffusers

    network, vae, scheduler = (getattr(diffusers, name) for name in CLASSES[row.family])
    kind = torch.bfloat16 if device.type == "cuda" else torch.float32
    before = torch.get_default_dtype()
    torch.set_default_dtype(kind)
    try:
        with device:
            part = "unet" if "unet" in row.sizes else "transformer"
            made = {part: network(**row.sizes[part]), "vae": vae(**row.sizes["vae"])}
    finally:
        torch.set_default_dtype(before)
    opened = getattr(diffusers, FAMILIES[row.family].opens)
    two = FAMILIES[row.family].kind == "image"
    names = ("text_encoder", "tokenizer", *(("text_encoder_2", "tokenizer_2") if two else ()))
    pipe = opened(**made, scheduler=scheduler(), **dict.fromkeys(names))
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device)


def measured(row: Row, device: torch.device) -> tuple[str, ...]:
    """Family, shape, weights in GB, GB at most, seconds a step and in all."""
    with quietly():
        pipe = built(row, device)
    family, (frames, height, width) = import_module(FAMILIES[row.family].module), row.shape
    multiple = family.multiple(pipe)
    height, width = (-(-side // multiple) * multiple for side in (height, width))
    picture, mask = torch.full((frames, 3, height, width), 0.5), torch.zeros((frames, 1, height, width))
    mask[..., height // 4 : height // 2, width // 4 : width // 2] = 1
    made: type[Call] | type[VideoCall] = VideoCall if FAMILIES[row.family].kind == "video" else Call
    call = made(picture, mask, "", "", 1.0, STEPS)
    ticks: list[float] = []
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)

    def stepped() -> None:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        ticks.append(time.perf_counter())

    clock = time.perf_counter()
    after, during = around(family, pipe, call)
    output = "frames" if made is VideoCall else "images"
    run(pipe, family.arguments(pipe, call), 1, stepped, output, after, during)
    whole = time.perf_counter() - clock
    weights = sum(p.numel() * p.element_size() for part in pipe.components.values() for p in _weights(part)) / GIB
    most = f"{torch.cuda.max_memory_allocated(device) / GIB:.1f}" if device.type == "cuda" else "?"
    each = (ticks[-1] - ticks[0]) / max(len(ticks) - 1, 1)
    shape = f"{frames} x {width} x {height}"
    return row.family, shape, f"{weights:.1f}", most, f"{each:.2f}", f"{whole:.1f}"


def _weights(part: Any) -> list[Any]:
    return list(part.parameters()) if isinstance(part, torch.nn.Module) else []


def main(show: Callable[..., None] = print_table) -> None:
    """Measure the rows that were asked for, and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--family", default="")
    asked = parser.parse_args()
    device = torch.device("cpu" if asked.tiny or not torch.cuda.is_available() else "cuda")
    if device.type == "cpu" and not asked.tiny:
        parser.error("there is no GPU; --tiny tries the script")
    show([("family", "frames x width x height: GB of weights, GB at most, s a step, s in all")])
    for row in TINY if asked.tiny else LARGE:
        if asked.family in ("", row.family):
            name, *figures = measured(row, device)
            show([(name, ", ".join(figures))])


if __name__ == "__main__":
    main()
