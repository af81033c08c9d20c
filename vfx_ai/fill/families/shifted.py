"""How much noise FLUX has at which step: it shifts steps by the picture's size, and a tile is to count by its own."""

from __future__ import annotations

from math import exp
from typing import Any

from vfx_ai.fill.families.asked import Call, takes

PATCH = 2  # latents along the side of a token


def sigmas_for_tiles(pipe: Any, call: Call) -> dict[str, list[float]]:
    """The argument "sigmas" by which a picture that is seen in tiles gets the steps of one tile; {}: it needs none.

    A sigma s becomes 1 / (1 + (1/s - 1) exp(-mu)), where mu grows with the number of tokens. So the shift of the whole
    picture is taken back, and that of a tile put in.
    """
    if not call.tile:
        return {}
    config = pipe.scheduler.config
    kind = type(getattr(pipe, "transformer", None)).__name__
    shifts = config.get("use_dynamic_shifting") and config.get("time_shift_type", "exponential") == "exponential"
    if not shifts or kind != "FluxTransformer2DModel" or not takes(pipe, "sigmas"):
        return {}
    cell = int(pipe.vae_scale_factor) * PATCH
    low, high = config.get("base_image_seq_len", 256), config.get("max_image_seq_len", 4096)
    slope = (config.get("max_shift", 1.15) - config.get("base_shift", 0.5)) / (high - low)
    whole, tile = ((height // cell) * (width // cell) for height, width in (call.image.shape[-2:], call.seen))
    back = exp(slope * (whole - tile))
    usual = [1 - (1 - 1 / call.steps) * index / max(1, call.steps - 1) for index in range(call.steps)]
    return {"sigmas": [1 / (1 + (1 / sigma - 1) * back) for sigma in usual]}
