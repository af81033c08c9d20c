"""What panels show of files, looked up now and then: they are drawn many times a second, and files may lie far away."""

import time
from collections.abc import Callable
from typing import Any

import bpy

from . import cryptomatte, settings, sources
from .errors import Told
from .plate import Plate

_SECONDS = 1.5
_seen: dict[tuple[Any, ...], tuple[float, Any]] = {}


def plate(context: bpy.types.Context) -> Plate | str:
    """The source, or why there is none."""

    def look() -> Plate | str:
        try:
            return sources.find(context, load=False)
        except Told as told:
            return str(told)

    space, asked = context.space_data, settings.of(context)
    shown = [getattr(space, name, None) for name in ("image", "clip")]
    image, clip = asked.source_image, asked.source_clip
    what = (asked.source, asked.source_file, *(one.name_full if one else "" for one in (*shown, image, clip)))
    return _kept(("plate", context.area.as_pointer() if context.area else 0, context.scene.name, *what), look)


def shown(context: bpy.types.Context) -> Plate | str:
    """The plate that an Image or Clip editor shows, or why there is none."""

    def look() -> Plate | str:
        try:
            return sources.shown(context)
        except Told as told:
            return str(told)

    space = context.space_data
    one = getattr(space, "image", None) or getattr(space, "clip", None)
    timed = getattr(space, "image_user", None) or one
    about = (one.name_full, one.filepath, timed.frame_start, timed.frame_offset) if one is not None else ()
    return _kept(("shown", context.area.as_pointer() if context.area else 0, context.scene.name, *about), look)


def why_no_cryptomatte(context: bpy.types.Context) -> str:
    """What `cryptomatte.why_not` says."""
    return _kept(("cryptomatte", context.scene.name), lambda: cryptomatte.why_not(context))


def forget() -> None:
    """Look anew the next time."""
    _seen.clear()


def _kept(key: tuple[Any, ...], look: Callable[[], Any]) -> Any:
    at, value = _seen.get(key, (0.0, None))
    now = time.monotonic()
    if now - at > _SECONDS:
        value = look()
        if len(_seen) > 50:
            _seen.clear()
        _seen[key] = (now, value)
    return value
