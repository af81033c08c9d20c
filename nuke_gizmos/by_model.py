"""VFXAI_Edit and VFXAI_Imagine: a shot changed by a model after words, and a plate that a model makes up."""

from __future__ import annotations

from dataclasses import replace

from nuke_gizmos.describe import Gizmo, Knob, Node
from nuke_gizmos.fill_knobs import MEMORY, MODEL, SAMPLE, channel, grow, invert, output
from nuke_gizmos.fill_nodes import fill_nodes
from nuke_gizmos.shared_knobs import (
    BLACK_ELSEWHERE,
    buttons,
    frames,
    help_tab,
    input_knobs,
    machine_knobs,
    memories,
    output_file,
    shown,
    source_nodes,
)

STRENGTH = "0.4"  # of an edit


def words(model: str, strength: str = "") -> tuple[Knob, ...]:
    """The knobs of a model that does all of it.

    Args:
        model: what is said of the knob that names it.
        strength: the same of how much it may change; "": nothing is there before.
    """
    tips = {"model": model, "prompt": "What the model is to make, in words.", "strength": strength}
    values = {"strength": STRENGTH}
    left_out = ("model_title",) if strength else ("model_title", "strength")
    return tuple(
        replace(knob, tip=tips.get(knob.name, knob.tip), value=values.get(knob.name, knob.value))
        for knob in MODEL
        if knob.name not in left_out
    )


EDIT = Gizmo(
    "VFXAI_Edit",
    "changes what a shot shows by a model, after words: within a mask, or everywhere",
    (
        Knob("tab", "edit_tab", "Edit"),
        output(
            "the edited shot; what was made alone, with its area as alpha; where each pixel came from, in the report's "
            "colors; how sure it is; what changed; the plate."
        ),
        frames("edit"),
        *words(
            "The model of the worker's machine that makes the change, by name; Choose... lists them.",
            "How much the model may change: more than 0, to 1, all of it.",
        ),
        Knob("text", "without_matte", "", value="Without a mask the whole picture may change."),
        output_file("edit"),
        *buttons(),
        *memories("edit"),
        Knob("tab", "advanced_tab", "Advanced"),
        grow("Pixels by which what may change grows beyond the mask, of the plate's full size. Below 0 it shrinks."),
        invert("What may change is where mask is 0."),
        channel(),
        SAMPLE,
        Knob("string", "layer", "layer", "Which layer of the plate is changed.", "RGB"),
        *input_knobs(why="which a model of videos sees in windows"),
        *machine_knobs(),
        MEMORY,
        *help_tab(
            "Connect the plate to Source and a matte of what may change to mask, name a model, say what it is to make, "
            "and press Render in the background. Outside the mask the node's output is Source's own.",
            "A model of videos changes windows of frames that go on from each other. One of images changes each frame "
            "by itself: edit one frame, and carry it by Inpaint's painted.",
            "What was made lies by itself beside the result, as edit_made.####.exr, with the matte as its alpha.",
        ),
    ),
    fill_nodes("Source", "mask", preview=()),
)
IMAGINE = Gizmo(
    "VFXAI_Imagine",
    "makes up a plate by a model: from words, or going on from a first picture",
    (
        Knob("tab", "imagine_tab", "Imagine"),
        Knob(
            *("choice", "output", "output", "What comes out: the new plate, or the first picture."),
            choices=("Result", "First"),
        ),
        *words("The model of the worker's machine that makes the plate, by name; Choose... lists them."),
        Knob(
            "bool", "begins_with", "begin with First", "The first frame of First is the plate's; for models of videos."
        ),
        Knob(*("int", "frames", "frames", "How many frames; a model of images makes one.", "1"), span=(1, 240)),
        Knob("string", "size", "size", "Width and height, as 1920x1080. Empty: First's, else 1280x720."),
        Knob(*("int", "start", "first frame", "The number of the first frame.", "1001"), span=(1, 2000)),
        output_file("new"),
        *buttons(),
        *memories("plate_by_model"),
        Knob("tab", "advanced_tab", "Advanced"),
        Knob("string", "fps", "frame rate", "Written into the files, as 23.976. Empty: First's, else none."),
        *input_knobs("First", "of which the first is begun with"),
        *machine_knobs("First"),
        MEMORY,
        *help_tab(
            "Name a model, say what the plate shows, how long and how large, save the script, and press Render in the "
            "background. Nothing has to be connected.",
            "To go on from a picture, connect it to First and switch begin with First on.",
            "A model that was trained on the studio's own footage takes no words.",
        ),
    ),
    (
        *source_nodes("First"),
        Node("Read", "Result", (), BLACK_ELSEWHERE),
        Node("Switch", "Shown", ("Result", "First"), shown(1)),
    ),
)
