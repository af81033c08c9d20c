"""A thin line as points along it: how it is laid out, bent, smoothed, cut off at the picture's border, and drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.media.frame import FloatArray, Window

Doubles = npt.NDArray[np.float64]

FEWEST_KNOTS = 4
STIFF = 0.05  # what a bend between knots costs, against a sure point
CUT = 2.0  # Tukey's constant in pixels: a point farther off has no say
FIRST_FITTINGS, FITTINGS = 8, 12  # rounds in which it has less say only, and all
FAR = 1e3  # pixels; as far as any
FAINT = 0.02  # coverage that is none
SHARPEST = 0.05  # blur, pixels


@dataclass(frozen=True)
class Line:
    """A line in one frame.

    Attributes:
        points: [N, 2] x and y, pixels of the canvas, about one apart.
        width: pixels, at half of its strength.
        blur: standard deviation of its edges, pixels.
    """

    points: Doubles
    width: float
    blur: float


def straight(start: tuple[float, float], end: tuple[float, float]) -> Doubles:
    """Points [N, 2] from one place to another, at most a pixel apart."""
    ends = np.array([start, end], np.float64)
    count = max(2, int(np.ceil(np.linalg.norm(ends[1] - ends[0]))) + 1)
    share = np.linspace(0, 1, count)[:, None]
    return np.asarray(ends[:1] * (1 - share) + ends[1:] * share)


def resampled(points: Doubles) -> Doubles:
    """The same line by points a pixel apart."""
    along = _along(points)
    at = np.linspace(0, along[-1], max(2, round(along[-1]) + 1))
    return np.stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)], 1)


def normals(points: Doubles) -> Doubles:
    """[N, 2] of length 1, across the line."""
    way = np.gradient(points, axis=0)
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
    return np.stack([-way[:, 1], way[:, 0]], 1)


def bent(points: Doubles, offsets: Doubles) -> Doubles:
    """The line, each point moved across it by so many pixels [N]."""
    return resampled(points + offsets[:, None] * normals(points))


def extended(points: Doubles, pixels: float, ends: tuple[bool, bool]) -> Doubles:
    """The line, made longer at its first and its last end where `ends` says so, straight on."""
    far = min(12, len(points) - 1)
    for last in (False, True):
        if ends[last]:
            line = points if last else points[::-1]
            way = line[-1] - line[-1 - far]
            steps = np.arange(1, int(pixels) + 1)[:, None]
            line = np.concatenate([line, line[-1] + steps * way / max(float(np.linalg.norm(way)), 1e-9)])
            points = line if last else line[::-1]
    return points


def clipped(points: Doubles, inside: Window, room: float) -> Doubles:
    """The part of the line that lies in a window or within `room` pixels of it; empty if there is none."""
    low, high = np.array([inside.x0, inside.y0]) - 0.5 - room, np.array([inside.x1, inside.y1]) - 0.5 + room
    there = np.flatnonzero(((points >= low) & (points <= high)).all(1))
    return points[there[0] : there[-1] + 1] if len(there) > 1 else points[:0]


def smoothed(values: Doubles, sure: Doubles, apart: float) -> Doubles:
    """A smooth curve through values [N] a pixel apart, each as `sure` [N] >= 0; outliers have no say.

    Cubic B-splines (de Boor, "A Practical Guide to Splines", 1978) with `apart` pixels between two bends, and a price
    on these, so that gaps are bridged.
    """
    count = len(values)
    spans = max(FEWEST_KNOTS, round(count / apart))
    at = np.linspace(0, spans, count)
    first = np.minimum(at.astype(np.int64), spans - 1)
    u = at - first
    weights = np.stack([(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3], 1) / 6
    basis = np.zeros((count, spans + 3))
    np.put_along_axis(basis, first[:, None] + np.arange(4), weights, 1)
    bends = np.diff(np.eye(spans + 3), 3, axis=0)  # a parabola is free
    price = STIFF * count / spans * bends.T @ bends + 1e-9 * np.eye(spans + 3)
    has_say = sure / max(float(sure.max()), 1e-9)
    now = has_say
    for fitting in range(FITTINGS):
        coefficients = np.linalg.solve(basis.T @ (now[:, None] * basis) + price, basis.T @ (now * values))
        fit = basis @ coefficients
        off = np.abs(values - fit) / CUT
        now = has_say * (1 / np.maximum(off, 0.05) if fitting < FIRST_FITTINGS else np.clip(1 - off**2, 1e-3, 1) ** 2)
    return np.asarray(fit)


def drawn(line: Line, window: Window) -> FloatArray:
    """The line's coverage [h, w] float32 0..1 over a window of the canvas: as a box of its width, blurred.

    Each pixel has what lies under it, exactly so for a line along rows or columns.
    """
    out = np.full((window.height, window.width), np.inf)
    radius = int(np.ceil(line.width / 2 + 4 * line.blur + 2))
    if len(line.points) > 1 and out.size:
        start, way = line.points[:-1] - [window.x0, window.y0], np.diff(line.points, axis=0)
        around = np.arange(-radius, radius + 1)
        x = np.round(start[:, 0]).astype(np.int64)[:, None, None] + around[None, None, :]
        y = np.round(start[:, 1]).astype(np.int64)[:, None, None] + around[None, :, None]
        x, y = np.broadcast_arrays(x, y)
        off_x, off_y = x - start[:, 0, None, None], y - start[:, 1, None, None]
        length = np.maximum((way**2).sum(1), 1e-12)[:, None, None]
        share = np.clip((off_x * way[:, 0, None, None] + off_y * way[:, 1, None, None]) / length, 0, 1)
        away = np.hypot(off_x - share * way[:, 0, None, None], off_y - share * way[:, 1, None, None])
        inside = (x >= 0) & (y >= 0) & (x < window.width) & (y < window.height)
        np.minimum.at(out, (y[inside], x[inside]), away[inside])
    half = line.width / 2
    ways = [(0.5 + half, 1), (half - 0.5, -1), (0.5 - half, -1), (-0.5 - half, 1)]
    blur = max(line.blur, SHARPEST)
    away = np.minimum(out, FAR)
    coverage = np.sum([sign * _area(away + at, blur) for at, sign in ways], 0).astype(np.float32)
    coverage[coverage < FAINT] = 0
    return np.asarray(coverage, np.float32)


def _area(x: Doubles, blur: float) -> Doubles:
    """What lies below a step at 0 that a Gaussian has blurred, from far left up to `x`."""
    at = torch.from_numpy(x / blur)
    density = torch.exp(-0.5 * at**2) / (2 * torch.pi) ** 0.5
    return np.asarray((blur * (at * torch.special.ndtr(at) + density)).numpy())


def _along(points: Doubles) -> Doubles:
    """[N]: pixels from the line's start."""
    return np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
