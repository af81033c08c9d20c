"""The command `vfx-ai edit`: what a shot shows, changed by a model after words."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from vfx_ai.cli import options
from vfx_ai.cli.options import HOLE, MADE
from vfx_ai.job import Missing
from vfx_ai.plates.jobs_edit import Edit
from vfx_ai.terminal.answering import answering, stoppable


def edit(
    plate: options.Plate,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where results go, e.g. out/edit.####.exr.", show_default=False)
    ],
    model: Annotated[
        str, typer.Option(help="A name of `vfx-ai models list`.", rich_help_panel=MADE, show_default=False)
    ],
    prompt: Annotated[str, typer.Option(help="What it is to make.", rich_help_panel=MADE, show_default=False)],
    negative: options.Negative = "",
    strength: options.Strength = 0.4,
    seed: options.Seed = 1,
    lora: options.Lora = "",
    reference: options.Reference = "",
    use: options.Use = "commercial",
    policy: options.Policy = "",
    models_dir: options.ModelsDir = "",
    matte: Annotated[
        str,
        typer.Option("--matte", "-m", help="Where it may change; else everywhere.", rich_help_panel=HOLE),
    ] = "",
    matte_channel: options.MatteChannel = "",
    matte_invert: options.MatteInvert = False,
    matte_grow: options.MatteGrow = "0",
    frames: options.Frames = "",
    sample: options.Sample = 0,
    missing: options.MissingFrames = "error",
    layer: options.LayerName = "RGB",
    colorspace: options.ColorSpace = "",
    device: options.Device = "auto",
    memory: options.Memory = "25%",
    force: options.Force = False,
    exposure: options.Exposure = "auto",
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Change what a shot shows by a model, within a matte or everywhere; a model of videos goes window by window.

    vfx-ai edit shot/plate.####.exr --frames 1012 --matte shot/sky.####.exr --model sdxl-inpaint --prompt "storm clouds"
    -o out/edit.####.exr
    """
    from vfx_ai.fill.allowed import refuse_early

    with answering(as_json=as_json):
        asked = Edit(
            plate,
            output,
            model,
            prompt,
            negative=negative,
            strength=strength,
            seed=seed,
            lora=lora,
            reference=reference,
            use=use,
            policy=policy,
            models_dir=models_dir,
            matte=matte,
            matte_channel=matte_channel,
            matte_invert=matte_invert,
            matte_grow=matte_grow,
            frames=frames,
            sample=sample,
            missing=cast(Missing, missing),
            layer=layer,
            colorspace=colorspace,
            device=device,
            memory=memory,
            force=force,
            exposure=exposure,
        )
        refuse_early(asked)
        if dry_run:
            from vfx_ai.plates.edit_plan import plan_edit
            from vfx_ai.plates.telling_plates import show_edit_plan

            show_edit_plan(plan_edit(asked), as_json=as_json)
            return
        from vfx_ai.terminal.console import follower
        from vfx_ai.terminal.summary import refuse_unless_passed, show_report

        with (
            follower(as_json=as_json, quiet=quiet) as follow,
            stoppable(lambda: "stopped", output, as_json=as_json) as stop,
        ):
            from vfx_ai.plates.edit import edit as edited

            report = edited(asked, follow, stop)
        show_report(report, as_json=as_json, quiet=quiet)
        refuse_unless_passed(report)
