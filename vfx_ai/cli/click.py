"""The command `vfx-ai matte click`: the matte of what is clicked."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from vfx_ai.cli import options
from vfx_ai.job import CHOICES, Missing
from vfx_ai.terminal.answering import answering, stoppable


def click(
    plate: options.Plate,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where mattes go, e.g. out/matte.####.exr.", show_default=False)
    ],
    point: Annotated[
        list[str] | None,
        typer.Option(help="X,Y@FRAME is the object; -X,Y@FRAME isn't. NAME:X,Y for several.", show_default=False),
    ] = None,
    not_: Annotated[
        list[str] | None, typer.Option("--not", help="X,Y@FRAME isn't the object.", show_default=False)
    ] = None,
    box: Annotated[
        list[str] | None, typer.Option(help="X,Y,X,Y@FRAME: the object lies within.", show_default=False)
    ] = None,
    wire: Annotated[
        list[str] | None,
        typer.Option(help="X,Y,X,Y@FRAME: both ends of a wire; a fifth number is its width.", show_default=False),
    ] = None,
    edge: Annotated[str, typer.Option(help=f"{', '.join(CHOICES['edge'])}.")] = "soft",
    sam_weights: Annotated[
        str, typer.Option(help="Weights: SAM 2's folder, or Segment Anything's .safetensors.", show_default=False)
    ] = "",
    frames: Annotated[str, typer.Option(help="Which frames, e.g. 1001,1010-1020x2.", show_default=False)] = "",
    missing: options.MissingFrames = "error",
    layer: Annotated[str, typer.Option(help="Which layer of the plate is looked at.")] = "RGB",
    colorspace: options.ColorSpace = "",
    device: options.Device = "auto",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Make the matte of an object from clicks, boxes or the ends of a wire, and follow it through the shot.

    vfx-ai matte shot/plate.####.exr --point 320,180@1001 --box 280,90,360,300@1001 -o shot/matte.####.exr
    """
    with answering(as_json=as_json):
        from vfx_ai.terminal.console import follower

        with follower(as_json=as_json, quiet=quiet) as follow, stoppable(lambda: "stopped", as_json=as_json) as stop:
            from vfx_ai.matte.clicks import make_matte

            made = make_matte(
                plate,
                output,
                points=point or (),
                not_points=not_ or (),
                boxes=box or (),
                wires=wire or (),
                edge=edge,
                sam_weights=sam_weights,
                frames=frames,
                layer=layer,
                colorspace=colorspace,
                missing=cast(Missing, missing),
                device=device,
                progress=follow,
                cancelled=stop,
            )
        from vfx_ai.terminal.summary import show_clicked

        show_clicked(made, as_json=as_json, quiet=quiet)
