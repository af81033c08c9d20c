"""The section Queue: jobs, how far the chosen one is, and what can be done with it."""

from itertools import pairwise
from typing import Any

import bpy

from . import compositor, jobs, offers, wording
from .lines import lines

_ROWS = 4  # that are shown


def draw(layout: Any, context: bpy.types.Context) -> None:
    """Draw it."""
    if not jobs.JOBS:
        layout.label(text="Nothing was done yet")
        return
    chosen = jobs.chosen()
    _rows(layout.column(align=True), chosen)
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
    if chosen.state != jobs.DONE:
        row.operator("vfx_ai.resume", icon="FILE_REFRESH")
    elif chosen.output:
        row.operator("vfx_ai.show_result", icon="IMAGE_DATA")
        if chosen.report:
            row.operator("vfx_ai.open_report", text="Report", icon="URL")
        if offers.gives(chosen.name) in compositor.WIRED:
            layout.operator("vfx_ai.wire", icon="NODETREE")
    layout.operator("vfx_ai.clear_queue", icon="TRASH")


def _rows(column: Any, chosen: Any) -> None:
    """The rows that there is room for, and buttons that lead to those between them."""
    shown = wording.rows([job.state for job in jobs.JOBS], jobs.JOBS.index(chosen), _ROWS)
    for before, index in pairwise((-1, *shown, len(jobs.JOBS))):
        hidden = index - before - 1
        if hidden:
            column.operator("vfx_ai.choose_job", text=f"{hidden} more", icon="THREE_DOTS").index = index - 1
        if index < len(jobs.JOBS):
            _row(column.row(align=True), jobs.JOBS[index], index, chosen)


def _row(row: Any, job: Any, index: int, chosen: Any) -> None:
    icon, word = wording.STATES[job.state]
    row.alert = job.state == jobs.FAILED
    more = ""
    if job.state == jobs.PENDING:
        more = f" ({word.lower()})"
    elif job.state == jobs.RUNNING and job.total:
        more = f" ({100 * job.done // job.total}%)"
    row.operator("vfx_ai.choose_job", text=f"{job.title}{more}", icon=icon, depress=job is chosen).index = index
