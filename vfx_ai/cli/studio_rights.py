"""The commands of a catalogue's rights, and `vfx-ai trace`: what is cleared, withdrawn, and what came of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from vfx_ai.cli import options
from vfx_ai.studio.own_models import CATALOGUE
from vfx_ai.terminal.answering import answering


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


def cleared(
    use: Annotated[str, typer.Argument(help="reference, training, generation or publicity.", show_default=False)],
    catalogue: options.CatalogueFolder,
    title: options.OfTitle = "",
    tag: options.OfTag = "",
    territory: Annotated[str, typer.Option(help="Where: world, or a country's code, e.g. DE.")] = "world",
    on: options.OnDay = "",
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


def withdraw(
    title: Annotated[str, typer.Argument(help="The title.", show_default=False)],
    catalogue: options.CatalogueFolder,
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


def enter(
    result: Annotated[str, typer.Argument(help="Its sidecar, pattern or folder.", show_default=False)],
    catalogue: options.CatalogueFolder,
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
