"""The normal equations of a bundle adjustment: what a step in all poses, points and the lens would change.

Points fall out of them (Schur's complement), a batch at a time over the frames that show it, so that the work grows
with what was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vfx_ai.motion.sketch import Floats, Ints, Sketch

BATCH = 512  # points
ROBUST_PIXELS = 1.0  # beyond, a residual counts less and less (Cauchy)
POSE, FRAME = 6, 7  # of a frame: its pose (turn and move), and its focal length's logarithm after that
LARGEST = 0.2  # change of the focal length's logarithm in a step
ROUNDING = 1e-9  # of what is known of the lens by itself: what is left of less than that is rounding


@dataclass(frozen=True)
class Lens:
    """Which focal lengths a shot may have.

    Attributes:
        basis: [T, K]: the focal length's logarithm is basis @ (one number for each knot).
        prior: [R, K]: what these numbers are held to: prior @ numbers is about 0, with deviation 1.
        free: the focal length may change at all.
        bend: k1 may change.
    """

    basis: Floats
    prior: Floats
    free: bool = True
    bend: bool = False


@dataclass(frozen=True)
class _Eliminated:
    """What is left of the equations without the points.

    Attributes:
        matrix, right: of poses, knots and k1.
        batches: points, the rows of frames and k1 that they touch, and how.
        inverse: [P, 3, 3] of the points' own equations.
    """

    matrix: Floats
    right: Floats
    batches: list[tuple[Ints, Ints, Floats]]
    inverse: Floats


class Equations:
    """The equations at a sketch."""

    def __init__(self, sketch: Sketch) -> None:
        self.sketch, self.frames, self.points = sketch, len(sketch.known), len(sketch.points)
        frame, _, point = sketch.seen.T
        self.slopes, self.by_point, off = _slopes(sketch)
        weight = 1 / (1 + (off**2).sum(1) / ROBUST_PIXELS**2)
        self.weighted = self.slopes.transpose(0, 2, 1) * weight[:, None, None]  # [N, 8, 2]
        point_weighted = self.by_point.transpose(0, 2, 1) * weight[:, None, None]
        self.inner = _summed(point, point_weighted @ self.by_point, self.points)
        self.inner_right = _summed(point, (point_weighted @ off[:, :, None])[:, :, 0], self.points)
        own = _summed(frame, self.weighted @ self.slopes, self.frames)
        pull = _summed(frame, (self.weighted @ off[:, :, None])[:, :, 0], self.frames)
        self.matrix, self.right = np.zeros((FRAME * self.frames + 1,) * 2), np.zeros(FRAME * self.frames + 1)
        for i, (block, right) in enumerate(zip(own, pull, strict=True)):
            at = np.append(np.arange(FRAME * i, FRAME * i + FRAME), -1)
            self.matrix[np.ix_(at, at)] += block
            self.right[at] += right

    def _batches(self) -> Iterator[tuple[Ints, Ints]]:
        """Points in the order of the frames that show them, a batch at a time, and their rows of `seen`."""
        starts = np.searchsorted(self.sketch.seen[:, 2], np.arange(self.points + 1))
        first = self.sketch.seen[np.minimum(starts[:-1], len(self.sketch.seen) - 1), 0]
        order = np.argsort(first, kind="stable").astype(np.int64)
        for i in range(0, self.points, BATCH):
            chosen = order[i : i + BATCH]
            length = starts[chosen + 1] - starts[chosen]
            inside = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
            yield chosen, np.repeat(starts[chosen], length) + inside

    def _eliminated(self, lens: Lens, numbers: Floats, damping: float) -> _Eliminated:
        inner = self.inner.copy()
        inner[:, [0, 1, 2], [0, 1, 2]] = inner[:, [0, 1, 2], [0, 1, 2]] * (1 + damping) + 1e-12
        inverse = np.asarray(np.linalg.inv(inner), np.float64)
        minus, right, batches = np.zeros_like(self.matrix), self.right.copy(), []
        for chosen, rows in self._batches():
            frame = self.sketch.seen[rows, 0]
            local = np.repeat(np.arange(len(chosen)), np.bincount(self.sketch.seen[rows, 2])[chosen])
            low, high = int(frame.min()), int(frame.max()) + 1
            pairs = self.weighted[rows] @ self.by_point[rows]  # [n, 8, 3]
            both = np.zeros((high - low, FRAME, len(chosen), 3))
            both[frame - low, :, local] = pairs[:, :FRAME]
            bend = _summed(local, pairs[:, FRAME], len(chosen)).reshape(1, -1)
            cross = np.concatenate([both.reshape(-1, len(chosen) * 3), bend])
            solved = (cross.reshape(-1, len(chosen), 3).transpose(1, 0, 2) @ inverse[chosen]).transpose(1, 0, 2)
            at = np.append(np.arange(FRAME * low, FRAME * high), FRAME * self.frames)
            flat = solved.reshape(cross.shape)
            minus[np.ix_(at, at)] += flat @ cross.T
            right[at] -= flat @ self.inner_right[chosen].ravel()
            batches.append((chosen, at, cross))
        matrix = _knotted(_knotted(self.matrix, lens).T, lens)
        diagonal = np.arange(len(matrix))
        matrix[diagonal, diagonal] *= 1 + damping
        matrix -= _knotted(_knotted(minus, lens).T, lens)
        right = _knotted(right[None], lens)[0]
        knots = slice(POSE * self.frames, -1)
        matrix[knots, knots] += lens.prior.T @ lens.prior
        right[knots] += lens.prior.T @ (lens.prior @ numbers)
        return _Eliminated(matrix, right, batches, inverse)

    def _free(self, lens: Lens) -> npt.NDArray[np.bool_]:
        """Which poses, knots and k1 may change."""
        knots = np.full(lens.basis.shape[1], lens.free)
        return np.concatenate([np.repeat(self.sketch.known, POSE), knots, [lens.bend]])

    def step(self, lens: Lens, numbers: Floats, damping: float) -> tuple[Sketch, Floats]:
        """The sketch one step on, and the lens's numbers [K]."""
        left, free, poses = self._eliminated(lens, numbers, damping), self._free(lens), POSE * self.frames
        found = np.zeros(len(free))
        found[free] = -_solved(left.matrix[np.ix_(free, free)], left.right[free])
        largest = np.abs(lens.basis @ found[poses:-1]).max()
        found *= min(1.0, LARGEST / max(largest, 1e-12))
        change = np.zeros(FRAME * self.frames + 1)
        by_frame = change[:-1].reshape(self.frames, FRAME)
        by_frame[:, :POSE] = found[:poses].reshape(self.frames, POSE)
        by_frame[:, POSE] = lens.basis @ found[poses:-1]
        change[-1] = found[-1]
        points = np.zeros((self.points, 3))
        for chosen, at, cross in left.batches:
            pull = self.inner_right[chosen] + (change[at] @ cross).reshape(-1, 3)
            points[chosen] = -(left.inverse[chosen] @ pull[:, :, None])[:, :, 0]
        numbers = numbers + found[poses:-1]
        moved = replace(
            self.sketch,
            rotation=_turned(by_frame[:, :3]) @ self.sketch.rotation,
            translation=self.sketch.translation + by_frame[:, 3:POSE],
            points=self.sketch.points + points,
            focal=np.exp(lens.basis @ numbers),
            bend=self.sketch.bend + float(change[-1]),
        )
        return moved, numbers

    def unsure(self, lens: Lens, numbers: Floats) -> Floats:
        """How unsure the lens's numbers are, [K, K]: their covariance for a deviation of 1 pixel."""
        matrix, poses = self._eliminated(lens, numbers, 0.0).matrix, POSE * self.frames
        rest, knots = np.nonzero(self._free(lens)[:poses])[0], slice(poses, -1)
        cross = matrix[rest, knots]  # the poses fall out, too
        told = matrix[knots, knots] - cross.T @ _solved(matrix[np.ix_(rest, rest)], cross)
        values, vectors = np.linalg.eigh((told + told.T) / 2)
        least = ROUNDING * np.trace(_knotted(_knotted(self.matrix, lens).T, lens)[knots, knots])
        return np.asarray((vectors / np.maximum(values, least)) @ vectors.T)


