"""What is asked, as a dataclass read from JSON: every field is known and of its type, or refused."""

from __future__ import annotations

from typing import TypeVar

from vfx_ai.errors import JobError
from vfx_ai.job import SCHEMA, Job
from vfx_ai.typed import typed

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
    return typed(made, given, {"Job": lambda inner: read(Job, inner, versioned=True)})


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
