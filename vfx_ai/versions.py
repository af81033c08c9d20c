"""The versions that decide what a run's pixels become."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("vfx-ai", "torch", "numpy", "OpenEXR", "OpenImageIO", "opencolorio", "opencv-python-headless", "fileseq")


def program() -> str:
    """Name and version of this program."""
    return f"vfx-ai {_installed('vfx-ai')}"


@cache
def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def versions() -> dict[str, str]:
    """Version by package name, and Python's own."""
    return {"Python": platform.python_version(), **{name: _installed(name) for name in PACKAGES}}
