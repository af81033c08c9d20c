"""Well-known models: where they come from, and what their makers' own pages say of licence and training.

Read in November 2026; docs/models.md says where. What couldn't be read there is "unknown" or left out. Nothing here is
on a machine until it is pulled or added.
"""

from __future__ import annotations

from vfx_ai.studio.model import USES, Model

_RAIL = "A list of forbidden purposes comes with it, and must be passed on with the model."
_LTX = (
    "Free of charge below a yearly revenue of 10 million US dollars; above it a paid licence is needed. Has a list of "
    "forbidden purposes, and asks that what is made is said to be made by a machine."
)
_BFL = "No commercial use without a licence from Black Forest Labs; the card says more on what is made with it."
_WAN_DATA = "Images and videos that its makers gathered and filtered; they don't say from where."
_DATE = "2026-11-26"

_ROWS = (
    Model(
        *("sam_vit_h", "sam", "matte", "Apache-2.0", USES, "github.com/facebookresearch/segment-anything"),
        trained_on="SA-1B: 11 million images with 1.1 billion masks.",
        conditions="Its makers give it as a pickled .pth alone: have that converted, and add the .safetensors file.",
        read=f"github.com/facebookresearch/segment-anything, README, {_DATE}",
    ),
    Model(
        *("sam2.1-hiera-large", "sam2", "matte", "Apache-2.0", USES, "facebook/sam2.1-hiera-large"),
        trained_on="SA-V: about 51,000 videos with 600,000 masklets; and SA-1B.",
        read=f"github.com/facebookresearch/sam2, README, {_DATE}",
    ),
    Model(
        *("sdxl-inpaint", "sdxl", "inpaint", "CreativeML-OpenRAIL++-M", USES),
        source="diffusers/stable-diffusion-xl-1.0-inpainting-0.1",
        revision="115134f363124c53c7d878647567d04daf26e41e",
        pipeline="StableDiffusionXLInpaintPipeline",
        conditions=_RAIL,
        read=f"huggingface.co/diffusers/stable-diffusion-xl-1.0-inpainting-0.1, {_DATE}",
    ),
    Model(
        *("flux1-fill-dev", "flux", "inpaint", "FLUX-1-dev-Non-Commercial", ("research",)),
        source="black-forest-labs/FLUX.1-Fill-dev",
        pipeline="FluxFillPipeline",
        conditions=_BFL,
        read=f"github.com/black-forest-labs/flux, docs/fill.md, {_DATE}",
    ),
    Model(
        *("flux2-klein-4b", "flux2", "edit", "Apache-2.0", USES, "black-forest-labs/FLUX.2-klein-4B"),
        pipeline="Flux2KleinPipeline",
        read=f"github.com/black-forest-labs/flux2, README, {_DATE}",
    ),
    Model(
        *("flux2-klein-base-4b", "flux2", "edit", "Apache-2.0", USES, "black-forest-labs/FLUX.2-klein-base-4B"),
        pipeline="Flux2KleinPipeline",
        read=f"github.com/black-forest-labs/flux2, README, {_DATE}",
    ),
    Model(
        *("flux2-klein-9b", "flux2", "edit", "FLUX-Non-Commercial", ("research",)),
        source="black-forest-labs/FLUX.2-klein-9B",
        pipeline="Flux2KleinPipeline",
        conditions=_BFL,
        read=f"github.com/black-forest-labs/flux2, README, {_DATE}",
    ),
    Model(
        *("flux2-dev", "flux2", "edit", "FLUX-Non-Commercial", ("research",), "black-forest-labs/FLUX.2-dev"),
        pipeline="Flux2Pipeline",
        conditions=_BFL,
        read=f"github.com/black-forest-labs/flux2, README, {_DATE}",
    ),
    Model(
        *("qwen-image", "qwen-image", "image", "Apache-2.0", USES, "Qwen/Qwen-Image"),
        pipeline="QwenImagePipeline",
        read=f"github.com/QwenLM/Qwen-Image, README, {_DATE}",
    ),
    Model(
        *("qwen-image-edit", "qwen-image", "edit", "Apache-2.0", USES, "Qwen/Qwen-Image-Edit"),
        pipeline="QwenImageEditPipeline",
        read=f"github.com/QwenLM/Qwen-Image, README, {_DATE}",
    ),
    Model(
        *("z-image", "z-image", "image", "Apache-2.0", USES, "Tongyi-MAI/Z-Image"),
        pipeline="ZImagePipeline",
        read=f"a copy of huggingface.co/Tongyi-MAI/Z-Image, {_DATE}",
    ),
    Model(
        *("z-image-turbo", "z-image", "image", "Apache-2.0", USES, "Tongyi-MAI/Z-Image-Turbo"),
        pipeline="ZImagePipeline",
        read=f"huggingface.co/Tongyi-MAI/Z-Image-Turbo, {_DATE}",
    ),
    Model(
        *("wan2.1-vace-1.3b", "wan-vace", "video-inpaint", "Apache-2.0", USES, "Wan-AI/Wan2.1-VACE-1.3B-diffusers"),
        pipeline="WanVACEPipeline",
        trained_on=_WAN_DATA,
        read=f"github.com/ali-vilab/VACE and github.com/Wan-Video/Wan2.1, README, {_DATE}",
    ),
    Model(
        *("wan2.1-vace-14b", "wan-vace", "video-inpaint", "Apache-2.0", USES, "Wan-AI/Wan2.1-VACE-14B-diffusers"),
        pipeline="WanVACEPipeline",
        trained_on=_WAN_DATA,
        read=f"github.com/ali-vilab/VACE and github.com/Wan-Video/Wan2.1, README, {_DATE}",
    ),
    Model(
        *("wan2.2-vace-fun-a14b", "wan-vace", "video-inpaint", "unknown", (), "linoyts/Wan2.2-VACE-Fun-14B-diffusers"),
        pipeline="WanVACEPipeline",
        conditions="The original's own page (alibaba-pai/Wan2.2-VACE-Fun-A14B) couldn't be read; look there first.",
    ),
    Model(
        *("ltx-video-0.9.7", "ltx", "video-edit", "LTX-Video-Open-Weights-0.X", (), "Lightricks/LTX-Video-0.9.7-dev"),
        pipeline="LTXConditionPipeline",
        conditions=_LTX,
        read=f"huggingface.co/Lightricks/LTX-Video-0.9.7-dev (which licence), others' words on what it says, {_DATE}",
    ),
    Model(
        *("ltx-2", "ltx2", "video", "LTX-2-Community", (), "Lightricks/LTX-2"),
        conditions=_LTX,
        read=f"others' words on github.com/Lightricks/LTX-2, LICENSE, {_DATE}; read it yourself",
    ),
)
KNOWN: dict[str, Model] = {row.name: row for row in _ROWS}
