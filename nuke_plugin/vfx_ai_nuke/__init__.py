"""vfx-ai in Nuke: what the buttons of VFXAI_ nodes call, and what scripts call with a node.

    import vfx_ai_nuke
    vfx_ai_nuke.render(nuke.toNode("VFXAI_Inpaint1"))    # in `nuke -t` it comes back when it is done

For Python 3.9 and newer, with its standard library and Nuke's modules. Work is done by a process of its own, which
vfx_ai_client.py starts.
"""

from vfx_ai_nuke.buttons import (
    add_box,
    add_no,
    add_wire_down,
    add_wire_up,
    add_yes,
    cancel,
    choose_model,
    open_queue,
    open_report,
    preview,
    render,
    rerun,
)

__all__ = [
    "add_box",
    "add_no",
    "add_wire_down",
    "add_wire_up",
    "add_yes",
    "cancel",
    "choose_model",
    "open_queue",
    "open_report",
    "preview",
    "render",
    "rerun",
]
