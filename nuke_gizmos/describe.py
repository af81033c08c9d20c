"""The words by which a gizmo is described: its knobs, the nodes in it, and how both hang together."""

from __future__ import annotations

from dataclasses import dataclass, field

# Kinds of knobs and the numbers by which Nuke's `addUserKnob` calls them.
KINDS = {
    "string": 1,
    "file": 2,
    "int": 3,
    "choice": 4,
    "bool": 6,
    "double": 7,
    "xy": 12,
    "bbox": 15,
    "tab": 20,
    "button": 22,
    "text": 26,
    "lines": 43,
}
HIDDEN = "+INVISIBLE"
SAME_LINE = "-STARTLINE"
NEW_LINE = "+STARTLINE"


@dataclass(frozen=True)
class Knob:
    """A knob that a user sees, or one that remembers something.

    Attributes:
        kind: one of KINDS.
        name: lower_snake; where it is a field of the job, that field's name.
        label: beside it.
        tip: its tooltip.
        value: to begin with, as Nuke writes values; "": Nuke's own. Of a text: what it says.
        choices: of a choice.
        span: least and most of its slider; values beyond can be typed.
        flags: as HIDDEN.
        calls: of a button: the function of vfx_ai_nuke that it calls with the node.
    """

    kind: str
    name: str
    label: str = ""
    tip: str = ""
    value: str = ""
    choices: tuple[str, ...] = ()
    span: tuple[float, float] | None = None
    flags: str = ""
    calls: str = ""


@dataclass(frozen=True)
class Node:
    """A node within.

    Attributes:
        kind: Nuke's class.
        name: by which others refer to it.
        inputs: names of nodes, the first is input 0.
        knobs: as Nuke writes values; `{{...}}` is an expression.
        layers: that must be known before it: (layer, its channels).
    """

    kind: str
    name: str
    inputs: tuple[str, ...] = ()
    knobs: dict[str, str] = field(default_factory=dict)
    layers: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Gizmo:
    """A node as users know it.

    Attributes:
        name: prefixed VFXAI_; also of its file and icon.
        does: in a line.
        knobs: in their order, tabs among them.
        nodes: in an order in which each stands behind its inputs; the last is what comes out.
    """

    name: str
    does: str
    knobs: tuple[Knob, ...]
    nodes: tuple[Node, ...]
