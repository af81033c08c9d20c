"""What is asked, as a dataclass read from JSON: every field is known and of its type, or refused."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, TypeVar

from vfx_ai.errors import JobError
from vfx_ai.job import SCHEMA

VERSION_KEY = "schema"
Made = TypeVar("Made")


def read(made: type[Made], data: object, *, versioned: bool = False) -> Made:
    """What is asked, from JSON.

    Args:
        made: the dataclass that it becomes.
        data: what JSON held.
        versioned: whether the schema's number must be there; where it is, it must be ours.

    Raises:
        JobError: a field is unknown, missing or of the wrong type, or the schema is another.
    """
    if not isinstance(data, dict):
        raise JobError("what is asked is no object", remedy="See docs/worker.md.")
    given = dict(data)
    _check_schema(given.pop(VERSION_KEY, None if versioned else SCHEMA))
    known = {one.name: one for one in fields(made)}  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            raise JobError(
                f"the job has an unknown field {name!r}", remedy="Remove it, or update vfx-ai: a newer one may know it."
            )
    for name, one in known.items():
        if name not in given and one.default is MISSING:
            raise JobError(f"the job has no field {name!r}", remedy="Give it.")
    return made(**{name: _value(known[name].type, name, value) for name, value in given.items()})


def _check_schema(number: object) -> None:
    if type(number) is int and number == SCHEMA:
        return
    if type(number) is int and number > SCHEMA:
        raise JobError(
            f"the job is of schema {number}, which is newer than this worker's {SCHEMA}",
            remedy="Update vfx-ai where the worker runs.",
        )
    if type(number) is int:
        raise JobError(
            f"the job is of schema {number}, which is older than this worker's {SCHEMA}",
            remedy="Update the plugin, by `vfx-ai install`.",
        )
    raise JobError("the job has no schema", remedy=f'Add "{VERSION_KEY}": {SCHEMA}.')


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


def _value(kind: object, name: str, value: object) -> Any:
    types, words = _TYPES[str(kind)]
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
