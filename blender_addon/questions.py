"""Who has asked the worker something and awaits the answer. What asks is added here; the pump needs not know it."""

from collections.abc import Callable
from typing import Any, NamedTuple


class Asker(NamedTuple):
    """Something that asks.

    Attributes:
        awaited: whether an answer is awaited.
        heard: whether an event was the answer, which it has then taken.
        shown: what it shows, to see whether that has changed.
    """

    awaited: Callable[[], bool]
    heard: Callable[[Any], bool]
    shown: Callable[[], object]


ASKERS: list[Asker] = []


def awaited() -> bool:
    """Whether any answer is awaited."""
    return any(asker.awaited() for asker in ASKERS)


def heard(event: Any) -> bool:
    """Whether an event was an answer."""
    return any(asker.heard(event) for asker in ASKERS)


def shown() -> list[object]:
    """What all of them show."""
    return [asker.shown() for asker in ASKERS]
