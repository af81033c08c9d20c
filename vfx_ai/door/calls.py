"""What calls have in common."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any


def never() -> bool:
    """A run that nobody stops."""
    return False


def texts(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields with their paths as text."""
    return {name: fspath(value) if isinstance(value, PathLike) else value for name, value in fields.items()}
