"""What a person or a program sees of a run: a progress bar on a terminal, plain lines in a log, or JSON lines."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table
from rich.text import Text

from vfx_ai.errors import visible
from vfx_ai.job import Event
from vfx_ai.proof.wording import duration

if TYPE_CHECKING:
    from vfx_ai.errors import VfxAiError

STAGES = {
    "analyse": "Analysing",
    "fill": "Filling",
    "report": "Reporting",
    "matte": "Making the matte",
    "board": "Making the board",
    "models": "Models",
    "read": "Reading",
    "learn": "Learning",
}
# A log gets a line at most this often within a stage, beside each stage's first and last.
LOG_SECONDS = 5.0


class Follower(Protocol):
    """Shows the events of a run; used as a context, so that a terminal is left as it was found."""

    def __enter__(self) -> Follower: ...
    def __exit__(self, *_exception: object) -> None: ...
    def __call__(self, event: Event) -> None:
        """Show it."""


def follower(*, as_json: bool, quiet: bool) -> Follower:
    """The Follower for where standard error leads and for what was asked."""
    if as_json:
        return JsonLines()
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if quiet:
        return LogLines(console, quiet=True)
    return ProgressBar(console) if console.is_terminal else LogLines(console)


class JsonLines:
    """One JSON object per event on standard output."""

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def __call__(self, event: Event) -> None:
        """Print it at once."""
        print_json({"event": event.kind, **{name: v for name, v in asdict(event).items() if name != "kind"}})


class LogLines:
    """Plain lines on standard error, some seconds apart; with `quiet`, warnings alone."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console, self._quiet = console, quiet
        self._rate = Rate()
        self._spoke = 0.0

    def __enter__(self) -> LogLines:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def __call__(self, event: Event) -> None:
        """Print it if it is worth a line."""
        self._rate.follow(event)
        if event.kind in ("note", "warning"):
            if event.kind == "warning" or not self._quiet:
                self._say(f"{event.kind}: {event.text}")
        elif not self._quiet and self._is_due(event):
            self._spoke = time.monotonic()
            self._say(f"{_stage_line(event)}{self._rate.words(event)}")

    def _is_due(self, event: Event) -> bool:
        ends = event.kind == "stage" or (event.total > 0 and event.done >= event.total)
        return ends or time.monotonic() - self._spoke >= LOG_SECONDS

    def _say(self, line: str) -> None:
        self._console.print(visible(line), markup=False)


class ProgressBar:
    """A bar with frames, rate and time left on the terminal that standard error leads to."""

    def __init__(self, console: Console) -> None:
        self._rate = Rate()
        self._task: TaskID | None = None
        self._stage = ""
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=32),
            TextColumn("{task.completed:.0f}/{task.total:.0f}", markup=False),
            TextColumn("{task.fields[words]}", markup=False),
            console=console,
        )

    def __enter__(self) -> ProgressBar:
        self._progress.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Move the bar, or print above it."""
        self._rate.follow(event)
        if event.kind in ("note", "warning"):
            style = "yellow" if event.kind == "warning" else "dim"
            self._progress.console.print(Text(visible(f"{event.kind}: {event.text}"), style=style))
            return
        if self._task is None or event.stage != self._stage:
            if self._task is not None:
                total = self._progress.tasks[self._task].total or 1
                self._progress.update(self._task, completed=total, words="")
            self._stage = event.stage
            name = STAGES.get(event.stage, event.stage)
            self._task = self._progress.add_task(name, total=max(event.total, 1), words="")
        words = self._rate.words(event) or (f"  {visible(event.text)}" if event.text and event.kind != "frame" else "")
        self._progress.update(self._task, completed=event.done, total=event.total or 1, words=words)


class Rate:
    """Seconds per frame and time left, from the events of the stage that runs."""

    def __init__(self) -> None:
        self._stage, self._started, self._from = "", 0.0, 0

    def follow(self, event: Event) -> None:
        """Take note of a stage's beginning; what was done before it doesn't count as quick."""
        if event.kind in ("stage", "step", "frame") and event.stage != self._stage:
            self._stage, self._started = event.stage, time.monotonic()
            self._from = event.done if event.kind == "stage" else max(0, event.done - 1)

    def words(self, event: Event) -> str:
        """ "  1.2 s/frame, 1 min 43 s left", or nothing while there is nothing to measure."""
        done, elapsed = event.done - self._from, time.monotonic() - self._started
        if event.stage != "fill" or done <= 0 or elapsed <= 0:
            return ""
        each = elapsed / done
        left = f", {duration(each * (event.total - event.done))} left" if event.total > event.done else ""
        return f"  {f'{each:.2f} s/frame' if each >= 0.1 else f'{1 / each:.0f} frames/s'}{left}"


def _stage_line(event: Event) -> str:
    name = STAGES.get(event.stage, event.stage)
    count = f" {event.done}/{event.total}" if event.total else ""
    frame = f", frame {event.frame}" if event.frame is not None else ""
    text = f": {event.text}" if event.text and event.kind != "frame" else ""
    return f"{name}{count}{frame}{text}"


def print_json(value: dict[str, Any]) -> None:
    """One JSON object on one line of standard output, at once; what is NaN or Inf becomes null."""
    finite = {key: None if isinstance(v, float) and not math.isfinite(v) else v for key, v in value.items()}
    sys.stdout.write(json.dumps(finite, default=str) + "\n")
    sys.stdout.flush()


def print_error(error: VfxAiError, *, as_json: bool) -> None:
    """An error in one line: on standard error for a person, on standard output as JSON for a program."""
    if as_json:
        where = {"file": error.file, "frame": error.frame, "remedy": error.remedy}
        print_json({"event": "error", "message": error.message, **where, "exit_code": error.exit_code})
    else:
        sys.stderr.write(f"vfx-ai: {error}\n")
        sys.stderr.flush()


def print_table(rows: Sequence[tuple[str, str]], title: str = "") -> None:
    """Names and values on standard output, as they are but for what isn't visible; in a log a line stays whole, so that
    a path can be copied."""
    rows = [(visible(name), visible(value)) for name, value in rows]
    console = Console(highlight=False)
    if not console.is_terminal:
        width = max((len(name) for name, _ in rows), default=0) + 2
        lines = [title] * bool(title) + [f"{name:<{width}}{value}".rstrip() for name, value in rows]
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        return
    heading = Text(title, style="bold") if title else None
    table = Table(title=heading, show_header=False, box=None, title_justify="left", pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(name), Text(value))
    console.print(table)
