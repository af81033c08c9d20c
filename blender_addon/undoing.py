"""What an editor shows after Undo: where the result went, nothing would be left; so its plate comes back."""

from typing import Any

import bpy
from bpy.app.handlers import persistent

from .sources import MADE_OF

_SHOWN = {"IMAGE_EDITOR": ("image", "images"), "CLIP_EDITOR": ("clip", "movieclips")}
_before: list[tuple[int, str]] = []  # areas that show a result, and the name of its plate


@persistent
def before(_file: Any, _more: Any = None) -> None:
    """Note down where results are shown."""
    _before.clear()
    for area, name, _ in _editors():
        shown = getattr(area.spaces.active, name)
        plate = shown.get(MADE_OF) if shown is not None else None
        if plate is not None:
            _before.append((area.as_pointer(), plate.name))


@persistent
def after(_file: Any, _more: Any = None) -> None:
    """Show the plate where there is nothing now."""
    plates = dict(_before)
    for area, name, kind in _editors():
        space, plate = area.spaces.active, plates.get(area.as_pointer(), "")
        if getattr(space, name) is None and plate in getattr(bpy.data, kind):
            setattr(space, name, getattr(bpy.data, kind)[plate])
    _before.clear()


def _editors() -> list[tuple[Any, str, str]]:
    areas = [area for window in bpy.context.window_manager.windows for area in window.screen.areas]
    return [(area, *_SHOWN[area.type]) for area in areas if area.type in _SHOWN]


def register() -> None:
    """Listen."""
    bpy.app.handlers.undo_pre.append(before)
    bpy.app.handlers.undo_post.append(after)


def unregister() -> None:
    """Listen no more."""
    bpy.app.handlers.undo_pre.remove(before)
    bpy.app.handlers.undo_post.remove(after)
    _before.clear()
