"""The commands `vfx-ai plate ...`: whole plates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar, cast

import typer

from vfx_ai.cli import options, plate_new
from vfx_ai.cli.options import OUT
from vfx_ai.job import Cancelled, Missing, Progress, Step, check_choices
from vfx_ai.plates.jobs import Clean, Extend
from vfx_ai.terminal.answering import answering, stoppable

if TYPE_CHECKING:
    from vfx_ai.proof.record import Report

EDGE = "The edge"
Made = TypeVar("Made")
app = typer.Typer(help="Whole plates: without what moves, wider, new, or looping.", no_args_is_help=True)
app.command("generate")(plate_new.generate)
app.command("loop")(plate_new.loop)


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
    frames: options.Frames = "",
    sample: options.Sample = 0,
    missing: options.MissingFrames = "error",
    layer: options.LayerName = "RGB",
    colorspace: options.ColorSpace = "",
    engine: options.Engine = "auto",
    grain: options.Grain = "match",
    detail: options.Detail = None,
    device: options.Device = "auto",
    memory: options.Memory = "25%",
    force: options.Force = False,
    exposure: options.Exposure = "auto",
    step: options.Step = "all",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Take out all that moves by itself, found without a matte where the camera stands still or only turns.

    vfx-ai plate clean shot/plate.####.exr -o out/clean.####.exr
    """
    with answering(as_json=as_json):
        check_choices(step=step)
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
        from vfx_ai.plates.single import Single
        from vfx_ai.plates.telling_plates import show_single

        def cleaned(follow: Progress, stop: Cancelled) -> Report | Single:
            from vfx_ai.plates import clean

            return clean.clean(asked, follow, stop, cast(Step, step))

        made = _followed(cleaned, output, as_json=as_json, quiet=quiet)
        if isinstance(made, Single):
            show_single(made, as_json=as_json, quiet=quiet)
        else:
            _show(made, cast(Step, step), as_json=as_json, quiet=quiet)


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
    frames: options.Frames = "",
    sample: options.Sample = 0,
    missing: options.MissingFrames = "error",
    layer: options.LayerName = "RGB",
    colorspace: options.ColorSpace = "",
    engine: options.Engine = "auto",
    blend: options.Blend = 0,
    grain: options.Grain = "match",
    detail: options.Detail = None,
    camera: options.CameraFile = "",
    focal: options.Focal = "",
    model: options.Model = "",
    prompt: options.Prompt = "",
    negative: options.Negative = "",
    strength: options.Strength = 1.0,
    seed: options.Seed = 1,
    lora: options.Lora = "",
    reference: options.Reference = "",
    use: options.Use = "commercial",
    policy: options.Policy = "",
    models_dir: options.ModelsDir = "",
    device: options.Device = "auto",
    memory: options.Memory = "25%",
    layers: options.LayerNames = "",
    ids: options.Ids = "nearest",
    aovs: options.Aovs = True,
    force: options.Force = False,
    exposure: options.Exposure = "auto",
    step: options.Step = "all",
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Make a plate wider: first by what other frames saw beyond its edge.

    vfx-ai plate extend shot/plate.####.exr --pad 12%,0,12%,0 -o out/wide.####.exr
    """
    with answering(as_json=as_json):
        check_choices(step=step)
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
            model=model,
            prompt=prompt,
            negative=negative,
            strength=strength,
            seed=seed,
            lora=lora,
            reference=reference,
            use=use,
            policy=policy,
            models_dir=models_dir,
            device=device,
            memory=memory,
            layers=layers,
            ids=ids,
            aovs=aovs,
            force=force,
            exposure=exposure,
        )

        if dry_run:
            from vfx_ai.fill.allowed import refuse_early

            refuse_early(asked)
            from vfx_ai.plates.extend_plan import plan_extend
            from vfx_ai.plates.telling_plates import show_extend_plan

            show_extend_plan(plan_extend(asked), as_json=as_json)
            return

        def extended(follow: Progress, stop: Cancelled) -> Report:
            from vfx_ai.fill.allowed import refuse_early

            refuse_early(asked)
            from vfx_ai.plates import extend

            return extend.extend(asked, follow, stop, cast(Step, step))

        made = _followed(extended, output, as_json=as_json, quiet=quiet)
        _show(made, cast(Step, step), as_json=as_json, quiet=quiet)


def _followed(do: Callable[[Progress, Cancelled], Made], output: str, *, as_json: bool, quiet: bool) -> Made:
    """What `do` makes, with its progress shown."""
    from vfx_ai.terminal.console import follower

    with (
        follower(as_json=as_json, quiet=quiet) as follow,
        stoppable(lambda: "stopped", output, as_json=as_json) as stop,
    ):
        return do(follow, stop)


def _show(report: Report, step: Step, *, as_json: bool, quiet: bool) -> None:
    from vfx_ai.terminal.summary import refuse_unless_passed, show_step

    show_step(report, step, as_json=as_json, quiet=quiet)
    refuse_unless_passed(report)
