"""The timer that keeps jobs going while there are any; none is registered otherwise. Without a window there is none."""

from contextlib import suppress

import bpy

from . import jobs, questions

SECONDS = 0.2
EDITORS = ("IMAGE_EDITOR", "CLIP_EDITOR", "SEQUENCE_EDITOR", "NODE_EDITOR", "PREFERENCES")


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
    before = [(job.state, job.text, job.done) for job in jobs.JOBS], questions.shown()
    going_on = jobs.pump()
    if before != ([(job.state, job.text, job.done) for job in jobs.JOBS], questions.shown()) or not going_on:
        redraw()
    for job in jobs.JOBS:
        if job.alert:
            _tell(job.alert)
            job.alert = ""
    return SECONDS if going_on else None


def redraw() -> None:
    """Draw our panels anew, and nothing else."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in EDITORS:
                for region in area.regions:
                    if region.type == "UI" or area.type == "PREFERENCES":
                        region.tag_redraw()


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
