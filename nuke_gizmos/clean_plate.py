"""VFXAI_CleanPlate: a shot without what moves in it."""

from __future__ import annotations

from nuke_gizmos.describe import Gizmo, Knob, Node
from nuke_gizmos.fill_knobs import DETAIL, GRAIN, MEMORY, SAMPLE, WITHOUT_MODEL
from nuke_gizmos.inpaint import CHANGED, FILL, OUTPUTS, looks
from nuke_gizmos.shared_knobs import (
    BLACK_ELSEWHERE,
    SMALL,
    buttons,
    frames,
    help_tab,
    input_knobs,
    machine_knobs,
    memories,
    output_file,
    preview_memories,
    preview_nodes,
    shown,
    source_nodes,
)

CLEAN_PLATE = Gizmo(
    "VFXAI_CleanPlate",
    "makes the shot without what moves in it, of all that its frames saw",
    (
        Knob("tab", "clean_tab", "CleanPlate"),
        Knob(
            "choice",
            "output",
            "output",
            "What comes out of the node: the clean plate; what was put in alone, with its area as alpha; where each "
            "pixel came from, in the report's colors; how sure it is; what changed; the plate. Before anything is "
            "rendered it is the plate.",
            choices=OUTPUTS,
        ),
        frames("clean"),
        Knob(
            "text",
            "without_mask",
            "",
            value="Without a mask, what moves is found, if the camera stands or only turns.",
        ),
        Knob(
            "double",
            "matte_grow",
            "grow mask",
            "Pixels by which what goes grows beyond the mask, or beyond what was found; of the plate's full size.",
            "0",
            span=(-20, 50),
        ),
        WITHOUT_MODEL,
        GRAIN,
        DETAIL,
        output_file("clean"),
        *buttons(preview=f"{SMALL} Without a mask what moves is looked for among them, too."),
        *memories(),
        *preview_memories(),
        Knob("tab", "advanced_tab", "Advanced"),
        Knob("bool", "matte_invert", "invert mask", "What goes is where mask is 0."),
        Knob(
            "string", "matte_channel", "mask channel", "Channel of mask. Empty: A, else the only one, else luminance."
        ),
        SAMPLE,
        Knob("string", "layer", "layer", "Which layer of the plate is cleaned.", "RGB"),
        *input_knobs(),
        *machine_knobs(),
        MEMORY,
        *help_tab(
            "Connect the plate to Source, save the script, and press Render in the background. Connect a matte of what "
            "must go to mask, or leave it open where the camera stands or only turns.",
            "Where nothing changed the node's output is Source's own.",
        ),
    ),
    (
        *source_nodes("Source", "mask"),
        Node("Read", "Result", (), BLACK_ELSEWHERE),
        Node("Expression", "Changed", ("Result",), {"expr3": CHANGED}, FILL),
        Node("Keymix", "Mixed", ("Source", "Result", "Changed"), {"channels": "all", "maskChannel": "rgba.alpha"}),
        *looks("Fill_only"),
        Node("Merge2", "Difference", ("Source", "Mixed"), {"operation": "difference"}),
        *preview_nodes("Source", "Source.width", "Source.height", CHANGED),
        Node(
            "Switch",
            "Shown",
            ("Mixed", "Fill_only", "Source_map", "Confidence", "Difference", "Source", "Preview_mixed"),
            shown(6, 5),
        ),
    ),
)
