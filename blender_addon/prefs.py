"""What holds for all files of a user: how the worker is started, where results go, what computes."""

from typing import Any

import bpy

from .registering import register_all, unregister_all

DEVICES = (
    ("auto", "Automatic", "A GPU if there is one"),
    ("cpu", "CPU", "No GPU, also where there is one"),
    ("cuda", "CUDA", "An NVIDIA GPU"),
    ("mps", "Metal", "Apple's GPU"),
)
# Of files that may be written as seen from the .blend; older Blenders take all of them so.
BESIDE: set[str] = {"ANIMATABLE", "PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else {"ANIMATABLE"}
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
        description="How vfx-ai is started: vfx-ai with its whole path, or what leads to it, e.g. ssh box vfx-ai."
        " Empty: the one that vfx-ai install blender wrote down, else one that is found on this machine",
        update=_renewed,
    )
    folder: bpy.props.StringProperty(
        name="Output Folder",
        description="Where results are written, unless a file is named in the tab. // is the folder of the .blend;"
        " while that isn't saved, they are written beside the source",
        default="//vfx_ai",
        subtype="DIR_PATH",
        options=BESIDE,
    )
    device: bpy.props.EnumProperty(
        name="Device", description="Which processor does the work, on the machine where vfx-ai runs", items=DEVICES
    )
    models: bpy.props.StringProperty(
        name="Models Folder",
        description="Where the weights of models lie, on the machine where vfx-ai runs. Empty: where vfx-ai keeps them",
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
        words, fault = starting.command(), starting.why_not()
        line = layout.split(factor=_WIDE)
        if fault:
            line.label(text=f"{fault}.", icon="ERROR")
        else:
            line.label(text=f"Is started by: {' '.join(words)}", icon="CHECKMARK")
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
