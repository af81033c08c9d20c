"""Texts over several lines: Blender's panels break none."""

from typing import Any

import bpy

from . import wording


def lines(layout: Any, context: bpy.types.Context, text: str, icon: str, most: int = 5, alert: bool = False) -> None:
    """A text over as many lines as it takes at this width."""
    column = layout.column(align=True)
    column.alert = alert
    scale = context.preferences.system.ui_scale
    width = (context.region.width if context.region is not None else 300) / scale - 60
    for index, line in enumerate(wording.wrapped(text, width, most)):
        column.label(text=line, icon=icon if index == 0 else "BLANK1" if icon != "NONE" else "NONE")
