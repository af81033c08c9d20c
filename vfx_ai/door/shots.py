"""What a Python caller asks of a shot: a paint-out, what it would take, its verdict, its camera, its fill made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from vfx_ai.door.calls import never, texts

if TYPE_CHECKING:
    from vfx_ai.finish.remake import Remade
    from vfx_ai.job import Missing, Progress, Step
    from vfx_ai.matchmove import Matchmove
    from vfx_ai.proof.record import Report
    from vfx_ai.proof.verify import FrameVerdict
    from vfx_ai.run import Plan


def inpaint(
    plate: str | PathLike[str],
    matte: str | PathLike[str],
    output: str | PathLike[str],
    *,
    step: Step = "all",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Report:
    """Take an object out of a sequence, as the command `vfx-ai inpaint` does.

    Args:
        plate: sequence, folder or file, e.g. "shot/plate.####.exr".
        matte: sequence, folder or file; "": `matte_channel` or `matte_objects` of the plate itself.
        output: where results go, e.g. "out/clean.####.exr".
        step: "all"; or "analyse", "fill" (the frames asked for) or "report" alone, which several machines may share.
        progress: called with each Event.
        cancelled: asked between steps; once it is true the run stops, and keeps what is done.
        fields: any other field of `Job`, e.g. frames="1001-1010", matte_grow="2", device="cpu".

    Returns:
        What was done. `report.passed` says whether every pixel outside the matte is the plate's.

    Raises:
        VfxAiError: what was asked can't be done; the message names the file, the frame and what to do next.
        TypeError: `fields` has a name that `Job` hasn't.
    """
    from vfx_ai.fill.allowed import refuse_early
    from vfx_ai.job import Job, silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    job = Job(fspath(plate), fspath(matte), fspath(output), **texts(fields))
    refuse_early(job)
    from vfx_ai.run import run

    return run(job, progress or silent, cancelled or never, step=step)


def plan_inpaint(
    plate: str | PathLike[str], matte: str | PathLike[str], output: str | PathLike[str], **fields: Any
) -> Plan:
    """Say what a paint-out would take, as the command `vfx-ai inpaint --dry-run` does; nothing is written.

    Args:
        plate, matte, output, fields: as for `inpaint`.

    Returns:
        Frames, the hole's size, the engine, memory, disk, and about how long.

    Raises:
        VfxAiError: what `inpaint` would raise before its first frame.
        TypeError: `fields` has a name that `Job` hasn't.
    """
    from vfx_ai.fill.allowed import refuse_early
    from vfx_ai.job import Job
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    job = Job(fspath(plate), fspath(matte), fspath(output), **texts(fields))
    refuse_early(job)
    from vfx_ai.run import plan

    return plan(job)


def verify(
    plate: str | PathLike[str],
    result: str | PathLike[str],
    matte: str | PathLike[str],
    *,
    matte_channel: str = "",
    matte_objects: str = "",
    matte_layer: str = "",
    matte_invert: bool = False,
    matte_grow: str = "0",
    layer: str = "RGB",
    layers: str = "",
    missing: Missing = "error",
    colorspace: str = "",
    effects: bool = False,
) -> tuple[FrameVerdict, ...]:
    """Compare every frame of a result with its plate, bit for bit outside of the matte; options as for the run.

    Args:
        plate, result: sequences, in any spelling.
        matte: a sequence or one held file; "": `matte_channel` or `matte_objects` of the plate itself.

    Returns:
        A verdict for each frame of the result; `passed` says whether it is right, `findings` what isn't.

    Raises:
        VfxAiError: a sequence isn't there, can't be read, or has frames that the plate hasn't.
    """
    from vfx_ai.proof.verify_shot import verify_sequences

    return verify_sequences(
        fspath(plate),
        fspath(result),
        fspath(matte),
        channel=matte_channel,
        objects=matte_objects,
        objects_layer=matte_layer,
        invert=matte_invert,
        grow=matte_grow,
        layer=layer,
        layers=layers,
        missing=missing,
        colorspace=colorspace,
        effects=effects,
    )


def camera(
    plate: str | PathLike[str],
    output: str | PathLike[str],
    matte: str | PathLike[str] = "",
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Matchmove:
    """Solve the camera of a shot and write it to a file, as the command `vfx-ai camera` does.

    Args:
        plate: sequence, folder or file.
        output: .chan, .usd, .usda, .usdc or .json.
        matte: what moves by itself; "": nothing does.
        progress: called with each Event.
        cancelled: asked between steps; once it is true it stops, and nothing is written.
        fields: matte_channel, matte_objects, matte_layer, matte_invert, matte_grow, camera, focal, missing, layer,
            colorspace, device, memory; as in `Job`.

    Returns:
        What was solved. `known` has the frames whose camera is known.

    Raises:
        VfxAiError: a file can't be read or written, or the camera can't be solved.
        TypeError: `fields` has another name.
    """
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.matchmove import matchmove

    return matchmove(
        fspath(plate),
        fspath(output),
        fspath(matte),
        progress=progress or silent,
        cancelled=cancelled or never,
        camera=fspath(fields.pop("camera", "")),
        **fields,
    )


def remake(
    plate: str | PathLike[str],
    result: str | PathLike[str],
    *,
    frames: str = "",
    layer: str = "RGB",
    missing: Missing = "error",
    colorspace: str = "",
    painted: str = "",
    reference: str = "",
) -> Iterator[Remade]:
    """Make the fill of a result anew from its plates, by the channels fill.from and fill.gain that the result carries.

    Args:
        plate, result: sequences, in any spelling.
        frames: which, e.g. "1001-1010"; "": all of the result.
        layer, missing, colorspace, painted, reference: as for the run; without the last two, pixels that came from them
            aren't made.

    Yields:
        Each frame made anew, beside what the result holds; its `off` is at most 2**-10 if the map is right.

    Raises:
        VfxAiError: a file can't be read, or the result carries no such channels.
    """
    from vfx_ai.finish.remake import remake as remade

    yield from remade(
        fspath(plate),
        fspath(result),
        frames=frames,
        layer=layer,
        missing=missing,
        colorspace=colorspace,
        painted=painted,
        reference=reference,
    )
