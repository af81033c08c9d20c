"""The timer that keeps jobs going while there are any; none is registered otherwise. Without a window there is none."""

import time
from contextlib import suppress
from typing import Any

import bpy

from . import jobs, questions
from .wording import TAB

SECONDS = 0.2
_DRAWN_SECONDS = 0.5  # at least, between two drawings that show no more than how far it is
EDITORS = ("IMAGE_EDITOR", "CLIP_EDITOR", "SEQUENCE_EDITOR", "NODE_EDITOR", "PREFERENCES")

_drawn: dict[str, Any] = {}  # when and what


def keep_going() -> None:
    """See to it that jobs go on, and come back at once."""
    if not bpy.app.background and not bpy.app.timers.is_registered(tick):
        bpy.app.timers.register(tick, first_interval=SECONDS, persistent=True)


def stop() -> None:
    """No more ticks."""
    if bpy.app.timers.is_registered(tick):
        bpy.app.timers.unregister(tick)


def tick() -> float | None:
    """Look at what happened; the seconds to the next time, None: there is nothing more to wait for."""
    going_on = jobs.pump()
    urgent = [job.state for job in jobs.JOBS], questions.shown()
    shown = urgent, [(job.text, job.done) for job in jobs.JOBS]
    soon = time.monotonic() - _drawn.get("at", 0.0) > _DRAWN_SECONDS
    if urgent != _drawn.get("urgent") or (soon and shown != _drawn.get("shown")) or not going_on:
        _drawn.update(at=time.monotonic(), urgent=urgent, shown=shown)
        redraw()
    for job in jobs.JOBS:
        if job.alert:
            _tell(job.alert)
            job.alert = ""
    return SECONDS if going_on else None


def redraw() -> None:
    """Draw our panels anew where they are seen, and nothing else."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in EDITORS:
                for region in area.regions:
                    if area.type == "PREFERENCES" or (region.type == "UI" and _is_open(region)):
                        region.tag_redraw()


def _is_open(region: Any) -> bool:
    """Whether a sidebar is open at our tab; where that can't be told, it counts as open."""
    return region.width > 1 and getattr(region, "active_panel_category", TAB) in (TAB, "UNSUPPORTED", "")


def _tell(text: str) -> None:
    manager = bpy.context.window_manager
    if bpy.app.background or not manager.windows:
        return
    from . import wording

    def draw(popup: bpy.types.UIPopupMenu, _context: bpy.types.Context) -> None:
        for line in wording.wrapped(text, 560, 8):
            popup.layout.label(text=line)

    with suppress(RuntimeError), bpy.context.temp_override(window=manager.windows[0]):
        manager.popup_menu(draw, title="VFX AI", icon="ERROR")
