"""VFXAI_Inpaint: an object taken out, with pixels that other frames saw."""

from __future__ import annotations

from nuke_gizmos.describe import Gizmo, Knob, Node
from nuke_gizmos.fill_knobs import BLEND, CAMERA, DETAIL, ENGINE, FOCAL, GRAIN, IDS, LAYERS, MEMORY, MODEL, SAMPLE
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
from vfx_ai.proof.pictures import COLORS, LIT, MADE, NEVER_SEEN, REAL, UNSURE

OUTPUTS = ("Result", "Fill only", "Source map", "Confidence", "Difference", "Source")
# What the report's colors stand for (for the eye, 0 to 255), as an expression in the result's channels.
_STOOD_IN = "((fill.source == 2) + (fill.source == 6))"
MAP = {
    "(fill.source == 1)": COLORS[REAL],
    f"{_STOOD_IN} * (fill.confidence > 0)": COLORS[UNSURE],
    f"{_STOOD_IN} * (fill.confidence <= 0)": COLORS[NEVER_SEEN],
    "(fill.source > 2.5) * (fill.source < 5.5)": COLORS[MADE],
    "(fill.source == 7)": COLORS[LIT],
}
FILL = (("fill", ("source", "confidence")),)
CHANGED = "fill.source > 0"  # the result's own word for what isn't the plate


def mapped(channel: int) -> str:
    """The expression of one channel of the source map: 0 red, 1 green, 2 blue."""
    return " + ".join(f"{what} * {_linear(color[channel]):.4f}" for what, color in MAP.items())


def _linear(code: int) -> float:
    """Light of a code for the eye, by sRGB's curve."""
    value = code / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def looks(fill_only: str) -> tuple[Node, ...]:
    """What can be seen of Mixed, behind it: the fill alone, by that name; where it is from; how sure it is."""
    return (
        Node(
            "Expression",
            fill_only,
            ("Mixed",),
            {**{f"expr{index}": f"{CHANGED} ? {channel} : 0" for index, channel in enumerate("rgb")}, "expr3": CHANGED},
        ),
        Node("Expression", "Source_map", ("Mixed",), {f"expr{index}": mapped(index) for index in range(3)}),
        Node(
            "Expression",
            "Confidence",
            ("Mixed",),
            {f"expr{index}": f"1 - ({CHANGED}) * (1 - fill.confidence)" for index in range(3)},
        ),
    )


MAIN = (
    Knob("tab", "inpaint_tab", "Inpaint"),
    Knob(
        "choice",
        "output",
        "output",
        "What comes out of the node: the plate without the object; what was put in alone, with its area as alpha; "
        "where each pixel came from, in the report's colors (blue: other frames, yellow: they disagree, red: no frame "
        "saw it, green: made, violet: the plate, relit); how sure it is; what changed; the plate. Before "
        "anything is rendered it is the plate.",
        choices=OUTPUTS,
    ),
    frames("fill"),
    Knob(
        "double",
        "matte_grow",
        "grow matte",
        "Pixels by which the hole grows beyond the matte, of the plate's full size; in proxy mode it means the same. "
        "Be generous: what is left of the object stays. Below 0 it shrinks.",
        "2",
        span=(-20, 50),
    ),
    Knob("bool", "matte_invert", "invert matte", "The hole is where the matte is 0."),
    Knob(
        "string",
        "matte_channel",
        "matte channel",
        "Channel of the mask, as its file calls it: A, R, mask.A, luminance. Empty: A, else the only one, else "
        "luminance. Without a mask: a channel of Source.",
    ),
    Knob(
        "string",
        "matte_objects",
        "objects",
        "Instead of a channel: names of objects in the Cryptomatte of Source (or of mask), as Ball,crowd_*.",
    ),
    Knob("bool", "effects", "shadows and reflections", "Also take out what the object leaves beside the matte."),
    ENGINE,
    GRAIN,
    DETAIL,
    output_file("clean"),
    *buttons(preview=SMALL),
)
ADVANCED = (
    Knob("tab", "advanced_tab", "Advanced"),
    SAMPLE,
    BLEND,
    Knob("string", "layer", "layer", "Which layer of the plate is filled.", "RGB"),
    LAYERS,
    IDS,
    Knob("string", "matte_layer", "cryptomatte", "Which Cryptomatte, if there are several."),
    Knob(
        "file",
        "painted",
        "painted",
        "Files of frames that you painted what must go out of, whole pictures named by their frame: "
        "paint/clean.1012.exr. They are carried through the shot. The input CleanPlate does the same for what you "
        "paint in Nuke.",
    ),
    Knob(
        "string",
        "painted_frames",
        "painted frames",
        "Which frames of the input CleanPlate are painted, e.g. 1012,1040. Empty: all that its Read has; what is no "
        "plain Read needs them, and only they are rendered.",
    ),
    CAMERA,
    FOCAL,
    Knob(
        "bool",
        "keep_compression",
        "keep compression",
        "Write a lossy compression again, although that changes pixels outside the hole.",
    ),
    *MODEL,
    *input_knobs(),
    *machine_knobs(),
    MEMORY,
)
NODES = (
    *source_nodes("Source", "mask", "CleanPlate"),
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
)
INPAINT = Gizmo(
    "VFXAI_Inpaint",
    "takes an object out of a shot: the hole is filled with pixels that other frames really saw",
    (
        *MAIN,
        *memories(),
        *preview_memories(),
        *ADVANCED,
        *help_tab(
            "Connect the plate to Source and a matte of the object to mask (white is what goes), save the script, and "
            "press Render in the background. Go on working; the result appears here.",
            "Is something painted out in a few frames already? Connect it to CleanPlate and say in painted frames "
            "(Advanced) which they are; it is carried through the shot.",
            "Give the whole shot with its handles: any frame may lend pixels to any other. Be generous with the matte.",
            "Source map and Confidence say which pixels are real. Open report says which frames to look at.",
            "A Read goes to the worker as it is. Anything else is rendered to EXR first, with all of its channels.",
            "Outside the hole the node's output is Source's own. The result lies in files beside the script; they show "
            "without the plugin, too.",
        ),
    ),
    NODES,
)
