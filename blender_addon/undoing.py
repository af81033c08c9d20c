"""What Undo mustn't take: the plate where a result was shown, which is then gone."""

from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import results

_SHOWN = {"IMAGE_EDITOR": ("image", "images"), "CLIP_EDITOR": ("clip", "movieclips")}
_plates: dict[int, tuple[str, list[int]]] = {}  # by the area that shows a result: the plate's name, and its frames


@persistent
def before(_file: Any, _more: Any = None) -> None:
    """Note down what is to stay."""
    _plates.clear()
    for area, name, _ in _editors():
        plate, frames = results.plate_of(getattr(area.spaces.active, name))
        if plate is not None:
            _plates[area.as_pointer()] = plate.name, frames


@persistent
def after(_file: Any, _more: Any = None) -> None:
    """Bring it back."""
    for area, name, kind in _editors():
        space, (plate, frames) = area.spaces.active, _plates.get(area.as_pointer(), ("", []))
        if getattr(space, name) is None and plate in getattr(bpy.data, kind):
            results.show_plate(space, getattr(bpy.data, kind)[plate], frames)
    _plates.clear()


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
    _plates.clear()
