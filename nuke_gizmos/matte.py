"""VFXAI_Matte: a matte from clicks, boxes and ends of wires, or of a Cryptomatte's objects."""

from __future__ import annotations

from nuke_gizmos.describe import NEW_LINE, SAME_LINE, Gizmo, Knob, Node
from nuke_gizmos.shared_knobs import (
    BLACK_ELSEWHERE,
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

OUTPUTS = ("Result", "Matte", "Source")
PREVIEWED = "3 + (parent.output == 1)"  # of the Switch's inputs: alone, or as Source's alpha
MODES = ("clicks", "cryptomatte objects")

MAIN = (
    Knob("tab", "matte_tab", "Matte"),
    Knob(
        "choice",
        "output",
        "output",
        "What comes out: the plate with the matte as its alpha, the matte alone, or the plate.",
        choices=OUTPUTS,
    ),
    Knob("choice", "mode", "from", "Clicks on the plate, or names of objects in its Cryptomatte.", choices=MODES),
    frames("write"),
    Knob(
        "xy",
        "position",
        "position",
        "Put it on the object in the viewer, then press It is here; or beside it, then It isn't here.",
        "{100 100}",
    ),
    Knob("button", "add_yes", "It is here", "In this frame the object is there.", flags=NEW_LINE, calls="add_yes"),
    Knob("button", "add_no", "It isn't here", "In this frame that isn't it.", flags=SAME_LINE, calls="add_no"),
    Knob(
        "bbox",
        "box",
        "box",
        "Draw it around the object in the viewer, then press Add box. For a wire: from one end to the other.",
        "{100 100 400 300}",
    ),
    Knob("button", "add_box", "Add box", "In this frame the object lies within.", flags=NEW_LINE, calls="add_box"),
    Knob(
        *("button", "add_wire_up", "Add wire /", "A wire from the box's lower left to its upper right corner."),
        flags=SAME_LINE,
        calls="add_wire_up",
    ),
    Knob(
        *("button", "add_wire_down", "Add wire \\", "A wire from the box's upper left to its lower right corner."),
        flags=SAME_LINE,
        calls="add_wire_down",
    ),
    Knob(
        "lines",
        "points",
        "points",
        "One a line: X,Y@FRAME is the object, -X,Y@FRAME isn't; NAME:X,Y@FRAME for several. Nuke's pixels, Y up.",
    ),
    Knob("lines", "boxes", "boxes", "One a line: X,Y,X,Y@FRAME, two corners. Nuke's pixels, Y up."),
    Knob(
        *("lines", "wires", "wires", "One a line: X,Y,X,Y@FRAME, both ends; a fifth number is the width in pixels."),
    ),
    Knob(
        "choice", "edge", "edge", "soft: hair and motion blur get their share; hard: 0 or 1.", choices=("soft", "hard")
    ),
    Knob("string", "objects", "objects", "Of the Cryptomatte: Ball,crowd_*, <1a2b3c4d>. Used if from says so."),
    output_file("matte", report=False),
    *buttons(
        preview="The matte of the viewer's frame, small and soon, by the clicks that are near it. Of objects: it is as "
        "the result will be.",
        keeps=False,
        report="A matte has no report; Queue has the log of the last run, which says in which frames it may be lost.",
    ),
)
ADVANCED = (
    Knob("tab", "advanced_tab", "Advanced"),
    Knob(
        "string",
        "layer",
        "layer",
        "Which layer of the plate is looked at; of objects: which Cryptomatte. Empty: the usual.",
    ),
    Knob(
        "file",
        "sam_weights",
        "weights",
        "Segment Anything's or SAM 2's, on the worker's machine. Empty: those that it finds.",
    ),
    *input_knobs(why="of which the matte is followed through all"),
    *machine_knobs(),
)
NODES = (
    *source_nodes("Source"),
    Node("Read", "Result", (), BLACK_ELSEWHERE),
    Node("Copy", "Cut", ("Source", "Result"), {"from0": "rgba.alpha", "to0": "rgba.alpha"}),
    Node("Expression", "Matte", ("Result",), {"expr0": "a", "expr1": "a", "expr2": "a"}),
    *preview_nodes("Source", "Source.width", "Source.height", "0")[:2],
    Node("Copy", "Preview_cut", ("Source", "Preview_size"), {"from0": "rgba.alpha", "to0": "rgba.alpha"}),
    Node("Expression", "Preview_matte", ("Preview_size",), {"expr0": "a", "expr1": "a", "expr2": "a"}),
    Node("Switch", "Shown", ("Cut", "Matte", "Source", "Preview_cut", "Preview_matte"), shown(2, PREVIEWED)),
)
MATTE = Gizmo(
    "VFXAI_Matte",
    "makes the matte of what is clicked, and follows it through the shot; or that of a Cryptomatte's objects",
    (
        *MAIN,
        *memories("matte"),
        *preview_memories(),
        *ADVANCED,
        *help_tab(
            "Connect the plate, put position on the object in the viewer and press It is here; draw box around it and "
            "press Add box. One frame is a start; points in other frames put right what is lost there.",
            "Save the script and press Render in the background. Put VFXAI_Inpaint behind: its mask takes this node as "
            "it is.",
            "The files hold channel A; each named object has a channel of its own beside it.",
        ),
    ),
    NODES,
)
