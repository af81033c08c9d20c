"""Where weights of networks lie on this machine, and that they are safetensors. Nothing is ever fetched."""

from __future__ import annotations

from pathlib import Path

from vfx_ai.errors import InputError
from vfx_ai.model_folder import models_folder

SAM_2_NAMES = "sam2*"  # folders, as transformers reads them
SAM_NAMES = ("sam_vit_h*.safetensors", "sam_vit_l*.safetensors", "sam_vit_b*.safetensors")  # the best first
_RUNNABLE = frozenset({".pth", ".pt", ".ckpt", ".bin", ".pkl"})


def find_sam(given: str) -> Path | None:
    """The weights: a folder with SAM 2's or a file with segment-anything's; None if there are none.

    Args:
        given: which; "": in the folder of models, SAM 2 before segment-anything, of that the largest.

    Raises:
        InputError: what is given isn't there, or is no safetensors file.
    """
    if given:
        path = Path(given).expanduser()
        if path.is_dir():
            checked(path / "model.safetensors")
            return path
        return checked(path)
    folder = models_folder()
    if not folder.is_dir():
        return None
    for path in sorted(folder.glob(SAM_2_NAMES)):
        if (path / "model.safetensors").is_file():
            return path
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
