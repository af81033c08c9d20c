"""The nodes within a gizmo that fills: the result laid over the plate, what can be seen of it, and what comes out."""

from __future__ import annotations

from nuke_gizmos.describe import Node
from nuke_gizmos.shared_knobs import BLACK_ELSEWHERE, preview_nodes, shown, source_nodes
from vfx_ai.proof.pictures import COLORS, LIT, MADE, NEVER_SEEN, REAL, UNSURE

# What the report's colors stand for (for the eye, 0 to 255), as an expression in the result's channels.
_STOOD_IN = "((fill.source == 2) + (fill.source == 6))"
MAP = {
    "(fill.source == 1)": COLORS[REAL],
    f"{_STOOD_IN} * (fill.confidence > 0)": COLORS[UNSURE],
    f"{_STOOD_IN} * (fill.confidence <= 0)": COLORS[NEVER_SEEN],
    "(fill.source > 2.5) * (fill.source < 5.5)": COLORS[MADE],
    "(fill.source == 7)": COLORS[LIT],
}
FILL = (("fill", ("source", "confidence")),)
CHANGED = "fill.source > 0"  # the result's own word for what isn't the plate
PREVIEW = preview_nodes("Source", "Source.width", "Source.height", CHANGED)  # of a picture as large as the plate


def fill_nodes(
    *inputs: str, under: tuple[Node, ...] = (), fill_only: str = "Fill_only", preview: tuple[Node, ...] = PREVIEW
) -> tuple[Node, ...]:
    """All nodes of a gizmo that fills.

    Args:
        inputs: names of its inputs; Source is the first.
        under: nodes that make of Source what the result is laid over; none: it is Source.
        fill_only: the name of the node that shows the fill alone.
        preview: the nodes of its preview, the last is what is shown of it; none: there is no preview.
    """
    plate = under[-1].name if under else "Source"
    looks = ("Mixed", fill_only, "Source_map", "Confidence", "Difference", "Source")
    return (
        *source_nodes(*inputs),
        Node("Read", "Result", (), BLACK_ELSEWHERE),
        *under,
        Node("Expression", "Changed", ("Result",), {"expr3": CHANGED}, FILL),
        Node("Keymix", "Mixed", (plate, "Result", "Changed"), {"channels": "all", "maskChannel": "rgba.alpha"}),
        Node(
            "Expression",
            fill_only,
            ("Mixed",),
            {**{f"expr{index}": f"{CHANGED} ? {channel} : 0" for index, channel in enumerate("rgb")}, "expr3": CHANGED},
        ),
        Node("Expression", "Source_map", ("Mixed",), {f"expr{index}": mapped(index) for index in range(3)}),
        Node(
            "Expression",
            "Confidence",
            ("Mixed",),
            {f"expr{index}": f"1 - ({CHANGED}) * (1 - fill.confidence)" for index in range(3)},
        ),
        Node("Merge2", "Difference", (plate, "Mixed"), {"operation": "difference"}),
        *preview,
        Node(
            "Switch",
            "Shown",
            (*looks, *(node.name for node in preview[-1:])),
            shown(looks.index("Source"), len(looks) if preview else None),
        ),
    )


def mapped(channel: int) -> str:
    """The expression of one channel of the source map: 0 red, 1 green, 2 blue."""
    return " + ".join(f"{what} * {_linear(color[channel]):.4f}" for what, color in MAP.items())


def _linear(code: int) -> float:
    """Light of a code for the eye, by sRGB's curve."""
    value = code / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
