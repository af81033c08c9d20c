"""Shows in a node what was written: Reads within, on the files of the result and of the preview."""

from typing import Dict, List, Optional

import nuke

from vfx_ai_nuke.paths import pinned


def show(
    node: nuke.Node,
    file: str,
    frames: List[int],
    knobs: Dict[str, object],
    whole: bool,
    place: Optional[Dict[str, int]] = None,
) -> None:
    """Let a node show its result; called again, it looks at the files anew.

    Args:
        node: of ours.
        file: pattern of the result.
        frames: that it has, or will have.
        knobs: of the Read, so that it looks as Source does.
        whole: whether these are all frames of the shot.
        place: knobs of the node that say where the result lies around Source.
    """
    _read(node.node("Result"), file, min(frames), max(frames), knobs)
    for name, value in (place or {}).items():
        node[name].setValue(value)
    node["has_result"].setValue(True)
    node["is_whole"].setValue(whole)


def show_preview(node: nuke.Node, file: str, frame: int, place: Optional[Dict[str, int]] = None) -> None:
    """Let a node show a preview, at its frame; `place` are knobs that say where it lies around Source."""
    _read(node.node("Preview"), file, frame, frame, {"raw": True})
    for name, value in (place or {}).items():
        node[name].setValue(value)
    node["preview_frame"].setValue(frame)
    node["show_preview"].setValue(True)


def say(node: nuke.Node, text: str) -> None:
    """Write the node's status."""
    if node["status"].value() != text:
        node["status"].setValue(text)


def _read(read: nuke.Node, file: str, first: int, last: int, knobs: Dict[str, object]) -> None:
    text = pinned(file)
    if read["file"].getText() != text:
        read["file"].setValue(text)
    ends: Dict[str, object] = {"first": first, "last": last, "origfirst": first, "origlast": last, "origset": True}
    for name, value in {**ends, **knobs}.items():
        read[name].setValue(value)
    read["reload"].execute()
