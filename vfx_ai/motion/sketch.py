"""A camera in the making: poses, lens and points of a shot, and which feature of which frame shows which point.

All of it is in pixels of the working size, with a pixel's middle at the whole number, as in `camera`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from vfx_ai.motion.chains import Chains, Tracks

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
LEAST_DEPTH = 1e-9


@dataclass(frozen=True)
class Picture:
    """What a shot's pictures are like.

    Attributes:
        size: (height, width).
        middle: (x, y) of the lens's middle.
        focal: in pixels, if it is known.
    """

    size: tuple[int, int]
    middle: tuple[float, float]
    focal: float | None = None


@dataclass(frozen=True)
class Sketch:
    """Cameras and points.

    Attributes:
        known: [T] bool, frames that have a camera.
        focal: [T] of each frame.
        middle: [2], (x, y).
        bend: k1 of the lens.
        rotation, translation: [T, 3, 3] and [T, 3], from the world to the camera.
        points: [P, 3].
        seen: [N, 3] (frame, feature, point), by point and then by frame.
        where: [N, 2] the features' positions.
    """

    known: npt.NDArray[np.bool_]
    focal: Floats
    middle: Floats
    bend: float
    rotation: Floats
    translation: Floats
    points: Floats
    seen: Ints
    where: Floats

    def projected(self) -> tuple[Floats, Floats]:
        """Where the points are, as seen: positions [N, 2], and depths [N]."""
        frame, _, point = self.seen.T
        local = np.einsum("nij,nj->ni", self.rotation[frame], self.points[point]) + self.translation[frame]
        flat = local[:, :2] / np.maximum(local[:, 2:], LEAST_DEPTH)
        bent = flat * (1 + self.bend * (flat**2).sum(1, keepdims=True))
        return bent * self.focal[frame, None] + self.middle, local[:, 2]

    def off(self) -> Floats:
        """How far [N] the points lie from where they were seen; infinite behind the camera."""
        at, depth = self.projected()
        return np.where(depth > LEAST_DEPTH, np.linalg.norm(at - self.where, axis=1), np.inf)

    def residual(self) -> float:
        """The mean over all that was seen, in pixels; infinite where nothing was."""
        return float(self.off().mean()) if len(self.seen) else np.inf

    def flat(self, frame: Ints, where: Floats) -> Floats:
        """Directions [N, 2], as (a, b) of (a, b, 1), of positions [N, 2] in frames [N]: the lens taken out."""
        bent = (where - self.middle) / self.focal[frame, None]
        flat = bent
        for _ in range(12 if self.bend else 0):
            flat = bent / (1 + self.bend * (flat**2).sum(1, keepdims=True))
        return flat

    def places(self) -> Floats:
        """Where [T, 3] the cameras stand."""
        return np.asarray(-np.einsum("tji,tj->ti", self.rotation, self.translation))

    def only(self, good: npt.NDArray[np.bool_], fewest: int = 2) -> Sketch:
        """Without what was seen badly [N] bool, and without points that fewer frames than that show then."""
        counts = np.bincount(self.seen[good, 2], minlength=len(self.points))
        kept = counts >= fewest
        good = good & kept[self.seen[:, 2]]
        names = np.cumsum(kept) - 1
        seen = np.column_stack([self.seen[good, :2], names[self.seen[good, 2]]])
        return replace(self, points=self.points[kept], seen=seen, where=self.where[good])

    def save(self, file: Path) -> None:
        """Write all of it to an .npz."""
        arrays: dict[str, Any] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        np.savez(file, **arrays)

    @classmethod
    def load(cls, file: Path) -> Sketch:
        """What `save` wrote."""
        with np.load(file, allow_pickle=False) as kept:
            values: dict[str, Any] = {name: kept[name] for name in cls.__dataclass_fields__}
        return cls(**{**values, "bend": float(values["bend"])})


def spread(sketch: Sketch, chosen: Sequence[int], count: int) -> Sketch:
    """A sketch of some frames as one of all `count`; the others have no camera, and the lens of the nearest."""
    near = np.abs(np.arange(count)[:, None] - np.array(chosen)[None]).argmin(1)
    known = np.zeros(count, bool)
    known[list(chosen)] = sketch.known
    seen = sketch.seen.copy()
    seen[:, 0] = np.array(chosen)[seen[:, 0]]
    return replace(
        sketch,
        known=known,
        focal=sketch.focal[near],
        rotation=sketch.rotation[near],
        translation=sketch.translation[near],
        seen=seen,
    )


def picked(sketch: Sketch, frames: Ints) -> Sketch:
    """A sketch of some of its frames alone, given in order."""
    names = np.full(len(sketch.known), -1)
    names[frames] = np.arange(len(frames))
    few = sketch.only(names[sketch.seen[:, 0]] >= 0)
    seen = np.column_stack([names[few.seen[:, 0]], few.seen[:, 1:]]).astype(np.int64)
    parts = {name: getattr(sketch, name)[frames] for name in ("known", "focal", "rotation", "translation")}
    return replace(few, seen=seen, **parts)


def chain_points(sketch: Sketch, chains: Chains) -> Ints:
    """The point [C] that most of a chain's features show; -1 for a chain that shows none."""
    frame, feature, point = sketch.seen.T
    starts = np.concatenate([[0], np.cumsum([len(c) for c in chains.of])])
    chain = np.concatenate([np.zeros(0, np.int64), *chains.of])[starts[frame] + feature]
    votes, counts = np.unique(np.column_stack([chain, point])[chain >= 0], axis=0, return_counts=True)
    order = np.lexsort((votes[:, 1], -counts, votes[:, 0]))
    first, at = np.unique(votes[order, 0], return_index=True)
    out = np.full(chains.count, -1, np.int64)
    out[first] = votes[order, 1][at]
    return out


