"""What a Python caller asks of mattes: objects by name, and clicks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from vfx_ai.door.calls import never

if TYPE_CHECKING:
    from vfx_ai.job import Missing, Progress
    from vfx_ai.matte.clicks import ClickedMatte
    from vfx_ai.matte.pick import MatteNames, PickedMatte


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
        fspath(plate), objects, fspath(output), progress=progress or silent, cancelled=cancelled or never, **fields
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
        cancelled=cancelled or never,
        **fields,
    )
