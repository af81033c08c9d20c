"""Takes objects out of EXR frame sequences: real pixels first, every pixel traceable.

    import vfx_ai

    report = vfx_ai.inpaint("shot/plate.####.exr", "shot/matte.####.exr", "out/clean.####.exr", matte_grow="2")

The public names are those in `__all__`. They are loaded when they are first used: importing this package loads neither
torch nor numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

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
    from vfx_ai.job import Event, Job, Missing, Progress
    from vfx_ai.matchmove import Matchmove
    from vfx_ai.matte.clicks import ClickedMatte
    from vfx_ai.matte.pick import MatteNames, MatteObject, PickedMatte
    from vfx_ai.plates.generate import Generated
    from vfx_ai.plates.loop import Loop
    from vfx_ai.plates.single import Single
    from vfx_ai.proof.record import FrameRecord, Report
    from vfx_ai.proof.verify import FrameVerdict

    __version__: str

__all__ = [
    "ClickedMatte",
    "Event",
    "FrameRecord",
    "FrameVerdict",
    "Generated",
    "InputError",
    "Interrupted",
    "Job",
    "JobError",
    "Loop",
    "Matchmove",
    "MatteNames",
    "MatteObject",
    "MissingFrameError",
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
    "camera",
    "clean",
    "extend",
    "generate",
    "inpaint",
    "loop",
    "make_matte",
    "matte_names",
    "pick_matte",
    "remake",
    "verify",
]

_HOMES = {
    "ClickedMatte": "vfx_ai.matte.clicks",
    "Event": "vfx_ai.job",
    "FrameRecord": "vfx_ai.proof.record",
    "FrameVerdict": "vfx_ai.proof.verify",
    "Generated": "vfx_ai.plates.generate",
    "InputError": "vfx_ai.errors",
    "Interrupted": "vfx_ai.errors",
    "Job": "vfx_ai.job",
    "JobError": "vfx_ai.errors",
    "Loop": "vfx_ai.plates.loop",
    "Matchmove": "vfx_ai.matchmove",
    "MatteNames": "vfx_ai.matte.pick",
    "MatteObject": "vfx_ai.matte.pick",
    "MissingFrameError": "vfx_ai.errors",
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


def inpaint(
    plate: str | PathLike[str],
    matte: str | PathLike[str],
    output: str | PathLike[str],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Report:
    """Take an object out of a sequence, as the command `vfx-ai inpaint` does.

    Args:
        plate: sequence, folder or file, e.g. "shot/plate.####.exr".
        matte: sequence, folder or file; "": `matte_channel` or `matte_objects` of the plate itself.
        output: where results go, e.g. "out/clean.####.exr".
        progress: called with each Event.
        cancelled: asked between steps; once it is true the run stops, and keeps what is done.
        fields: any other field of `Job`, e.g. frames="1001-1010", matte_grow="2", device="cpu".

    Returns:
        What was done. `report.passed` says whether every pixel outside the matte is the plate's.

    Raises:
        VfxAiError: what was asked can't be done; the message names the file, the frame and what to do next.
        TypeError: `fields` has a name that `Job` hasn't.
    """
    from vfx_ai.job import Job, silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.run import run

    if "camera" in fields:
        fields["camera"] = fspath(fields["camera"])
    job = Job(fspath(plate), fspath(matte), fspath(output), **fields)
    return run(job, progress or silent, cancelled or _never)


def clean(
    plate: str | PathLike[str],
    output: str | PathLike[str],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Report | Single:
    """Make a clean plate, as the command `vfx-ai plate clean` does.

    Args:
        plate: sequence, folder or file.
        output: where results go, e.g. "out/clean.####.exr".
        progress, cancelled: as for `inpaint`.
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

    if "matte" in fields:
        fields["matte"] = fspath(fields["matte"])
    return cleaned(Clean(fspath(plate), fspath(output), **fields), progress or silent, cancelled or _never)


def extend(
    plate: str | PathLike[str],
    output: str | PathLike[str],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Report:
    """Make a plate wider, as the command `vfx-ai plate extend` does.

    Args:
        plate: sequence, folder or file of EXRs.
        output: where results go, e.g. "out/wide.####.exr".
        progress, cancelled: as for `inpaint`.
        fields: any other field of `plates.jobs.Extend`: one of pad="12%,0,12%,0", format="2048x858" and
            overscan="10%", and e.g. matte, frames, device.

    Returns:
        What was done; the hole is what lies beyond the old edge. `report.passed` says whether the old area is the
        plate's, bit for bit.

    Raises:
        VfxAiError: what was asked can't be done; the message names the file, the frame and what to do next.
        TypeError: `fields` has a name that isn't there.
    """
    from vfx_ai.job import silent
    from vfx_ai.plates.jobs import Extend
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.plates.extend import extend as extended

    for name in ("camera", "matte"):
        if name in fields:
            fields[name] = fspath(fields[name])
    return extended(Extend(fspath(plate), fspath(output), **fields), progress or silent, cancelled or _never)


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
    from vfx_ai.proof.verify import verify_sequences

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
        cancelled=cancelled or _never,
        camera=fspath(fields.pop("camera", "")),
        **fields,
    )


