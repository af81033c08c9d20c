"""A module of this package run in a Python of its own, so that a library in C++ can take no run with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def there_is_one() -> bool:
    """Whether a Python can be started: within a program that brings its own there is none."""
    return Path(sys.executable or "").name.lower().startswith("python")


def starting(module: str, *words: str, threads: tuple[str, ...] = ()) -> dict[str, Any]:
    """What subprocess needs to start it: args, env and creationflags.

    Args:
        module: its full name.
        words: for it.
        threads: variables by which libraries are told how many threads they may have: one.
    """
    path = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH", "")) if p)
    return {
        "args": [sys.executable, "-P", "-m", module, *words],
        "env": {**os.environ, **dict.fromkeys(threads, "1"), "PYTHONPATH": path},
        "creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0),
    }


def how(code: int) -> str:
    """How it ended, in words: the signal that ended it, or its exit code."""
    try:
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        return f"signal {-code}"
