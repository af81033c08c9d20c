"""VFXAI_CleanPlate: a shot without what moves in it."""

from __future__ import annotations

from nuke_gizmos.describe import Gizmo, Knob
from nuke_gizmos.fill_knobs import DETAIL, GRAIN, MEMORY, SAMPLE, WITHOUT_MODEL, channel, grow, invert, output
from nuke_gizmos.fill_nodes import fill_nodes
from nuke_gizmos.shared_knobs import (
    SMALL,
    buttons,
    frames,
    help_tab,
    input_knobs,
    machine_knobs,
    memories,
    output_file,
    preview_memories,
)

CLEAN_PLATE = Gizmo(
    "VFXAI_CleanPlate",
    "makes the shot without what moves in it, of all that its frames saw",
    (
        Knob("tab", "clean_tab", "CleanPlate"),
        output(
            "the clean plate; what was put in alone, with its area as alpha; where each pixel came from, in the "
            "report's colors; how sure it is; what changed; the plate."
        ),
        frames("clean"),
        Knob(
            "text",
            "without_mask",
            "",
            value="Without a mask, what moves is found, if the camera stands or only turns.",
        ),
        grow("Pixels by which what goes grows beyond the mask, or beyond what was found; of the plate's full size."),
        WITHOUT_MODEL,
        GRAIN,
        DETAIL,
        output_file("clean"),
        *buttons(preview=f"{SMALL} Without a mask what moves is looked for among them, too."),
        *memories("plate_clean"),
        *preview_memories(),
        Knob("tab", "advanced_tab", "Advanced"),
        invert("What goes is where mask is 0."),
        channel(),
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
    fill_nodes("Source", "mask"),
)
