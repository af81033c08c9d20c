"""The families of models that engines know how to ask: one adapter file and one row each.

An adapter of images says how its pipeline is asked:

    side(pipe) -> int                   pixels along the side of a picture that it was made for
    multiple(pipe) -> int               of which a picture's sides must be multiples
    arguments(pipe, call) -> dict       a `Call` in the pipeline's own words; without "generator", callbacks and the
                                        type of the output, which are the same for all

and has STEPS, of denoising (DISTILLED_STEPS of models that say they were distilled, where those take fewer), and
USUAL_SIDE, in pixels, by which a plan counts before anything is opened. Text encoders
may be missing from a model's folder: then its embeddings are zeros.
An adapter of videos is described in `families.videos`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

IMAGE, VIDEO = "image", "video"


@dataclass(frozen=True)
class Family:
    """A row of the table.

    Attributes:
        module: the adapter.
        kind: IMAGE or VIDEO.
        pipelines: the classes that a model's folder may name, in model_index.json.
        opens: the class that it is opened as; "": the one that its folder names.
        told: what it is, for people.
        reference: it can be shown a picture of what it is to make.
    """

    module: str
    kind: str
    pipelines: tuple[str, ...]
    opens: str
    told: str
    reference: bool = False


FAMILIES: dict[str, Family] = {
    "sdxl_inpaint": Family(
        "vfx_ai.fill.families.sdxl_inpaint",
        IMAGE,
        ("StableDiffusionXLInpaintPipeline", "StableDiffusionXLPipeline"),
        "StableDiffusionXLInpaintPipeline",
        "Stable Diffusion XL, inpainting",
    ),
    "flux_fill": Family(
        "vfx_ai.fill.families.flux_fill", IMAGE, ("FluxFillPipeline",), "FluxFillPipeline", "FLUX.1 Fill"
    ),
    "auto_inpaint": Family(
        "vfx_ai.fill.families.auto_inpaint",
        IMAGE,
        (
            *("StableDiffusionInpaintPipeline", "StableDiffusionPipeline"),
            *("StableDiffusion3InpaintPipeline", "StableDiffusion3Pipeline"),
            *("QwenImageInpaintPipeline", "QwenImagePipeline", "ZImageInpaintPipeline", "ZImagePipeline"),
        ),
        "AutoPipelineForInpainting",
        "what diffusers' AutoPipelineForInpainting opens",
    ),
    "flux_inpaint": Family(
        "vfx_ai.fill.families.flux_inpaint",
        IMAGE,
        ("FluxInpaintPipeline", "FluxPipeline"),
        "FluxInpaintPipeline",
        "FLUX.1",
    ),
    "flux_kontext": Family(
        "vfx_ai.fill.families.flux_inpaint",
        IMAGE,
        ("FluxKontextInpaintPipeline", "FluxKontextPipeline"),
        "FluxKontextInpaintPipeline",
        "FLUX.1 Kontext",
        reference=True,
    ),
    "flux2_klein": Family(
        "vfx_ai.fill.families.flux2_klein",
        IMAGE,
        ("Flux2KleinInpaintPipeline", "Flux2KleinPipeline"),
        "Flux2KleinInpaintPipeline",
        "FLUX.2 klein",
        reference=True,
    ),
    "chroma": Family(
        "vfx_ai.fill.families.chroma",
        IMAGE,
        ("ChromaInpaintPipeline", "ChromaPipeline"),
        "ChromaInpaintPipeline",
        "Chroma",
    ),
    "qwen_edit": Family(
        "vfx_ai.fill.families.qwen_edit",
        IMAGE,
        ("QwenImageEditInpaintPipeline", "QwenImageEditPipeline"),
        "QwenImageEditInpaintPipeline",
        "Qwen-Image-Edit",
    ),
    "wan_vace": Family(
        "vfx_ai.fill.families.wan_vace", VIDEO, ("WanVACEPipeline",), "WanVACEPipeline", "Wan VACE", reference=True
    ),
    "ltx_condition": Family(
        "vfx_ai.fill.families.ltx_condition",
        VIDEO,
        ("LTXConditionPipeline",),
        "LTXConditionPipeline",
        "LTX (condition)",
    ),
    "ltx2_condition": Family(
        "vfx_ai.fill.families.ltx2_condition",
        VIDEO,
        ("LTX2ConditionPipeline", "LTX2Pipeline", "LTX2ImageToVideoPipeline"),
        "LTX2ConditionPipeline",
        "LTX-2 (condition)",
    ),
    "easy_animate": Family(
        "vfx_ai.fill.families.easy_animate",
        VIDEO,
        ("EasyAnimateInpaintPipeline",),
        "EasyAnimateInpaintPipeline",
        "EasyAnimate, inpainting",
    ),
}


def steps_of(family: Any, *, distilled: bool) -> int:
    """Steps of denoising of an adapter's model."""
    return int(getattr(family, "DISTILLED_STEPS", family.STEPS) if distilled else family.STEPS)


def family_of(pipeline: str) -> str:
    """The family of a pipeline's class; "" if none knows it."""
    return next((name for name, row in FAMILIES.items() if pipeline in row.pipelines), "")
