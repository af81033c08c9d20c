"""Pictures of a node's knobs as SVG, a tab each, drawn from its description: about as Nuke lays them out."""

from __future__ import annotations

import re
from html import escape

from nuke_gizmos.describe import HIDDEN, SAME_LINE, Gizmo, Knob

WIDTH, LABEL, ROW, GAP, TOP = 620, 150, 24, 6, 58
FIELD = WIDTH - LABEL - 24
LETTER = 6.4  # about as wide as one letter is
LINES = 3  # shown of a text of several lines
BACK, PANE, DARK, EDGE, INK, DIM, LIT = "#323232", "#3c3c3c", "#2a2a2a", "#565656", "#d8d8d8", "#a0a0a0", "#6a93c4"


def panel(gizmo: Gizmo) -> dict[str, str]:
    """For each tab, by its name in lower case, the picture of it."""
    tabs: dict[Knob, list[Knob]] = {}
    for knob in gizmo.knobs:
        if knob.kind == "tab":
            tabs[knob] = []
        elif knob.flags != HIDDEN:
            list(tabs.values())[-1].append(knob)
    labels = [tab.label for tab in tabs]
    return {tab.label.lower(): _picture(gizmo.name, labels, tab.label, knobs) for tab, knobs in tabs.items()}


def _picture(title: str, labels: list[str], shown: str, knobs: list[Knob]) -> str:
    parts, x, y = [], 0.0, float(TOP)
    for index, knob in enumerate(knobs):
        if knob.flags == SAME_LINE:
            y -= ROW + GAP
        else:
            x = LABEL
        beside = [one for one in knobs[index + 1 : index + 2] if one.flags == SAME_LINE]
        drawn, across, down = _drawn(knob, x, y, FIELD - sum(_button(one) + 8 for one in beside))
        parts.append(drawn)
        x += across + 8
        y += down + GAP
    height = round(y + 8)
    tabs, left = "", 8.0
    for label in labels:
        wide = len(label) * LETTER + 20
        fill = PANE if label == shown else DARK
        tabs += box(left, 30, wide, 20, fill) + text(left + 10, 44, label, INK if label == shown else DIM)
        left += wide + 2
    frame = f"{box(0, 0, WIDTH, height, BACK)}{box(0, 0, WIDTH, 26, DARK)}{text(10, 17, title + '1', INK)}"
    return document(WIDTH, height, f"{frame}\n{box(4, 50, WIDTH - 8, height - 54, PANE)}{tabs}\n" + "\n".join(parts))


def document(width: float, height: float, inside: str) -> str:
    """An SVG of that size."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">\n{inside}\n</svg>\n'
    )


def _button(knob: Knob) -> float:
    """How wide a button is."""
    return len(knob.label) * LETTER + 24


def _drawn(knob: Knob, x: float, y: float, most: float) -> tuple[str, float, float]:
    """A knob at a place: its picture, how wide it is, at most `most`, and how high."""
    if knob.kind == "text":
        return _words(knob, y)
    if knob.kind == "button":
        wide = _button(knob)
        return box(x, y, wide, ROW - 2, "#4a4a4a") + text(x + 12, y + 15, knob.label), wide, ROW
    if knob.kind == "bool":
        wide = len(knob.label) * LETTER + 26
        return box(x, y + 4, 13, 13, DARK) + text(x + 20, y + 15, knob.label), wide, ROW
    label = text(x - 8, y + 15, knob.label, INK, "end")
    if knob.kind == "choice":
        wide = max(map(len, knob.choices)) * LETTER + 40
        shown = text(x + 8, y + 15, knob.choices[0]) + text(x + wide - 16, y + 15, "▾", DIM)
        return label + box(x, y, wide, ROW - 2, "#4a4a4a") + shown, wide, ROW
    if knob.kind in ("xy", "bbox"):
        names = ("x", "y") if knob.kind == "xy" else ("x", "y", "r", "t")
        values = knob.value.strip("{}").split()
        boxes = "".join(
            text(x + 86 * at, y + 15, name, DIM)
            + box(x + 12 + 86 * at, y, 66, ROW - 2, DARK)
            + text(x + 18 + 86 * at, y + 15, value)
            for at, (name, value) in enumerate(zip(names, values, strict=True))
        )
        return label + boxes, 86.0 * len(names), ROW
    high = ROW * LINES if knob.kind == "lines" else ROW
    if knob.span:
        at = (float(knob.value) - knob.span[0]) / (knob.span[1] - knob.span[0])
        slider = box(x + 76, y + 10, 300, 2, EDGE) + box(x + 73 + 300 * at, y + 4, 6, 14, LIT)
        return label + box(x, y, 66, ROW - 2, DARK) + text(x + 6, y + 15, knob.value) + slider, 376, ROW
    return label + box(x, y, most, high - 2, DARK) + text(x + 6, y + 15, knob.value), most, high


def _words(knob: Knob, y: float) -> tuple[str, float, float]:
    """A text; an empty one is a line across."""
    plain = re.sub(r"<[^>]+>", "", knob.value)
    if not plain and not knob.label:
        return box(12, y + 6, WIDTH - 24, 1, EDGE), 0, 8
    label = text(LABEL - 8, y + 15, knob.label, INK, "end") if knob.label else ""
    lines, high = "", 0.0
    for paragraph in plain.split("\n\n"):
        for line in _wrapped(paragraph, FIELD / LETTER if len(plain) < 80 else (WIDTH - 40) / LETTER):
            left = LABEL if len(plain) < 80 else 20
            lines += text(left, y + 15 + high, line, DIM if knob.name in ("status", "version") else INK)
            high += 16
        high += 8
    return label + lines, FIELD, max(ROW, high)


def _wrapped(words: str, most: float) -> list[str]:
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) + 1 > most:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def box(x: float, y: float, width: float, height: float, fill: str) -> str:
    """A filled rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="2" fill="{fill}"/>'


def text(x: float, y: float, words: str, fill: str = INK, anchor: str = "start") -> str:
    """A line of text."""
    end = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{fill}"{end}>{escape(words)}</text>'
