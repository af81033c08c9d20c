"""Finds the Blenders of this machine, puts the extension into one, and runs `inside.py` there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from vfx_ai.install import install

ROOT = Path(__file__).resolve().parents[2]
INSIDE = Path(__file__).with_name("inside.py")
PYTHONS = "VFX_AI_BLENDER_PYTHONS"  # Pythons that can import bpy, with os.pathsep between
NONE = f"no Blender: `make blenders` installs some; else a blender on the path, or ${PYTHONS}"
OLDEST = (4, 2)
SECONDS = 1800.0  # by which a process is given up; it passes only where one hangs
# Files of the extension that run in any Python.
PLAIN = ("paths", "exr_head", "offers", "wording", "errors", "clicking")
# The worker of this checkout, whatever is installed.
WORKER = ["env", f"PYTHONPATH={ROOT}", "OMP_NUM_THREADS=1", sys.executable, "-m", "vfx_ai", "worker"]


def found() -> list[list[str]]:
    """The words that start each Blender with a script."""
    named = [python for python in os.environ.get(PYTHONS, "").split(os.pathsep) if python]
    made = [str(python) for python in sorted(ROOT.glob(".blenders/*/bin/python"))]
    words = [[python] for python in named or made]
    if not words and find_spec("bpy") is not None:
        words.append([sys.executable])
    blender = shutil.which("blender")
    if blender and _version(blender) >= OLDEST:
        words.append([blender, "--background", "--offline-mode", "--python-exit-code", "1", "--python"])
    return words


class Blender:
    """A Blender with settings of its own, and the extension in them.

    Args:
        words: that start it with a script.
        folder: for its settings.
    """

    def __init__(self, words: list[str], folder: Path) -> None:
        self._words, self.folder = words, folder
        self.extensions = folder / "extensions" / "user_default"
        install("blender", str(self.extensions), WORKER)

    def run(self, what: str, seconds: float = SECONDS, **about: Any) -> Any:
        """What a function of inside.py gives.

        Args:
            what: its name.
            seconds: that it may take.
            about: what it is told.
        """
        script = [str(INSIDE), "--"] if len(self._words) > 1 else [str(INSIDE)]
        done = subprocess.run(
            [*self._words, *script, what, json.dumps(about, default=str)],
            capture_output=True,
            text=True,
            timeout=seconds,
            env={**_environment(), "BLENDER_USER_RESOURCES": str(self.folder)},
        )
        told = [line for line in done.stdout.splitlines() if line.startswith("TOLD ")]
        assert told, f"{what}: {done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return json.loads(told[-1][5:])


def command(words: list[str], folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """What a whole Blender does by its --command, with settings of its own in that folder."""
    variables = {**_environment(), "BLENDER_USER_RESOURCES": str(folder)}
    return subprocess.run(
        [words[0], "--command", *more], capture_output=True, text=True, timeout=SECONDS, env=variables
    )


def _environment() -> dict[str, str]:
    """Without what the tests' own Python was told."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _version(blender: str) -> tuple[int, ...]:
    done = subprocess.run([blender, "--version"], capture_output=True, text=True, timeout=SECONDS)
    first = (done.stdout.splitlines() or [""])[0].split()
    return tuple(int(part) for part in first[1].split(".")[:2]) if len(first) > 1 else ()
