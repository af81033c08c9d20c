"""Questions to the worker. Their answers are called in the main thread, when it has time for a dialog."""

import functools
import threading
from typing import Any, Callable, Dict, List

import nuke

from vfx_ai_nuke import starting
from vfx_ai_nuke.errors import fault

_lock = threading.Lock()  # the main thread asks and hears, another one takes answers
_asked: Dict[str, Callable[[Any], None]] = {}  # by its name what is to be called with the event that answers it
_answered: List[Callable[[], None]] = []


def ask(method: str, then: Callable[[Any], None]) -> None:
    """Ask the worker; `then` is called in the main thread with the event that answers, "finished" or "failed"."""
    name = starting.client().ask(method)
    with _lock:
        _asked[name] = then


def heard(event: Any) -> None:
    """Take note of an event, if it answers a question."""
    with _lock:
        if event.job in _asked and event.kind in ("finished", "failed"):
            _answered.append(functools.partial(_call, _asked.pop(event.job), event))


def taken() -> List[Callable[[], None]]:
    """What is to be called now; each comes once."""
    with _lock:
        found, _answered[:] = list(_answered), []
    return found


def _call(then: Callable[[Any], None], event: Any) -> None:
    try:
        then(event)
    except Exception as error:  # nobody else is there to hear it
        nuke.message(fault(error))


def open_ones() -> bool:
    """Whether an answer is awaited."""
    with _lock:
        return bool(_asked)


def left() -> bool:
    """Whether an answer is awaited, or has yet to be called."""
    with _lock:
        return bool(_asked or _answered)
