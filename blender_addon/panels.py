"""The tab VFX AI in the sidebar of four editors: Input, Matte, Engine, Output, Queue."""

import os
from collections.abc import Callable
from typing import Any

import bpy

from . import glancing, mattes, more_section, places, queue_section, settings, starting
from .lines import lines
from .offers import OFFERS
from .registering import register_all, unregister_all
from .wording import TAB

EDITORS = ("IMAGE_EDITOR", "CLIP_EDITOR", "SEQUENCE_EDITOR", "NODE_EDITOR")
_TALL = 1.4


def _input(layout: Any, context: bpy.types.Context) -> None:
    asked = settings.of(context)
    layout.prop(asked, "source", text="")
    named = {"IMAGE": ("source_image", "image.open"), "CLIP": ("source_clip", "clip.open")}.get(asked.source)
    if named:
        layout.template_ID(asked, named[0], open=named[1])
    elif asked.source == "FILE":
        layout.prop(asked, "source_file", text="")
    plate = glancing.plate(context)
    if isinstance(plate, str):
        lines(layout, context, plate, "INFO")
        return
    frames = f"{plate.first}-{plate.last}" if plate.last > plate.first else "one frame"
    layout.label(text=f"{plate.stem}, {frames}", icon="FILE_MOVIE" if plate.movie else "RENDERLAYERS")
    if plate.movie:
        layout.label(text="Is turned into frames first", icon="INFO")


def _matte(layout: Any, context: bpy.types.Context) -> None:
    asked = settings.of(context)
    layout.prop(asked, "matte", text="")
    _MATTES[asked.matte](layout, context, asked)
    row = layout.row(align=True)
    row.prop(asked, "matte_grow")
    row.prop(asked, "matte_invert", toggle=True)
    layout.use_property_split = False
    layout.prop(asked, "effects")


def _matte_mask(layout: Any, context: bpy.types.Context, asked: Any) -> None:
    layout.prop(asked, "matte_mask", text="")
    shown = mattes.mask_of(context)
    if asked.matte_mask is None and shown is not None:
        layout.label(text=f"This editor's: {shown.name}", icon="MOD_MASK")


def _matte_image(layout: Any, _context: bpy.types.Context, asked: Any) -> None:
    layout.template_ID(asked, "matte_image", open="image.open")
    layout.prop(asked, "matte_channel")


def _matte_alpha(layout: Any, context: bpy.types.Context, _asked: Any) -> None:
    lines(layout, context, "What is opaque goes; Invert fills what is clear.", "NONE")


def _matte_crypto(layout: Any, context: bpy.types.Context, asked: Any) -> None:
    layout.prop(asked, "matte_object", text="")
    row = layout.row(align=True)
    row.prop(asked, "matte_objects")
    row.operator("vfx_ai.names_from_node", text="", icon="NODE")
    layout.prop(asked, "matte_layer")
    if asked.source == "RENDER" and glancing.why_no_cryptomatte(context):
        layout.operator("vfx_ai.prepare_render", icon="RENDER_STILL")


def _matte_clicks(layout: Any, context: bpy.types.Context, asked: Any) -> None:
    inside = sum(click.inside for click in asked.clicks)
    row = layout.row(align=True)
    row.operator("vfx_ai.click", icon="RESTRICT_SELECT_OFF")
    if getattr(context.space_data, "type", "") == "CLIP_EDITOR":
        row.operator("vfx_ai.clicks_from_tracks", text="", icon="TRACKER")
    row.operator("vfx_ai.clear_clicks", text="", icon="X")
    layout.label(text=f"{inside} on it, {len(asked.clicks) - inside} beside it")
    layout.operator("vfx_ai.matte_from_clicks", text="Look at the Matte First")


_MATTES: dict[str, Callable[..., None]] = {
    "MASK": _matte_mask,
    "IMAGE": _matte_image,
    "ALPHA": _matte_alpha,
    "CRYPTO": _matte_crypto,
    "CLICKS": _matte_clicks,
}


