"""The menu of our nodes, and the panel of the queue."""

import nuke
import nukescripts

# A further gizmo is a further row: its name, and what it says in the menu.
ROWS = (
    ("VFXAI_Inpaint", "Inpaint"),
    ("VFXAI_Matte", "Matte"),
    ("VFXAI_CleanPlate", "CleanPlate"),
    ("VFXAI_Extend", "Extend"),
    ("VFXAI_Generate", "Generate"),
    ("VFXAI_Loop", "Loop"),
    ("VFXAI_Edit", "Edit"),
    ("VFXAI_Imagine", "Imagine"),
)
# An expression that Nuke works out when the panel is opened; Qt isn't loaded before.
PANEL = ("__import__('vfx_ai_nuke.panel', fromlist=['panel']).QueuePanel", "VFX AI queue", "vfx_ai.queue")


def add() -> None:
    """Add the menu and the panel."""
    menu = nuke.menu("Nodes").addMenu("VFX AI", icon="VFXAI.png")
    for name, label in ROWS:
        menu.addCommand(label, f"nuke.createNode({name!r})", icon=f"{name}.png")
    menu.addSeparator()
    menu.addCommand("Queue", "import vfx_ai_nuke.panel; vfx_ai_nuke.panel.open_window()", icon="VFXAI_Queue.png")
    nukescripts.panels.registerWidgetAsPanel(*PANEL)
