"""Ctrl-C: asked to stop, a run ends at its next step; one that is stuck in a long step is ended all the same."""

from __future__ import annotations

import _thread
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

# Together under two seconds: what a person waits before pressing again.
STEP_SECONDS, INTERRUPT_SECONDS = 1.0, 0.7
EXIT_CODE = 130


class Stop:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._over = threading.Event()
        self._signals, self._waited = 0, False

    def __call__(self) -> bool:
        """True from the first Ctrl-C on."""
        return self._asked.is_set()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        self._asked.set()
        if (self._signals > 1 or self._waited) and not self._over.is_set():
            raise KeyboardInterrupt

    def _watch(self, bell: socket.socket, last_words: Callable[[], None]) -> None:
        rung = b""
        while rung != bytes([signal.SIGINT]):
            try:
                rung = bell.recv(1)
            except OSError:
                return
            if not rung:
                return
        # The signal's own handler waits for the main thread to leave C code; this thread doesn't.
        self._asked.set()
        if self._over.wait(STEP_SECONDS):
            return
        self._waited = True
        _thread.interrupt_main()
        if self._over.wait(INTERRUPT_SECONDS):
            return
        # Frames are written beside their place and then renamed, so nothing is left half done.
        with suppress(Exception):
            last_words()
        os._exit(EXIT_CODE)


@contextmanager
def stopping(last_words: Callable[[], None]) -> Iterator[Stop]:
    """Take Ctrl-C for as long as the context lasts.

    The first one makes the Stop true; a second one, or a second's wait, raises KeyboardInterrupt; and if the main
    thread doesn't come back even then, the process ends with exit code 130.

    Args:
        last_words: called before the process is ended from outside the main thread.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    bell, listener = socket.socketpair()
    bell.setblocking(False)
    before = signal.signal(signal.SIGINT, stop._on_signal)
    bell_before = signal.set_wakeup_fd(bell.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=stop._watch, args=(listener, last_words), daemon=True, name="ctrl-c")
    watcher.start()
    try:
        yield stop
    finally:
        stop._over.set()
        signal.set_wakeup_fd(bell_before)
        signal.signal(signal.SIGINT, before)
        bell.close()
        watcher.join()
        listener.close()
