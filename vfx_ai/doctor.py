"""What this machine has, and what that allows."""

from __future__ import annotations

import importlib
import importlib.util
import os
import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Everything that a run imports, and the attribute in which each tells its version.
NEEDED = ("numpy", "torch", "OpenImageIO", "OpenEXR", "cv2", "fileseq", "jinja2", "psutil", "PyOpenColorIO")
# What some commands alone need: "vfx-ai[farm]" and so on.
EXTRAS = {
    "farm": ("openjd", "opentimelineio", "ray"),
    "sign": ("c2pa", "cryptography"),
    "studio": ("opentimelineio", "reportlab", "scenedetect"),
}
PACKAGES = {"cv2": "opencv-python-headless", "PyOpenColorIO": "opencolorio"}
GIGABYTE = 1e9
LITTLE_MEMORY, LITTLE_DISK = 8 * GIGABYTE, 5 * GIGABYTE


@dataclass(frozen=True)
class Examination:
    """What was found.

    Attributes:
        rows: name and value of everything, as text.
        allows: what that means for a run, a sentence each.
        missing: packages that every run needs and that can't be imported.
        facts: the same as plain JSON types.
    """

    rows: tuple[tuple[str, str], ...]
    allows: tuple[str, ...]
    missing: tuple[str, ...]
    facts: dict[str, Any]


def examine() -> Examination:
    """Look at this machine; nothing is changed, and nothing is asked of the network."""
    facts: dict[str, Any] = {"python": platform.python_version(), "system": platform.platform()}
    versions, missing = {}, []
    for name in NEEDED:
        try:
            versions[name] = _version(name)
        except Exception as error:  # a broken native library raises whatever it likes
            versions[name] = f"can't be imported: {type(error).__name__}: {error}".splitlines()[0]
            missing.append(PACKAGES.get(name, name))
    facts["versions"] = versions
    for name, probe in PROBES.items():
        try:
            facts[name] = probe()
        except Exception:  # what can't be asked isn't there
            facts[name] = None
    return Examination(_rows(facts), _allows(facts), tuple(missing), facts)


def _version(name: str) -> str:
    from importlib.metadata import version

    importlib.import_module(name)
    return version(PACKAGES.get(name, name))


def _gpus() -> list[dict[str, Any]]:
    import torch

    if torch.cuda.is_available():
        found = [torch.cuda.get_device_properties(index) for index in range(torch.cuda.device_count())]
        return [{"device": "cuda", "name": gpu.name, "memory_bytes": gpu.total_memory} for gpu in found]
    if torch.backends.mps.is_available():
        return [{"device": "mps", "name": "Apple GPU", "memory_bytes": _memory()["total_bytes"]}]
    return []


def _cuda_build() -> str:
    import torch

    return str(torch.version.cuda or "")


def _memory() -> dict[str, int]:
    import psutil

    memory = psutil.virtual_memory()
    return {"total_bytes": int(memory.total), "available_bytes": int(memory.available)}


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _disk() -> dict[str, Any]:
    here = Path.cwd()
    return {"folder": str(here), "free_bytes": shutil.disk_usage(here).free}


def _formats() -> list[str]:
    import OpenImageIO

    return sorted(str(OpenImageIO.get_string_attribute("format_list")).split(","))


def _models() -> dict[str, Any]:
    from vfx_ai.errors import VfxAiError
    from vfx_ai.model_folder import models_folder
    from vfx_ai.studio.models import registered

    told: dict[str, Any] = {"folder": str(models_folder()), "error": ""}
    try:
        return told | {"registered": [model.name for model in registered()]}
    except VfxAiError as error:
        return told | {"registered": [], "error": str(error)}


def _extras() -> dict[str, list[str]]:
    """By extra, what of it isn't there."""
    return {name: [one for one in needs if importlib.util.find_spec(one) is None] for name, needs in EXTRAS.items()}


def _color() -> dict[str, Any]:
    from vfx_ai.errors import VfxAiError
    from vfx_ai.media import color_config

    told: dict[str, Any] = {"config": color_config.described(), "error": ""}
    try:
        config = color_config.config()
        display = config.getDefaultDisplay()
        view = config.getDefaultView(display)
    except VfxAiError as error:
        return told | {"error": str(error)}
    return told | {"spaces": len(list(config.getColorSpaces())), "display": display, "view": view}


