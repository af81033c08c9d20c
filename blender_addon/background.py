"""Frames that another Blender makes in the background: those of a movie, or of a mask. This one stays free."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import bpy

from .errors import Told
from .paths import frame_file

SCRIPT = Path(__file__).resolve().with_name("in_background.py")
STAMP = ".vfx_ai_made_of.json"
_LAST_LINES = 5
_NO_WINDOW = 0x08000000


def movie(file: str, pattern: str, first: int, last: int) -> dict[str, Any]:
    """The step that turns a movie into frames."""
    about = Path(file).stat()
    stamp = [Path(file).name, about.st_size, about.st_mtime]  # it may be moved together with the .blend
    return {"do": "background", "what": "movie", "file": file, **_frames(pattern, first, last), "stamp": stamp}


def mask(one: Any, pattern: str, first: int, last: int, shift: int, size: tuple[int, int]) -> dict[str, Any]:
    """The step that draws a mask; its shapes are kept in a .blend of their own beside the frames.

    That is named by what is in it: a job that waits keeps its shapes when the mask is drawn on. Blender 4.5 writes the
    same shapes differently each time; there they are drawn anew for each job.
    """
    folder = Path(pattern).parent
    written = folder / "mask.blend"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        bpy.data.libraries.write(str(written), {one}, path_remap="ABSOLUTE")
        mark = hashlib.sha256(written.read_bytes()).hexdigest()[:12]
        blend = written.replace(folder / f"mask_{mark}.blend")
    except (OSError, RuntimeError) as error:
        raise Told(f"The mask can't be written into {folder}: {error}") from None
    more = {"file": str(blend), "mask": one.name, "shift": shift, "size": list(size)}
    stamp = [mark, one.name, first, last, shift, *size]
    return {"do": "background", "what": "mask", **more, **_frames(pattern, first, last), "stamp": stamp}


def is_made(step: dict[str, Any]) -> bool:
    """Whether all frames of a step are there, made of what they are to be made of."""
    with suppress(OSError, ValueError):
        made_of = json.loads(_stamp(step).read_text(encoding="utf-8"))
        return bool(made_of == step["stamp"]) and all(file.is_file() for file in _files(step))
    return False


class Task:
    """A background Blender at work.

    Attributes:
        done, total: frames.
        over: whether it has ended.
        fault: why it failed; empty: it didn't.
    """

    def __init__(self, step: dict[str, Any]) -> None:
        self._step = step
        self._files = _files(step)
        self.done, self.total, self.over, self.fault = 0, len(self._files), False, ""
        self._process: subprocess.Popen[bytes] | None = None
        if is_made(step):
            self.done, self.over = self.total, True
            return
        for file in (*self._files, _stamp(step)):
            file.unlink(missing_ok=True)
        self._files[0].parent.mkdir(parents=True, exist_ok=True)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - it lives as long as the process
        self._process = subprocess.Popen(
            [*_blender(), json.dumps(step)],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={name: value for name, value in os.environ.items() if name != "OCIO"},  # its light is linear Rec.709
            **({"creationflags": _NO_WINDOW} if os.name == "nt" else {}),
        )

    def look(self) -> None:
        """See how far it is."""
        if self.over or self._process is None:
            return
        code = self._process.poll()  # first, so that the last file isn't missed
        while self.done < self.total and self._files[self.done].is_file():
            self.done += 1
        if code is None:
            return
        self.over = True
        if self.done < self.total:
            self._log.seek(0)
            lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
            last = " | ".join(lines[-_LAST_LINES:])
            self.fault = f"The background Blender ended after {self.done} of {self.total} frames: {last}"
        else:
            with suppress(OSError):
                _stamp(self._step).write_text(json.dumps(self._step["stamp"]), encoding="utf-8")
        self._log.close()

    def end(self) -> None:
        """Stop it."""
        if self._process is not None and not self.over:
            self._process.kill()
            self._process.wait()
            self._log.close()
        self.over = True


def _files(step: dict[str, Any]) -> list[Path]:
    return [Path(frame_file(step["pattern"], frame)) for frame in range(step["first"], step["last"] + 1)]


def _stamp(step: dict[str, Any]) -> Path:
    return Path(step["pattern"]).with_name(STAMP)


def _frames(pattern: str, first: int, last: int) -> dict[str, Any]:
    return {"pattern": pattern, "first": first, "last": last}


def _blender() -> list[str]:
    """The words that start the script, in a Blender of its own."""
    if bpy.app.binary_path:
        still = ["--background", "--factory-startup", "--offline-mode", "--quiet"]
        return [bpy.app.binary_path, *still, "--python-exit-code", "1", "--python", str(SCRIPT), "--"]
    return [sys.executable, str(SCRIPT)]  # Blender as a module of Python
