"""Which models of the registry are trained on, told by their folders alone: nothing of them is opened."""

from __future__ import annotations

import json

from vfx_ai.errors import InputError, JobError
from vfx_ai.fill.checkpoint import Checkpoint, checkpoint
from vfx_ai.fill.families import FAMILIES, IMAGE, family_of
from vfx_ai.studio.model import Model

VIDEOS = "wan_vace"  # the family of videos that is taught, see `lora_video`
INPAINTING = 9  # channels of a U-Net: latents 4, mask 1, latents of what is known 4
_MOST = 1 << 20  # bytes of a part's config


def base_on_disk(base: Model) -> Checkpoint:
    """The folder of a model that can be trained on.

    Raises:
        JobError: it can't be: it is no folder of diffusers, or of another kind.
        InputError: it can't be read.
    """
    if base.path is None or not base.path.is_dir():
        raise JobError(
            f"{base.name!r} is no folder of diffusers, and such alone are trained on", remedy="Name another model."
        )
    family = family_of(base.pipeline)
    disk = checkpoint(base.path, FAMILIES[family].kind if family else IMAGE)
    if "transformer_2" in disk.parts:
        raise JobError(
            f"{base.name!r} has two networks, and one is trained", remedy="Take a model with one, as Wan 2.1 VACE is."
        )
    if disk.family != VIDEOS and (FAMILIES[disk.family].kind != IMAGE or _channels(disk) != INPAINTING):
        raise JobError(
            f"{base.name!r} can't be trained on here: its pipeline is {disk.pipeline}",
            remedy=f"Take a model of {FAMILIES[VIDEOS].told}, or an inpainting model of Stable Diffusion or SDXL, "
            "whose U-Net has nine channels.",
        )
    return disk


def _channels(disk: Checkpoint) -> int:
    """How many channels its U-Net takes; 0: it has none."""
    path = disk.folder / "unet" / "config.json"
    if "unet" not in disk.parts:
        return 0
    try:
        with path.open("rb") as file:
            return int(json.loads(file.read(_MOST))["in_channels"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"it can't be read: {error}", file=path, remedy="Check the model with `vfx-ai models verify`."
        ) from None
