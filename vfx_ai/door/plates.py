"""What a Python caller asks of whole plates: clean, wider, new, looping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from vfx_ai.door.calls import never, texts

if TYPE_CHECKING:
    from vfx_ai.job import Progress, Step
    from vfx_ai.plates.extend_plan import ExtendPlan
    from vfx_ai.plates.generated import Generated
    from vfx_ai.plates.loop import Loop
    from vfx_ai.plates.single import Single
    from vfx_ai.proof.record import Report


def clean(
    plate: str | PathLike[str],
    output: str | PathLike[str],
    *,
    step: Step = "all",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Report | Single:
    """Make a clean plate, as the command `vfx-ai plate clean` does.

    Args:
        plate: sequence, folder or file.
        output: where results go, e.g. "out/clean.####.exr".
        step, progress, cancelled: as for `inpaint`.
        fields: any other field of `plates.jobs.Clean`, e.g. matte, single, frames, sample, device.

    Returns:
        What was done, as for `inpaint`; with single=True a `Single`: the stitched plate and its maps.

    Raises:
        VfxAiError: what was asked can't be done; the message names the file, the frame and what to do next.
        TypeError: `fields` has a name that isn't there.
    """
    from vfx_ai.job import silent
    from vfx_ai.plates.jobs import Clean
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.plates.clean import clean as cleaned

    return cleaned(Clean(fspath(plate), fspath(output), **texts(fields)), progress or silent, cancelled or never, step)


def extend(
    plate: str | PathLike[str],
    output: str | PathLike[str],
    *,
    step: Step = "all",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Report:
    """Make a plate wider, as the command `vfx-ai plate extend` does.

    Args:
        plate: sequence, folder or file of EXRs.
        output: where results go, e.g. "out/wide.####.exr".
        step, progress, cancelled: as for `inpaint`.
        fields: any other field of `plates.jobs.Extend`: one of pad="12%,0,12%,0", format="2048x858" and
            overscan="10%", and e.g. matte, frames, device.

    Returns:
        What was done; the hole is what lies beyond the old edge. `report.passed` says whether the old area is the
        plate's, bit for bit.

    Raises:
        VfxAiError: what was asked can't be done; the message names the file, the frame and what to do next.
        TypeError: `fields` has a name that isn't there.
    """
    from vfx_ai.fill.allowed import refuse_early
    from vfx_ai.job import silent
    from vfx_ai.plates.jobs import Extend
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    asked = Extend(fspath(plate), fspath(output), **texts(fields))
    refuse_early(asked)
    from vfx_ai.plates.extend import extend as extended

    return extended(asked, progress or silent, cancelled or never, step)


def plan_extend(plate: str | PathLike[str], output: str | PathLike[str], **fields: Any) -> ExtendPlan:
    """Say how large a plate would become, as the command `vfx-ai plate extend --dry-run` does; nothing is written.

    Args:
        plate, output, fields: as for `extend`.

    Returns:
        Frames, the larger picture's size, what share of it is new, and what a model would take for that.

    Raises:
        VfxAiError: what `extend` would raise before its first frame.
        TypeError: `fields` has a name that isn't there.
    """
    from vfx_ai.fill.allowed import refuse_early
    from vfx_ai.plates.jobs import Extend
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    asked = Extend(fspath(plate), fspath(output), **texts(fields))
    refuse_early(asked)
    from vfx_ai.plates.extend_plan import plan_extend as planned

    return planned(asked)


def generate(
    like: str | PathLike[str] | Sequence[str | PathLike[str]],
    output: str | PathLike[str],
    *,
    catalogue: str | PathLike[str] = "",
    territory: str = "world",
    masked: str = "",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Generated:
    """Make a new plate of the same kind as references, as the command `vfx-ai plate generate` does.

    Args:
        like: the reference, or several: sequences, folders or stills.
        output: where results go, e.g. "out/new.####.exr": EXR, half.
        catalogue: references are shots of it, by name; they must be cleared, and the ledger has the result.
        territory, masked: where the plate is to be used ("world", or a country's code), and what `mask` keeps out
            ("faces,Jane Doe"), for the rights of the catalogue's shots.
        progress: called with each Event.
        cancelled: asked between steps; once it is true it stops, and keeps what is done.
        fields: frames, size ("1920x1080"), seed, mask, mask_channel, start, fps, sample, layer, colorspace, missing,
            device, memory, aovs, force, dry_run.

    Returns:
        What was made; `copied` says how much of it is one piece of the reference, `figures` how it compares.

    Raises:
        VfxAiError: a file can't be read or written, or what is asked makes no sense.
        TypeError: `fields` has another name.
    """
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.plates.from_catalogue import generate_from_catalogue
    from vfx_ai.plates.generate import generate_plate

    make = partial(generate_from_catalogue, catalogue=fspath(catalogue), territory=territory, masked=masked)
    names = (like,) if isinstance(like, str | PathLike) else tuple(like)
    return (make if catalogue else generate_plate)(
        tuple(fspath(name) for name in names),
        fspath(output),
        progress=progress or silent,
        cancelled=cancelled or never,
        **texts(fields),
    )


def loop(
    plate: str | PathLike[str],
    output: str | PathLike[str],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Loop:
    """Make a shot a loop without a seam, as the command `vfx-ai plate loop` does.

    Args:
        plate: sequence or folder.
        output: where results go, e.g. "out/loop.####.exr".
        progress: called with each Event.
        cancelled: asked between steps; once it is true it stops, and keeps what is done.
        fields: length ("24-60"), over, start, sample, layer, colorspace, missing, device, memory, aovs,
            keep_compression, force, dry_run.

    Returns:
        What was made; `warnings` says what is likely to be seen.

    Raises:
        VfxAiError: a file can't be read or written, or the shot is too short.
        TypeError: `fields` has another name.
    """
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.plates.loop import make_loop

    return make_loop(fspath(plate), fspath(output), progress=progress or silent, cancelled=cancelled or never, **fields)
