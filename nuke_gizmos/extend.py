"""VFXAI_Extend: a wider plate, with what other frames saw beyond the edge."""

from __future__ import annotations

from nuke_gizmos.describe import HIDDEN, Gizmo, Knob, Node
from nuke_gizmos.fill_knobs import (
    BLEND,
    CAMERA,
    DETAIL,
    ENGINE,
    FOCAL,
    GRAIN,
    IDS,
    LAYERS,
    MEMORY,
    MODEL,
    SAMPLE,
    channel,
    grow,
    invert,
    output,
)
from nuke_gizmos.fill_nodes import CHANGED, fill_nodes
from nuke_gizmos.shared_knobs import (
    buttons,
    frames,
    help_tab,
    input_knobs,
    machine_knobs,
    memories,
    output_file,
    preview_memories,
    preview_nodes,
)

OUTPUTS = ("Result", "Added only", "Source map", "Confidence", "Difference", "Source")
SIDES = ("sides", "format", "overscan")
# Where the result's frame lies around Source's, in Nuke's pixels; written when a result is shown.
PLACE = ("moved_x", "moved_y", "wide", "high")


def moved(wider: str, name: str, knobs: str) -> tuple[Node, ...]:
    """Source in the larger frame, by two nodes of these names; `knobs` begin the names of those that say where."""
    box = {"type": "to box", "box_width": f"{{{{parent.{knobs}wide}}}}", "box_height": f"{{{{parent.{knobs}high}}}}"}
    return (
        Node(
            "Reformat",
            wider,
            ("Source",),
            {**box, "box_fixed": "true", "resize": "none", "center": "false", "pbb": "true"},
        ),
        Node("Position", name, (wider,), {"translate": f"{{{{parent.{knobs}moved_x}} {{parent.{knobs}moved_y}}}}"}),
    )


MAIN = (
    Knob("tab", "extend_tab", "Extend"),
    output(
        "the wider plate; what was added alone, with its area as alpha; where each added pixel came from, in the "
        "report's colors (blue: other frames, yellow: they disagree, red: no frame saw it, green: made); how sure it "
        "is; what differs from the plate, which is black beyond its edge; the plate.",
        OUTPUTS,
    ),
    frames("extend"),
    Knob(
        "choice",
        "extend_by",
        "extend by",
        "sides: the picture grows at each; format: it gets a new size around its middle; overscan: its size stays, and "
        "pixels are added beyond, as a larger bounding box.",
        choices=SIDES,
    ),
    Knob(
        *("string", "pad", "sides", "left,top,right,bottom: pixels, or percent of its width and height."),
        value="12%,0,12%,0",
    ),
    Knob("string", "format", "format", "Width and height of the new picture, as 2048x858."),
    Knob(*("string", "overscan", "overscan", "On all sides: percent or pixels."), value="10%"),
    ENGINE,
    GRAIN,
    DETAIL,
    output_file("wide"),
    *buttons(preview="The viewer's frame, wider, small and soon, by the frames near it alone."),
)
ADVANCED = (
    Knob("tab", "advanced_tab", "Advanced"),
    Knob("text", "mask_title", "", value="<b>What moves (mask)</b>"),
    grow(
        "Pixels by which mask grows, of the plate's full size. What moves by itself lends nothing; it isn't taken out."
    ),
    invert("What moves is where mask is 0."),
    channel(),
    Knob("text", "filling_title", "", value="<b>Filling</b>"),
    SAMPLE,
    BLEND,
    Knob("string", "layer", "layer", "Which layer of the plate is extended.", "RGB"),
    LAYERS,
    IDS,
    CAMERA,
    FOCAL,
    *MODEL,
    *input_knobs(),
    *machine_knobs(),
    MEMORY,
)
NODES = fill_nodes(
    *("Source", "mask"),
    under=moved("Wider", "Moved", ""),
    fill_only="Added_only",
    preview=(
        *moved("Preview_wider", "Preview_moved", "preview_"),
        *preview_nodes("Preview_moved", "parent.preview_wide", "parent.preview_high", CHANGED),
    ),
)
EXTEND = Gizmo(
    "VFXAI_Extend",
    "makes a plate wider or higher: what other frames saw beyond the edge first, then the shot's own texture",
    (
        *MAIN,
        *memories("plate_extend"),
        *(Knob("int", name, name.replace("_", " "), flags=HIDDEN, value="1") for name in PLACE),
        *preview_memories(*PLACE),
        *ADVANCED,
        *help_tab(
            "Connect the plate to Source, say by how much it grows, save the script, and press Render in the "
            "background. Connect a matte of what moves by itself to mask, so that it lends nothing.",
            "Source map says which pixels are real. What no frame saw is soft, and wants paint.",
            "Where the plate was the node's output is Source's own, at its new place. By overscan the format stays and "
            "the bounding box grows.",
        ),
    ),
    NODES,
)
