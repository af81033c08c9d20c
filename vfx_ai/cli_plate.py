"""The commands `vfx-ai plate ...`: whole plates."""

from __future__ import annotations

import typer

from vfx_ai import cli_plate_new

app = typer.Typer(help="Whole plates: without what moves, wider, new, or looping.", no_args_is_help=True)
app.command("generate")(cli_plate_new.generate)
app.command("loop")(cli_plate_new.loop)