def _knotted(matrix: Floats, lens: Lens) -> Floats:
    """Columns [M, 7 T + 1] of frames and k1 as those of all poses, then knots, then k1: [M, 6 T + K + 1]."""
    by_frame = matrix[:, :-1].reshape(len(matrix), -1, FRAME)
    poses = by_frame[:, :, :POSE].reshape(len(matrix), -1)
    return np.concatenate([poses, by_frame[:, :, POSE] @ lens.basis, matrix[:, -1:]], 1)


def _slopes(sketch: Sketch) -> tuple[Floats, Floats, Floats]:
    """How what is seen changes with its frame's pose and focal length and with k1 [N, 2, 8], and with its point
    [N, 2, 3]; and how far it is off [N, 2]."""
    frame, _, point = sketch.seen.T
    turn, focal = sketch.rotation[frame], sketch.focal[frame, None]
    turned = (turn @ sketch.points[point][:, :, None])[:, :, 0]
    local = turned + sketch.translation[frame]
    inverse = 1 / local[:, 2]
    flat = local[:, :2] * inverse[:, None]
    square = (flat**2).sum(1, keepdims=True)
    gain = 1 + sketch.bend * square
    # what the lens makes of a direction, then the direction by the point before the camera
    by_flat = gain[:, :, None] * np.eye(2) + 2 * sketch.bend * flat[:, :, None] * flat[:, None, :]
    by_local = np.zeros((len(flat), 2, 3))
    by_local[:, 0, 0] = by_local[:, 1, 1] = inverse
    by_local[:, :, 2] = -flat * inverse[:, None]
    by_local = focal[:, :, None] * (by_flat @ by_local)
    bent = flat * gain * focal
    by_turn = by_local @ -_cross(turned)
    slopes = np.concatenate([by_turn, by_local, bent[:, :, None], (flat * square * focal)[:, :, None]], 2)
    return slopes, by_local @ turn, bent + sketch.middle - sketch.where


def _turned(vectors: Floats) -> Floats:
    """Rotations [N, 3, 3] about vectors [N, 3] by their lengths."""
    angle = np.linalg.norm(vectors, axis=1)[:, None, None]
    cross = _cross(vectors / np.maximum(angle[:, 0], 1e-300))
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross))


def _cross(vectors: Floats) -> Floats:
    x, y, z = vectors.T
    zero = np.zeros_like(x)
    return np.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).reshape(-1, 3, 3)


def _summed(index: Ints, values: Floats, count: int) -> Floats:
    """Sums [count, ...] of values [N, ...] with the same index."""
    flat = values.reshape(len(values), -1)
    sums = [np.bincount(index, column, count) for column in flat.T]
    return np.stack(sums, 1).astype(np.float64).reshape(count, *values.shape[1:])


def _solved(matrix: Floats, right: Floats) -> Floats:
    """What a matrix makes `right` [N] or [N, M] of; what it leaves open (the world's place and size) stays small."""
    scale = 1 / np.sqrt(np.maximum(np.diag(matrix), 1e-30))
    scaled = matrix * scale[:, None] * scale
    scaled[np.diag_indices_from(scaled)] += 1e-13
    by = scale if right.ndim == 1 else scale[:, None]
    return np.asarray(by * np.linalg.solve(scaled, by * right))
