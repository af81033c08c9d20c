"""The picture of bench/peers.py: quality against time, and memory, each tool in a color of its own."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

from svg import COLORS, Axis, Panel, disc, linear, logarithmic, text, write

WIDTH, TOP, PANEL, ROW = 980, 48, 400, 26
NAMES = 700  # where the names of tools end and their memory begins


def draw(target: Path, rows: list[dict[str, Any]], ours: tuple[str, ...]) -> None:
    """Write the picture of rows with "shot", "tool", "psnr", "processor" (seconds) and "megabytes".

    A large mark is a tool's mean over the shots, a small one a shot; bars are the most memory on any shot.
    """
    tools = list(dict.fromkeys(row["tool"] for row in rows))
    x = logarithmic("processor seconds per frame (left is cheaper)", [row["processor"] for row in rows])
    y = linear("psnr in the hole, dB (up is better)", [row["psnr"] for row in rows], 5)
    panel = Panel(60, TOP, PANEL, max(260, ROW * len(tools)), x, y)
    parts, words = panel.frame(), list[tuple[float, float]]()
    for index, tool in enumerate(tools):
        some, color = [row for row in rows if row["tool"] == tool], COLORS[index % len(COLORS)]
        parts += [disc(*panel.at(row["processor"], row["psnr"]), color, 2.5, 0.45) for row in some]
        mean = panel.at(fmean(row["processor"] for row in some), fmean(row["psnr"] for row in some))
        at = _free(mean[0] + 11, mean[1] + 4, words)
        parts += [disc(*mean, color, 9 if tool in ours else 6), text(*at, tool, "start", color)]
    parts += _memory(rows, tools, panel.height)
    write(target, WIDTH, TOP + panel.height + 50, parts)


def _free(x: float, y: float, words: list[tuple[float, float]]) -> tuple[float, float]:
    """The nearest place above or below where no other words stand; it is taken."""
    steps = (way * ROW / 2 * count for count in range(20) for way in (1, -1))
    taken = next(y + step for step in steps if all(abs(y + step - b) > 11 or abs(x - a) > 150 for a, b in words))
    words.append((x, taken))
    return x, taken


def _memory(rows: list[dict[str, Any]], tools: list[str], height: float) -> list[str]:
    most = {tool: max(row["megabytes"] for row in rows if row["tool"] == tool) for tool in tools}
    step = 250 if max(most.values()) < 1500 else 1000
    axis = linear("", [0, *most.values()], step)
    panel = Panel(NAMES, TOP, WIDTH - NAMES - 40, height, axis, Axis("most memory, MB", (), lambda _value: 0.0))
    parts = panel.frame()
    for index, tool in enumerate(tools):
        at = TOP + height * (index + 0.5) / len(tools)
        width, color = panel.width * axis.place(most[tool]), COLORS[index % len(COLORS)]
        parts.append(f'<rect x="{NAMES}" y="{at - 7:.1f}" width="{width:.1f}" height="14" fill="{color}"/>')
        parts += [text(NAMES - 8, at + 4, tool, "end", color), text(NAMES + width + 5, at + 4, f"{most[tool]:.0f}")]
    return parts
