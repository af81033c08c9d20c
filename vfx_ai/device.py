"""Where the pixels are computed: cuda, mps or cpu."""

from __future__ import annotations

import torch

from vfx_ai.errors import ResourceError


def choose_device(name: str) -> torch.device:
    """The torch device for a job's `device` field; "auto" takes cuda, else mps, else cpu.

    Raises:
        ResourceError: the named device isn't on this machine.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if there[kind]))
    if not there[name]:
        raise ResourceError(f"this machine has no {name} device", remedy="Use --device auto, or see `vfx-ai doctor`.")
    return torch.device(name)


def is_out_of_memory(error: Exception) -> bool:
    """Whether a torch error says that the device's memory is used up."""
    return isinstance(error, torch.cuda.OutOfMemoryError) or "out of memory" in str(error).lower()


def device_name(device: torch.device) -> str:
    """What a person calls a device."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