def matte_names(
    plate: str | PathLike[str], *, frame: int | None = None, missing: Missing = "error"
) -> tuple[MatteNames, ...]:
    """The objects of a plate by its cryptomattes, as the command `vfx-ai matte names` lists them.

    Args:
        plate: sequence, folder or file.
        frame: which; None: the first.
        missing: what a gap means; as in `Job`.

    Returns:
        For each cryptomatte its objects in that frame, the largest first.

    Raises:
        VfxAiError: it can't be read, or has no cryptomatte or no such frame.
    """
    from vfx_ai.matte.pick import matte_names as named

    return named(fspath(plate), frame, missing=missing)


def pick_matte(
    plate: str | PathLike[str],
    objects: str,
    output: str | PathLike[str],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> PickedMatte:
    """Write the matte of objects of a plate's cryptomatte, as the command `vfx-ai matte pick` does.

    Args:
        plate: sequence, folder or file.
        objects: names, patterns and ids with commas between them, e.g. "Ball,crowd_*,<1a2b3c4d>".
        output: where mattes go, e.g. "out/matte.####.exr": EXR with channel A, half.
        progress: called with each Event.
        cancelled: asked before each frame; once it is true it stops, and keeps what is done.
        fields: layer (which cryptomatte), frames, missing.

    Raises:
        VfxAiError: a file can't be read or written, or something that is named has no pixel in any frame.
        TypeError: `fields` has another name.
    """
    from vfx_ai.job import silent
    from vfx_ai.matte.pick import pick_matte as picked

    return picked(
        fspath(plate), objects, fspath(output), progress=progress or silent, cancelled=cancelled or _never, **fields
    )


def make_matte(
    plate: str | PathLike[str],
    output: str | PathLike[str],
    *,
    points: Sequence[str] = (),
    boxes: Sequence[str] = (),
    wires: Sequence[str] = (),
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> ClickedMatte:
    """Make the matte of an object from clicks, boxes and wires, as the command `vfx-ai matte click` does.

    Args:
        plate: sequence, folder or file.
        output: where mattes go, e.g. "out/matte.####.exr": EXR, half; channel A, and `name.A` of each named object.
        points: "X,Y@FRAME" is the object, "-X,Y@FRAME" isn't; "NAME:X,Y@FRAME" for several objects. Pixels of the
            plate's own coordinates, y down.
        boxes: "X,Y,X,Y@FRAME", two corners of what holds the object.
        wires: "X,Y,X,Y@FRAME", both ends of a thin line; "X,Y,X,Y,WIDTH@FRAME" with its width in pixels.
        progress: called with each Event.
        cancelled: asked before each frame; once it is true it stops, and keeps what is done.
        fields: not_points, edge ("soft", "hard"), sam_weights, frames, layer, colorspace, missing, device.

    Returns:
        What was made; `doubts` has the frames where an object may be lost.

    Raises:
        VfxAiError: a file can't be read or written, or what is asked makes no sense.
        TypeError: `fields` has another name.
    """
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.matte.clicks import make_matte as made

    return made(
        fspath(plate),
        fspath(output),
        points=points,
        boxes=boxes,
        wires=wires,
        progress=progress or silent,
        cancelled=cancelled or _never,
        **fields,
    )


def generate(
    like: str | PathLike[str] | Sequence[str | PathLike[str]],
    output: str | PathLike[str],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Generated:
    """Make a new plate of the same kind as references, as the command `vfx-ai plate generate` does.

    Args:
        like: the reference, or several: sequences, folders or stills.
        output: where results go, e.g. "out/new.####.exr": EXR, half.
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
    from vfx_ai.plates.generate import generate_plate

    names = (like,) if isinstance(like, str | PathLike) else tuple(like)
    return generate_plate(
        tuple(fspath(name) for name in names),
        fspath(output),
        progress=progress or silent,
        cancelled=cancelled or _never,
        **({**fields, "mask": fspath(fields["mask"])} if "mask" in fields else fields),
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
        fields: length ("24-60"), over, start, layer, colorspace, missing, device, memory, aovs, keep_compression,
            force, dry_run.

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

    return make_loop(
        fspath(plate), fspath(output), progress=progress or silent, cancelled=cancelled or _never, **fields
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
) -> Iterator[Remade]:
    """Make the fill of a result anew from its plates, by the channels fill.from and fill.gain that the result carries.

    Args:
        plate, result: sequences, in any spelling.
        frames: which, e.g. "1001-1010"; "": all of the result.
        layer, missing, colorspace, painted: as for the run; without `painted`, pixels that were painted aren't made.

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
    )


def _never() -> bool:
    return False


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
