"""How the frames of a shot are cut into pieces of work that are worth starting a process for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vfx_ai.errors import JobError
from vfx_ai.farm.cost import Costs

TARGET_SECONDS = 600.0  # of a chunk: long beside its start, short beside a night
START_SHARE = 0.1  # of a chunk's time that its start may take
_EXPRESSION = re.compile(r"-?\d+(?:--?\d+(?::\d+)?)?(?:,-?\d+(?:--?\d+(?::\d+)?)?)*")


@dataclass(frozen=True)
class Chunk:
    """Some frames that one process fills, and what that is expected to take.

    Attributes:
        frames: their numbers.
        seconds: with the start of the process.
    """

    frames: tuple[int, ...]
    seconds: float


def chunk_size(frames: tuple[int, ...], costs: Costs, target: float = TARGET_SECONDS) -> int:
    """How many frames make a chunk of about `target` seconds, or more where starting takes too much of it."""
    each = max(1e-3, costs.mean(frames))
    filled = max(target - costs.start, costs.start * (1 / START_SHARE - 1))
    return max(1, min(len(frames), round(filled / each)))


def cut(frames: tuple[int, ...], size: int, costs: Costs) -> tuple[Chunk, ...]:
    """The frames in chunks of a size; the last may be smaller.

    Raises:
        JobError: the size is less than 1.
    """
    if size < 1:
        raise JobError(f"a chunk of {size} frames", remedy="Give 1 or more, e.g. --chunk 10.")
    return tuple(Chunk(some, costs.start + sum(costs.frame(n) for n in some)) for some in _pieces(frames, size))


def _pieces(frames: tuple[int, ...], size: int) -> Iterator[tuple[int, ...]]:
    for at in range(0, len(frames), size):
        yield frames[at : at + size]


def from_expression(text: str) -> str:
    """Frames as Open Job Description writes them ("1001-1010:3,1020") in the words of --frames.

    Raises:
        JobError: it is no such expression.
    """
    word = "".join(text.split())
    if not _EXPRESSION.fullmatch(word) or len(word) > 10_000:
        raise JobError(f"the frames are {text[:60]!r}", remedy="Write e.g. 1001-1010,1020 or 1001-1010:3.")
    return word.replace(":", "x")