PROBES: dict[str, Callable[[], Any]] = {
    "gpus": _gpus,
    "cuda_build": _cuda_build,
    "memory": _memory,
    "cores": _cores,
    "disk": _disk,
    "formats": _formats,
    "color": _color,
    "models": _models,
    "extras": _extras,
    "ffmpeg": lambda: shutil.which("ffmpeg") or "",
}


def _rows(facts: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    from vfx_ai.terminal.summary import size

    gpus = [f"{gpu['name']}, {size(gpu['memory_bytes'])} ({gpu['device']})" for gpu in facts["gpus"] or []]
    memory, disk = facts["memory"], facts["disk"]
    return (
        ("Python", f"{facts['python']} on {facts['system']}"),
        *facts["versions"].items(),
        ("GPU", "; ".join(gpus) or "none"),
        ("CUDA in torch", facts["cuda_build"] or "none"),
        ("cores", str(facts["cores"])),
        ("memory", f"{size(memory['total_bytes'])}, {size(memory['available_bytes'])} free" if memory else "unknown"),
        ("disk", f"{size(disk['free_bytes'])} free in {disk['folder']}" if disk else "unknown"),
        ("color", _color_row(facts["color"])),
        ("models", _models_row(facts["models"])),
        ("extras", _extras_row(facts["extras"])),
        ("formats", ", ".join(facts["formats"] or ["unknown"])),
        ("ffmpeg", facts["ffmpeg"] or "not on the PATH"),
    )


def _models_row(models: dict[str, Any] | None) -> str:
    if not models:
        return "unknown"
    if models["error"]:
        return f"{models['folder']}: can't be used"
    count = len(models["registered"])
    return f"{count} registered in {models['folder']}"


def _extras_row(extras: dict[str, list[str]] | None) -> str:
    if extras is None:
        return "unknown"
    there = [name for name, lacks in extras.items() if not lacks]
    lacking = [f"{name} (vfx-ai[{name}] would bring it)" for name, lacks in extras.items() if lacks]
    return "; ".join(filter(None, (", ".join(there), *(f"not {name}" for name in lacking)))) or "none"


def _color_row(color: dict[str, Any] | None) -> str:
    if not color:
        return "unknown"
    if color["error"]:
        return f"{color['config']}: can't be used"
    return f"{color['config']}: {color['spaces']} color spaces; pictures through {color['display']}, {color['view']}"


def _allows(facts: dict[str, Any]) -> tuple[str, ...]:
    from vfx_ai.terminal.summary import size

    lines = [_gpu_line(facts)]
    memory, disk = facts["memory"], facts["disk"]
    if memory:
        little = memory["available_bytes"] < LITTLE_MEMORY
        budget = size(memory["total_bytes"] / 4)
        lines.append(
            f"Memory: a run keeps to {budget} unless --memory says otherwise"
            + ("; that is little, so 4K plates will be slow." if little else ".")
        )
    if disk and disk["free_bytes"] < LITTLE_DISK:
        lines.append(f"Disk: {size(disk['free_bytes'])} is little for a sequence of EXR files; write elsewhere.")
    if facts["color"] and facts["color"]["error"]:
        lines.append(f"Color: {facts['color']['error']}")
    if facts["models"] and facts["models"]["error"]:
        lines.append(f"Models: {facts['models']['error']}")
    ffmpeg = f", with {facts['ffmpeg']} for one" if facts["ffmpeg"] else ""
    lines.append(f"Movie files: not read; turn them into frames first{ffmpeg}.")
    return tuple(lines)


def _gpu_line(facts: dict[str, Any]) -> str:
    gpus = facts["gpus"] or []
    if gpus:
        return f"GPU: engines run on {gpus[0]['device']} unless --device says otherwise."
    if facts["cuda_build"]:
        return "GPU: none; engines run on the CPU. This torch could use an NVIDIA GPU if a driver showed it one."
    return "GPU: none; engines run on the CPU. This torch was built without CUDA."
