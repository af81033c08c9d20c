"""Classes that come and go together."""

from collections.abc import Iterable

import bpy


def register_all(classes: Iterable[type]) -> None:
    """Register classes in their order."""
    for one in classes:
        bpy.utils.register_class(one)


def unregister_all(classes: Iterable[type]) -> None:
    """Unregister them, the last first."""
    for one in reversed(tuple(classes)):
        bpy.utils.unregister_class(one)
