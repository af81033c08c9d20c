"""The camera of a shot: where it stands in every frame, and its lens; solved, or from a matchmove.

A point X of the world is at R X + t in the camera of a frame: x to the right, y down, z into the picture. Its position
in pixels counts from the canvas's corner, with a pixel's middle at the whole number, as everywhere in `motion`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vfx_ai.media.atomic import replacing

Array = npt.NDArray[np.float64]
UNDISTORT_STEPS = 12


@dataclass(frozen=True)
class Camera:
    """A camera that moves through a shot.

    Attributes:
        numbers: the frames, in order.
        known: [T] bool, frames whose camera is known; the others' rows mean nothing.
        focal: [T, 2] float64, focal length across and down, in pixels; it may change (a zoom).
        center: [T, 2] float64, the principal point (x, y) in pixels of the canvas.
        distortion: [T, 2] float64, k1 and k2: a direction (a, b, 1) is seen where an ideal lens would see
            (a, b) * (1 + k1 r^2 + k2 r^4) with r^2 = a^2 + b^2.
        rotation: [T, 3, 3] float64, from the world to the camera.
        translation: [T, 3] float64, in units of the world.
        points: [P, 3] float64, points of the world that were solved along; none in a matchmove's file.
        origin: how it came about: "solved", or the name of the file.
        residual: how far solved points lie from where they were seen, mean in pixels; 0 if not solved here.
    """

    numbers: tuple[int, ...]
    known: npt.NDArray[np.bool_]
    focal: Array
    center: Array
    distortion: Array
    rotation: Array
    translation: Array
    points: Array = field(default_factory=lambda: np.zeros((0, 3)))
    origin: str = "solved"
    residual: float = 0.0

    def index(self, number: int) -> int:
        """The row of frame `number`.

        Raises:
            ValueError: no such frame.
        """
        return self.numbers.index(number)

    def knows(self, number: int) -> bool:
        """Whether frame `number` has a camera."""
        return number in self.numbers and bool(self.known[self.index(number)])

    def position(self, number: int) -> Array:
        """Where [3] the camera stands in frame `number`."""
        i = self.index(number)
        return np.asarray(-self.rotation[i].T @ self.translation[i])

    def matrix(self, number: int) -> Array:
        """What [3, 3] makes positions in pixels of an ideal lens out of directions (a, b, 1)."""
        i = self.index(number)
        (fx, fy), (cx, cy) = self.focal[i], self.center[i]
        return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]])

    def project(self, number: int, world: Array) -> tuple[Array, Array]:
        """Where frame `number` sees points.

        Args:
            number: the frame.
            world: [N, 3] float64.

        Returns:
            positions [N, 2] in pixels, and depth [N] along the view's axis; a point is in front if that is above 0.
        """
        i = self.index(number)
        seen = world @ self.rotation[i].T + self.translation[i]
        depth = seen[:, 2]
        flat = seen[:, :2] / np.where(np.abs(depth) > 1e-12, depth, 1e-12)[:, None]
        return self.distort(number, flat) * self.focal[i] + self.center[i], depth

    def distort(self, number: int, flat: Array) -> Array:
        """What the lens makes of directions [N, 2], as (a, b) of (a, b, 1)."""
        k1, k2 = self.distortion[self.index(number)]
        square = (flat * flat).sum(1, keepdims=True)
        return np.asarray(flat * (1 + square * (k1 + square * k2)))

    def directions(self, number: int, positions: Array) -> Array:
        """Directions [N, 2], as (a, b) of (a, b, 1), of positions [N, 2] in pixels: the lens taken out."""
        i = self.index(number)
        bent = (positions - self.center[i]) / self.focal[i]
        k1, k2 = self.distortion[i]
        flat = bent
        for _ in range(UNDISTORT_STEPS if k1 or k2 else 0):
            square = (flat * flat).sum(1, keepdims=True)
            flat = bent / (1 + square * (k1 + square * k2))
        return np.asarray(flat)

    def moved(self, x: float, y: float) -> Camera:
        """The same camera over a canvas whose corner lies at (-x, -y) of this one's."""
        return replace(self, center=self.center + np.array([x, y]))

    def scaled(self, factor: float) -> Camera:
        """The same camera over pictures scaled by `factor`."""
        return replace(self, focal=self.focal * factor, center=(self.center + 0.5) * factor - 0.5)

    def chosen(self, numbers: tuple[int, ...]) -> Camera:
        """The camera of just these frames; those that it doesn't have aren't known."""
        rows = [self.numbers.index(n) if n in self.numbers else 0 for n in numbers]
        known = np.array([self.knows(n) for n in numbers], bool)
        parts = {
            name: getattr(self, name)[rows] for name in ("focal", "center", "distortion", "rotation", "translation")
        }
        return replace(self, numbers=numbers, known=known, **parts)

    def to_dict(self) -> dict[str, Any]:
        """The camera as plain JSON types; exact."""
        arrays = ("known", "focal", "center", "distortion", "rotation", "translation", "points")
        return {
            "numbers": list(self.numbers),
            **{name: getattr(self, name).tolist() for name in arrays},
            "origin": self.origin,
            "residual": self.residual,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Camera:
        """The camera from what `to_dict` made of it.

        Raises:
            ValueError, KeyError, TypeError: it is none.
        """
        count = len(data["numbers"])
        shapes = {"focal": (2,), "center": (2,), "distortion": (2,), "rotation": (3, 3), "translation": (3,)}
        arrays = {name: np.array(data[name], np.float64).reshape(count, *shape) for name, shape in shapes.items()}
        return cls(
            tuple(int(n) for n in data["numbers"]),
            np.array(data["known"], bool).reshape(count),
            **arrays,
            points=np.array(data["points"], np.float64).reshape(-1, 3),
            origin=str(data["origin"]),
            residual=float(data["residual"]),
        )


def read_solved(folder: Path) -> Camera | None:
    """The camera that `keep_solved` left in an analysis folder; None if there is none, or it is damaged."""
    try:
        kept = json.loads((folder / "camera.json").read_text(encoding="utf-8"))
        return Camera.from_dict(kept["camera"]) if kept["camera"] else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def why_solved(folder: Path) -> str | None:
    """How the solve that an analysis folder holds went, in a sentence; None if there was none, or it is damaged."""
    try:
        return str(json.loads((folder / "camera.json").read_text(encoding="utf-8"))["why"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def keep_solved(folder: Path, camera: Camera | None, why: str) -> None:
    """Leave a camera, or that there is none, and why, in an analysis folder."""
    with replacing(folder / "camera.json") as beside:
        beside.write_text(json.dumps({"why": why, "camera": camera.to_dict() if camera else None}), encoding="utf-8")
