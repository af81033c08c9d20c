"""The versions that decide what a run's pixels become."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("vfx-ai", "torch", "numpy", "OpenEXR", "OpenImageIO", "opencolorio", "opencv-python-headless", "fileseq")


def versions() -> dict[str, str]:
    """Version by package name, and Python's own."""
    found = {"Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
