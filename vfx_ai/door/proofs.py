"""What a Python caller asks about proof: a result done again, signed, checked, disclosed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING

from vfx_ai.door.calls import never

if TYPE_CHECKING:
    from vfx_ai.again import Again
    from vfx_ai.job import Progress


def reproduce(
    sidecar: str | PathLike[str],
    out: str | PathLike[str] = "",
    *,
    moved: Mapping[str, str] | None = None,
    frames: str = "",
    device: str = "",
    memory: str = "25%",
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Again:
    """Do a result again from its sidecar, and compare the bits, as the command `vfx-ai reproduce` does.

    Args:
        sidecar: the file beside the result.
        out: a new folder for the new files; "": `<stem>.again` beside the sidecar.
        moved: where inputs lie now, by how their paths began.
        frames: which, e.g. "1001-1010"; "": all of the result.
        device, memory: as in a Job; device "": that of the result.
        progress, cancelled: as for `inpaint`.

    Returns:
        What is the same and what isn't; `passed` says whether every pixel is.

    Raises:
        VfxAiError: inputs aren't what they were, which is told before anything runs; or what a run raises.
    """
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.again import reproduce as again

    pairs = tuple((moved or {}).items())
    target = Path(out) if fspath(out) else None
    return again(
        Path(sidecar),
        target,
        pairs,
        frames=frames,
        device=device,
        memory=memory,
        progress=progress or silent,
        cancelled=cancelled or never,
    )
