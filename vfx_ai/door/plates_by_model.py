"""Whole plates as a model changes or makes them, from Python: the commands of the same names."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from vfx_ai.door.calls import never, texts

if TYPE_CHECKING:
    from vfx_ai.job import Progress
    from vfx_ai.plates.drawn import Drawn
    from vfx_ai.plates.edit_plan import EditPlan
    from vfx_ai.plates.imagined import Imagined
    from vfx_ai.proof.record import Report


def edit(
    plate: str | PathLike[str],
    output: str | PathLike[str],
    model: str | PathLike[str],
    prompt: str,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Report:
    """Change what a shot shows by a model, as the command `vfx-ai edit` does.

    Args:
        plate: sequence, folder or file of EXRs.
        output: where results go, e.g. "out/edit.####.exr"; what was made lies beside it, as "out/edit_made.####.exr".
        model: a name in the registry, or the path that it was registered with.
        prompt: what it is to make.
        progress, cancelled: as for `inpaint`.
        fields: any other field of `plates.jobs_edit.Edit`, e.g. matte, strength, seed, frames.

    Returns:
        What was done; the hole is what may change. `report.passed` says whether all else is the plate's, bit for bit.

    Raises:
        VfxAiError: what was asked can't be done; the message names the file, the frame and what to do next.
        TypeError: `fields` has a name that isn't there.
    """
    from vfx_ai.fill.allowed import refuse_early
    from vfx_ai.job import silent
    from vfx_ai.plates.jobs_edit import Edit
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    asked = Edit(fspath(plate), fspath(output), fspath(model), prompt, **texts(fields))
    refuse_early(asked)
    from vfx_ai.plates.edit import edit as edited

    return edited(asked, progress or silent, cancelled or never)


def plan_edit(
    plate: str | PathLike[str], output: str | PathLike[str], model: str | PathLike[str], prompt: str, **fields: Any
) -> EditPlan:
    """Say what an edit would take, as the command `vfx-ai edit --dry-run` does; nothing is written.

    Args:
        plate, output, model, prompt, fields: as for `edit`.

    Returns:
        Windows or pictures, tiles, steps, and about how long.

    Raises:
        VfxAiError: what `edit` would raise before its first frame.
        TypeError: `fields` has a name that isn't there.
    """
    from vfx_ai.fill.allowed import refuse_early
    from vfx_ai.plates.jobs_edit import Edit
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    asked = Edit(fspath(plate), fspath(output), fspath(model), prompt, **texts(fields))
    refuse_early(asked)
    from vfx_ai.plates.edit_plan import plan_edit as planned

    return planned(asked)


def draw(
    model: str,
    output: str | PathLike[str],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Drawn:
    """Make a plate from nothing by a model of one's own, as `vfx-ai plate generate --model` does without words.

    Args:
        model: of the registry, trained by `train`.
        output: where results go, e.g. "out/new.####.exr": EXR, half.
        progress, cancelled: as for `generate`.
        fields: frames, size ("1920x1080"), seed, start, use, policy, models_dir, device, memory, aovs.

    Returns:
        What was made.

    Raises:
        VfxAiError: the model isn't there or may not be used so, or something can't be read or written.
        TypeError: `fields` has another name.
    """
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.plates.drawn import draw_plate

    return draw_plate(model, fspath(output), progress=progress or silent, cancelled=cancelled or never, **texts(fields))


def imagine(
    prompt: str,
    output: str | PathLike[str],
    *,
    model: str,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Imagined:
    """Make a new plate by a model, from words or from a first picture, as `vfx-ai plate generate --prompt` does.

    Args:
        prompt: what it shows; "": what goes on from `image`.
        output: where results go, e.g. "out/fog.####.exr": EXR, half.
        model: a name in the registry of models.
        progress: called with each Event.
        cancelled: asked between steps; once it is true it stops, and keeps what is done.
        fields: image, frames, size ("1920x1080"), negative, seed, lora, reference, use, policy, models_dir, start, fps,
            colorspace, device, aovs, force, dry_run.

    Returns:
        What was made, and by which model under which licence.

    Raises:
        VfxAiError: a file can't be read or written, the model isn't allowed, or what is asked makes no sense.
        TypeError: `fields` has another name.
    """
    from vfx_ai.fill.allowed import refuse_early
    from vfx_ai.job import silent
    from vfx_ai.plates.jobs_new import PlateByModel
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    first = {name: fspath(fields[name]) for name in ("lora", "use", "policy", "models_dir") if name in fields}
    refuse_early(PlateByModel(model, fspath(output), **first))
    from vfx_ai.plates.imagined import imagine_plate

    return imagine_plate(
        prompt, fspath(output), model=model, progress=progress or silent, cancelled=cancelled or never, **texts(fields)
    )
