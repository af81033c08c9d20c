"""What holds for all files of a user: how the worker is started, where results go, what computes."""

from typing import Any

import bpy

from .registering import register_all, unregister_all

DEVICES = (
    ("auto", "Automatic", "A GPU if there is one"),
    ("cpu", "CPU", "The processor, also where there is a GPU"),
    ("cuda", "CUDA", "An NVIDIA GPU"),
    ("mps", "Metal", "Apple's GPU"),
)
_WIDE = 0.84  # what stands before a button


class Stand:
    """Preferences where the extension was loaded without being enabled, as scripts may do."""

    command, models, device, folder = "", "", "auto", "//vfx_ai"


def of() -> Any:
    """The preferences."""
    found = bpy.context.preferences.addons.get(__package__)
    return found.preferences if found is not None and found.preferences is not None else Stand


def _renewed(_self: Any, _context: Any) -> None:
    from . import starting

    starting.forget()


class Preferences(bpy.types.AddonPreferences):
    """The extension's preferences."""

    bl_idname = __package__

    command: bpy.props.StringProperty(
        name="Command",
        description="The vfx-ai command, or what leads to it, e.g. ssh box vfx-ai. Empty: what vfx-ai install blender"
        " wrote down, else the one that is found",
        update=_renewed,
    )
    folder: bpy.props.StringProperty(
        name="Output Folder",
        description="Where results are written. // is the folder of the .blend; while that isn't saved, they are"
        " written beside the source",
        default="//vfx_ai",
    )
    device: bpy.props.EnumProperty(name="Device", description="What computes", items=DEVICES)
    models: bpy.props.StringProperty(
        name="Models Folder",
        description="The folder with weights of models, on the worker's machine. Empty: the worker's own",
        subtype="DIR_PATH",
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """The panel within the preferences."""
        from . import starting, testing

        layout = self.layout
        layout.use_property_split = True
        row = layout.split(factor=_WIDE)
        row.prop(self, "command")
        row.operator("vfx_ai.find_worker", icon="VIEWZOOM")
        words = starting.command()
        line = layout.split(factor=_WIDE)
        if words:
            line.label(text=f"Starts: {' '.join(words)}", icon="CHECKMARK")
        else:
            line.label(text="vfx-ai isn't found", icon="ERROR")
        line.operator("vfx_ai.test_worker", icon="PLAY")
        if words:
            testing.draw(layout)
        else:
            for text in starting.HOW:
                layout.label(text=text)
        for name in ("folder", "device", "models"):
            layout.prop(self, name)


def register() -> None:
    """Add them."""
    register_all([Preferences])


def unregister() -> None:
    """Take them away."""
    unregister_all([Preferences])
