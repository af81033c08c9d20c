"""Packages that only some commands need, and what is said where they are missing."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from vfx_ai.errors import VfxAiError

TIMELINES, PDF = "opentimelineio", "reportlab"
_NAMES = {TIMELINES: "OpenTimelineIO", PDF: "reportlab"}
INSTALL = "pip install 'vfx-ai[studio]'"


def has(package: str) -> bool:
    """Whether a package is installed; it isn't loaded."""
    return find_spec(package) is not None


def timeline_package() -> Any:
    """The module opentimelineio.

    Raises:
        VfxAiError: it isn't installed.
    """
    return needed(TIMELINES)


def needed(package: str) -> Any:
    """The module of a package.

    Raises:
        VfxAiError: it isn't installed.
    """
    try:
        return import_module(package)
    except ImportError:
        raise VfxAiError(f"{_NAMES[package]} isn't installed", remedy=f"Install it: {INSTALL}") from None
