"""The working process as its owner sees it: started, spoken to, ended, and its last words."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import traceback
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

import vfx_ai
from vfx_ai.media.atomic import this_machine
from vfx_ai.worker.lines import as_line, read_lines
from vfx_ai.worker.tasks import FAULT

LAST_LINES = 20
LOG_SECONDS = 3.0  # for the last lines of its log, once it has ended
_LONGEST = 2**26  # bytes of a line from it; a result may be long
FOLDER = "vfx-ai-worker-"  # how temporary folders of hands begin
# The very package that runs here, wherever it was found; the current folder is not searched.
_START = (
    "import sys, importlib.util as u; s = u.spec_from_file_location('vfx_ai', sys.argv[1]); "
    "m = sys.modules['vfx_ai'] = u.module_from_spec(s); s.loader.exec_module(m); "
    "from vfx_ai.worker.hand import main; main()"
)


class HandProcess:
    """A working process that runs.

    Args:
        heard: is given each object that it writes, from a thread of its own.
        ended: is told, from the same thread, when it is gone: its exit code and the last lines of its log.
    """

    def __init__(
        self, heard: Callable[[HandProcess, dict[str, Any]], None], ended: Callable[[HandProcess, int, list[str]], None]
    ) -> None:
        self._heard, self._ended = heard, ended
        self._fault = ""  # why what it wrote couldn't be followed
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._folder = tempfile.mkdtemp(prefix=_prefix(os.getpid()))
        # What it leaves in its temporary folder when it is ended is removed with it.
        environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self._folder)}
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, str(vfx_ai.__file__)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                bufsize=0,
                start_new_session=True,  # of its own, which is as nice as it is; no signal of a terminal reaches it
            )
        except OSError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self.pid = self._process.pid
        self._saying = threading.Lock()
        self._log = threading.Thread(target=self._follow_log, daemon=True, name="log of the hand")
        self._log.start()
        self._reader = threading.Thread(target=self._listen, daemon=True, name="lines of the hand")
        self._reader.start()

    def send(self, message: dict[str, Any]) -> None:
        """Say something; if it is gone, `ended` tells."""
        view = memoryview(as_line(message))
        with self._saying, suppress(OSError, ValueError):
            while self._process.stdin is not None and view:
                view = view[self._process.stdin.write(view) or 0 :]

    def kill(self) -> None:
        """End it at once; files are written beside their place, so none is left half done."""
        with suppress(OSError):
            self._process.kill()

    def leave(self) -> None:
        """Let it end by itself."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()

    def join(self, seconds: float) -> bool:
        """Wait until it is gone and `ended` was called; whether that is so."""
        if threading.current_thread() is not self._reader:
            self._reader.join(seconds)
        return not self._reader.is_alive()

    def _listen(self) -> None:
        if self._process.stdout is not None:
            with self._process.stdout as lines:
                for line in read_lines(lines.fileno(), _LONGEST):
                    if not self._understood(line):
                        self.kill()
                        break
        ended = self._process.wait()
        code = FAULT if self._fault else ended
        self._log.join(LOG_SECONDS)
        self.leave()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._ended(self, code, [*self._last, *filter(None, [self._fault])][-LAST_LINES:])

    def _understood(self, line: bytes | None) -> bool:
        """Pass on what it wrote; whether that could be followed. If not, its task would be waited for without end."""
        try:
            message = json.loads(line or b"{}")
        except ValueError:
            return True
        try:
            self._heard(self, message)
        except Exception:
            fault = traceback.format_exc()
            self._fault = fault.splitlines()[-1]
            with suppress(OSError, ValueError):
                sys.stderr.write(fault)
        return not self._fault

    def _follow_log(self) -> None:
        if self._process.stderr is None:
            return
        with self._process.stderr as lines:
            for line in read_lines(lines.fileno()):
                text = (line or b"...").decode("utf-8", "replace").rstrip("\r")
                self._last.append(text)
                with suppress(OSError, ValueError):
                    sys.stderr.write(text + "\n")


def sweep() -> None:
    """Remove temporary folders of this machine's workers that were killed; others may write to the same disk."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        found = re.fullmatch(_prefix(r"(\d+)") + r"\w+", folder.name)
        if found and not psutil.pid_exists(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _prefix(pid: int | str) -> str:
    """How the names of a worker's temporary folders begin."""
    return f"{FOLDER}{this_machine()}-{pid}-"
