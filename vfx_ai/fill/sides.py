"""The side at which a model works: its own, and less where the device's memory is short."""

from __future__ import annotations

import torch

from vfx_ai.device import is_out_of_memory
from vfx_ai.fill.makers import Ask

SMALLEST = 256  # pixels along a side, below which memory is given up on


class Sides:
    """The side at which a model works: its own, and less where the device's memory is short."""

    def __init__(self, side: int, multiple: int, what: str = "the model's own size") -> None:
        self.side, self.multiple, self._what = side, multiple, what
        self._least = min(SMALLEST, max(multiple, side // 4))

    def shrink(self, error: Exception, ask: Ask) -> None:
        """Halve it, and say so.

        Raises:
            Exception: `error` itself, where it is about something else than memory, or the side can't be less.
        """
        if not self.shrinks(error, ask):
            raise error

    def shrinks(self, error: Exception, ask: Ask) -> bool:
        """The same; False where it can't be less.

        Raises:
            Exception: `error` itself, where it is about something else than memory.
        """
        if not is_out_of_memory(error):
            raise error
        smaller = self.side // 2 // self.multiple * self.multiple
        if smaller < self._least:
            return False
        self.side = smaller
        if ask.shot.device.type == "cuda":
            torch.cuda.empty_cache()
        ask.note(f"The device's memory is too small for {self._what}: it works in tiles of {smaller} pixels.")
        return True
