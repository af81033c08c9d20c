"""The commands `vfx-ai catalogue ...` and `vfx-ai trace`: the studio's own footage, its rights, and what came of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from vfx_ai.cli import options
from vfx_ai.studio.own_models import CATALOGUE
from vfx_ai.terminal.answering import answering, stoppable

Folder = Annotated[
    str,
    typer.Option("--catalogue", help="The catalogue's folder.", envvar=CATALOGUE, show_default=False),
]
Name = Annotated[str, typer.Argument(help="A shot's name or number (#12).", show_default=False)]
OfTitle = Annotated[str, typer.Option("--title", help="Shots of this title alone.", show_default=False)]
OfTag = Annotated[str, typer.Option("--tag", help="Shots with this tag alone.", show_default=False)]
Most = Annotated[int, typer.Option("--limit", help="So many; 0: all.")]
On = Annotated[str, typer.Option("--on", help="As of this day, e.g. 2027-01-31; else today.", show_default=False)]

app = typer.Typer(help="The studio's own footage: shots, their rights, and what came of them.", no_args_is_help=True)


@app.command("add")
def add(
    what: Annotated[str, typer.Argument(help="Folder, sequence, still or movie; it stays there.", show_default=False)],
    catalogue: Folder,
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
    catalogue: Folder,
    title: OfTitle = "",
    tag: OfTag = "",
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
    catalogue: Folder,
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
    catalogue: Folder,
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
    catalogue: Folder,
    as_json: options.AsJson = False,
) -> None:
    """Take a shot or a title out of the catalogue; its footage and the ledger stay."""
    with answering(as_json=as_json):
        from vfx_ai.studio.catalogue_base import opened
        from vfx_ai.studio.catalogue_change import remove as removed
        from vfx_ai.studio.telling_studio import show_removed

        with opened(catalogue) as base:
            show_removed(removed(base, shot), as_json=as_json)


@app.command("rights")
def rights(
    file: Annotated[str, typer.Argument(help="A rights file, see docs/rights.md.", show_default=False)],
    catalogue: Annotated[
        str, typer.Option("--catalogue", help="The catalogue's folder.", envvar=CATALOGUE, show_default=False)
    ] = "",
    title: Annotated[str, typer.Option(help="They count for this title from now on.", show_default=False)] = "",
    as_json: options.AsJson = False,
) -> None:
    """Check a rights file; with --title, give its rights to what is in the catalogue."""
    with answering(as_json=as_json):
        from vfx_ai.errors import JobError
        from vfx_ai.studio.telling_studio import show_rights

        if title and not catalogue:
            raise JobError("no catalogue was named", remedy="Give --catalogue DIR with --title.")
        if title:
            from vfx_ai.studio.catalogue_base import opened
            from vfx_ai.studio.catalogue_change import set_rights

            with opened(catalogue) as base:
                said = set_rights(base, title, file)
        else:
            from pathlib import Path

            from vfx_ai.studio.rights_file import read_rights

            said = read_rights(Path(file).expanduser())
        show_rights(said, title, as_json=as_json)


@app.command("cleared")
def cleared(
    use: Annotated[str, typer.Argument(help="reference, training, generation or publicity.", show_default=False)],
    catalogue: Folder,
    title: OfTitle = "",
    tag: OfTag = "",
    territory: Annotated[str, typer.Option(help="Where: world, or a country's code, e.g. DE.")] = "world",
    on: On = "",
    masked: Annotated[str, typer.Option(help="What mattes keep out of it: faces,Jane Doe.", show_default=False)] = "",
    as_json: options.AsJson = False,
) -> None:
    """Say which shots may be used for something, and what would clear the others; ends with 7 if any is refused.

    vfx-ai catalogue cleared training --title Harbour --territory DE --catalogue lib
    """
    with answering(as_json=as_json):
        from vfx_ai.errors import RightsError
        from vfx_ai.studio.catalogue_base import opened
        from vfx_ai.studio.rights import cleared_shots, day_of
        from vfx_ai.studio.telling_studio import show_clearance

        with opened(catalogue) as base:
            found = cleared_shots(
                base,
                use,
                titles=[title] * bool(title),
                tags=[tag] * bool(tag),
                territory=territory,
                on=day_of(on),
                masked=[word.strip() for word in masked.split(",") if word.strip()],
            )
        show_clearance(found, use, as_json=as_json)
        if found.refused:
            raise typer.Exit(RightsError.exit_code)


@app.command("check")
def check(
    catalogue: Folder,
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


@app.command("withdraw")
def withdraw(
    title: Annotated[str, typer.Argument(help="The title.", show_default=False)],
    catalogue: Folder,
    why: Annotated[str, typer.Option(help="Why, in words.", show_default=False)] = "",
    as_json: options.AsJson = False,
) -> None:
    """Withdraw a title: nothing of it is cleared from now on, and models and results that came of it are named."""
    with answering(as_json=as_json):
        from vfx_ai.studio.catalogue_base import opened
        from vfx_ai.studio.catalogue_change import withdraw as withdrawn
        from vfx_ai.studio.telling_studio import show_withdrawal

        with opened(catalogue) as base:
            show_withdrawal(withdrawn(base, title, why), as_json=as_json)


@app.command("enter")
def enter(
    result: Annotated[str, typer.Argument(help="Its sidecar, pattern or folder.", show_default=False)],
    catalogue: Folder,
    as_json: options.AsJson = False,
) -> None:
    """Enter a result that was made where $VFX_AI_CATALOGUE wasn't set, by its sidecar; its files are compared first.

    vfx-ai catalogue enter out/clean.vfxai.json --catalogue lib
    """
    with answering(as_json=as_json):
        from vfx_ai.entering import enter_sidecar
        from vfx_ai.studio.telling_studio import show_entered

        show_entered(asdict(enter_sidecar(result, catalogue)), as_json=as_json)


def trace(
    result: Annotated[str, typer.Argument(help="One file of a result, e.g. out/clean.1001.exr.", show_default=False)],
    catalogue: Annotated[
        str, typer.Option("--catalogue", help="Whose ledger is asked.", envvar=CATALOGUE, show_default=False)
    ] = "",
    as_json: options.AsJson = False,
) -> None:
    """Say what a result came of: engines, frames, models, the shots that they learned from, and under which rights.

    vfx-ai trace out/clean.1001.exr --catalogue lib
    """
    with answering(as_json=as_json):
        from vfx_ai.studio.telling_studio import show_trace
        from vfx_ai.studio.trace import trace as traced

        show_trace(traced(result, catalogue), as_json=as_json)
