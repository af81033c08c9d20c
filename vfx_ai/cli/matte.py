"""The commands `vfx-ai matte ...`: mattes from clicks, and from the cryptomattes that a renderer wrote."""

from __future__ import annotations

from typing import Annotated, cast

import typer
from typer.core import TyperGroup

from vfx_ai.cli import click, options
from vfx_ai.job import Missing
from vfx_ai.terminal.answering import answering, stoppable

# The command that may be left out: `vfx-ai matte PLATE ...` means `vfx-ai matte click PLATE ...`.
DEFAULT_COMMAND = "click"


class WithDefault(TyperGroup):
    """A group of commands where what begins with none of their names goes to one that may be left out.

    Attributes:
        default_command: that one.
    """

    default_command = DEFAULT_COMMAND

    # The parser's own types are typer's or click's, by version.
    def parse_args(self, ctx, args):  # type: ignore[no-untyped-def]
        """Put the default command's name before words that lack one."""
        own = {*self.commands, *ctx.help_option_names}
        if self.default_command in self.commands and args and args[0] not in own:
            args = [self.default_command, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=WithDefault,
    help="Mattes from clicks (the command click may be left out), or from a render's cryptomattes.",
    no_args_is_help=True,
)
app.command("click")(click.click)


@app.command("names")
def list_names(
    plate: options.Plate,
    frame: Annotated[int | None, typer.Option(help="Which frame; else the first.", show_default=False)] = None,
    missing: options.MissingFrames = "error",
    as_json: options.AsJson = False,
) -> None:
    """List the objects of a plate's cryptomattes, and how much of the picture each covers."""
    with answering(as_json=as_json):
        with stoppable(lambda: "stopped", as_json=as_json):
            from vfx_ai.matte.pick import matte_names

            found = matte_names(plate, frame, missing=cast(Missing, missing))
        from vfx_ai.terminal.summary import show_names

        show_names(found, as_json=as_json)


@app.command("pick")
def pick(
    plate: options.Plate,
    objects: Annotated[str, typer.Argument(help='Which objects, e.g. "Ball,crowd_*".', show_default=False)],
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where mattes go, e.g. out/matte.####.exr.", show_default=False)
    ],
    layer: Annotated[str, typer.Option(help="Which cryptomatte, e.g. CryptoMaterial.", show_default=False)] = "",
    frames: Annotated[str, typer.Option(help="Which frames, e.g. 1001,1010-1020x2.", show_default=False)] = "",
    missing: options.MissingFrames = "error",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Write the matte of some objects: an EXR for each frame, with channel A."""
    with answering(as_json=as_json):
        from vfx_ai.terminal.console import follower

        with follower(as_json=as_json, quiet=quiet) as follow, stoppable(lambda: "stopped", as_json=as_json) as stop:
            from vfx_ai.matte.pick import pick_matte

            picked = pick_matte(
                plate,
                objects,
                output,
                layer=layer,
                frames=frames,
                missing=cast(Missing, missing),
                progress=follow,
                cancelled=stop,
            )
        from vfx_ai.terminal.summary import show_picked

        show_picked(picked, as_json=as_json, quiet=quiet)
