"""The command line, a person's door: one app, and its commands in files by subject.

Nothing heavy is imported until it is used.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from vfx_ai.cli import (
    board,
    edit,
    farm,
    matte,
    models,
    plate,
    proof,
    shot,
    studio,
    studio_rights,
    submit,
    train,
    worker,
)
from vfx_ai.errors import Interrupted
from vfx_ai.terminal.answering import usage_error
from vfx_ai.threads import wait_without_spinning

app = typer.Typer(
    name="vfx-ai",
    help="Takes objects out of EXR frame sequences: real pixels first, every pixel traceable.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(matte.app, name="matte")
app.add_typer(plate.app, name="plate")
app.add_typer(models.app, name="models")
app.add_typer(studio.app, name="catalogue")
app.command("inpaint")(shot.inpaint)
app.add_typer(submit.app, name="submit")
app.command("batch")(farm.batch)
app.command("task")(farm.task)
app.command("edit")(edit.edit)
app.command("verify")(shot.verify)
app.command("reproduce")(proof.reproduce)
app.command("sign")(proof.sign)
app.command("verify-signature")(proof.verify_signature)
app.command("disclose")(proof.disclose)
app.command("trace")(studio_rights.trace)
app.command("camera")(shot.solve_camera)
app.command("storyboard")(board.storyboard)
app.command("doctor")(shot.doctor)
app.command("train")(train.train)
app.command("worker")(worker.worker)
app.command("install")(worker.install)


@app.callback(invoke_without_command=True)
def _top(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="The version, and nothing else.")] = False,
) -> None:
    if show_version:
        typer.echo(f"vfx-ai {version()}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def version() -> str:
    """The installed version; of a checkout that isn't installed, "unknown"."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("vfx-ai")
    except PackageNotFoundError:
        import vfx_ai

        return str(getattr(vfx_ai, "__version__", "unknown"))


def main() -> None:
    """The command `vfx-ai`."""
    for stream in (sys.stdout, sys.stderr):
        # A file name that the terminal's encoding lacks must not end a run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    wait_without_spinning()
    try:
        code = app(standalone_mode=False, prog_name="vfx-ai")
    except KeyboardInterrupt:
        code = Interrupted.exit_code
    except Exception as error:
        code = usage_error(error)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
