"""The commands `vfx-ai plate ...`: whole plates."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from vfx_ai import cli_plate_new, options
from vfx_ai.answering import answering, stoppable
from vfx_ai.job import CHOICES, Missing
from vfx_ai.options import FILL, OUT, SHOW
from vfx_ai.plates.jobs import Clean, Extend

EDGE = "The edge"
app = typer.Typer(help="Whole plates: without what moves, wider, new, or looping.", no_args_is_help=True)
app.command("generate")(cli_plate_new.generate)
app.command("loop")(cli_plate_new.loop)


@app.command("clean")
def clean(
    plate: options.Plate,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where results go, e.g. out/clean.####.exr.", show_default=False)
    ],
    matte: Annotated[
        str, typer.Option("--matte", "-m", help="What has to go; else it is found.", show_default=False)
    ] = "",
    matte_channel: options.MatteChannel = "",
    matte_invert: options.MatteInvert = False,
    matte_grow: options.MatteGrow = "0",
    single: Annotated[
        bool, typer.Option("--single", help="One stitched plate, and maps that put it back.", rich_help_panel=OUT)
    ] = False,
    frames: Annotated[str, typer.Option(help="Which frames, e.g. 1001,1010-1020x2.")] = "",
    sample: Annotated[int, typer.Option(help="This many frames, spread over the shot; 0: all.")] = 0,
    missing: options.MissingFrames = "error",
    layer: options.LayerName = "RGB",
    colorspace: options.ColorSpace = "",
    engine: Annotated[str, typer.Option(help="auto, or an engine's name.", rich_help_panel=FILL)] = "auto",
    grain: Annotated[
        str, typer.Option(help=f"The grain of the fill: {', '.join(CHOICES['grain'])}.", rich_help_panel=FILL)
    ] = "match",
    detail: options.Detail = None,
    device: options.Device = "auto",
    memory: options.Memory = "25%",
    force: Annotated[bool, typer.Option("--force", help="Do finished frames anew.", rich_help_panel=OUT)] = False,
    exposure: Annotated[
        str, typer.Option(help="Of the report's pictures: stops, or auto.", rich_help_panel=SHOW)
    ] = "auto",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Take out all that moves by itself, found without a matte where the camera stands still or only turns.

    vfx-ai plate clean shot/plate.####.exr -o out/clean.####.exr
    """
    with answering(as_json=as_json):
        asked = Clean(
            plate,
            output,
            matte=matte,
            matte_channel=matte_channel,
            matte_invert=matte_invert,
            matte_grow=matte_grow,
            single=single,
            frames=frames,
            sample=sample,
            missing=cast(Missing, missing),
            layer=layer,
            colorspace=colorspace,
            engine=engine,
            grain=grain,
            detail=detail,
            device=device,
            memory=memory,
            force=force,
            exposure=exposure,
        )
        from vfx_ai.console import follower
        from vfx_ai.summary import refuse_unless_passed, show_report

        with (
            follower(as_json=as_json, quiet=quiet) as follow,
            stoppable(lambda: "stopped", output, as_json=as_json) as stop,
        ):
            from vfx_ai.plates.clean import clean as cleaned
            from vfx_ai.plates.single import Single
            from vfx_ai.plates.telling_plates import show_single

            made = cleaned(asked, follow, stop)
        if isinstance(made, Single):
            show_single(made, as_json=as_json, quiet=quiet)
        else:
            show_report(made, as_json=as_json, quiet=quiet)
            refuse_unless_passed(made)


@app.command("extend")
def extend(
    plate: options.Plate,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where results go, e.g. out/wide.####.exr.", show_default=False)
    ],
    pad: Annotated[
        str, typer.Option(help="left,top,right,bottom: pixels or percent.", rich_help_panel=EDGE, show_default=False)
    ] = "",
    format_: Annotated[
        str, typer.Option("--format", help="The new size, e.g. 2048x858.", rich_help_panel=EDGE, show_default=False)
    ] = "",
    overscan: Annotated[
        str,
        typer.Option(help="10% or 64: around a frame that stays as it is.", rich_help_panel=EDGE, show_default=False),
    ] = "",
    matte: Annotated[
        str, typer.Option("--matte", "-m", help="What moves by itself, and lends nothing.", show_default=False)
    ] = "",
    matte_channel: options.MatteChannel = "",
    matte_invert: options.MatteInvert = False,
    matte_grow: options.MatteGrow = "0",
    frames: Annotated[str, typer.Option(help="Which frames, e.g. 1001,1010-1020x2.")] = "",
    sample: Annotated[int, typer.Option(help="This many frames, spread over the shot; 0: all.")] = 0,
    missing: options.MissingFrames = "error",
    layer: options.LayerName = "RGB",
    colorspace: options.ColorSpace = "",
    engine: Annotated[str, typer.Option(help="auto, or an engine's name.", rich_help_panel=FILL)] = "auto",
    blend: Annotated[int, typer.Option(help="Frames averaged for a pixel; 0: engine.", rich_help_panel=FILL)] = 0,
    grain: Annotated[
        str, typer.Option(help=f"The grain beyond the edge: {', '.join(CHOICES['grain'])}.", rich_help_panel=FILL)
    ] = "match",
    detail: options.Detail = None,
    camera: options.CameraFile = "",
    focal: options.Focal = "",
    device: options.Device = "auto",
    memory: options.Memory = "25%",
    layers: options.LayerNames = "",
    ids: Annotated[
        str, typer.Option(help=f"What --layers does with ids: {', '.join(CHOICES['ids'])}.", rich_help_panel=OUT)
    ] = "nearest",
    aovs: Annotated[bool, typer.Option(help="Channels that tell where pixels came from.", rich_help_panel=OUT)] = True,
    force: Annotated[bool, typer.Option("--force", help="Do finished frames anew.", rich_help_panel=OUT)] = False,
    exposure: Annotated[
        str, typer.Option(help="Of the report's pictures: stops, or auto.", rich_help_panel=SHOW)
    ] = "auto",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Make a plate wider: first by what other frames saw beyond its edge.

    vfx-ai plate extend shot/plate.####.exr --pad 12%,0,12%,0 -o out/wide.####.exr
    """
    with answering(as_json=as_json):
        asked = Extend(
            plate,
            output,
            pad=pad,
            format=format_,
            overscan=overscan,
            matte=matte,
            matte_channel=matte_channel,
            matte_invert=matte_invert,
            matte_grow=matte_grow,
            frames=frames,
            sample=sample,
            missing=cast(Missing, missing),
            layer=layer,
            colorspace=colorspace,
            engine=engine,
            blend=blend,
            grain=grain,
            detail=detail,
            camera=camera,
            focal=focal,
            device=device,
            memory=memory,
            layers=layers,
            ids=ids,
            aovs=aovs,
            force=force,
            exposure=exposure,
        )
        from vfx_ai.console import follower
        from vfx_ai.summary import refuse_unless_passed, show_report

        with (
            follower(as_json=as_json, quiet=quiet) as follow,
            stoppable(lambda: "stopped", output, as_json=as_json) as stop,
        ):
            from vfx_ai.plates.extend import extend as extended

            report = extended(asked, follow, stop)
        show_report(report, as_json=as_json, quiet=quiet)
        refuse_unless_passed(report)
