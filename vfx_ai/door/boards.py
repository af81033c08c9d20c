"""What a Python caller asks of storyboards."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from vfx_ai.door.calls import never, texts

if TYPE_CHECKING:
    from vfx_ai.board.make import Board
    from vfx_ai.job import Progress


def storyboard(
    script: str | PathLike[str],
    output: str | PathLike[str],
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    **fields: Any,
) -> Board:
    """Make a storyboard, as the command `vfx-ai storyboard` does.

    Args:
        script: a screenplay in Fountain, a table of shots (.csv), or a timeline (.otio).
        output: the board's folder.
        progress: called with each Event.
        cancelled: asked between panels; once it is true it stops, and keeps what is drawn.
        fields: any other field of `board.jobs.Storyboard`: catalogue, search, territory, model, style, lora, use,
            policy, models_dir, seed, device, panels, aspect, sketch, columns, pages, fps, font, split, movie, redo.

    Returns:
        What was made; `shots` says of each shot where its picture is from, `warnings` what to act on.

    Raises:
        VfxAiError: a file can't be read or written; the message names it, and the line of a script.
        TypeError: `fields` has a name that isn't there.
    """
    from vfx_ai.board.jobs import Storyboard
    from vfx_ai.job import silent
    from vfx_ai.threads import wait_without_spinning

    wait_without_spinning()
    from vfx_ai.board.make import make_board

    asked = Storyboard(fspath(script), fspath(output), **texts(fields))
    return make_board(asked, progress or silent, cancelled or never)