def _engine(layout: Any, context: bpy.types.Context) -> None:
    asked = settings.of(context)
    layout.prop(asked, "engine")
    layout.prop(asked, "grain")
    layout.prop(asked, "detail", slider=True)
    more_section.by_model(layout, asked)
    layout.prop(asked, "frames")
    layout.prop(asked, "advanced")
    if asked.advanced:
        for name in ("layers", "focal", "camera", "missing"):
            layout.prop(asked, name)
    devices = [one["name"] for one in starting.says().get("devices", ())]
    row = layout.row(align=True)
    row.label(text=f"On {devices[0]}" if devices else "The worker wasn't asked yet", icon="SYSTEM")
    row.operator("vfx_ai.ask_worker", text="", icon="FILE_REFRESH")


def _output(layout: Any, context: bpy.types.Context) -> None:
    asked = settings.of(context)
    layout.prop(asked, "output")
    if not asked.output:
        plate = glancing.plate(context)
        if not isinstance(plate, str):
            kept = places.kept(places.output("", plate.source, "inpaint"))
            column = layout.column(align=True)
            for index, text in enumerate(os.path.split(kept)):
                column.label(text=text, icon="BLANK1" if index else "FILE_FOLDER")
    row = layout.row(align=True)
    row.scale_y = _TALL
    row.operator("vfx_ai.inpaint", icon=OFFERS["inpaint"].icon)
    row.operator("vfx_ai.preview_frame", text="Preview", icon=OFFERS["preview_frame"].icon)
    layout.operator("vfx_ai.how_long", icon=OFFERS["how_long"].icon)
    if asked.source == "RENDER" or asked.matte == "CRYPTO":
        layout.operator("vfx_ai.remove_object", icon="OBJECT_DATA")


# Behind a name the function that draws it, and whether it is closed at first.
SECTIONS: dict[str, tuple[Callable[[Any, bpy.types.Context], None], bool]] = {
    "Input": (_input, False),
    "Matte": (_matte, False),
    "Engine": (_engine, True),
    "Output": (_output, False),
    "More from the Plate": (more_section.draw, True),
    "Queue": (queue_section.draw, False),
}


class _Panel:
    """What all panels share."""

    bl_region_type = "UI"
    bl_category = TAB

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether a worker can be started, and the editor is of use."""
        return _is_ours(context) and not starting.why_not()

    def draw(self, context: bpy.types.Context) -> None:
        """The section."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        self.section(layout, context)


class _Missing:
    """The one panel where there is no worker."""

    bl_region_type = "UI"
    bl_category = TAB
    bl_label = "vfx-ai Isn't Here"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether no worker can be started."""
        return _is_ours(context) and bool(starting.why_not())

    def draw(self, context: bpy.types.Context) -> None:
        """How to have one."""
        layout = self.layout
        lines(layout, context, f"{starting.why_not()}.", "INFO")
        if not starting.command():
            for text in starting.HOW:
                lines(layout, context, text, "NONE")
            layout.operator("vfx_ai.find_worker", text="Look Again", icon="VIEWZOOM")
        layout.operator("preferences.addon_show", text="Preferences", icon="PREFERENCES").module = __package__


def _is_ours(context: bpy.types.Context) -> bool:
    space = context.space_data
    return space is not None and (space.type != "NODE_EDITOR" or space.tree_type == "CompositorNodeTree")


def _classes() -> list[type]:
    made: list[type] = []
    for editor in EDITORS:
        short = editor.split("_")[0]
        about: dict[str, Any] = {"bl_space_type": editor, "bl_idname": f"VFX_AI_PT_{short}_missing"}
        made.append(type(f"VFX_AI_PT_{short}_missing", (_Missing, bpy.types.Panel), about))
        for index, (label, (draw, closed)) in enumerate(SECTIONS.items()):
            name = f"VFX_AI_PT_{short}_{label.split()[0].lower()}"
            about = {
                "bl_space_type": editor,
                "bl_idname": name,
                "bl_label": label,
                "bl_order": index,
                "bl_options": {"DEFAULT_CLOSED"} if closed else set(),
                "section": staticmethod(draw),
            }
            made.append(type(name, (_Panel, bpy.types.Panel), about))
    return made


CLASSES = _classes()


def register() -> None:
    """Add the panels."""
    register_all(CLASSES)


def unregister() -> None:
    """Take them away."""
    unregister_all(CLASSES)
