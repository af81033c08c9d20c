"""How near and how far a shot's background goes: from points that were solved along, or from matches of its frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt
import torch

from vfx_ai.motion.camera import Array, Camera
from vfx_ai.motion.geometry import relation
from vfx_ai.motion.homography import Features, find_features, matched
from vfx_ai.shot import Shot

FEWEST_POINTS = 20
LEFT_OUT, LEFT_OUT_SHARE = 2, 0.003  # nearest and farthest points of a frame that may be wrong
NEARER, FARTHER = 1.15, 0.7  # how much nearer and farther (in inverse depth) than the points the sweep goes
INFINITE_BELOW = 0.15  # of the nearest inverse depth: if the farthest is less, the sweep goes on to infinity
REPROJECTED_PIXELS = 0.7
LEAST_PARALLAX = 3.0  # pixels
BASELINES = (1, 2, 4, 8, 16)  # frames
PROBES = 6


def depth_range(shot: Shot, small: Camera, numbers: list[int]) -> tuple[float, float]:
    """Inverse depths (far, near) that hold the background in every frame; (0, 0) where nothing tells.

    Args:
        shot: the plate and its matte.
        small: the camera at the working size.
        numbers: the frames that count.
    """
    world = with_points(shot, small, numbers).points
    height, width = shot.working_size
    far, near = [], []
    for number in numbers:
        at, depth = small.project(number, world)
        inside = (depth > 0) & (at > -20).all(1) & (at[:, 0] < width + 20) & (at[:, 1] < height + 20)
        if inside.sum() >= FEWEST_POINTS:
            inverse = np.sort(1 / depth[inside])
            left_out = max(LEFT_OUT, int(LEFT_OUT_SHARE * len(inverse)))
            far.append(inverse[left_out])
            near.append(inverse[-1 - left_out])
    if not near:
        return 0.0, 0.0
    farthest, nearest = float(np.median(far)) * FARTHER, float(np.max(near)) * NEARER
    return (farthest if farthest > INFINITE_BELOW * nearest else 0.0), nearest


def with_points(shot: Shot, small: Camera, numbers: list[int]) -> Camera:
    """The camera, with points of the world that its frames show if it came without any."""
    return small if len(small.points) >= FEWEST_POINTS else replace(small, points=triangulated(shot, small, numbers))


def triangulated(shot: Shot, small: Camera, numbers: list[int]) -> Array:
    """Points [N, 3] of the world that frames agree on, for a camera that came without any.

    Two frames agree on a wrong match as well, where a pattern repeats itself along the camera's path: a third one
    doesn't. Where there are but two, these are believed.
    """

    @cache
    def features(number: int) -> Features:
        compared, seen = shot.small(number)
        return find_features(compared, seen.cpu().numpy())

    agreed, pairs = [np.zeros((0, 3))], [np.zeros((0, 3))]
    for i in np.unique(np.linspace(0, len(numbers) - 1, PROBES).round().astype(int)):
        there = [numbers[i + baseline] for baseline in BASELINES if i + baseline < len(numbers)]
        found = [_between(small, (numbers[i], features(numbers[i])), (n, features(n))) for n in there]
        pairs += [match.world[match.good] for match in found]
        agreed += [match.world[match.good & _confirmed(small, match, found)] for match in found]
    whole = np.concatenate(agreed)
    return whole if len(whole) >= FEWEST_POINTS else np.concatenate(pairs)


@dataclass(frozen=True)
class _Match:
    """What two frames tell: [N] features of the first, and in the second, which is `there`, where they lie.

    Attributes:
        there: the second frame.
        feature: [N] which of the first frame's.
        at: [N, 2] positions in the second.
        world: [N, 3] the points of the world that both rays come nearest to.
        good: [N] bool, whether it is one.
    """

    there: int
    feature: npt.NDArray[np.intp]
    at: Array
    world: Array
    good: npt.NDArray[np.bool_]


def _confirmed(small: Camera, match: _Match, others: list[_Match]) -> npt.NDArray[np.bool_]:
    """Which points [N] of a match another frame, in which the same feature was found, shows where it found it.

    The farther frame knows better how far a point is: its point is looked for in the nearer one.
    """
    out = np.zeros(len(match.feature), np.bool_)
    for other in others:
        if other is match:
            continue
        _, mine, theirs = np.intersect1d(match.feature, other.feature, return_indices=True)
        nearer = others.index(other) < others.index(match)
        world, at, there = (
            (match.world[mine], other.at[theirs], other.there)
            if nearer
            else (other.world[theirs], match.at[mine], match.there)
        )
        seen, depth = small.project(there, world)
        out[mine] |= (depth > 0) & (np.linalg.norm(seen - at, axis=1) < REPROJECTED_PIXELS)
    return out


def _between(small: Camera, first: tuple[int, Features], second: tuple[int, Features]) -> _Match:
    (here, features), (there, others) = first, second
    feature, other = matched(features, others)
    a, b = features.positions[feature].astype(np.float64), others.positions[other].astype(np.float64)
    if len(a) < FEWEST_POINTS:
        return _Match(there, feature[:0], b[:0], np.zeros((0, 3)), np.zeros(0, np.bool_))
    rays = [
        np.column_stack([small.directions(n, at), np.ones(len(at))]) @ small.rotation[small.index(n)]
        for n, at in ((here, a), (there, b))
    ]
    origins = [small.position(here), small.position(there)]
    across = origins[1] - origins[0]
    # the points of the two rays that lie nearest to each other
    aa, bb, ab = ((u * v).sum(1) for u, v in ((rays[0], rays[0]), (rays[1], rays[1]), (rays[0], rays[1])))
    flat = aa * bb - ab * ab
    flat = np.where(flat > 1e-12 * aa * bb, flat, np.inf)
    along = ((rays[0] @ across) * bb - (rays[1] @ across) * ab) / flat
    world = origins[0] + along[:, None] * rays[0]
    good = along > 0
    for number, at in ((here, a), (there, b)):
        seen, depth = small.project(number, world)
        good &= (depth > 0) & (np.linalg.norm(seen - at, axis=1) < REPROJECTED_PIXELS)
    good &= _parallax(small, here, there, a, world) > LEAST_PARALLAX
    return _Match(there, feature, b, np.asarray(world), good)


def _parallax(small: Camera, here: int, there: int, at: Array, world: Array) -> Array:
    """By how many pixels [N] a point lies from where it would lie at infinity."""
    far, _ = relation(small, here, there).carry(torch.from_numpy(at.T).float(), torch.zeros(len(at)))
    seen, _ = small.project(there, world)
    return np.asarray(np.linalg.norm(far.numpy().T - seen, axis=1))
