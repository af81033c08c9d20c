"""The section Queue: jobs, how far the chosen one is, and what can be done with it."""

from typing import Any

import bpy

from . import jobs, settings, wording
from .lines import lines

_ROWS = 4  # that are shown


def draw(layout: Any, context: bpy.types.Context) -> None:
    """Draw it."""
    asked = settings.of(context)
    if not jobs.JOBS:
        layout.label(text="Nothing was done yet")
        return
    chosen = jobs.of_chosen(asked.chosen)
    first = max(0, len(jobs.JOBS) - _ROWS)
    column = layout.column(align=True)
    if first:
        column.label(text=f"{first} before these", icon="THREE_DOTS")
    for index, job in enumerate(jobs.JOBS[first:], first):
        icon, word = wording.STATES[job.state]
        row = column.row(align=True)
        row.alert = job.state == jobs.FAILED
        text = f"{job.title}" if job.state != jobs.PENDING else f"{job.title} ({word.lower()})"
        row.operator("vfx_ai.choose_job", text=text, icon=icon, depress=job is chosen).index = index
    if chosen is None:
        return
    if chosen.state == jobs.RUNNING and chosen.total:
        layout.progress(factor=chosen.done / chosen.total, text=chosen.text)
    else:
        icon = wording.STATES[chosen.state][0]
        lines(
            layout,
            context,
            f"{wording.STATES[chosen.state][1]}: {chosen.text}",
            icon,
            alert=chosen.state == jobs.FAILED,
        )
    row = layout.row(align=True)
    if not chosen.over:
        row.operator("vfx_ai.cancel", icon="CANCEL")
        return
    if chosen.state == jobs.DONE:
        row.operator("vfx_ai.show_result", icon="IMAGE_DATA")
        row.operator("vfx_ai.open_report", text="Report", icon="URL")
        layout.operator("vfx_ai.wire", icon="NODETREE")
    else:
        row.operator("vfx_ai.resume", icon="FILE_REFRESH")
    layout.operator("vfx_ai.clear_queue", icon="TRASH")
