"""Knobs that every gizmo has, and values that come from elsewhere in the program."""

from __future__ import annotations

import tomllib
from pathlib import Path

from nuke_gizmos.describe import HIDDEN, NEW_LINE, SAME_LINE, Knob, Node

ROOT = Path(__file__).resolve().parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
# Of a Read: a frame that isn't there changes nothing.
BLACK_ELSEWHERE = {"before": "black", "after": "black", "on_error": "black"}
_BESIDE = "[file dirname [value root.name]]/vfx_ai/[value name]"


def frames(says: str) -> Knob:
    """The frame range."""
    return Knob(
        "string",
        "frames",
        "frames",
        f"Which frames to {says}: 1001-1024, 1001-1024x2 (every second one), or several with commas. Empty: all.",
    )


def output_file(name: str) -> Knob:
    """Where the result is written."""
    return Knob(
        "file",
        "out_file",
        "result",
        "Where the result is written, an EXR a frame, with the report beside it. To begin with: a folder of this "
        "node's name, beside the script.",
        f"{_BESIDE}/{name}.####.exr",
    )


def buttons(*, preview: bool) -> tuple[Knob, ...]:
    """What a node is told to do."""
    more = (
        Knob(
            *(
                "button",
                "preview",
                "Preview this frame",
                "The viewer's frame, small and soon.",
            ),
            calls="preview",
        ),
        Knob(
            *("bool", "show_preview", "show it", "Show the preview at its frame, instead of the result."),
            flags=SAME_LINE,
        ),
    )
    return (
        Knob("text", "actions", "", value=""),
        Knob(
            "button",
            "render",
            "Render in the background",
            "Start, or go on where it stopped: finished frames stay. Nuke can be used meanwhile.",
            flags=NEW_LINE,
            calls="render",
        ),
        Knob(*("button", "rerun", "Re-run", "Start, and do finished frames anew."), flags=SAME_LINE, calls="rerun"),
        Knob(*("button", "cancel", "Cancel", "Stop; finished frames stay."), flags=SAME_LINE, calls="cancel"),
        *(more if preview else ()),
        Knob(
            "button",
            "open_report",
            "Open report",
            "The report of the last run, in the browser.",
            flags=NEW_LINE,
            calls="open_report",
        ),
        Knob(
            *("button", "open_queue", "Queue", "All jobs, how far they are, and their logs."),
            flags=SAME_LINE,
            calls="open_queue",
        ),
        Knob("text", "status", "", "What the last job came to.", value="not rendered yet"),
        Knob("text", "version", "version", value=f"vfx-ai {VERSION}"),
    )


def input_knobs() -> tuple[Knob, ...]:
    """How the plate comes to the worker."""
    return (
        Knob("text", "input_title", "", value="<b>Input</b>"),
        Knob(
            "string",
            "shot_range",
            "frames of the shot",
            "Which frames there are, e.g. 993-1032, with handles if you have them: each may lend pixels to any other. "
            "Empty: those of Source.",
        ),
        Knob(
            "file",
            "input_folder",
            "input folder",
            "Where Source and mask are rendered to when they aren't plain Reads.",
            f"{_BESIDE}/input",
        ),
        Knob(
            "choice",
            "render_input",
            "render input",
            "Where Source and mask are rendered if they must be. A background Nuke leaves this one free; here it works "
            "between what you do, a frame at a time.",
            choices=("by a background Nuke", "here, frame by frame"),
        ),
        Knob(
            "bool",
            "keep_input",
            "keep rendered input",
            "Use what was rendered for the last job, if all of it is there. Off: it is rendered anew.",
        ),
    )


def machine_knobs() -> tuple[Knob, ...]:
    """Color, gaps and the machine."""
    return (
        Knob("text", "machine_title", "", value="<b>Color and machine</b>"),
        Knob(
            "string",
            "colorspace",
            "colorspace",
            "What the plate's numbers mean: a name of the OCIO config, or a short one as logc4. Empty: what Source's "
            "Read says.",
        ),
        Knob(
            *("choice", "missing", "missing frames", "A gap in the plate: an error, the frame before, or black."),
            choices=("error", "hold", "black"),
        ),
        Knob(
            *("choice", "device", "device", "What computes; auto takes a GPU if there is one."),
            choices=("auto", "cpu", "cuda", "mps"),
        ),
    )


def memories() -> tuple[Knob, ...]:
    """What a node remembers between sessions: whether files show, whether they are the whole shot's, the report."""
    return (
        Knob("bool", "has_result", "has result", flags=HIDDEN),
        Knob("bool", "is_whole", "is whole", flags=HIDDEN),
        Knob("string", "report_file", "report file", flags=HIDDEN),
    )


def help_tab(*paragraphs: str) -> tuple[Knob, ...]:
    """The tab that says how it is used."""
    return (
        Knob("tab", "help_tab", "Help"),
        Knob("text", "help_text", "", value="\n\n".join(paragraphs)),
    )


def source_nodes(*names: str) -> tuple[Node, ...]:
    """Inputs, and a Write for each, by which it is rendered when it is no plain Read. All channels, all bits."""
    inputs = [Node("Input", name, knobs={"number": str(index)} if index else {}) for index, name in enumerate(names)]
    writes = [
        Node(
            "Write",
            f"Write_{name}",
            (name,),
            {
                "channels": "all",
                "file_type": "exr",
                "datatype": "32 bit float",
                "compression": "Zip (1 scanline)",
                "metadata": "all metadata",
                "raw": "true",
                "create_directories": "true",
                "disable": "true",
            },
        )
        for name in names
    ]
    return (*inputs, *writes)
