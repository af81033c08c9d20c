"""How a run tells how far it is, keeps its notes, and is stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from vfx_ai.budget import give_back_memory
from vfx_ai.errors import Interrupted
from vfx_ai.job import Cancelled, Event, Progress

__all__ = ["Cancelled", "Teller"]


class Teller:
    """Passes on how far a run is, keeps its notes, and ends it when asked to."""

    def __init__(self, progress: Progress, cancelled: Cancelled, notes: list[str]) -> None:
        self._progress, self._cancelled, self._notes = progress, cancelled, notes
        self._stage = "analyse"

    def check(self) -> None:
        """End the run with Interrupted if it is to be stopped."""
        if self._cancelled():
            raise Interrupted("stopped; finished frames are kept", remedy="The same command goes on from here.")

    @property
    def stopped(self) -> bool:
        """Whether it is to be stopped."""
        return self._cancelled()

    def stage(self, stage: str, total: int, done: int = 0, text: str = "") -> None:
        """A step of the run begins."""
        self.check()
        self._stage = stage
        self._progress(Event("stage", stage, text, done, total))

    def steps(self, stage: str, text: str = "") -> Callable[[int, int], None]:
        """What is called with (done, total) within a stage; `text` names the part of it that is counted."""

        def step(done: int, total: int) -> None:
            self.check()
            give_back_memory()
            self._progress(Event("step", stage, text, done, total))

        return step

    def frame(self, number: int, done: int, total: int) -> None:
        """A frame is written."""
        give_back_memory()
        self._progress(Event("frame", "fill", "", done, total, number))

    def note(self, text: str, kind: Literal["note", "warning"] = "note") -> None:
        """Worth knowing: told once, and kept for the report."""
        if text not in self._notes:
            self._notes.append(text)
            self._progress(Event(kind, self._stage, text))
