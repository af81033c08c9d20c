"""The pieces of a run as processes of this machine: one for each GPU, or some on the CPU."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vfx_ai.farm.pieces import Ended, Piece, as_event, heard
from vfx_ai.job import Progress

POLL_SECONDS = 0.1
STOP_SECONDS = 5.0  # that a process has to end by itself
LOG = "log.txt"


class Slots:
    """The places in which processes run side by side, each with variables of its own.

    Args:
        variables: of each place, e.g. {"CUDA_VISIBLE_DEVICES": "1"}.
        file: the job's file.
        more: words that the command gets in addition.
    """

    def __init__(self, variables: Sequence[Mapping[str, str]], file: Path, more: list[str]) -> None:
        self.count = len(variables)
        self._free: queue.Queue[Mapping[str, str]] = queue.Queue()
        for one in variables:
            self._free.put(one)
        self._file, self._more = file, more
        self._log, self._lock = file.parent / LOG, threading.Lock()

    def do(self, piece: Piece, follow: Progress, cancelled: Callable[[], bool]) -> Ended:
        """Do a piece in the next free place; what it says on standard error goes into the log beside the job's file."""
        own = self._free.get()
        try:
            words = [*piece.words(str(self._file)), *self._more]
            return self._ran(words, {**os.environ, **own, "PYTHONUTF8": "1"}, follow, cancelled)
        finally:
            self._free.put(own)

    def _ran(
        self, words: list[str], variables: dict[str, str], follow: Progress, cancelled: Callable[[], bool]
    ) -> Ended:
        with self._log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "vfx_ai", *words],
                stdin=subprocess.PIPE,  # which it watches: it ends with this process
                stdout=subprocess.PIPE,
                stderr=log,
                env=variables,
            )
            last: dict[str, object] = {}
            error: dict[str, object] = {}

            def listen() -> None:
                assert process.stdout is not None
                for line in process.stdout:
                    said = heard(line.decode("utf-8", "replace"))
                    event = as_event(said)
                    if event is not None:
                        with self._lock:
                            follow(event)
                    elif said.get("event") == "error":
                        error.update(said)
                    elif said:
                        last.clear()
                        last.update(said)

            ear = threading.Thread(target=listen, daemon=True, name="listen")
            ear.start()
            try:
                while process.poll() is None:
                    if cancelled():
                        break
                    time.sleep(POLL_SECONDS)
            finally:
                end(process)
            ear.join(STOP_SECONDS)
            if not ear.is_alive() and process.stdout is not None:
                process.stdout.close()
            return Ended(process.returncode, dict(error), dict(last))


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process if it still runs; whatever it was writing is beside its place, and goes with the next run."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdin is not None:
        process.stdin.close()
