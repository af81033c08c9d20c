"""The command line of what proves a result: done again, signed, checked, disclosed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vfx_ai.answering import answering, stoppable
from vfx_ai.cli import options
from vfx_ai.errors import JobError
from vfx_ai.job import CHOICES

Maps = Annotated[
    list[str] | None,
    typer.Option("--map", help="OLD=NEW: inputs that began with OLD begin with NEW now.", show_default=False),
]


def reproduce(
    sidecar: Annotated[str, typer.Argument(help="The file beside the result: clean.vfxai.json.", show_default=False)],
    out: Annotated[
        str, typer.Option("--out", "-o", help="A new folder; <stem>.again beside the sidecar.", show_default=False)
    ] = "",
    moved: Maps = None,
    frames: options.Frames = "",
    device: Annotated[str, typer.Option(help=f"{', '.join(CHOICES['device'])}; as it was made.")] = "",
    memory: options.Memory = "25%",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Do a result again from its sidecar, and compare the bits. Exit code 5 if a pixel differs.

    vfx-ai reproduce out/clean.vfxai.json --out again
    """
    with answering(as_json=as_json):
        pairs = tuple(_pair(one) for one in moved or ())
        from vfx_ai.console import follower
        from vfx_ai.summary_proof import refuse_unless_same, show_again

        with (
            follower(as_json=as_json, quiet=quiet) as follow,
            stoppable(lambda: "stopped", sidecar, as_json=as_json) as stop,
        ):
            from vfx_ai.again import reproduce as again

            made = again(
                Path(sidecar),
                Path(out) if out else None,
                pairs,
                frames=frames,
                device=device,
                memory=memory,
                progress=follow,
                cancelled=stop,
            )
        show_again(made, as_json=as_json, quiet=quiet)
        refuse_unless_same(made)


def _pair(text: str) -> tuple[str, str]:
    old, mark, new = text.partition("=")
    if not (old and mark and new):
        raise JobError(f"--map is {text!r}", remedy="Write it as OLD=NEW, e.g. --map /mnt/show=/Volumes/show.")
    return old, new
