"""The command `vfx-ai storyboard`: a script as panels, pages, a timeline and an animatic."""

from __future__ import annotations

from typing import Annotated

import typer

from vfx_ai.cli import options
from vfx_ai.cli.options import OUT, SHOW
from vfx_ai.terminal.answering import answering, stoppable

PICTURES = "The pictures"


def storyboard(
    script: Annotated[str, typer.Argument(help="Fountain, a CSV of shots, or an .otio.", show_default=False)],
    output: Annotated[str, typer.Option("--output", "-o", help="The board's folder, e.g. board/.", show_default=False)],
    catalogue: Annotated[
        str, typer.Option(help="A catalogue to look for pictures in.", rich_help_panel=PICTURES, show_default=False)
    ] = "",
    search: Annotated[
        str,
        typer.Option(
            help='A model that looks for what shots show; "words": none. Else the only one registered.',
            rich_help_panel=PICTURES,
            show_default=False,
        ),
    ] = "",
    territory: Annotated[
        str, typer.Option(help="Where it is shown, for the catalogue's rights.", rich_help_panel=PICTURES)
    ] = "world",
    model: options.Model = "",
    style: Annotated[
        str,
        typer.Option(help="Words before each shot's, for the model.", rich_help_panel=PICTURES, show_default=False),
    ] = "",
    lora: options.Lora = "",
    use: options.Use = "commercial",
    policy: options.Policy = "",
    models_dir: options.ModelsDir = "",
    seed: Annotated[int, typer.Option(help="Another number, other pictures.", rich_help_panel=PICTURES)] = 1,
    device: options.Device = "auto",
    panels: Annotated[
        str,
        typer.Option(
            help="A folder of pictures, named by a shot's id or number.", rich_help_panel=PICTURES, show_default=False
        ),
    ] = "",
    aspect: Annotated[str, typer.Option(help="The frame, e.g. 2.39, 1.85 or 16:9.", rich_help_panel=PICTURES)] = "16:9",
    sketch: Annotated[
        bool, typer.Option("--sketch", help="Pictures as pencil lines.", rich_help_panel=PICTURES)
    ] = False,
    redo: Annotated[
        str,
        typer.Option(
            help="Ids or numbers of shots whose panels are made anew.", rich_help_panel=PICTURES, show_default=False
        ),
    ] = "",
    split: Annotated[str, typer.Option(help="Where a screenplay is cut: beats, marks or scenes.")] = "beats",
    columns: Annotated[int, typer.Option(help="Panels side by side, 1 to 6.", rich_help_panel=OUT)] = 3,
    pages: Annotated[
        str, typer.Option(help="The PDF's paper: a4, letter, or none.", rich_help_panel=OUT, show_default="a4")
    ] = "",
    font: Annotated[
        str,
        typer.Option(help="A .ttf for PDF and animatic: Greek, Cyrillic ...", rich_help_panel=OUT, show_default=False),
    ] = "",
    fps: Annotated[str, typer.Option(help="Of the timeline and the animatic.", rich_help_panel=OUT)] = "24",
    movie: Annotated[bool, typer.Option(help="An animatic, where ffmpeg is.", rich_help_panel=OUT)] = True,
    as_json: options.AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Warnings alone.", rich_help_panel=SHOW)] = False,
) -> None:
    """Make a storyboard of a script: panels, a page, a PDF, a timeline, an animatic.

    vfx-ai storyboard scene.fountain -o board/ --aspect 2.39
    """
    with answering(as_json=as_json):
        from vfx_ai.board.jobs import Storyboard
        from vfx_ai.terminal.console import follower

        asked = Storyboard(
            script,
            output,
            catalogue=catalogue,
            search=search,
            territory=territory,
            model=model,
            style=style,
            lora=lora,
            use=use,
            policy=policy,
            models_dir=models_dir,
            seed=seed,
            device=device,
            panels=panels,
            aspect=aspect,
            sketch=sketch,
            columns=columns,
            pages=pages,
            fps=fps,
            font=font,
            split=split,
            movie=movie,
            redo=redo,
        )
        with (
            follower(as_json=as_json, quiet=quiet) as follow,
            stoppable(lambda: "stopped", output, as_json=as_json) as stop,
        ):
            from vfx_ai.board.make import make_board

            made = make_board(asked, follow, stop)
        from vfx_ai.board.telling_board import show_board

        show_board(made, as_json=as_json, quiet=quiet)
