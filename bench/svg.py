"""Small pictures of figures, as SVG written by hand: points in panels with axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

COLORS = ("#1f6fd0", "#c2410c", "#15803d", "#7c3aed", "#b45309", "#0e7490", "#be185d", "#4d7c0f", "#6b7280", "#111827")


@dataclass(frozen=True)
class Axis:
    """An axis: what it shows, its ticks, and where a value lies on it, 0..1."""

    title: str
    ticks: Sequence[float]
    place: Callable[[float], float]


def linear(title: str, values: Sequence[float], step: float) -> Axis:
    """From a multiple of `step` to one, around all values."""
    low, high = math.floor(min(values) / step), math.ceil(max(values) / step)
    high = max(high, low + 1)
    first, last = low * step, high * step
    return Axis(title, [step * i for i in range(low, high + 1)], lambda value: (value - first) / (last - first))


def logarithmic(title: str, values: Sequence[float], least: float = 1e-3) -> Axis:
    """From a power of ten to one, around all values; what is below `least` counts as that."""
    powers = [math.log10(max(value, least)) for value in values]
    low, high = math.floor(min(powers)), math.ceil(max(powers))
    high = max(high, low + 1)
    ticks = [10.0**power for power in range(low, high + 1)]
    return Axis(title, ticks, lambda value: (math.log10(max(value, least)) - low) / (high - low))


@dataclass(frozen=True)
class Panel:
    """A rectangle of a picture with two axes; y goes up."""

    left: float
    top: float
    width: float
    height: float
    x: Axis
    y: Axis

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a pair of values lies in the picture."""
        return self.left + self.width * self.x.place(x), self.top + self.height * (1 - self.y.place(y))

    def frame(self) -> list[str]:
        """Grid, ticks and titles."""
        parts = []
        for tick in self.x.ticks:
            x = self.left + self.width * self.x.place(tick)
            parts.append(f'<path d="M{x:.1f} {self.top:.1f}v{self.height:.1f}" stroke="#ddd"/>')
            parts.append(text(x, self.top + self.height + 16, f"{tick:g}", "middle"))
        for tick in self.y.ticks:
            y = self.top + self.height * (1 - self.y.place(tick))
            parts.append(f'<path d="M{self.left:.1f} {y:.1f}h{self.width:.1f}" stroke="#ddd"/>')
            parts.append(text(self.left - 8, y + 4, f"{tick:g}", "end"))
        parts.append(text(self.left + self.width / 2, self.top + self.height + 34, self.x.title, "middle"))
        parts.append(text(self.left, self.top - 10, self.y.title, "start"))
        return parts


def disc(x: float, y: float, color: str, radius: float, solid: float = 1.0) -> str:
    """A mark."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{color}" fill-opacity="{solid:g}"/>'


def line(start: tuple[float, float], end: tuple[float, float], color: str) -> str:
    """A straight line."""
    return f'<path d="M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}" stroke="{color}" fill="none"/>'


def text(x: float, y: float, words: str, anchor: str = "start", color: str = "#222") -> str:
    """Words; a color of their own tells what they belong to."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{escape(words)}</text>'


def write(target: Path, width: float, height: float, parts: Sequence[str]) -> None:
    """Write a picture on white."""
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">'
    target.parent.mkdir(parents=True, exist_ok=True)
    ground = f'<rect width="{width:g}" height="{height:g}" fill="white"/>'
    target.write_text("\n".join([head, ground, *parts, "</svg>", ""]), encoding="utf-8")
