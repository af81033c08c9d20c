"""The commands `vfx-ai catalogue ...`: the studio's own footage; those of its rights are in `studio_rights`."""

from __future__ import annotations

from typing import Annotated

import typer

from vfx_ai.cli import options, studio_rights
from vfx_ai.terminal.answering import answering, stoppable

Name = Annotated[str, typer.Argument(help="A shot's name or number (#12).", show_default=False)]


Most = Annotated[int, typer.Option("--limit", help="So many; 0: all.")]


app = typer.Typer(help="The studio's own footage: shots, their rights, and what came of them.", no_args_is_help=True)


@app.command("add")
def add(
    what: Annotated[str, typer.Argument(help="Folder, sequence, still or movie; it stays there.", show_default=False)],
    catalogue: options.CatalogueFolder,
    title: Annotated[str, typer.Option(help="What it is part of: a film, a series, a stock.", show_default=False)],
    rights: Annotated[str, typer.Option(help="A rights file, see docs/rights.md.", show_default=False)] = "",
    tags: Annotated[str, typer.Option(help="Words to find it by: night,harbour.", show_default=False)] = "",
    notes: Annotated[str, typer.Option(help="Anything else to find it by.", show_default=False)] = "",
    colorspace: options.ColorSpace = "",
    no_cuts: Annotated[bool, typer.Option("--no-cuts", help="A movie is one shot.")] = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Add footage to a catalogue: sequences and stills of a folder, and movies, split into shots.

    vfx-ai catalogue add films/harbour --catalogue lib --title Harbour --rights films/harbour/rights.yaml
    """
    with answering(as_json=as_json):
        from vfx_ai.terminal.console import follower

        with follower(as_json=as_json, quiet=quiet) as follow, stoppable(lambda: "stopped", as_json=as_json) as stop:
            from vfx_ai.studio.catalogue_add import add as added
            from vfx_ai.studio.catalogue_base import opened

            with opened(catalogue, make=True) as base:
                made = added(
                    base,
                    what,
                    title=title,
                    rights=rights,
                    tags=tags.split(","),
                    notes=notes,
                    colorspace=colorspace,
                    cuts=not no_cuts,
                    progress=follow,
                    cancelled=stop,
                )
        from vfx_ai.studio.telling_studio import show_added

        show_added(made, as_json=as_json, quiet=quiet)


@app.command("list")
def list_shots(
    catalogue: options.CatalogueFolder,
    title: options.OfTitle = "",
    tag: options.OfTag = "",
    titles: Annotated[bool, typer.Option("--titles", help="Titles instead of their shots.")] = False,
    most: Most = 0,
    as_json: options.AsJson = False,
) -> None:
    """List the shots of a catalogue, or its titles."""
    with answering(as_json=as_json):
        from vfx_ai.studio import telling_studio
        from vfx_ai.studio.catalogue import opened, shots_of, titles_of

        with opened(catalogue) as base:
            if titles:
                telling_studio.show_titles(titles_of(base), as_json=as_json)
            else:
                telling_studio.show_shots(shots_of(base, title=title, tag=tag, most=most), as_json=as_json)


@app.command("show")
def show(
    shot: Name,
    catalogue: options.CatalogueFolder,
    thumbnail: Annotated[str, typer.Option(help="Write its thumbnail here, e.g. shot.jpg.", show_default=False)] = "",
    as_json: options.AsJson = False,
) -> None:
    """Show all that is known of a shot."""
    with answering(as_json=as_json):
        from vfx_ai.studio.catalogue import find_shot, opened, title_of
        from vfx_ai.studio.looks_kept import write_thumbnail
        from vfx_ai.studio.telling_studio import show_shot

        with opened(catalogue) as base:
            found = find_shot(base, shot)
            if thumbnail:
                write_thumbnail(base, found, thumbnail)
            show_shot(found, title_of(base, found.title), as_json=as_json)


@app.command("find")
def find(
    catalogue: options.CatalogueFolder,
    words: Annotated[list[str] | None, typer.Argument(help="All of these, or how they begin.")] = None,
    color: Annotated[str, typer.Option(help="A color: #c86432, 200,100,50 or teal.", show_default=False)] = "",
    like: Annotated[str, typer.Option(help="A picture that it is to look like.", show_default=False)] = "",
    text: Annotated[str, typer.Option(help="What it is to show, in words, by a model.", show_default=False)] = "",
    model: Annotated[
        str, typer.Option(help="The model for --text; else the only one of its kind.", show_default=False)
    ] = "",
    use: options.Use = "commercial",
    policy: options.Policy = "",
    models_dir: Annotated[
        str, typer.Option(help="The folder of models; else $VFX_AI_MODELS.", show_default=False)
    ] = "",
    most: Most = 20,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Find shots by words of title, name, tags or notes; by a color; by a picture; or by what they show.

    vfx-ai catalogue find night harbour --color teal --catalogue lib
    """
    with answering(as_json=as_json):
        from vfx_ai.studio.telling_studio import show_matches
        from vfx_ai.terminal.console import follower

        with follower(as_json=as_json, quiet=quiet) as follow, stoppable(lambda: "stopped", as_json=as_json) as stop:
            from vfx_ai.studio.catalogue_find import find_in

            matches = find_in(
                catalogue,
                " ".join(words or []),
                color=color,
                like=like,
                text=text,
                model=model,
                use=use,
                policy=policy,
                models_dir=models_dir,
                most=most,
                progress=follow,
                cancelled=stop,
            )
        show_matches(matches, as_json=as_json)


@app.command("remove")
def remove(
    shot: Annotated[str, typer.Argument(help="A shot, or a title with all its shots.", show_default=False)],
    catalogue: options.CatalogueFolder,
    as_json: options.AsJson = False,
) -> None:
    """Take a shot or a title out of the catalogue; its footage and the ledger stay."""
    with answering(as_json=as_json):
        from vfx_ai.studio.catalogue_base import opened
        from vfx_ai.studio.catalogue_change import remove as removed
        from vfx_ai.studio.telling_studio import show_removed

        with opened(catalogue) as base:
            show_removed(removed(base, shot), as_json=as_json)


app.command("rights")(studio_rights.rights)
app.command("cleared")(studio_rights.cleared)


@app.command("check")
def check(
    catalogue: options.CatalogueFolder,
    contents: Annotated[bool, typer.Option("--contents", help="Read all files again.")] = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Say what changed or vanished, whose rights end, and whether the ledger is unbroken; ends with 5 if it isn't."""
    with answering(as_json=as_json):
        from vfx_ai.errors import VerifyError
        from vfx_ai.terminal.console import follower

        with follower(as_json=as_json, quiet=quiet) as follow, stoppable(lambda: "stopped", as_json=as_json) as stop:
            from vfx_ai.studio.catalogue_base import opened
            from vfx_ai.studio.catalogue_check import check as checked

            with opened(catalogue) as base:
                found = checked(base, contents=contents, progress=follow, cancelled=stop)
        from vfx_ai.studio.telling_studio import show_checked

        show_checked(found, as_json=as_json)
        if not found.passed:
            raise typer.Exit(VerifyError.exit_code)


app.command("withdraw")(studio_rights.withdraw)
app.command("enter")(studio_rights.enter)
