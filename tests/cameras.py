"""Cameras for tests, and what they see."""

from __future__ import annotations

import numpy as np

from vfx_ai.media.frame import Window
from vfx_ai.motion.camera import Camera

DISPLAY = Window(0, 0, 640, 360)
OVERSCAN = Window(-16, -9, 656, 369)
NUMBERS = tuple(range(1001, 1013))


def turned(axis: int, degrees: float) -> np.ndarray:
    """[3, 3] rotation about an axis, counter-clockwise as seen from its tip."""
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    matrix = np.eye(3)
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = c, -s, s, c
    return matrix


def moving_camera(
    canvas: Window = DISPLAY,
    pixel_aspect: float = 1.0,
    *,
    distortion: tuple[float, float] = (0.0, 0.0),
    shift: tuple[float, float] = (0.0, 0.0),
    display: Window = DISPLAY,
) -> Camera:
    """A camera that travels, pans, tilts, rolls and zooms over a picture of 640 x 360."""
    count, steps = len(NUMBERS), np.arange(len(NUMBERS))
    rng = np.random.default_rng(5)
    rotation = np.stack([turned(2, 8 + t) @ turned(0, 180 + 4 * t) @ turned(1, 7 * t - 20) for t in steps])
    across = 500.0 + 3 * steps
    middle = np.array([(display.x0 + display.x1) / 2 - canvas.x0, (display.y0 + display.y1) / 2 - canvas.y0])
    return Camera(
        NUMBERS,
        np.ones(count, bool),
        focal=np.stack([across, across * pixel_aspect], 1),
        center=np.tile(middle - 0.5 + shift, (count, 1)),
        distortion=np.tile(np.array(distortion), (count, 1)),
        rotation=rotation,
        translation=np.cumsum(rng.normal(0, 0.3, (count, 3)), 0),
        points=rng.normal(0, 4, (7, 3)),
        residual=0.3125,
    )


def seen_points(camera: Camera, number: int) -> np.ndarray:
    """[200, 3] points of the world that lie before the camera, all over its picture."""
    i = camera.index(number)
    rng = np.random.default_rng(number)
    depth = rng.uniform(1, 30, (200, 1))
    flat = np.concatenate([rng.uniform(-0.5, 0.5, (200, 2)), np.ones((200, 1))], 1) * depth
    return (flat - camera.translation[i]) @ camera.rotation[i]


def farthest_apart(one: Camera, two: Camera) -> float:
    """The largest distance in pixels between where two cameras see the same points."""
    return max(
        float(np.abs(one.project(n, points)[0] - two.project(n, points)[0]).max())
        for n in one.numbers
        for points in [seen_points(one, n)]
    )
