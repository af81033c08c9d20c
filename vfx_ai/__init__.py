"""Takes objects out of EXR frame sequences: real pixels first, every pixel traceable.

    import vfx_ai

    report = vfx_ai.inpaint("shot/plate.####.exr", "shot/matte.####.exr", "out/clean.####.exr", matte_grow="2")

The public names are those in `__all__`. They are loaded when they are first used: importing this package loads neither
torch nor numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vfx_ai.door.mattes import make_matte, matte_names, pick_matte
from vfx_ai.door.models import add_model, find_model, models, pull_model, remove_model, verify_models
from vfx_ai.door.plates import clean, edit, extend, generate, imagine, loop
from vfx_ai.door.shots import camera, inpaint, remake, verify

if TYPE_CHECKING:
    from vfx_ai.errors import (
        InputError,
        Interrupted,
        JobError,
        MissingFrameError,
        OutputError,
        ResourceError,
        UnsupportedFileError,
        VerifyError,
        VfxAiError,
    )
    from vfx_ai.finish.remake import Remade
    from vfx_ai.job import Event, Job
    from vfx_ai.matchmove import Matchmove
    from vfx_ai.matte.clicks import ClickedMatte
    from vfx_ai.matte.pick import MatteNames, MatteObject, PickedMatte
    from vfx_ai.plates.generate import Generated
    from vfx_ai.plates.imagined import Imagined
    from vfx_ai.plates.loop import Loop
    from vfx_ai.plates.single import Single
    from vfx_ai.proof.record import FrameRecord, Report
    from vfx_ai.proof.verify import FrameVerdict
    from vfx_ai.studio.model import Model

    __version__: str

__all__ = [
    "ClickedMatte",
    "Event",
    "FrameRecord",
    "FrameVerdict",
    "Generated",
    "Imagined",
    "InputError",
    "Interrupted",
    "Job",
    "JobError",
    "Loop",
    "Matchmove",
    "MatteNames",
    "MatteObject",
    "MissingFrameError",
    "Model",
    "OutputError",
    "PickedMatte",
    "Remade",
    "Report",
    "ResourceError",
    "Single",
    "UnsupportedFileError",
    "VerifyError",
    "VfxAiError",
    "__version__",
    "add_model",
    "camera",
    "clean",
    "edit",
    "extend",
    "find_model",
    "generate",
    "imagine",
    "inpaint",
    "loop",
    "make_matte",
    "matte_names",
    "models",
    "pick_matte",
    "pull_model",
    "remake",
    "remove_model",
    "verify",
    "verify_models",
]

_HOMES = {
    "ClickedMatte": "vfx_ai.matte.clicks",
    "Event": "vfx_ai.job",
    "FrameRecord": "vfx_ai.proof.record",
    "FrameVerdict": "vfx_ai.proof.verify",
    "Generated": "vfx_ai.plates.generate",
    "Imagined": "vfx_ai.plates.imagined",
    "InputError": "vfx_ai.errors",
    "Interrupted": "vfx_ai.errors",
    "Job": "vfx_ai.job",
    "JobError": "vfx_ai.errors",
    "Loop": "vfx_ai.plates.loop",
    "Matchmove": "vfx_ai.matchmove",
    "MatteNames": "vfx_ai.matte.pick",
    "MatteObject": "vfx_ai.matte.pick",
    "MissingFrameError": "vfx_ai.errors",
    "Model": "vfx_ai.studio.model",
    "OutputError": "vfx_ai.errors",
    "PickedMatte": "vfx_ai.matte.pick",
    "Remade": "vfx_ai.finish.remake",
    "Report": "vfx_ai.proof.record",
    "ResourceError": "vfx_ai.errors",
    "Single": "vfx_ai.plates.single",
    "UnsupportedFileError": "vfx_ai.errors",
    "VerifyError": "vfx_ai.errors",
    "VfxAiError": "vfx_ai.errors",
}


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("vfx-ai")
    except PackageNotFoundError:
        return "unknown"


def __getattr__(name: str) -> Any:
    if name == "__version__":
        value: Any = _version()
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
