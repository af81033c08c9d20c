"""Where the pixels are computed: cuda, mps or cpu."""

from __future__ import annotations

import torch

from vfx_ai.errors import ResourceError


def choose_device(name: str) -> torch.device:
    """The torch device for a job's `device` field; "auto" takes cuda, else mps, else cpu.

    What is computed there has all digits of a float, as on the CPU: an NVIDIA card's convolutions have ten bits of them
    unless they are told.

    Raises:
        ResourceError: the named device isn't on this machine.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    chosen = next(kind for kind in ("cuda", "mps", "cpu") if there[kind]) if name == "auto" else name
    if not there[chosen]:
        raise ResourceError(f"this machine has no {name} device", remedy="Use --device auto, or see `vfx-ai doctor`.")
    if chosen == "cuda":
        torch.backends.cudnn.allow_tf32 = False
    return torch.device(chosen)


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory is used up, the device's or the machine's."""
    # For the machine's own memory torch has no class: "DefaultCPUAllocator: can't allocate memory".
    return isinstance(error, torch.cuda.OutOfMemoryError | MemoryError) or any(
        words in str(error).lower() for words in ("out of memory", "allocate memory", "not enough memory")
    )


def refuse_unless_cpu_can_help(error: Exception, device: torch.device, frame: int | None = None) -> None:
    """Returns if `error` says that a device's memory is used up and the CPU may go on; else raises.

    Raises:
        ResourceError: it was the CPU.
        Exception: `error` itself, where it is about something else.
    """
    if not is_out_of_memory(error):
        raise error
    if device.type == "cpu":
        raise ResourceError(
            "there is not enough memory", frame=frame, remedy="Give less to --memory, or close other programs."
        ) from None


def device_name(device: torch.device) -> str:
    """What a person calls a device."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
