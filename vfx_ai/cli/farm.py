"""The commands of a farm: one task of it, and a night of many shots."""

from __future__ import annotations

import signal
import sys
import threading
from typing import TYPE_CHECKING, Annotated, cast

import typer

from vfx_ai.cli import options, submit
from vfx_ai.cli.options import SHOW
from vfx_ai.errors import JobError
from vfx_ai.job import Step, check_choices
from vfx_ai.terminal.answering import answering, for_a_person, stoppable

if TYPE_CHECKING:
    from vfx_ai.farm.night import Night

Set = Annotated[
    list[str] | None, typer.Option("--set", help="FIELD=VALUE of the job, otherwise than written.", show_default=False)
]


def task(
    job: Annotated[str, typer.Argument(help="The job's file, as `vfx-ai submit` writes it.", show_default=False)],
    step: options.Step = "all",
    frames: Annotated[
        str, typer.Option(help="These alone, e.g. 1001-1010,1020 or 1001-1010:3.", show_default=False)
    ] = "",
    set_: Set = None,
    path_mapping: Annotated[
        str, typer.Option(help="A file of rules, pathmapping-1.0.", metavar="FILE", show_default=False)
    ] = "",
    say: Annotated[str, typer.Option(help="openjd: progress and failure in its lines.", rich_help_panel=SHOW)] = "",
    leash: Annotated[bool, typer.Option("--leash", help="End when standard input is closed.")] = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Do a step of a job that a farm's scheduler gives to this machine."""
    with answering(as_json=as_json):
        check_choices(step=step)
        if say not in ("", "openjd"):
            raise JobError(f"say is {say!r}", remedy="Give openjd, or leave it out.")
        values = _values(set_ or [])
        _stop_on_terminate()
        from vfx_ai.farm.say import OpenjdLines
        from vfx_ai.terminal.console import follower

        follow = OpenjdLines(step) if say else follower(as_json=as_json, quiet=quiet)
        try:
            with follow, stoppable(lambda: "stopped; finished frames are kept", job, as_json=as_json) as stop:
                from pathlib import Path

                from vfx_ai.farm.task import end_with_parent, perform_task
                from vfx_ai.terminal.summary import refuse_unless_passed, show_step

                if leash:
                    end_with_parent()
                report = perform_task(Path(job), cast(Step, step), frames, values, path_mapping, follow, stop)
                show_step(report, step, as_json=as_json, quiet=quiet)
                refuse_unless_passed(report)
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(follow, OpenjdLines):
                follow.failed(for_a_person(error))
            raise


def batch(
    shots: Annotated[str, typer.Argument(help="shots.csv, or an edit: show.otio.", show_default=False)],
    output: Annotated[
        str, typer.Option("--output", "-o", help="Of shots that name none: out/{shot}/clean.####.exr.")
    ] = "",
    matte: Annotated[str, typer.Option("--matte", "-m", help="The same: mattes/{shot}/matte.####.exr.")] = "",
    page: Annotated[str, typer.Option(help="Folder for the page over all; none: beside the list.")] = "",
    set_: Set = None,
    to: Annotated[str, typer.Option(help="here (one after the other), local, ray, openjd or deadline.")] = "here",
    bundle: submit.Bundle = "",
    chunk: submit.Chunk = 0,
    target: submit.Target = 600.0,
    workers: submit.Workers = 0,
    threads: submit.Threads = 0,
    program: submit.Program = "vfx-ai",
    address: submit.Address = "",
    gpus: submit.Gpus = None,
    force: Annotated[bool, typer.Option("--force", help="Do finished shots anew.")] = False,
    look: Annotated[bool, typer.Option("--look", help="Make the page by what a farm did since; do nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check the list; do nothing.")] = False,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> None:
    """Do a list of shots, go on after one that fails, and make one page over all of them.

    Exit code 1 if a shot failed; the same command then does only what is left.
    """
    with answering(as_json=as_json):
        values = _values(set_ or [])
        from vfx_ai.terminal.console import follower

        with (
            follower(as_json=as_json, quiet=quiet) as follow,
            stoppable(lambda: "stopped", shots, as_json=as_json) as stop,
        ):
            from vfx_ai.farm.batch import batch as all_of_them

            night: Night = all_of_them(
                shots,
                output=output,
                matte=matte,
                page=page,
                values=values,
                to=to,
                bundle=bundle,
                chunk=chunk,
                target=target,
                workers=workers,
                threads=threads,
                program=program,
                address=address,
                gpus=gpus,
                force=force,
                look=look,
                dry_run=dry_run,
                progress=follow,
                cancelled=stop,
            )
        from vfx_ai.farm.telling import show_night

        show_night(night, as_json=as_json, quiet=quiet)
        if night.failed:
            raise typer.Exit(1)


def _values(words: list[str]) -> dict[str, str]:
    """Fields and what they are to be, of words FIELD=VALUE."""
    values = {}
    for word in words:
        name, mark, value = word.partition("=")
        if not mark or not name.strip():
            raise JobError(f"--set {word}", remedy="Write it as FIELD=VALUE, e.g. --set matte_grow=2.")
        values[name.strip()] = value
    return values


def _stop_on_terminate() -> None:
    """What a scheduler sends counts as Ctrl-C: the frame that is being written is finished or given up."""
    if sys.platform != "win32" and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
