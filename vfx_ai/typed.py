"""Fields of a dataclass from what JSON held: each is known and of its type, or refused.

Plain enough for Python 3.9, as job.py: hosts may load both by their paths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from vfx_ai.errors import JobError

Made = TypeVar("Made")
Inner = Mapping[str, Callable[[object], Any]]
_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "str": (str, "text"),
    "Missing": (str, "text"),
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "float | None": ((int, float, type(None)), "a number or null"),
    "int | None": ((int, type(None)), "a whole number or null"),
    "bool": (bool, "true or false"),
    "tuple[str, ...]": (list, "a list of texts"),
    "dict[str, Any]": (dict, "an object"),
}


def typed(made: type[Made], given: Mapping[str, object], inner: Inner | None = None) -> Made:
    """A dataclass of what JSON held.

    Args:
        made: the dataclass.
        given: its fields.
        inner: what reads fields of further types, by the types' names.

    Raises:
        JobError: a field is unknown, missing or of the wrong type.
    """
    known = {one.name: one for one in fields(made)}  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            raise JobError(
                f"the job has an unknown field {name!r}", remedy="Remove it, or update vfx-ai: a newer one may know it."
            )
    for name, one in known.items():
        if name not in given and one.default is MISSING:
            raise JobError(f"the job has no field {name!r}", remedy="Give it.")
    return made(**{name: _value(str(known[name].type), name, value, inner or {}) for name, value in given.items()})


def _value(kind: str, name: str, value: object, inner: Inner) -> Any:
    if kind in inner:
        return inner[kind](value)
    types, words = _TYPES[kind]
    right = isinstance(value, types) and isinstance(value, bool) == (kind == "bool")
    if right and isinstance(value, list):
        right = all(isinstance(one, str) for one in value)
    if not right:
        raise JobError(f"the job's field {name!r} is {_short(value)}", remedy=f"Give {words}.")
    texts = value if isinstance(value, list) else [value]
    if any(isinstance(one, str) and "\0" in one for one in texts):
        raise JobError(f"the job's field {name!r} holds a zero byte", remedy="Remove it.")
    if kind in ("float", "float | None") and isinstance(value, int):
        return float(value)
    return tuple(value) if isinstance(value, list) else value


def _short(value: object, most: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]} …"
