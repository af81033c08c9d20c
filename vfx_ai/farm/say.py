"""How a task tells a scheduler of Open Job Description how far it is: lines of output that begin by openjd_."""

from __future__ import annotations

import sys
import time

from vfx_ai.job import Event

STATUS_SECONDS = 1.0  # between two lines of status
STAGES = {"analyse": "analysing", "fill": "filling", "report": "reporting"}


class OpenjdLines:
    """A Follower of a run: `openjd_progress:` in percent, `openjd_status:` in words; notes as plain lines of the log.

    Args:
        step: of the run that is followed: what comes before it counts as its beginning.
    """

    def __init__(self, step: str) -> None:
        self._step = step
        self._parts, self._part, self._shown, self._spoke = 0, "", -1.0, 0.0

    def __enter__(self) -> OpenjdLines:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass

    def __call__(self, event: Event) -> None:
        """Print what is new."""
        if event.kind in ("note", "warning"):
            self._say(f"{event.kind}: {event.text}")
            return
        percent = self._percent(event)
        if percent > self._shown + 0.5 or (percent == 100 and self._shown < 100):
            self._shown = percent
            self._say(f"openjd_progress: {percent:.1f}")
        if event.kind == "stage" or time.monotonic() - self._spoke >= STATUS_SECONDS:
            self._spoke = time.monotonic()
            count = f" {event.done}/{event.total}" if event.total > 1 else ""
            frame = f", frame {event.frame}" if event.frame is not None else ""
            text = f": {event.text}" if event.text else ""
            self._say(f"openjd_status: {STAGES.get(event.stage, event.stage)}{count}{frame}{text}")

    def failed(self, error: Exception) -> None:
        """Say why the task fails."""
        self._say(f"openjd_fail: {error}")

    def _percent(self, event: Event) -> float:
        """Of the fill by frames; of an analysis, whose number of parts isn't known, half of what is left for each."""
        done = min(1.0, event.done / event.total) if event.total else 0.0
        if self._step == "fill" and event.stage == "fill":
            return 100 * done
        if event.stage != self._step:
            return 0.0
        if event.text != self._part:
            self._part, self._parts = event.text, self._parts + 1
        rest = 0.5 ** max(0, self._parts - 1)
        return 100 * (1 - rest + rest / 2 * done)

    def _say(self, line: str) -> None:
        sys.stdout.write(" ".join(line.split()) + "\n")
        sys.stdout.flush()
