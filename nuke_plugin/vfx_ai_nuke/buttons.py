"""What the buttons of a node do. Each takes the node; what goes wrong is one message."""

import functools
import re
from pathlib import Path
from typing import Any, Callable

import nuke

from vfx_ai_nuke import jobs, models, previewing, ticking
from vfx_ai_nuke.asked import NO_FORCE, asked_of
from vfx_ai_nuke.errors import NodeError
from vfx_ai_nuke.nodes import MATTE, kind_of
from vfx_ai_nuke.paths import frame_file, slashes

_LACKS = re.compile(r"knob \w+ does not exist")  # as Nuke says it


def _told(does: Callable[[nuke.Node], Any]) -> Callable[[nuke.Node], Any]:
    """A button whose NodeError is a message; without an interface it is raised as RuntimeError."""

    @functools.wraps(does)
    def button(node: nuke.Node) -> Any:
        try:
            return does(node)
        except NodeError as error:
            text = str(error)
        except NameError as error:
            if not _LACKS.fullmatch(str(error)):
                raise
            text = f"{error}: the node is of another version than the plugin. Make it anew from the menu VFX AI."
        if not nuke.GUI:
            raise RuntimeError(f"{node.name()}: {text}")
        nuke.message(f"{node.name()}: {text}")
        return None

    return button


@_told
def render(node: nuke.Node) -> None:
    """Start the node's job, or go on where it stopped. Without an interface, come back when it is done."""
    _start(node, force=False)


@_told
def rerun(node: nuke.Node) -> None:
    """Start the node's job, and do finished frames anew."""
    _start(node, force=True)


@_told
def preview(node: nuke.Node) -> None:
    """The current frame, small and soon; one of the same node that isn't done gives way to it."""
    frame = int(nuke.frame())
    asked = previewing.near(asked_of(node), frame)
    file = frame_file(f"{previewing.folder_of(asked)}/preview.####.exr", frame)
    for before in jobs.of(node):
        if before.preview is not None:
            jobs.cancel(before)
    _follow(jobs.add(jobs.Job(node, asked, frame, file)))


@_told
def cancel(node: nuke.Node) -> None:
    """Stop the node's job; finished frames stay."""
    for job in jobs.of(node):
        jobs.cancel(job)


@_told
def open_report(node: nuke.Node) -> None:
    """The report of the last run, in the browser."""
    if kind_of(node) == MATTE:
        raise NodeError("A matte has no report. Queue has the log of the last run: in which frames it may be lost.")
    file = slashes(str(node["report_file"].value()))
    if not file or not Path(file).is_file():
        raise NodeError("There is no report yet. Render first.")
    browse(file)


def browse(file: str) -> None:
    """Open a file in the browser."""
    import webbrowser  # takes as long to load as all the rest

    webbrowser.open(Path(file).as_uri())


@_told
def open_queue(_node: nuke.Node) -> None:
    """The panel with all jobs."""
    from vfx_ai_nuke import panel

    panel.open_window()


@_told
def choose_model(node: nuke.Node) -> None:
    """One of the worker's models."""
    models.choose(node)


@_told
def add_yes(node: nuke.Node) -> None:
    """In this frame the object is at `position`."""
    x, y = node["position"].x(), node["position"].y()
    _add(node, "points", f"{'+' if x < 0 else ''}{x:.1f},{y:.1f}")


@_told
def add_no(node: nuke.Node) -> None:
    """In this frame the object isn't at `position`."""
    x, y = node["position"].x(), node["position"].y()
    _add(node, "points", f"-{x:.1f},{y:.1f}")


@_told
def add_box(node: nuke.Node) -> None:
    """In this frame the object lies within `box`."""
    x, y, r, t = _corners(node)
    _add(node, "boxes", f"{x:.1f},{y:.1f},{r:.1f},{t:.1f}")


@_told
def add_wire_up(node: nuke.Node) -> None:
    """A wire from the lower left to the upper right corner of `box`."""
    x, y, r, t = _corners(node)
    _add(node, "wires", f"{x:.1f},{y:.1f},{r:.1f},{t:.1f}")


@_told
def add_wire_down(node: nuke.Node) -> None:
    """A wire from the upper left to the lower right corner of `box`."""
    x, y, r, t = _corners(node)
    _add(node, "wires", f"{x:.1f},{t:.1f},{r:.1f},{y:.1f}")


def _corners(node: nuke.Node) -> "tuple[float, ...]":
    box = node["box"]
    return box.x(), box.y(), box.r(), box.t()


def _add(node: nuke.Node, knob: str, text: str) -> None:
    before = str(node[knob].value()).rstrip()
    node[knob].setValue(f"{before}\n{text}@{int(nuke.frame())}".lstrip("\n"))


def _start(node: nuke.Node, force: bool) -> None:
    if any(job.preview is None for job in jobs.of(node)):
        raise NodeError("It is being rendered already. Cancel that first.")
    asked = asked_of(node)
    if force and asked.kind not in NO_FORCE:
        asked.fields["force"] = True
    _follow(jobs.add(jobs.Job(node, asked)))


def _follow(job: jobs.Job) -> None:
    if nuke.GUI:
        ticking.keep_going()
    else:
        ticking.wait(job)
