"""VFXAI_Inpaint: an object taken out, with pixels that other frames saw."""

from __future__ import annotations

from nuke_gizmos.describe import Gizmo, Knob
from nuke_gizmos.fill_knobs import (
    BLEND,
    CAMERA,
    CHANNEL,
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

MAIN = (
    Knob("tab", "inpaint_tab", "Inpaint"),
    output(
        "the plate without the object; what was put in alone, with its area as alpha; where each pixel came from, in "
        "the report's colors (blue: other frames, yellow: they disagree, red: no frame saw it, green: made, violet: "
        "the plate, relit); how sure it is; what changed; the plate."
    ),
    frames("fill"),
    grow(
        "Pixels by which the hole grows beyond the matte, of the plate's full size; in proxy mode it means the same. "
        "Be generous: what is left of the object stays. Below 0 it shrinks.",
        "matte",
        "2",
    ),
    invert("The hole is where the matte is 0.", "matte"),
    channel(f"{CHANNEL} Without a mask: a channel of Source.", "matte"),
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
INPAINT = Gizmo(
    "VFXAI_Inpaint",
    "takes an object out of a shot: the hole is filled with pixels that other frames really saw",
    (
        *MAIN,
        *memories("inpaint"),
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
    fill_nodes("Source", "mask", "CleanPlate"),
)
