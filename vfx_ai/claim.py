"""One host at a time writes a result: a file beside it says who does."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil

from vfx_ai.errors import OutputError
from vfx_ai.media.output import stem_of

BEAT_SECONDS = 10.0  # between two signs of life in the file
# A claim of another machine without a sign of life for so long was left behind. Of this machine it is known at once.
SILENT_SECONDS = 120.0
_SUFFIX = ".vfx-ai.lock"
_SAME_START_SECONDS = 60.0  # by which a machine's clock may be set while a process lives
_SETTLE_SECONDS = 0.2  # in which two who found the same claim left behind have both written theirs

held: dict[Path, dict[str, Any]] = {}  # by this process


@contextmanager
def claimed(output: str) -> Iterator[Path]:
    """Within it, no other process that asks may write the result `output`.

    The claim is `.<stem>.vfx-ai.lock` beside the result: machine, process and a sign of life. One that was left behind,
    by a process that was killed, is taken over. A folder that is made for it and stays empty is removed.

    Args:
        output: the resolved pattern of the result.

    Raises:
        OutputError: another process writes it, or the folder can't be written to.
    """
    pattern = Path(output)
    path = pattern.parent / f".{stem_of(output)}{_SUFFIX}"
    made = [folder for folder in (pattern.parent, *pattern.parent.parents) if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mine = _take(path, output)
    except OSError as error:
        raise OutputError(
            f"the folder of the result can't be written to: {error.strerror or error}",
            file=pattern.parent,
            remedy="Check its rights and the space left, or write elsewhere.",
        ) from None
    held[path] = mine
    over = Event()
    beat = Thread(target=_beat, args=(path, over), daemon=True, name="sign of life")
    beat.start()
    try:
        yield path
    finally:
        over.set()
        beat.join()
        let_go(path)
        with suppress(OSError):
            for folder in made:
                folder.rmdir()


def let_go(*paths: Path) -> None:
    """Give claims of this process up; without a path all of them."""
    for path in paths or tuple(held):
        mine = held.pop(path, None)
        with suppress(OSError):
            if mine and _read(path) == mine:
                path.unlink()


def let_go_of(output: str, pid: int) -> None:
    """Give up what process `pid` of this machine, which is gone, left behind beside a result.

    Args:
        output: the result, as it was asked for.
        pid: the process.
    """
    for folder in {Path(output), Path(output).parent}:
        for path in folder.glob(f".*{_SUFFIX}") if folder.is_dir() else ():
            claim = _read(path)
            if (claim.get("machine"), claim.get("pid")) == (platform.node(), pid):
                with suppress(OSError):
                    path.unlink()


def _take(path: Path, output: str) -> dict[str, Any]:
    mine = {"machine": platform.node(), **_process(os.getpid()), "since": int(time.time())}
    text = json.dumps(mine)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        return mine
    except FileExistsError:
        pass
    other = _read(path)
    if _lives(path, other):
        raise _taken(output, other)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
    time.sleep(_SETTLE_SECONDS)
    other = _read(path)
    if other != mine:
        raise _taken(output, other)
    return mine


def _process(pid: int) -> dict[str, Any]:
    """A process as a claim names it: the number alone is given to another one some day."""
    return {"pid": pid, "began": round(psutil.Process(pid).create_time(), 1)}


def _read(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    return {}


def _lives(path: Path, claim: dict[str, Any]) -> bool:
    if claim.get("machine") == platform.node():
        try:
            found = _process(int(claim["pid"]))
        except (psutil.Error, KeyError, TypeError, ValueError):
            return False
        return bool(abs(found["began"] - float(claim.get("began", 0))) < _SAME_START_SECONDS)
    try:
        seen = path.stat().st_mtime
        # By the clock of the disk that both write to: machines disagree about the time.
        probe = path.with_name(f"{path.name}.{os.getpid()}.now")
        probe.touch()
        now = probe.stat().st_mtime
        probe.unlink()
    except OSError:
        return path.exists()
    # A time to come is of a clock that was put back since, and no sign of life.
    return abs(now - seen) < SILENT_SECONDS


def _beat(path: Path, over: Event) -> None:
    while not over.wait(BEAT_SECONDS):
        with suppress(OSError):
            os.utime(path)


def _taken(output: str, claim: dict[str, Any]) -> OutputError:
    who = f"process {claim['pid']} on {claim['machine']}" if {"pid", "machine"} <= claim.keys() else "another process"
    return OutputError(
        f"another host is writing this result: {who}",
        file=output,
        remedy="Wait until it is done or cancel it there, or write to another place.",
    )
