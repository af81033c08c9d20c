"""Steps of all calls of a model for one picture or window, as one count."""

from __future__ import annotations

from vfx_ai.fill.makers import Step


class Counter:
    """Steps of all calls of one picture, as one count."""

    def __init__(self, step: Step, total: int) -> None:
        self._step, self._total, self._done, self._end = step, total, 0, 0

    def begins(self, steps: int) -> None:
        """A call begins that takes so many steps; more exposures than one make the total grow."""
        self._end = self._done + steps
        self._total = max(self._total, self._end)
        self._step(self._done, self._total)

    def stepped(self) -> None:
        """One of them is done."""
        self._done = min(self._done + 1, self._end)
        self._step(self._done, self._total)

    def still(self) -> None:
        """None more is done, but whether to stop can be asked."""
        self._step(self._done, self._total)

    def ends(self) -> None:
        """The call is done, also where its pipeline tells of no steps."""
        if self._done < self._end:
            self._done = self._end
            self._step(self._done, self._total)
