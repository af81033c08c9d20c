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


def output_file(name: str, *, report: bool = True) -> Knob:
    """Where the result is written, and whether a report is."""
    return Knob(
        "file",
        "out_file",
        "result",
        f"Where the result is written, an EXR a frame{', with the report beside it' if report else ''}. To begin with: "
        "a folder of this node's name, beside the script.",
        f"{_BESIDE}/{name}.####.exr",
    )


# What a preview is, as its button says.
SMALL = "The viewer's frame, small and soon, by the frames near it: where the hole is, and what kind of pixels come in."


REPORT = "The report of the last run, in the browser."


def buttons(*, preview: str = "", keeps: bool = True, report: str = REPORT) -> tuple[Knob, ...]:
    """What a node is told to do.

    Args:
        preview: what its preview is; "": it has none.
        keeps: finished frames stay as they are when it is started again.
        report: what its report is.
    """
    more = (
        Knob(*("button", "preview", "Preview this frame", preview), calls="preview"),
        Knob(
            *("bool", "show_preview", "show it", "Show the preview at its frame, instead of the result."),
            flags=SAME_LINE,
        ),
    )
    start = "Start, or go on where it stopped: finished frames stay." if keeps else "Start; all frames are made anew."
    anew = "Start, and do finished frames anew." if keeps else "The same as Render: no finished frame is kept."
    stop = "Stop; finished frames stay." if keeps else "Stop; frames that are written stay until the next start."
    return (
        Knob("text", "actions", "", value=""),
        Knob(
            "button",
            "render",
            "Render in the background",
            f"{start} Nuke can be used meanwhile.",
            flags=NEW_LINE,
            calls="render",
        ),
        Knob(*("button", "rerun", "Re-run", anew), flags=SAME_LINE, calls="rerun"),
        Knob(*("button", "cancel", "Cancel", f"{stop} A background Nuke ends, too."), flags=SAME_LINE, calls="cancel"),
        *(more if preview else ()),
        Knob(
            "button",
            "open_report",
            "Open report",
            report,
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


LENDS = "with handles if you have them: each may lend pixels to any other"


def input_knobs(source: str = "Source", why: str = LENDS) -> tuple[Knob, ...]:
    """How the plate comes to the worker.

    Args:
        source: the input that it comes by.
        why: what is to be known of its frames.
    """
    return (
        Knob("text", "input_title", "", value="<b>Input</b>"),
        Knob(
            "string",
            "shot_range",
            "frames of the shot",
            f"Which frames there are, e.g. 993-1032, {why}. Empty: those of {source}.",
        ),
        Knob(
            "file",
            "input_folder",
            "input folder",
            "Where inputs are rendered to when they aren't plain Reads. While another Nuke uses it, this one takes the "
            "same name with -2 behind.",
            f"{_BESIDE}/input",
        ),
        Knob(
            "choice",
            "render_input",
            "render input",
            "Where inputs are rendered if they must be. A background Nuke leaves this one free; here it works "
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


def machine_knobs(source: str = "Source") -> tuple[Knob, ...]:
    """Color, gaps and the machine; `source` is the input that the plate comes by."""
    return (
        Knob("text", "machine_title", "", value="<b>Color and machine</b>"),
        Knob(
            "string",
            "colorspace",
            "colorspace",
            "What the plate's numbers mean: a name of the OCIO config, or a short one as logc4. Empty: what "
            f"{source}'s Read says.",
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


def memories(kind: str) -> tuple[Knob, ...]:
    """What a node remembers between sessions: what it is, whether files show, whether they are all, the report.

    Args:
        kind: by which the plugin knows what it is, however it is called: mostly the kind of job.
    """
    return (
        Knob("string", "kind", "kind", flags=HIDDEN, value=kind),
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


def preview_memories(*more: str) -> tuple[Knob, ...]:
    """What a node remembers of its preview: the frame that it shows, and `more` of where it lies."""
    return (
        Knob("int", "preview_frame", "preview frame", flags=HIDDEN, value="-1000000"),
        *(
            Knob("int", f"preview_{name}", f"preview {name}".replace("_", " "), flags=HIDDEN, value="1")
            for name in more
        ),
    )


def preview_nodes(source: str, width: str, height: str, changed: str) -> tuple[Node, ...]:
    """A preview in the size of the picture, laid over it where it isn't the plate.

    Args:
        source: the node that it is laid over.
        width, height: of the picture, as Nuke's expressions.
        changed: the expression of what isn't the plate's.
    """
    return (
        Node("Read", "Preview", (), BLACK_ELSEWHERE),
        Node(
            "Reformat",
            "Preview_size",
            ("Preview",),
            {
                "type": "to box",
                "box_width": f"{{{{{width}}}}}",
                "box_height": f"{{{{{height}}}}}",
                "box_fixed": "true",
                "resize": "distort",
                "pbb": "true",
            },
        ),
        Node("Expression", "Preview_changed", ("Preview_size",), {"expr3": changed}),
        Node(
            "Keymix",
            "Preview_mixed",
            (source, "Preview_size", "Preview_changed"),
            {"channels": "all", "maskChannel": "rgba.alpha"},
        ),
    )


def shown(source: int, preview: int | str | None = None) -> dict[str, str]:
    """Which input of a node's last Switch comes out: that of the preview at its frame, the output's, or Source."""
    first = "" if preview is None else f"parent.show_preview * (frame == parent.preview_frame) ? {preview} : "
    return {"which": f'{{{{"{first}parent.has_result ? parent.output : {source}"}}}}'}


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
