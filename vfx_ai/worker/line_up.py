"""Tasks in line, and the processes that do them.

Jobs are done one after the other by one process; what is quick needn't wait for them, and is done by a second one,
which is started when it is first needed.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from vfx_ai.errors import Interrupted, ResourceError
from vfx_ai.worker.kinds import KINDS
from vfx_ai.worker.process import HandProcess
from vfx_ai.worker.rpc import failure
from vfx_ai.worker.tasks import Answered, Task, died, stopped

TICK_SECONDS = 0.4  # between two messages of how far a task is
STOP_SECONDS = 0.5  # in which a task may stop by itself; then its process is ended
KILLED_SECONDS = 0.3  # in which a process that is ended is mostly gone
LEAVE_SECONDS = 1.0  # in which all processes may end by themselves
KEPT = 50  # tasks that are over and still told of by status


@dataclass
class _Slot:
    """A place for a working process, and what it does."""

    quick: bool
    hand: HandProcess | None = None
    task: Task | None = None


class LineUp:
    """The tasks of a worker.

    Args:
        tell: is given the method and the parameters of each notification, at times from other threads.
        crowded: whether what can be left out should be.
    """

    def __init__(self, tell: Callable[[str, dict[str, Any]], None], crowded: Callable[[], bool]) -> None:
        self._tell, self._crowded = tell, crowded
        self._lock = threading.RLock()
        self._tasks: dict[str, Task] = {}
        self._waiting: deque[Task] = deque()
        self._slots = (_Slot(quick=False), _Slot(quick=True))
        self._count, self._closing = 0, False
        self._busy = threading.Event()
        threading.Thread(target=self._tick, daemon=True, name="progress").start()

    def add(
        self,
        kind: str,
        asked: dict[str, Any],
        answered: Answered | None = None,
        accepted: Callable[[Task, int], None] = lambda _task, _ahead: None,
    ) -> None:
        """Put a task in line.

        Args:
            kind: see `kinds.KINDS`.
            asked: as JSON, known to be right.
            answered: see `Task`.
            accepted: is told the task and how many others are not over yet, before anything else is told of it.
        """
        with self._lock:
            self._count += 1
            task = Task(str(self._count), kind, asked, answered)
            self._forget()
            self._tasks[task.id] = task
            accepted(task, sum(not other.over for other in self._tasks.values()) - 1)
            self._waiting.append(task)
            self._next()

    def stop(self, name: str | None = None) -> list[str]:
        """Cancel a task, or all; those that were not over.

        Raises:
            KeyError: there is no such task.
        """
        with self._lock:
            found = list(self._tasks.values()) if name is None else [self._tasks[name]]
            found = [task for task in found if not task.over]
            for task in found:
                self._stop(task)
            return [task.id for task in found]

    def status(self) -> dict[str, Any]:
        """How far each task is, and which processes there are."""
        with self._lock:
            hands = [slot.hand.pid for slot in self._slots if slot.hand is not None]
            return {"jobs": [task.status() for task in self._tasks.values()], "processes": hands}

    def close(self) -> None:
        """Cancel everything and end all processes, within about a second."""
        with self._lock:
            self._closing = True
            self.stop()
            hands = [slot.hand for slot in self._slots if slot.hand is not None]
            for hand in hands:
                hand.leave()
        until = time.monotonic() + LEAVE_SECONDS
        for hand in hands:
            if not hand.join(max(0.0, until - time.monotonic())):
                hand.kill()
                hand.join(STOP_SECONDS)
        self._busy.set()

    # All that follows is done with the lock held.

    def _forget(self) -> None:
        over = [task.id for task in self._tasks.values() if task.over]
        for name in over[: max(0, len(over) - KEPT + 1)]:
            del self._tasks[name]

    def _next(self) -> None:
        """Give each process that is free the first task that it may do."""
        for slot in self._slots:
            while slot.task is None and not self._closing:
                task = next((one for one in self._waiting if KINDS[one.kind].quick or not slot.quick), None)
                if task is None:
                    break
                self._waiting.remove(task)
                try:
                    slot.hand = slot.hand or HandProcess(self._heard, self._ended)
                except OSError as error:
                    no_process = ResourceError(f"no process can be started for it: {error.strerror or error}")
                    self._finish(task, error=failure(no_process))
                    continue
                slot.task, task.state, task.began = task, "running", time.monotonic()
                slot.hand.send({"do": task.id, "kind": task.kind, "asked": task.asked})
                self._busy.set()

    def _stop(self, task: Task) -> None:
        """Cancel a task; one that doesn't stop by itself loses its process."""
        if task.state == "stopping":
            return
        slot = next((one for one in self._slots if one.task is task), None)
        if slot is None or slot.hand is None:
            self._waiting.remove(task)
            self._finish(task, error=failure(stopped(began=False)))
            return
        task.state = "stopping"
        slot.hand.send({"stop": task.id})
        timer = threading.Timer(STOP_SECONDS, self._kill, (slot, slot.hand, task))
        timer.daemon = True
        timer.start()

    def _kill(self, slot: _Slot, hand: HandProcess, task: Task) -> None:
        with self._lock:
            if slot.hand is not hand or slot.task is not task:
                return
            hand.kill()
        # The system may hold it for longer, in a driver or on a network disk; the host needn't wait for that.
        if not hand.join(KILLED_SECONDS):
            with self._lock:
                if not task.over:
                    self._finish(task, error=failure(stopped()))

    def _finish(self, task: Task, result: dict[str, Any] | None = None, error: dict[str, Any] | None = None) -> None:
        """Tell what came of a task."""
        if task.frames and task.answered is None:
            self._tell("progress", task.progress())
        cancelled = error is not None and error["kind"] == Interrupted.__name__
        task.state = "finished" if error is None else "cancelled" if cancelled else "failed"
        task.ended = time.monotonic()
        if task.answered is not None:
            task.answered(result, error)
        elif error is None:
            self._tell("finished", {"job": task.id, "kind": task.kind, "result": result})
        else:
            self._tell("failed", {"job": task.id, "kind": task.kind, "error": error})

    # What comes from other threads.

    def _heard(self, hand: HandProcess, message: dict[str, Any]) -> None:
        with self._lock:
            slot = next((one for one in self._slots if one.hand is hand), None)
            task = slot.task if slot else None
            if slot is None or task is None or task.over or message.get("task") != task.id:
                return
            if "event" in message:
                event = message["event"]
                if event["kind"] not in ("note", "warning"):
                    task.follow(event)
                elif task.answered is None:
                    about = {"job": task.id, "level": event["kind"], "text": event["text"], "frame": event["frame"]}
                    self._tell("log", about)
                return
            slot.task = None
            self._finish(task, message.get("done"), message.get("failed"))
            self._next()

    def _ended(self, hand: HandProcess, code: int, last: list[str]) -> None:
        with self._lock:
            slot = next((one for one in self._slots if one.hand is hand), None)
            task = slot.task if slot else None
        if task is not None and isinstance(task.asked.get("output"), str):
            from vfx_ai.claim import let_go_of

            with suppress(OSError, ValueError):
                let_go_of(task.asked["output"], hand.pid)
        with self._lock:
            if slot is None:
                return
            slot.hand = slot.task = None
            if task is not None and not task.over:
                asked_to = task.state == "stopping"
                error = failure(stopped()) if asked_to else {**failure(died(code)), "log": last}
                self._finish(task, error=error)
            self._next()

    def _tick(self) -> None:
        while self._busy.wait() and not self._closing:
            time.sleep(TICK_SECONDS)
            with self._lock, suppress(OSError):
                running = [slot.task for slot in self._slots if slot.task is not None]
                if not running:
                    self._busy.clear()
                for task in running if not self._crowded() else ():
                    if task.answered is None and not task.over:
                        self._tell("progress", task.progress())
