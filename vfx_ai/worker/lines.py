"""Lines in and out over pipes: bounded in length, and kept apart from whatever a library prints."""

from __future__ import annotations

import json
import math
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, is_dataclass
from typing import Any

from vfx_ai.errors import JobError

LONGEST = 2**20  # bytes of a line that is read
_CHUNK = 65536
_MOST_WAITING = 1000  # lines that nobody takes; beyond it what can be left out is


def take_stdio() -> tuple[int, int]:
    """Keep standard input and output for lines alone.

    Whatever else writes to file descriptor 1 afterwards, a native library for one, lands on standard error, and
    whatever reads from 0 finds an end.

    Returns:
        The descriptors to read lines from and to write them to.

    Raises:
        JobError: they aren't open.
    """
    # Not by asking the descriptors: a closed one may be some other file's by now.
    if sys.stdin is None or sys.stdout is None:
        raise JobError("standard input or output is closed", remedy="Start it with pipes at both.")
    sys.stdout.flush()
    source, target = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing if sys.stderr is None else 2, 1)
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.dup(nothing), "w", encoding="utf-8")
    os.close(nothing)
    sys.stdout = sys.stderr
    return source, target


def read_lines(source: int, longest: int = LONGEST) -> Iterator[bytes | None]:
    """The lines of a file descriptor until its end, without line ends; None for one longer than `longest` bytes.

    Memory is bounded by `longest`, however long a line is. A last line needs no end.
    """
    line, skipping = bytearray(), False
    while chunk := _read(source):
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            if not skipping:
                line += part
                yield bytes(line) if len(line) <= longest else None
            line.clear()
            skipping = False
        if not skipping:
            line += rest
            if len(line) > longest:
                yield None
                line.clear()
                skipping = True
    if line:
        yield bytes(line)


def _read(source: int) -> bytes:
    try:
        return os.read(source, _CHUNK)
    except OSError:  # the other end broke off
        return b""


class LineWriter:
    """Writes objects as lines of JSON from a thread of its own, so that nobody waits for whoever reads them.

    Args:
        target: the file descriptor.
        broken: called once, from the thread, when nobody reads any more.
    """

    def __init__(self, target: int, broken: Callable[[], None] = lambda: None) -> None:
        self._target, self._broken = target, broken
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True, name="lines out")
        self._thread.start()

    def send(self, value: dict[str, Any]) -> None:
        """Write an object as soon as those before it are written."""
        self._waiting.put(as_line(value))

    @property
    def crowded(self) -> bool:
        """Whether so much waits to be read that what can be left out should be."""
        return self._waiting.qsize() > _MOST_WAITING

    def close(self, seconds: float) -> None:
        """Write what waits, but for no longer than that."""
        self._waiting.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join(seconds)

    def _work(self) -> None:
        while (line := self._waiting.get()) is not None:
            view = memoryview(line)
            try:
                while view:
                    view = view[os.write(self._target, view) :]
            except OSError:
                self._broken()
                return


def as_line(value: dict[str, Any]) -> bytes:
    """One line of JSON in ASCII."""
    return json.dumps(plain(value), separators=(",", ":"), default=str).encode("ascii") + b"\n"


def plain(value: Any) -> Any:
    """The same in JSON's own types: dataclasses become objects, tuples lists, and what is NaN or Inf null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
