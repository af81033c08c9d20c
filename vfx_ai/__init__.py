"""Takes objects out of EXR frame sequences: real pixels first, every pixel traceable.

    import vfx_ai

    report = vfx_ai.inpaint("shot/plate.####.exr", "shot/matte.####.exr", "out/clean.####.exr", matte_grow="2")

The public names are those in `__all__`. They are loaded when they are first used: importing this package loads neither
torch nor numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vfx_ai.door.boards import storyboard
from vfx_ai.door.farm import batch, submit, task
from vfx_ai.door.mattes import make_matte, matte_names, pick_matte
from vfx_ai.door.models import add_model, find_model, models, pull_model, remove_model, verify_models
from vfx_ai.door.plates import clean, extend, generate, loop, plan_extend
from vfx_ai.door.plates_by_model import draw, edit, imagine, plan_edit
from vfx_ai.door.proofs import disclose, reproduce, sign, verify_signature
from vfx_ai.door.shots import camera, inpaint, plan_inpaint, remake, verify
from vfx_ai.door.studio import (
    catalogue_add,
    catalogue_check,
    catalogue_cleared,
    catalogue_enter,
    catalogue_find,
    catalogue_list,
    catalogue_remove,
    catalogue_rights,
    catalogue_thumbnail,
    catalogue_titles,
    catalogue_withdraw,
    trace,
)
from vfx_ai.door.training import train, train_full, train_lora

if TYPE_CHECKING:
    from vfx_ai.again import Again
    from vfx_ai.board.make import Board, BoardShot
    from vfx_ai.disclosing import Disclosed
    from vfx_ai.doctor import Examination, examine
    from vfx_ai.errors import (
        InputError,
        Interrupted,
        JobError,
        MissingFrameError,
        OutputError,
        ResourceError,
        RightsError,
        UnsupportedFileError,
        VerifyError,
        VfxAiError,
    )
    from vfx_ai.farm.night import Night, ShotResult
    from vfx_ai.farm.submit import Submitted
    from vfx_ai.finish.remake import Remade
    from vfx_ai.job import Event, Job
    from vfx_ai.matchmove import Matchmove
    from vfx_ai.matte.clicks import ClickedMatte
    from vfx_ai.matte.pick import MatteNames, MatteObject, PickedMatte
    from vfx_ai.plates.drawn import Drawn
    from vfx_ai.plates.edit_plan import EditPlan
    from vfx_ai.plates.extend_plan import ExtendPlan
    from vfx_ai.plates.generated import Generated
    from vfx_ai.plates.imagined import Imagined
    from vfx_ai.plates.jobs import Clean, Extend
    from vfx_ai.plates.loop import Loop
    from vfx_ai.plates.single import Single
    from vfx_ai.proof.record import FrameRecord, Report
    from vfx_ai.proof.signing import SignatureVerdict, Signed
    from vfx_ai.proof.verify import FrameVerdict
    from vfx_ai.run import Plan
    from vfx_ai.studio.catalogue_change import Withdrawal
    from vfx_ai.studio.model import Model
    from vfx_ai.studio.rights import Clearance, Refusal
    from vfx_ai.studio.trace import Trace
    from vfx_ai.training.course import Trained

    __version__: str

__all__ = [
    "Again",
    "Board",
    "BoardShot",
    "Clean",
    "Clearance",
    "ClickedMatte",
    "Disclosed",
    "Drawn",
    "EditPlan",
    "Event",
    "Examination",
    "Extend",
    "ExtendPlan",
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
    "Night",
    "OutputError",
    "PickedMatte",
    "Plan",
    "Refusal",
    "Remade",
    "Report",
    "ResourceError",
    "RightsError",
    "ShotResult",
    "SignatureVerdict",
    "Signed",
    "Single",
    "Submitted",
    "Trace",
    "Trained",
    "UnsupportedFileError",
    "VerifyError",
    "VfxAiError",
    "Withdrawal",
    "__version__",
    "add_model",
    "batch",
    "camera",
    "catalogue_add",
    "catalogue_check",
    "catalogue_cleared",
    "catalogue_enter",
    "catalogue_find",
    "catalogue_list",
    "catalogue_remove",
    "catalogue_rights",
    "catalogue_thumbnail",
    "catalogue_titles",
    "catalogue_withdraw",
    "clean",
    "disclose",
    "draw",
    "edit",
    "examine",
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
    "plan_edit",
    "plan_extend",
    "plan_inpaint",
    "pull_model",
    "remake",
    "remove_model",
    "reproduce",
    "sign",
    "storyboard",
    "submit",
    "task",
    "trace",
    "train",
    "train_full",
    "train_lora",
    "verify",
    "verify_models",
    "verify_signature",
]

_HOMES = {
    "Clean": "vfx_ai.plates.jobs",
    "Again": "vfx_ai.again",
    "Board": "vfx_ai.board.make",
    "BoardShot": "vfx_ai.board.make",
    "Disclosed": "vfx_ai.disclosing",
    "Clearance": "vfx_ai.studio.rights",
    "ClickedMatte": "vfx_ai.matte.clicks",
    "Drawn": "vfx_ai.plates.drawn",
    "EditPlan": "vfx_ai.plates.edit_plan",
    "Event": "vfx_ai.job",
    "Examination": "vfx_ai.doctor",
    "Extend": "vfx_ai.plates.jobs",
    "ExtendPlan": "vfx_ai.plates.extend_plan",
    "FrameRecord": "vfx_ai.proof.record",
    "FrameVerdict": "vfx_ai.proof.verify",
    "Generated": "vfx_ai.plates.generated",
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
    "Night": "vfx_ai.farm.night",
    "OutputError": "vfx_ai.errors",
    "PickedMatte": "vfx_ai.matte.pick",
    "Plan": "vfx_ai.run",
    "Refusal": "vfx_ai.studio.rights",
    "Remade": "vfx_ai.finish.remake",
    "Report": "vfx_ai.proof.record",
    "ResourceError": "vfx_ai.errors",
    "SignatureVerdict": "vfx_ai.proof.signing",
    "Signed": "vfx_ai.proof.signing",
    "ShotResult": "vfx_ai.farm.night",
    "RightsError": "vfx_ai.errors",
    "Single": "vfx_ai.plates.single",
    "Submitted": "vfx_ai.farm.submit",
    "Trained": "vfx_ai.training.course",
    "Trace": "vfx_ai.studio.trace",
    "UnsupportedFileError": "vfx_ai.errors",
    "VerifyError": "vfx_ai.errors",
    "VfxAiError": "vfx_ai.errors",
    "Withdrawal": "vfx_ai.studio.catalogue_change",
    "examine": "vfx_ai.doctor",
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
