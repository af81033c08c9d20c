"""A program that ends when the process that started it does, however that ends.

A killed process can't end what it started. So a small Python stands between them: it starts the program, and ends it
as soon as its own standard input, which the process holds open, comes to an end. This file is that Python as well:

    python -I -S tied.py PROGRAM WORDS...
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

END_SECONDS = 5.0  # in which a program that is to end is gone


class Tied:
    """A program that runs; its standard input is at its end, and its exit code that of the Python between.

    Args:
        line: the program's words.
        folder: in which it runs.
        said: where its standard error goes; what it says otherwise goes nowhere.

    Raises:
        OSError: it can't be started.
    """

    def __init__(self, line: list[str], folder: Path, said: IO[bytes]) -> None:
        # Within a program that brings its own Python there is none to start.
        python = sys.executable if Path(sys.executable or "").name.lower().startswith("python") else ""
        self._process = subprocess.Popen(
            [python, "-I", "-S", __file__, *line] if python else line,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    @property
    def code(self) -> int | None:
        """What it ended with; None while it runs."""
        return self._process.poll()

    def end(self) -> None:
        """End it if it still runs, and wait for that."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> None:
    """Be the Python between."""
    program = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)

    def follow() -> None:
        while os.read(0, 4096):
            pass
        program.kill()

    threading.Thread(target=follow, daemon=True).start()
    code = program.wait()
    os._exit(code if code >= 0 else 1)


if __name__ == "__main__":
    main()
