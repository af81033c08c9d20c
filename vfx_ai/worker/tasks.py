"""A task of the worker: what was asked, how far it is, and what hosts are told of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vfx_ai.errors import Interrupted, ResourceError, VfxAiError

# Is given a result, or what `rpc.failure` makes of an error.
Answered = Callable[[dict[str, Any] | None, dict[str, Any] | None], None]

FAULT = 70  # exit code of a fault of the program itself


@dataclass
class Task:
    """One thing that a worker was asked to do.

    Attributes:
        id: by which hosts call it.
        kind: see `kinds.KINDS`.
        asked: as JSON.
        answered: is called at the end, where that is the answer to a request; None: hosts are notified.
        state: "queued", "running", "stopping", "finished", "failed" or "cancelled".
        stage, text, done, total, frame: of the last event, see `job.Event`.
        frames: written since they were last told.
        began, ended: on the clock of `time.monotonic`.
    """

    id: str
    kind: str
    asked: dict[str, Any]
    answered: Answered | None = None
    state: str = "queued"
    stage: str = ""
    text: str = ""
    done: int = 0
    total: int = 0
    frame: int | None = None
    frames: list[int] = field(default_factory=list)
    began: float | None = None
    ended: float | None = None
    _stage_began: float = 0.0
    _stage_from: int = 0

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ("finished", "failed", "cancelled")

    def follow(self, event: dict[str, Any]) -> None:
        """Take note of an event of the run."""
        if event["stage"] != self.stage or event["kind"] == "stage":
            self._stage_began = time.monotonic()
            self._stage_from = event["done"] if event["kind"] == "stage" else max(0, event["done"] - 1)
        for name in ("stage", "text", "done", "total", "frame"):
            setattr(self, name, event[name])
        if event["kind"] == "frame":
            self.frames.append(event["frame"])

    def progress(self) -> dict[str, Any]:
        """How far it is; frames that were written are told once."""
        told, self.frames = self.frames, []
        return {**self.status(), "frames": told}

    def status(self) -> dict[str, Any]:
        """How far it is."""
        return {
            "job": self.id,
            "kind": self.kind,
            "state": self.state,
            "stage": self.stage,
            "text": self.text,
            "done": self.done,
            "total": self.total,
            "frame": self.frame,
            "seconds": self._seconds(),
            "seconds_left": self._seconds_left(),
            "output": self.asked.get("output", self.asked.get("file", "")),
        }

    def _seconds(self) -> float:
        if self.began is None:
            return 0.0
        return round((self.ended or time.monotonic()) - self.began, 2)

    def _seconds_left(self) -> float | None:
        """Of the stage, by what was done of it so far; None where that can't be told."""
        done = self.done - self._stage_from
        if self.over or done <= 0 or self.total <= self.done:
            return None
        return round((time.monotonic() - self._stage_began) / done * (self.total - self.done), 1)


def stopped(*, began: bool = True) -> Interrupted:
    """What is told of a task that was cancelled."""
    if not began:
        return Interrupted("stopped before it began")
    return Interrupted("stopped; finished frames are kept", remedy="The same job goes on from there.")


def died(code: int) -> VfxAiError:
    """What is told of a task whose process went away with exit code `code`; negative is a signal's number."""
    if code in (-9, 137):
        return ResourceError(
            "the process that did the work was killed from outside; mostly that means that memory ran out",
            remedy="Give a smaller memory budget, or close other programs; the same job goes on where it ended.",
        )
    how = f"by signal {-code}" if code < 0 else f"with code {code}"
    error = VfxAiError(
        f"the process that did the work ended {how}", remedy="The log says more; the same job goes on where it ended."
    )
    error.exit_code = FAULT
    return error
