"""What the plugin renders of a node's inputs: the frames of the shot, and what then lies in their folder."""

from __future__ import annotations

from pathlib import Path

FRAMES = range(1001, 1021)


def rendered(nuke, node, folder):
    """What lies in a folder of the node's inputs: the text of each file, by its name."""
    place = Path(nuke._script).parent / "vfx_ai" / node.name() / folder
    return {path.name: path.read_text(encoding="utf-8") for path in place.glob("*.exr")}


def whole(names, frames):
    told = {"source": "plate", "mask": "matte"}
    return {f"{name}.{frame}.exr": f"{told[name]} {frame}" for name in names for frame in frames}
