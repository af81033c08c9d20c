"""The process that does the work, one task after the other; what it has loaded stays loaded in between.

It talks with the worker's own process over its standard input and output, a JSON object a line. When that process is
gone, it ends.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vfx_ai.errors import Interrupted, VfxAiError
from vfx_ai.giving_way import LEAST, give_way
from vfx_ai.job import Event
from vfx_ai.terminal.answering import for_a_person
from vfx_ai.threads import wait_without_spinning
from vfx_ai.worker import work
from vfx_ai.worker.kinds import KINDS, read
from vfx_ai.worker.lines import LONGEST, LineWriter, read_lines, take_stdio
from vfx_ai.worker.process import FOLDER
from vfx_ai.worker.rpc import failure

NICE = 10  # how much nicer it is than the host, where $VFX_AI_NICE doesn't say otherwise
LEAVE_SECONDS = 0.8  # in which a task may stop by itself once the other process is gone


class Hand:
    """The working process.

    Args:
        source, target: file descriptors of the lines.
    """

    def __init__(self, source: int, target: int) -> None:
        self._source = source
        self._out = LineWriter(target, self._leave)
        self._tasks: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._stopped: set[str] = set()
        self._alone = threading.Event()
        self._idle = threading.Event()

    def work(self) -> None:
        """Do what is asked until the other process is gone."""
        threading.Thread(target=self._listen, daemon=True, name="lines in").start()
        while (message := self._tasks.get()) is not None:
            self._do(message["do"], message["kind"], message["asked"])
            self._tidy()
        self._idle.set()

    def _listen(self) -> None:
        for line in read_lines(self._source, 2 * LONGEST):
            message = json.loads(line or b"{}")
            if "stop" in message:
                self._stopped.add(message["stop"])
            elif "do" in message:
                self._tasks.put(message)
        self._leave()

    def _leave(self) -> None:
        """End the process: by itself if its task stops in time, at once if not."""
        self._alone.set()
        self._tasks.put(None)
        if not self._idle.wait(LEAVE_SECONDS):
            _leave_nothing()
            os._exit(Interrupted.exit_code)

    def _do(self, task: str, kind: str, data: dict[str, Any]) -> None:
        def progress(event: Event) -> None:
            self._out.send({"task": task, "event": asdict(event)})

        def cancelled() -> bool:
            return task in self._stopped or self._alone.is_set()

        row = KINDS[kind]
        done: Callable[..., dict[str, Any]] = getattr(work, row.by)
        try:
            result = done(read(row.made, data), progress, cancelled)
        except Exception as error:
            if not isinstance(error, VfxAiError):
                traceback.print_exc()
            self._out.send({"task": task, "failed": failure(for_a_person(error))})
        else:
            self._out.send({"task": task, "done": result})
        self._stopped.discard(task)

    def _tidy(self) -> None:
        """What a task held goes back to the system and to the device."""
        gc.collect()
        if "vfx_ai.budget" in sys.modules:
            sys.modules["vfx_ai.budget"].give_back_memory()
        torch = sys.modules.get("torch")
        if torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized():
            torch.cuda.empty_cache()


def _leave_nothing() -> None:
    """Take back what lies on disk because of this process and isn't a result."""
    if "vfx_ai.claim" in sys.modules:
        sys.modules["vfx_ai.claim"].let_go()
    folder = Path(tempfile.gettempdir())
    if folder.name.startswith(FOLDER):
        shutil.rmtree(folder, ignore_errors=True)


def asked_niceness(text: str) -> int:
    """How much nicer than the host a text wants it, 0 to 19; NICE where it is no such number."""
    return min(LEAST, int(text)) if text.isdecimal() else NICE


def main() -> None:
    """Be the working process."""
    give_way(asked_niceness(os.environ.get("VFX_AI_NICE", "")))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the process that it works for
    wait_without_spinning()
    code = 1
    try:
        Hand(*take_stdio()).work()
        code = 0
    finally:
        # Whoever read the log may be gone, and then writing to it is an error of its own.
        with suppress(OSError):
            if code:
                traceback.print_exc()
            sys.stderr.flush()
        _leave_nothing()
        os._exit(code)  # what libraries tidy up at the end takes a second, and nobody needs it
