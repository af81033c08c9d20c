"""vfx-ai in Blender: takes objects out of shots, from the Image, Clip, Sequence and Compositor editors.

The work is done by a process of its own, which vfx_ai_client.py starts; nothing heavy is loaded here.
"""

from . import (
    compositor,
    cryptomatte,
    handlers,
    menus,
    operators,
    overlay,
    panels,
    prefs,
    queue_operators,
    settings,
    undoing,
    worker_operators,
)

_PARTS = (
    *(prefs, settings, operators, queue_operators, worker_operators),
    *(overlay, cryptomatte, compositor, panels, menus, handlers, undoing),
)


def register() -> None:
    """Add all of it to Blender."""
    for part in _PARTS:
        part.register()


def unregister() -> None:
    """Take all of it out again, and end the worker."""
    for part in reversed(_PARTS):
        part.unregister()
