"""The command `vfx-ai train`: models of one's own footage."""

from __future__ import annotations

import os
from dataclasses import asdict, fields
from typing import Annotated, Any, cast

import typer

from vfx_ai.cli import options
from vfx_ai.cli.options import FILL, HOLE, OUT
from vfx_ai.errors import JobError
from vfx_ai.job import Missing
from vfx_ai.terminal.answering import answering, stoppable

FROM, BASE = "What it learns from", "On a model of the registry"


def train(
    name: Annotated[str, typer.Option(help="By which the model is asked for afterwards.", show_default=False)],
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="A small model that sees nothing but this footage.")
    ] = False,
    lora: Annotated[str, typer.Option(help="An adapter on this model of the registry.", show_default=False)] = "",
    full: Annotated[
        str, typer.Option(help="All weights of this model, as a model of its own.", show_default=False)
    ] = "",
    plate: Annotated[
        str, typer.Option(help="A shot: sequence, folder or file.", show_default=False, rich_help_panel=FROM)
    ] = "",
    catalogue: Annotated[
        str,
        typer.Option(
            help="A catalogue's folder: its shots that are cleared.", show_default=False, rich_help_panel=FROM
        ),
    ] = "",
    titles: Annotated[
        str, typer.Option(help="Of it, these titles: A,B.", show_default=False, rich_help_panel=FROM)
    ] = "",
    tags: Annotated[
        str, typer.Option(help="Of it, what has a tag: A,B.", show_default=False, rich_help_panel=FROM)
    ] = "",
    shots: Annotated[str, typer.Option(help="Of it, these shots: A,B.", show_default=False, rich_help_panel=FROM)] = "",
    territory: Annotated[str, typer.Option(help="Where results are shown: world, or a code.", rich_help_panel=FROM)] = (
        "world"
    ),
    leave_out: Annotated[
        bool,
        typer.Option("--leave-out", help="Go on without shots that aren't cleared.", rich_help_panel=FROM),
    ] = False,
    matte: Annotated[
        str, typer.Option("--matte", "-m", help="What of the plate isn't looked at.", rich_help_panel=HOLE)
    ] = "",
    mattes: Annotated[
        str,
        typer.Option(help="A folder of mattes by the catalogue's names.", show_default=False, rich_help_panel=HOLE),
    ] = "",
    masked: Annotated[
        str, typer.Option(help="What they cover: faces,Ada Example.", show_default=False, rich_help_panel=HOLE)
    ] = "",
    matte_channel: options.MatteChannel = "",
    matte_invert: options.MatteInvert = False,
    matte_grow: options.MatteGrow = "0",
    steps: Annotated[int, typer.Option(help="Of the training; 0: as usual on the device.", rich_help_panel=FILL)] = 0,
    minutes: Annotated[float, typer.Option(help="At most; 0: until all steps are done.", rich_help_panel=FILL)] = 0.0,
    seed: Annotated[int, typer.Option(help="Another number, another model.", rich_help_panel=FILL)] = 1,
    clip: Annotated[
        int,
        typer.Option(
            help="Neighboring frames learned from together, also of a model of videos; 0: as usual.",
            rich_help_panel=FILL,
        ),
    ] = 0,
    width: Annotated[int, typer.Option(help="Channels of the network; 0: as usual.", rich_help_panel=FILL)] = 0,
    rank: Annotated[int, typer.Option(help="Of a LoRA's matrices.", rich_help_panel=BASE)] = 16,
    rate: Annotated[float, typer.Option(help="Of its training; 0: as usual.", rich_help_panel=BASE)] = 0.0,
    batch: Annotated[int, typer.Option(help="Pictures in a step; 0: as usual.", rich_help_panel=BASE)] = 0,
    side: Annotated[int, typer.Option(help="Pixels of a picture; 0: the model's own.", rich_help_panel=BASE)] = 0,
    prompt: Annotated[
        str, typer.Option(help="For pictures without a caption.", show_default=False, rich_help_panel=BASE)
    ] = "",
    caption_model: Annotated[
        str, typer.Option(help="A model that captions shots without words.", show_default=False, rich_help_panel=BASE)
    ] = "",
    use: options.Use = "commercial",
    policy: options.Policy = "",
    licence: Annotated[
        str, typer.Option(help='What the model may be passed on under; else "own".', rich_help_panel=OUT)
    ] = "",
    models_dir: Annotated[
        str, typer.Option(help="The folder of models; else $VFX_AI_MODELS.", show_default=False, rich_help_panel=OUT)
    ] = "",
    layer: options.LayerName = "RGB",
    colorspace: options.ColorSpace = "",
    missing: options.MissingFrames = "error",
    device: options.Device = "auto",
    memory: options.Memory = "25%",
    force: Annotated[
        bool, typer.Option("--force", help="Anew, also where a model or a checkpoint lies.", rich_help_panel=OUT)
    ] = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Train a model on your own footage; stopped, the same command goes on.

    vfx-ai train --from-scratch --plate shot/plate.####.exr --matte shot/matte.####.exr --name ourshot
    """
    with answering(as_json=as_json):
        ways = [name for name, given in (("--from-scratch", from_scratch), ("--lora", lora), ("--full", full)) if given]
        if len(ways) != 1:
            fault = f"both {' and '.join(ways[:2])} were given" if ways else "it wasn't said what to train"
            remedy = "Give --from-scratch, or --lora or --full with a model of `vfx-ai models list`."
            raise JobError(fault, remedy=remedy)
        from vfx_ai.terminal.console import follower, print_json, print_table
        from vfx_ai.training.asked_lora import TrainLora
        from vfx_ai.training.asked_train import Train

        of_lora: dict[str, Any] = {"rank": rank, "rate": rate, "count": batch, "side": side, "prompt": prompt}
        of_lora |= {"captions": caption_model, "policy": policy}
        usual = {field.name: field.default for field in fields(TrainLora)}
        if from_scratch and any(value != usual[name] for name, value in of_lora.items()):
            named = "--rank, --rate, --batch, --side, --prompt, --caption-model and --policy"
            raise JobError(f"{named} belong to --lora and --full", remedy="Leave them out.")
        asked = Train(
            name=name,
            plate=plate,
            catalogue=catalogue,
            matte=matte,
            matte_channel=matte_channel,
            matte_invert=matte_invert,
            matte_grow=matte_grow,
            mattes=mattes,
            masked=masked,
            titles=titles,
            tags=tags,
            shots=shots,
            territory=territory,
            refuse=not leave_out,
            steps=steps,
            minutes=minutes,
            seed=seed,
            clip=clip,
            width=width,
            layer=layer,
            colorspace=colorspace,
            missing=cast(Missing, missing),
            device=device,
            memory=memory,
            models_dir=models_dir,
            licence=licence,
            force=force,
        )
        first = os.environ.get("RANK", "0") in ("", "0")  # of several processes, see `learning.together`
        as_json, quiet = as_json and first, quiet or not first
        on_base = None
        if not from_scratch:
            on_base = TrainLora(lora or full, source=asked, use=use, full=bool(full), **of_lora)
        with (
            follower(as_json=as_json, quiet=quiet) as follow,
            stoppable(lambda: "stopped; what was learned is kept", as_json=as_json) as stop,
        ):
            if on_base is not None and full:
                from vfx_ai.training.full import train_full

                made = train_full(on_base, follow, stop)
            elif on_base is not None:
                from vfx_ai.training.lora import train_lora

                made = train_lora(on_base, follow, stop)
            else:
                from vfx_ai.training.scratch import train_from_scratch

                made = train_from_scratch(asked, follow, stop)
        if as_json:
            print_json({"event": "trained", **asdict(made)})
        elif not quiet:
            print_table(list(made.rows()))
