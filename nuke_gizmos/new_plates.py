"""VFXAI_Generate and VFXAI_Loop: a new plate like a reference, and a shot that runs for ever."""

from __future__ import annotations

from nuke_gizmos.describe import Gizmo, Knob, Node
from nuke_gizmos.fill_knobs import MEMORY, channel
from nuke_gizmos.shared_knobs import (
    BLACK_ELSEWHERE,
    buttons,
    help_tab,
    input_knobs,
    machine_knobs,
    memories,
    output_file,
    shown,
    source_nodes,
)

GENERATE = Gizmo(
    "VFXAI_Generate",
    "makes a plate that doesn't exist, of the same kind as a reference: water, fire, smoke, leaves, walls",
    (
        Knob("tab", "generate_tab", "Generate"),
        Knob(
            *("choice", "output", "output", "What comes out: the new plate, or the reference."),
            choices=("Result", "Reference"),
        ),
        Knob(
            *("int", "frames", "frames", "How many frames are made; 0: as many as the reference has.", "0"),
            span=(0, 240),
        ),
        Knob("string", "size", "size", "Width and height, as 1920x1080. Empty: the reference's."),
        Knob(*("int", "seed", "seed", "Another number gives another plate.", "1"), span=(1, 20)),
        Knob(*("int", "start", "first frame", "The number of the first frame.", "1001"), span=(1, 2000)),
        Knob(
            "file",
            "more_references",
            "more references",
            "Sequences or stills that it shall look like as well, with commas between them: ref/b.####.exr.",
        ),
        output_file("new"),
        *buttons(),
        *memories("plate_generate"),
        Knob("tab", "advanced_tab", "Advanced"),
        Knob(
            *("int", "sample", "sample", "Write only so many frames, spread over all, to judge; 0: all.", "0"),
            span=(0, 20),
        ),
        channel(name="mask_channel"),
        Knob("string", "fps", "frame rate", "Written into the files, as 23.976. Empty: the reference's."),
        Knob("string", "layer", "layer", "Which layer of the references.", "RGB"),
        *input_knobs("Reference", "the more the better"),
        *machine_knobs("Reference"),
        MEMORY,
        *help_tab(
            "Connect the plate that it shall look like to Reference, say how long and how large, save the script, and "
            "press Render in the background. The longer the reference, the better.",
            "Textures that move are what it is good for; a face or a car is cut up. Connect a matte of such things to "
            "mask: nothing that touches it is used.",
            "The report says how much is the reference as it was.",
        ),
    ),
    (
        *source_nodes("Reference", "mask"),
        Node("Read", "Result", (), BLACK_ELSEWHERE),
        Node("Switch", "Shown", ("Result", "Reference"), shown(1)),
    ),
)
LOOP = Gizmo(
    "VFXAI_Loop",
    "makes a shot run for ever: each place changes over at its own moment, and no seam shows",
    (
        Knob("tab", "loop_tab", "Loop"),
        Knob(
            *("choice", "output", "output", "What comes out: the loop, over and over, or the plate."),
            choices=("Result", "Source"),
        ),
        Knob("string", "length", "length", "Frames of the loop: 24-60, or 48.", "24-60"),
        Knob(
            *(
                "int",
                "over",
                "change over",
                "Frames in which places change over, each at its own moment; 6 or more.",
                "10",
            ),
            span=(6, 30),
        ),
        Knob(
            *("int", "start", "first frame", "The number of the first frame; 0: the plate's own numbers.", "0"),
            span=(0, 2000),
        ),
        Knob(
            *("int", "sample", "sample", "Write only so many frames, spread over the loop, to judge; 0: all.", "0"),
            span=(0, 24),
        ),
        output_file("loop"),
        *buttons(),
        *memories("plate_loop"),
        Knob("tab", "advanced_tab", "Advanced"),
        Knob("string", "layer", "layer", "Which layer of the plate; others are cut.", "RGB"),
        Knob(
            "bool",
            "keep_compression",
            "keep compression",
            "Write a lossy compression again, although that changes pixels that were to stay.",
        ),
        *input_knobs(why="among which the loop is looked for"),
        *machine_knobs(),
        MEMORY,
        *help_tab(
            "Connect the plate, save the script, and press Render in the background. The loop appears when it is done, "
            "and goes on before and after its frames.",
            "Things that travel and don't come back have no good loop; the report says how far both moments are from "
            "each other.",
        ),
    ),
    (
        *source_nodes("Source"),
        Node("Read", "Result", (), {"before": "loop", "after": "loop", "on_error": "black"}),
        Node("Switch", "Shown", ("Result", "Source"), shown(1)),
    ),
)
