"""The menu VFX AI in the menus of the editors: by it Blender's search (F3) finds what the buttons do."""

from typing import Any

import bpy

from .offers import OFFERS
from .registering import register_all, unregister_all

# Where it is put: the menu that each editor has of its own.
PLACES = ("IMAGE_MT_image", "CLIP_MT_clip", "SEQUENCER_MT_strip", "NODE_MT_node")
# Behind each group comes a line.
GROUPS = (
    (*(f"vfx_ai.{name}" for name in OFFERS), "vfx_ai.remove_object"),
    ("vfx_ai.click", "vfx_ai.clicks_from_tracks", "vfx_ai.names_from_node", "vfx_ai.prepare_render"),
    ("vfx_ai.cancel", "vfx_ai.resume", "vfx_ai.show_result", "vfx_ai.open_report", "vfx_ai.wire"),
)


class Menu(bpy.types.Menu):
    """What the tab VFX AI in the sidebar has, as a menu"""

    bl_idname = "VFX_AI_MT_all"
    bl_label = "VFX AI"

    def draw(self, _context: bpy.types.Context) -> None:
        """All that can be done."""
        for index, group in enumerate(GROUPS):
            if index:
                self.layout.separator()
            for name in group:
                self.layout.operator(name)


def _put(menu: Any, context: bpy.types.Context) -> None:
    space = context.space_data
    if getattr(space, "type", "") != "NODE_EDITOR" or space.tree_type == "CompositorNodeTree":
        menu.layout.separator()
        menu.layout.menu(Menu.bl_idname)


def register() -> None:
    """Add it."""
    register_all([Menu])
    for name in PLACES:
        getattr(bpy.types, name).append(_put)


def unregister() -> None:
    """Take it away."""
    for name in PLACES:
        getattr(bpy.types, name).remove(_put)
    unregister_all([Menu])
