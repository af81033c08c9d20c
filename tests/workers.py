"""What the tests of the worker share: a run that stands in for the real one and needs no torch, and a worker.

The stand-in does what the plate's name says, in every process of the worker.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0  # seconds that a test waits before it calls it a hang; nothing is judged by it
COMMAND = [sys.executable, "-m", "vfx_ai", "worker"]
STAND_IN = textwrap.dedent(
    """
    import hashlib, os, signal, sys, time, types
    from pathlib import Path

    def run(job, progress, cancelled):
        from vfx_ai.errors import InputError, Interrupted
        from vfx_ai.job import Event
        from vfx_ai.proof.record import Report

        what = Path(job.plate).stem
        progress(Event("stage", "fill", "", 0, 4))
        print("a line of the log about", what, file=sys.stderr)
        if what == "asks":
            while not cancelled():
                time.sleep(0.02)
            raise Interrupted("stopped; finished frames are kept")
        if what == "deaf":
            hashlib.pbkdf2_hmac("sha512", b"a", b"b", 10**9)
        if what == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "fails":
            raise InputError("it is damaged", file=job.plate, frame=1002, remedy="Supply it again.")
        if what == "breaks":
            raise ZeroDivisionError("a fault")
        if what == "noisy":
            os.write(1, b'{"jsonrpc": "2.0", "method": "finished", "params": {"job": "1"}}\\n')
            print("to standard output")
            os.system("echo from a program")
        for done in range(1, 5):
            progress(Event("frame", "fill", "", done, 4, 1000 + done))
        if what == "slow":
            time.sleep(1.3)
        progress(Event("note", "fill", "a note"))
        return Report({"output": job.output}, (), "flow", "as asked", (), {"fill": 0.0}, {}, "cpu", "", passed=True)

    sys.modules["vfx_ai.run"] = types.ModuleType("vfx_ai.run")
    sys.modules["vfx_ai.run"].run = run
    """
)


def stand_in(folder: Path) -> dict[str, str]:
    """Variables under which a worker's runs are the stand-in's; sequences for them lie in the folder."""
    (folder / "sitecustomize.py").write_text(STAND_IN, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "PYTHONUTF8": "1"}


def job(folder: Path, what: str, **fields: object) -> dict[str, object]:
    """A job whose plate is there by its name, which is what the stand-in does."""
    plate = folder / f"{what}.exr"
    plate.touch()
    return {"schema": 1, "plate": str(plate), "matte": str(plate), "output": str(folder / "out" / "c.exr"), **fields}


class Worker:
    """A worker's process, spoken to line by line."""

    def __init__(self, variables: dict[str, str], folder: Path) -> None:
        self.process = subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **variables},
            cwd=folder,
        )
        self.log: list[str] = []
        self._kept: list[dict] = []
        self._heard: queue.SimpleQueue[dict | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=do, daemon=True) for do in (self._read, self._follow)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Worker:
        assert self.hear("hello")["protocols"] == [1]
        return self

    def __exit__(self, *_exception: object) -> None:
        for process in self.family():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.ended()
        self.process.stdin.close()

    def ended(self) -> int:
        """Its exit code, once it has ended and all that it said and logged was read."""
        code = self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join(PATIENCE)
        return code

    def family(self) -> list[psutil.Process]:
        """The worker and the processes that it started."""
        try:
            me = psutil.Process(self.process.pid)
            return [*me.children(recursive=True), me]
        except psutil.NoSuchProcess:
            return []

    def write(self, line: bytes) -> None:
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def ask(self, method: str, number: object = 1, **params: object) -> None:
        self.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n")

    def answer(self, method: str, number: object = 1, **params: object) -> dict:
        self.ask(method, number, **params)
        return self.until(lambda message: message.get("id") == number and "method" not in message)

    def hear(self, method: str, seconds: float = PATIENCE) -> dict:
        """The parameters of the next notification of that name."""
        return self.until(lambda message: message.get("method") == method, seconds)["params"]

    def working(self) -> None:
        """Wait until the process that does the work is in the middle of a run; it may be long until it has started."""
        self.until(lambda message: message.get("params", {}).get("stage") == "fill")

    def until(self, right, seconds: float = PATIENCE) -> dict:
        """The first message that is right; the others are kept for whoever asks next."""
        for message in self._kept:
            if right(message):
                self._kept.remove(message)
                return message
        end = time.monotonic() + seconds
        while True:
            message = self._heard.get(timeout=max(0.01, end - time.monotonic()))
            assert message is not None, f"the worker ended: {self.log}"
            if right(message):
                return message
            self._kept.append(message)

    def forget(self) -> None:
        """Forget what was heard so far and nobody asked for."""
        self._kept.clear()

    def _read(self) -> None:
        with self.process.stdout as pipe:
            for line in pipe:
                self._heard.put(json.loads(line))  # a line that is no JSON fails whoever waits
        self._heard.put(None)

    def _follow(self) -> None:
        with self.process.stderr as pipe:
            self.log.extend(line.decode().rstrip() for line in pipe)


def gone(processes: list[psutil.Process], seconds: float) -> bool:
    """Whether all of these end within so long."""
    return not psutil.wait_procs(processes, timeout=seconds)[1]


def children():
    """Processes that this one started and that live; not multiprocessing's tracker of resources, which stays."""
    started = psutil.Process().children(recursive=True)
    return [process for process in started if "resource_tracker" not in " ".join(process.cmdline())]
