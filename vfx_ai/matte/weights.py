"""Where weights of networks lie on this machine, and that they are safetensors. Nothing is ever fetched."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from vfx_ai.errors import InputError

MODELS = "VFX_AI_MODELS"  # environment: the folder of models
SAM_NAMES = ("sam_vit_h*.safetensors", "sam_vit_l*.safetensors", "sam_vit_b*.safetensors")  # the best first
_RUNNABLE = frozenset({".pth", ".pt", ".ckpt", ".bin", ".pkl"})


def models_folder() -> Path:
    """The folder of models: $VFX_AI_MODELS, else "vfx-ai/models" where the system keeps a user's data."""
    named = os.environ.get(MODELS)
    if named:
        return Path(named).expanduser()
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return base / "vfx-ai" / "models"


def find_sam(given: str) -> Path | None:
    """The file with segment-anything's weights: the one given, else the largest in the folder of models, else None.

    Raises:
        InputError: the one given isn't there, or is no safetensors file.
    """
    if given:
        return checked(Path(given).expanduser())
    folder = models_folder()
    if not folder.is_dir():
        return None
    return next((path for name in SAM_NAMES for path in sorted(folder.glob(name))), None)


def checked(path: Path) -> Path:
    """The path of a safetensors file.

    Raises:
        InputError: it isn't there, or of another kind.
    """
    if path.suffix.lower() in _RUNNABLE:
        raise InputError(
            f"weights as {path.suffix} are not read: opening a file of that kind can run any program that it holds",
            file=path,
            remedy="Have it converted to safetensors, with the same names, on a machine where that does no harm "
            "(the safetensors project has a converter), and give the .safetensors file.",
        )
    if path.suffix.lower() != ".safetensors":
        raise InputError("these are no weights", file=path, remedy="Give a .safetensors file.")
    if not path.is_file():
        raise InputError("there are no such weights", file=path, remedy="Check the path.")
    return path
