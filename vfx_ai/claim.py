"""Who works on a result: one host at a time, several runs of one job together, and one of them at its analysis.

A file says who does: machine, process and a sign of life.
"""

from __future__ import annotations

import itertools
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil

from vfx_ai.errors import OutputError
from vfx_ai.media.atomic import patiently, this_machine
from vfx_ai.media.output import stem_of

BEAT_SECONDS = 10.0  # between two signs of life in the file
# A claim of another machine without a sign of life for so long was left behind. Of this machine it is known at once.
SILENT_SECONDS = 120.0
_SUFFIX = ".vfx-ai.lock"
_SAME_START_SECONDS = 60.0  # by which a machine's clock may be set while a process lives
_SETTLE_SECONDS = 0.2  # in which two who found the same claim left behind have both written theirs
_TURN_SECONDS = 0.25  # between two looks whether it is one's turn

_NUMBERS = itertools.count()  # of what this process takes part in
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
    path = lock_of(pattern.parent, stem_of(output))
    made = [folder for folder in (pattern.parent, *pattern.parent.parents) if not folder.exists()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mine = _take(path)
    except OSError as error:
        raise _not_writable(pattern.parent, error) from None
    if mine is None:
        raise _taken(output, _read(path))
    try:
        with _held(path, mine):
            yield path
    finally:
        with suppress(OSError):
            for folder in made:
                folder.rmdir()


def lock_of(folder: Path, stem: str) -> Path:
    """The file in a folder that says who writes what has this stem."""
    return folder / f".{stem}{_SUFFIX}"


@contextmanager
def together(folder: Path, key: str, output: str) -> Iterator[None]:
    """Within it, every process that works in `folder` does so by the same key; any number of them may.

    Args:
        folder: beside a result; is made.
        key: of what its processes share, and another job would throw away.
        output: the result, for the error.

    Raises:
        OutputError: another process works there by another key, or the folder can't be written to.
    """
    running = folder / "running"
    path = running / f"{this_machine()}-{os.getpid()}-{next(_NUMBERS)}.json"
    try:
        running.mkdir(parents=True, exist_ok=True)
        mine = {**_me(), "key": key}
        path.write_text(json.dumps(mine), encoding="utf-8")
    except OSError as error:
        raise _not_writable(folder, error) from None
    with _held(path, mine):
        for other in running.glob("*.json"):
            claim = _read(other)
            if other == path or claim.get("key", key) == key:
                continue
            if _lives(other, claim):
                raise _taken(output, claim, " with other settings or other files")
            other.unlink(missing_ok=True)
        yield
    with suppress(OSError):
        running.rmdir()


@contextmanager
def in_turn(
    path: Path, wait: Callable[[], None], pause: float = _TURN_SECONDS, of: str = "the result"
) -> Iterator[None]:
    """Within it, no other process is within the same; who comes later waits, however long.

    Args:
        path: of the file that says whose turn it is; its folder is there.
        wait: called while another one works; what it raises ends the waiting.
        pause: seconds between two looks whether it is one's turn.
        of: whose folder it is, for the error.

    Raises:
        OutputError: the file can't be written.
    """
    while True:
        try:
            mine = _take(path)
        except OSError as error:
            raise _not_writable(path.parent, error, of) from None
        if mine is not None:
            break
        wait()
        time.sleep(pause)
    with _held(path, mine):
        yield


@contextmanager
def _held(path: Path, mine: dict[str, Any]) -> Iterator[None]:
    """Signs of life, as long as it lasts; then the claim is given up."""
    held[path] = mine
    over = Event()
    beat = Thread(target=_beat, args=(path, over), daemon=True, name="sign of life")
    beat.start()
    try:
        yield
    finally:
        over.set()
        beat.join()
        let_go(path)


def let_go(*paths: Path) -> None:
    """Give claims of this process up; without a path all of them."""
    for path in paths or tuple(held):
        mine = held.pop(path, None)
        with suppress(OSError):
            if mine and _read(path) == mine:
                patiently(path.unlink)


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
                    patiently(path.unlink)


def _me() -> dict[str, Any]:
    return {"machine": platform.node(), **_process(os.getpid()), "since": int(time.time())}


def _take(path: Path) -> dict[str, Any] | None:
    """What the file now says of this process; None if it is another's."""
    mine = _me()
    text = json.dumps(mine)
    try:
        with patiently(lambda: path.open("x", encoding="utf-8")) as file:  # Windows: one that is just given up
            file.write(text)
        return mine
    except FileExistsError:
        pass
    if _lives(path, _read(path)):
        return None
    beside = path.with_name(f"{path.name}.{this_machine()}-{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    patiently(lambda: beside.replace(path))
    time.sleep(_SETTLE_SECONDS)
    return mine if _read(path) == mine else None


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
        probe = path.with_name(f"{path.name}.{this_machine()}-{os.getpid()}.now")
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


def _not_writable(folder: Path, error: OSError, of: str = "the result") -> OutputError:
    return OutputError(
        f"the folder of {of} can't be written to: {error.strerror or error}",
        file=folder,
        remedy="Check its rights and the space left, or write elsewhere.",
    )


def _taken(output: str, claim: dict[str, Any], how: str = "") -> OutputError:
    who = f"process {claim['pid']} on {claim['machine']}" if {"pid", "machine"} <= claim.keys() else "another process"
    return OutputError(
        f"another host is writing this result{how}: {who}",
        file=output,
        remedy="Wait until it is done or cancel it there, or write to another place.",
    )
