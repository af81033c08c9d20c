"""Things that are made of what is in memory, of which as many are kept as a budget holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

import torch

Tensors = tuple[torch.Tensor, ...]


class Held:
    """A sequence whose parts are made when they are asked for; what was asked for long ago is made anew.

    Args:
        makes: what makes each part; the same each time.
        budget: bytes that may be kept; the part that is asked for is there in any case.
    """

    def __init__(self, makes: Sequence[Callable[[], Tensors]], budget: int) -> None:
        self._makes, self._budget = makes, budget
        self._kept: OrderedDict[int, Tensors] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        """How many parts there are."""
        return len(self._makes)

    def __getitem__(self, index: int) -> Tensors:
        """A part."""
        if index in self._kept:
            self._kept.move_to_end(index)
            return self._kept[index]
        made = self._makes[index]()
        self._kept[index] = made
        self._bytes += _size(made)
        while self._bytes > self._budget and len(self._kept) > 1:
            _, old = self._kept.popitem(last=False)
            self._bytes -= _size(old)
        return made

    @property
    def bytes(self) -> int:
        """That are kept now."""
        return self._bytes


def _size(made: Tensors) -> int:
    return sum(part.numel() * part.element_size() for part in made)
