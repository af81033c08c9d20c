"""The commands for hosts: `vfx-ai worker` takes jobs over standard input, `vfx-ai install` puts plugins in place."""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import threading
from dataclasses import asdict
from types import FrameType
from typing import Annotated

import typer

from vfx_ai.cli import options
from vfx_ai.errors import JobError
from vfx_ai.terminal.answering import answering


def worker(
    schema: Annotated[
        str, typer.Option(help="Print the JSON Schema of a kind of job, and end.", show_default=False)
    ] = "",
) -> None:
    """Take jobs over standard input and tell of them over standard output, one JSON object a line.

    It ends when its input does. Hosts start it; docs/worker.md says what they write.
    """
    with answering(as_json=False):
        if schema:
            _print_schema(schema)
        else:
            _serve()


def _print_schema(kind: str) -> None:
    from vfx_ai.worker.kinds import RUNNABLE
    from vfx_ai.worker.schema import schema_of

    if kind not in RUNNABLE:
        raise JobError(f"there is no kind of job {kind!r}", remedy=f"Choose among {', '.join(RUNNABLE)}.")
    sys.stdout.write(json.dumps(schema_of(kind), indent=2) + "\n")


class _Ended(BaseException):
    """Somebody asked the process to end; whoever passes errors over passes this on."""


def _serve() -> None:
    from vfx_ai.worker.lines import read_lines, take_stdio
    from vfx_ai.worker.process import sweep
    from vfx_ai.worker.server import Server

    asking = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]

    def end(_number: int, _frame: FrameType | None) -> None:
        _deaf_to(asking)
        raise _Ended

    server: list[Server] = []

    def gone() -> None:
        # Nobody reads, but the input is still open, and the main thread waits for it.
        for one in server:
            one.close()
        os._exit(0)

    try:
        if threading.current_thread() is threading.main_thread():
            for number in asking:
                signal.signal(number, end)
        source, target = take_stdio()
        threading.Thread(target=sweep, daemon=True, name="sweep").start()  # what was left may be large, and far away
        server.append(Server(target, gone))
        for line in read_lines(source):
            if not server[0].take(line):
                break
        _deaf_to(asking)  # it is on its way out
    except _Ended:
        pass
    for one in server:
        one.close()


def _deaf_to(signals: list[int]) -> None:
    """Take no more notice of these."""
    if threading.current_thread() is threading.main_thread():
        for number in signals:
            signal.signal(number, signal.SIG_IGN)


# What a user has yet to do in the host, which can't be done from outside.
_THEN = {"blender": "tick VFX AI in Blender's Preferences > Add-ons, once"}


def install(
    host: Annotated[str, typer.Argument(help="nuke or blender.", show_default=False)],
    dir_: Annotated[
        str, typer.Option("--dir", help="Its folder of plugins; else the user's own.", show_default=False)
    ] = "",
    worker_: Annotated[
        str, typer.Option("--worker", help='Starts the worker, e.g. "ssh box vfx-ai worker".', show_default=False)
    ] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Take the plugin out again.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Put the plugin of Nuke or Blender in place, and write down how it starts the worker.

    vfx-ai install nuke
    """
    with answering(as_json=as_json):
        from vfx_ai import install as installing
        from vfx_ai.terminal.console import print_json, print_table

        # A backslash is part of a path on Windows; there quotes stay around a word.
        words = [word.strip('"') for word in shlex.split(worker_, posix=os.name != "nt")]
        done = installing.remove(host, dir_) if remove else installing.install(host, dir_, words)
        for one in done:
            if as_json:
                print_json({"event": "removed" if remove else "installed", **asdict(one)})
                continue
            rows = [("removed" if remove else "plugin", one.folder)]
            rows += [] if remove else [("worker", shlex.join(one.command))]
            rows += [("then", _THEN[host])] if host in _THEN and not remove else []
            print_table([*rows, *(("left", path) for path in one.left)])
