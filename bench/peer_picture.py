"""The picture of bench/peers.py: a row per shot and a mark per tool, as SVG written by hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

# Told apart by shape as well as by color; ours is the large filled disc.
COLORS = ("#1f6fd0", "#c2410c", "#15803d", "#7c3aed", "#b45309", "#0e7490", "#be185d", "#4d7c0f", "#6b7280", "#111827")
SHAPES = ("M-4-4H4V4H-4Z", "M0-5L5 4H-5Z", "M0-5L5 0L0 5L-5 0Z", "M-4-4L4 4M-4 4L4-4", "M-5 0H5M0-5V5")
LEFT, PANEL, GAP, TOP, STEP = 110, 380, 40, 44, 34


@dataclass(frozen=True)
class Panel:
    """One of the two halves: what is shown, its marks along the axis, and where a value lies, 0..1."""

    title: str
    value: str
    ticks: Sequence[float]
    place: Callable[[float], float]


def draw(target: Path, rows: list[dict[str, Any]], ours: str) -> None:
    """Write the picture of rows with "shot", "tool", "psnr" and "processor" (seconds)."""
    shots, tools = (list(dict.fromkeys(row[name] for row in rows)) for name in ("shot", "tool"))
    low, high = _limits([row["psnr"] for row in rows], 5)
    fast, slow = (math.floor(math.log10(min(_costs(rows)))), math.ceil(math.log10(max(_costs(rows)))))
    decades = [10.0**power for power in range(fast, slow + 1)]
    panels = (
        Panel("psnr in the hole, dB (right is better)", "psnr", range(low, high + 1, 5), _linear(low, high)),
        Panel("processor seconds per frame (left is cheaper)", "processor", decades, _logarithmic(fast, slow)),
    )
    height = TOP + STEP * len(shots) + 30
    parts = [part for index, panel in enumerate(panels) for part in _panel(index, panel, rows, shots, tools, ours)]
    parts += [_text(LEFT - 12, TOP + STEP * (i + 0.5) + 4, shot, "end") for i, shot in enumerate(shots)]
    legend, bottom = _legend(tools, height, ours)
    width = LEFT + 2 * PANEL + GAP + 20
    frame = f'<rect width="{width}" height="{bottom}" fill="white"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{bottom}" viewBox="0 0 {width} {bottom}"'
    style = ' font-family="sans-serif" font-size="12" fill="#222">'
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join([head + style, frame, *parts, *legend, "</svg>", ""]), encoding="utf-8")


def _costs(rows: list[dict[str, Any]]) -> list[float]:
    return [max(row["processor"], 1e-3) for row in rows]


def _limits(values: list[float], step: int) -> tuple[int, int]:
    low, high = math.floor(min(values) / step) * step, math.ceil(max(values) / step) * step
    return low, max(high, low + step)


def _linear(low: float, high: float) -> Callable[[float], float]:
    return lambda value: (value - low) / (high - low)


def _logarithmic(low: float, high: float) -> Callable[[float], float]:
    return lambda value: (math.log10(max(value, 1e-3)) - low) / max(high - low, 1)


def _panel(
    index: int, panel: Panel, rows: list[dict[str, Any]], shots: list[str], tools: list[str], ours: str
) -> list[str]:
    left, bottom = LEFT + index * (PANEL + GAP), TOP + STEP * len(shots)
    parts = [_text(left + PANEL / 2, 18, panel.title, "middle")]
    for tick in panel.ticks:
        x = left + PANEL * panel.place(tick)
        parts.append(f'<path d="M{x:.1f} {TOP}V{bottom}" stroke="#ddd"/>')
        parts.append(_text(x, bottom + 16, f"{tick:g}", "middle"))
    for i in range(len(shots) + 1):
        parts.append(f'<path d="M{left} {TOP + STEP * i}h{PANEL}" stroke="#eee"/>')
    ordered = sorted(rows, key=lambda row: row["tool"] == ours)  # ours lies on top
    for row in ordered:
        x, y = left + PANEL * panel.place(row[panel.value]), TOP + STEP * (shots.index(row["shot"]) + 0.5)
        parts.append(_mark(x, y, tools.index(row["tool"]), row["tool"] == ours))
    return parts


def _mark(x: float, y: float, index: int, ours: bool) -> str:
    color, at = COLORS[index % len(COLORS)], f'transform="translate({x:.1f} {y:.1f})"'
    if ours:
        return f'<circle r="7" {at} fill="{color}"/>'
    return f'<path d="{SHAPES[index % len(SHAPES)]}" {at} fill="none" stroke="{color}" stroke-width="1.8"/>'


def _legend(tools: list[str], top: float, ours: str) -> tuple[list[str], int]:
    parts = []
    for index, tool in enumerate(tools):
        x, y = 30 + index % 5 * 175, top + 16 + index // 5 * 22
        parts += [_mark(x, y, index, tool == ours), _text(x + 13, y + 4, tool, "start")]
    return parts, round(top + 16 + math.ceil(len(tools) / 5) * 22)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
