"""A node whose inputs are Reads."""

from __future__ import annotations


def inpaint(nuke, plate, **knobs):
    """An Inpaint node with a Read before both inputs."""
    return behind(nuke, "VFXAI_Inpaint", plate, **knobs)


def behind(nuke, kind, plate, **knobs):
    """A node of that kind with a Read before two inputs; `knobs` are of the first."""
    node = nuke.createNode(kind)
    for index in range(2):
        read = nuke.createNode("Read")
        read["file"].setValue(plate if index == 0 else "/shots/matte.%04d.exr")
        for name, value in {"first": 1001, "last": 1010, **(knobs if index == 0 else {})}.items():
            read[name].setValue(value)
        node.setInput(index, read)
    return node