def triangulated(sketch: Sketch, tracks: Tracks, chains: Chains, wanted: npt.NDArray[np.bool_]) -> Sketch:
    """A sketch's cameras with points for the chains [C] bool that are wanted, which may be wrong: see `believed`."""
    frame, feature, chain = chains.rows()
    here = wanted[chain] & sketch.known[frame]
    frame, feature, chain = frame[here], feature[here], chain[here]
    order = np.lexsort((frame, chain))
    frame, feature, chain = frame[order], feature[order], chain[order]
    _, point = np.unique(chain, return_inverse=True)
    starts = np.concatenate([[0], np.cumsum([len(p) for p in tracks.positions])])
    where = np.concatenate(tracks.positions)[starts[frame] + feature]
    count = int(point.max()) + 1 if len(point) else 0
    sketch = replace(
        sketch, points=np.zeros((count, 3)), seen=np.column_stack([frame, feature, point]).astype(np.int64), where=where
    )
    return replace(sketch, points=met(sketch))


def met(sketch: Sketch) -> Floats:
    """Where [P, 3] the rays meet that show a point, as a linear problem whose rows are weighted by the focal length."""
    frame, _, point = sketch.seen.T
    flat = sketch.flat(frame, sketch.where) * 1.0
    pose = np.concatenate([sketch.rotation, sketch.translation[:, :, None]], 2)[frame]  # [N, 3, 4]
    rows = flat[:, :, None] * pose[:, 2:] - pose[:, :2]  # [N, 2, 4]
    normal = np.zeros((len(sketch.points), 4, 4))
    square = np.einsum("nri,nrj->nij", rows, rows)
    for i in range(4):
        for j in range(4):
            normal[:, i, j] = np.bincount(point, square[:, i, j], len(sketch.points))
    last = np.linalg.eigh(normal)[1][:, :, 0]
    w = last[:, 3:]
    return np.asarray(last[:, :3] / np.where(np.abs(w) > LEAST_DEPTH, w, LEAST_DEPTH))


def angles(sketch: Sketch) -> Floats:
    """The widest angle [P] in degrees between a point's rays and the first of them."""
    frame, _, point = sketch.seen.T
    ray = sketch.points[point] - sketch.places()[frame]
    ray /= np.maximum(np.linalg.norm(ray, axis=1, keepdims=True), LEAST_DEPTH)
    _, first, whole = np.unique(point, return_index=True, return_inverse=True)
    chord = np.linalg.norm(ray - ray[first[whole]], axis=1)
    widest = np.zeros(len(sketch.points))
    np.maximum.at(widest, point, chord)
    return np.asarray(np.degrees(2 * np.arcsin(np.clip(widest / 2, 0, 1))))


def believed(sketch: Sketch, pixels: float, angle: float, fewest: int) -> Sketch:
    """Without what is seen too far off, and without points seen by too few frames or under too narrow an angle."""
    sketch = sketch.only(sketch.off() < pixels, fewest)
    return sketch.only((angles(sketch) >= angle)[sketch.seen[:, 2]], fewest)
