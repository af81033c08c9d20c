"""A picture of the node between others in a node graph, as SVG, drawn from its description."""

from __future__ import annotations

from nuke_gizmos.describe import Gizmo
from nuke_gizmos.panel_picture import BACK, INK, box, document, text

WIDTH, HEIGHT, WIDE, HIGH = 460, 250, 130, 26
READ, ROTO, OURS, VIEWER = "#8a8a5c", "#5c8a6a", "#5d7ea8", "#6a6a6a"


def tree(gizmo: Gizmo) -> str:
    """The plate's Read above the node's first input, a Roto beside its second, paint at a third, and a Viewer below."""
    inputs = [node.name for node in gizmo.nodes if node.kind == "Input"]
    left, right, top, middle, bottom = 60, 290, 24, 124, 204
    width = WIDTH + 170 * bool(inputs[2:])
    parts = [_line(left + WIDE / 2, top + HIGH, left + WIDE / 2, middle), _label(left + WIDE / 2 + 8, 96, inputs[0])]
    if inputs[1:]:
        parts += [
            _node(right, top, "Roto1", ROTO),
            _line(right + WIDE / 2, top + HIGH, right + WIDE / 2, middle + HIGH / 2),
            _line(right + WIDE / 2, middle + HIGH / 2, left + WIDE, middle + HIGH / 2),
            _label(left + WIDE + 30, middle + HIGH / 2 - 6, inputs[1]),
        ]
    if inputs[2:]:
        far, below = right + 170, middle + HIGH - 5
        parts += [
            _node(far, top, "RotoPaint1", ROTO),
            _line(far + WIDE / 2, top + HIGH, far + WIDE / 2, below),
            _line(far + WIDE / 2, below, left + WIDE, below),
            _label(far - 20, below - 6, inputs[2]),
        ]
    parts += [
        _line(left + WIDE / 2, middle + HIGH, left + WIDE / 2, bottom),
        _node(left, top, "Read1", READ),
        _node(left, middle, f"{gizmo.name}1", OURS),
        _node(left, bottom, "Viewer1", VIEWER),
    ]
    return document(width, HEIGHT, box(0, 0, width, HEIGHT, BACK) + "\n" + "\n".join(parts))


def _node(x: float, y: float, name: str, fill: str) -> str:
    return box(x, y, WIDE, HIGH, fill) + text(x + WIDE / 2, y + 17, name, "#101010", "middle")


def _line(x0: float, y0: float, x1: float, y1: float) -> str:
    return f'<path d="M{x0:g} {y0:g}L{x1:g} {y1:g}" stroke="{INK}" stroke-width="1.5"/>'


def _label(x: float, y: float, name: str) -> str:
    return text(x, y, name)
