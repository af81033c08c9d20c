"""A gizmo's file as Nuke reads it: plain Tcl, a node after the other.

Its outermost node is a Group, not a Gizmo: a script that holds one has all of it, and opens where no plugin is.
"""

from __future__ import annotations

from nuke_gizmos.describe import KINDS, Gizmo, Knob, Node

_ESCAPED = {"\\": "\\\\", '"': '\\"', "[": "\\[", "]": "\\]", "{": "\\{", "}": "\\}", "$": "\\$", "\n": "\\n"}
_MISSING = (
    "The vfx-ai plugin isn't in this Nuke, so nothing can be rendered; what was rendered still shows. "
    "`vfx-ai install nuke` puts it there."
)
_BUTTON = """try:
    import vfx_ai_nuke
except ImportError:
    nuke.message({missing!r})
else:
    vfx_ai_nuke.{calls}(nuke.thisNode())"""
_COLUMN, _ROW = 140, 80  # of the nodes' places


def written(gizmo: Gizmo) -> str:
    """The text of a gizmo's file."""
    lines = [
        f"# {gizmo.name}: {gizmo.does}",
        "# Written by `python -m nuke_gizmos` from the description there; changes made here are lost.",
        "Group {",
        f" inputs {sum(node.kind == 'Input' for node in gizmo.nodes)}",
        f" name {gizmo.name}",
        f" help {quoted(gizmo.does)}",
    ]
    for knob in gizmo.knobs:
        lines += [f" {line}" for line in _knob(knob)]
    lines.append("}")
    for index, node in enumerate(gizmo.nodes):
        lines += [f" {line}" for line in _node(node, index)]
    lines += [" Output {", "  name Output1", f"  xpos 0\n  ypos {len(gizmo.nodes) * _ROW}", " }", "end_group", ""]
    return "\n".join(lines)


def quoted(text: str) -> str:
    """A text as one word of Tcl, whatever it holds."""
    return '"' + "".join(_ESCAPED.get(letter, letter) for letter in text) + '"'


def script_of(knob: Knob) -> str:
    """The Python of a button; where the plugin isn't, it says so."""
    return _BUTTON.format(missing=_MISSING, calls=knob.calls)


def _knob(knob: Knob) -> list[str]:
    words = [str(KINDS[knob.kind]), knob.name, "l", quoted(knob.label)]
    if knob.tip:
        words += ["t", quoted(knob.tip)]
    if knob.flags:
        words.append(knob.flags)
    if knob.kind == "choice":
        words += ["M", "{" + " ".join(quoted(choice) for choice in knob.choices) + "}"]
    if knob.span:
        words += ["R", *(f"{value:g}" for value in knob.span)]
    if knob.kind == "button":
        words += ["T", quoted(script_of(knob))]
    if knob.kind == "text":
        words += ["T", quoted(knob.value)]
    lines = [f"addUserKnob {{{' '.join(words)}}}"]
    if knob.value and knob.kind != "text":
        lines.append(f"{knob.name} {_value(knob.value)}")
    return lines


def _node(node: Node, index: int) -> list[str]:
    lines = [
        f"add_layer {{{layer} {' '.join(f'{layer}.{one}' for one in channels)}}}" for layer, channels in node.layers
    ]
    lines += [f"push $N_{name}" for name in reversed(node.inputs)]
    lines.append(f"{node.kind} {{")
    if len(node.inputs) != 1:
        lines.append(f" inputs {len(node.inputs)}")
    lines += [f" {name} {_value(value)}" for name, value in node.knobs.items()]
    lines += [f" name {node.name}", f" xpos {index % 4 * _COLUMN}", f" ypos {index * _ROW}", "}"]
    lines.append(f"set N_{node.name} [stack 0]")
    return lines


def _value(value: str) -> str:
    return value if value.startswith("{") or value.replace(".", "").replace("-", "").isalnum() else quoted(value)
