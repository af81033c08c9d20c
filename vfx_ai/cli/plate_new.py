"""The commands `vfx-ai plate generate` and `vfx-ai plate loop`: plates like a reference, and loops."""

from __future__ import annotations

from functools import partial
from typing import Annotated, cast

import typer

from vfx_ai.cli import options
from vfx_ai.errors import JobError
from vfx_ai.job import Missing, check_made_up
from vfx_ai.terminal.answering import answering, stoppable

Looked = Annotated[str, typer.Option("--layer", help="Which layer of the plate.")]


def loop(
    plate: options.Plate,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where results go, e.g. out/loop.####.exr.", show_default=False)
    ],
    length: Annotated[str, typer.Option(help="Frames of the loop: 24-60, or 48.")] = "24-60",
    over: Annotated[int, typer.Option(help="Frames in which places change over.")] = 10,
    start: Annotated[int, typer.Option(help="Number of the first file; 0: the plate's own numbers.")] = 0,
    sample: Annotated[int, typer.Option(help="Write this many frames, spread over the loop; 0: all.")] = 0,
    missing: options.MissingFrames = "error",
    layer: Looked = "RGB",
    colorspace: options.ColorSpace = "",
    device: options.Device = "auto",
    memory: options.Memory = "25%",
    aovs: options.Aovs = True,
    keep_compression: options.KeepCompression = False,
    force: options.Force = False,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Make a shot a loop without a seam: each place changes over at its own best moment.

    vfx-ai plate loop shot/fire.####.exr -o out/loop.####.exr --length 24-60
    """
    with answering(as_json=as_json):
        from vfx_ai.terminal.console import follower

        with follower(as_json=as_json, quiet=quiet) as follow, stoppable(lambda: "stopped", as_json=as_json) as stop:
            from vfx_ai.plates.loop import make_loop

            made = make_loop(
                plate,
                output,
                length=length,
                over=over,
                start=start,
                sample=sample,
                layer=layer,
                colorspace=colorspace,
                missing=cast(Missing, missing),
                device=device,
                memory=memory,
                aovs=aovs,
                keep_compression=keep_compression,
                force=force,
                dry_run=dry_run,
                progress=follow,
                cancelled=stop,
            )
        from vfx_ai.plates.telling_plates import show_loop

        show_loop(made, as_json=as_json, quiet=quiet)


def generate(
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where results go, e.g. out/new.####.exr.", show_default=False)
    ],
    like: Annotated[
        list[str] | None, typer.Option(help="A reference; may be given more than once.", show_default=False)
    ] = None,
    prompt: options.Prompt = "",
    image: Annotated[
        str, typer.Option(help="With a model: the first frame.", rich_help_panel=options.MADE, show_default=False)
    ] = "",
    model: options.Model = "",
    negative: options.Negative = "",
    lora: options.Lora = "",
    reference: options.Reference = "",
    use: options.Use = "commercial",
    policy: options.Policy = "",
    models_dir: options.ModelsDir = "",
    frames: Annotated[int, typer.Option(help="How many; 0: as many as the first reference has.")] = 0,
    size: Annotated[str, typer.Option(help="WxH, e.g. 1920x1080; else the reference's.", show_default=False)] = "",
    seed: Annotated[int, typer.Option(help="Another number, another plate.")] = 1,
    mask: Annotated[
        str, typer.Option(help="What no patch may touch in the first reference: people, things.", show_default=False)
    ] = "",
    mask_channel: Annotated[str, typer.Option(help="Channel of the mask.", show_default=False)] = "",
    start: Annotated[int, typer.Option(help="Number of the first file.")] = 1001,
    fps: Annotated[str, typer.Option(help="Written into the files; else the reference's.", show_default=False)] = "",
    sample: Annotated[int, typer.Option(help="Write this many frames, spread over all; 0: all.")] = 0,
    missing: options.MissingFrames = "error",
    layer: Looked = "RGB",
    colorspace: options.ColorSpace = "",
    device: options.Device = "auto",
    memory: options.Memory = "25%",
    aovs: options.Aovs = True,
    catalogue: Annotated[
        str, typer.Option(help="References are shots of this catalogue, by name.", show_default=False)
    ] = "",
    territory: Annotated[str, typer.Option(help="Where it is used: world, or a country's code.")] = "world",
    masked: Annotated[
        str, typer.Option(help="What --mask keeps out, for the rights: faces,Jane Doe.", show_default=False)
    ] = "",
    force: options.Force = False,
    dry_run: options.DryRun = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Make a new plate: like references (water, fire, smoke, clouds, leaves, walls), or by a model from words.

    vfx-ai plate generate --like shot/surf.####.exr --frames 120 --size 1920x1080 --seed 2 -o out/surf.####.exr

    vfx-ai plate generate --prompt "low fog over a lake" --model wan2.1-vace-14b --frames 81 -o out/fog.####.exr

    vfx-ai plate generate --model our-shot -o out/new.exr     (a model of `vfx-ai train`)
    """
    with answering(as_json=as_json):
        from vfx_ai.terminal.console import follower

        with follower(as_json=as_json, quiet=quiet) as follow, stoppable(lambda: "stopped", as_json=as_json) as stop:
            if prompt or image or model:
                from vfx_ai.plates.by_model import plate_by_model

                refuse_beside_a_model(
                    like=like,
                    mask=mask,
                    mask_channel=mask_channel,
                    catalogue=catalogue,
                    masked=masked,
                    sample=sample,
                )
                by_model = plate_by_model(
                    prompt,
                    output,
                    model=model,
                    image=image,
                    frames=frames or 1,
                    size=size,
                    negative=negative,
                    seed=seed,
                    lora=lora,
                    reference=reference,
                    use=use,
                    policy=policy,
                    models_dir=models_dir,
                    start=start,
                    fps=fps,
                    colorspace=colorspace,
                    device=device,
                    memory=memory,
                    aovs=aovs,
                    force=force,
                    dry_run=dry_run,
                    progress=follow,
                    cancelled=stop,
                )
                from vfx_ai.plates.telling_plates import show_by_model

                show_by_model(by_model, as_json=as_json, quiet=quiet)
                return
            if not like:
                raise JobError("no reference was given", remedy="Give --like shot/surf.####.exr, or --model NAME.")
            check_made_up("", 1.0, 1, lora=lora, use=use, negative=negative, reference=reference)
            if masked and not catalogue:
                raise JobError("masked is given, but no catalogue", remedy="Give --catalogue DIR, or leave it out.")
            from vfx_ai.plates.from_catalogue import generate_from_catalogue
            from vfx_ai.plates.generate import generate_plate

            make = partial(generate_from_catalogue, catalogue=catalogue, territory=territory, masked=masked)
            made = (make if catalogue else generate_plate)(
                tuple(like),
                output,
                frames=frames,
                size=size,
                seed=seed,
                mask=mask,
                mask_channel=mask_channel,
                start=start,
                fps=fps,
                sample=sample,
                layer=layer,
                colorspace=colorspace,
                missing=cast(Missing, missing),
                device=device,
                memory=memory,
                aovs=aovs,
                force=force,
                dry_run=dry_run,
                progress=follow,
                cancelled=stop,
            )

        from vfx_ai.plates.telling_plates import show_generated

        show_generated(made, as_json=as_json, quiet=quiet)


def refuse_beside_a_model(**given: object) -> None:
    """Refuse what means nothing to a plate that a model makes.

    Raises:
        JobError: some of it was given.
    """
    named = ["--" + name.replace("_", "-") for name, value in given.items() if value]
    if named:
        raise JobError(
            f"{', '.join(named)} means nothing to a plate that a model makes",
            remedy="Leave that out, or --prompt, --image and --model.",
        )
