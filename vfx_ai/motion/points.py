"""How near and how far a shot's background goes: from points that were solved along, or from matches of its frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from vfx_ai.motion.camera import Array, Camera
from vfx_ai.motion.geometry import relation
from vfx_ai.motion.homography import find_features, match_features
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
    """Points [N, 3] of the world that two frames agree on, for a camera that came without any."""
    found = [np.zeros((0, 3))]
    for i in np.unique(np.linspace(0, len(numbers) - 1, PROBES).round().astype(int)):
        for baseline in BASELINES:
            if i + baseline < len(numbers):
                found.append(_between(shot, small, numbers[i], numbers[i + baseline]))
    return np.concatenate(found)


def _between(shot: Shot, small: Camera, here: int, there: int) -> Array:
    first, second = (find_features(f, seen.cpu().numpy()) for f, seen in (shot.small(here), shot.small(there)))
    a, b = (at.astype(np.float64) for at in match_features(first, second))
    if len(a) < FEWEST_POINTS:
        return np.zeros((0, 3))
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
    return np.asarray(world[good])


def _parallax(small: Camera, here: int, there: int, at: Array, world: Array) -> Array:
    """By how many pixels [N] a point lies from where it would lie at infinity."""
    far, _ = relation(small, here, there).carry(torch.from_numpy(at.T).float(), torch.zeros(len(at)))
    seen, _ = small.project(there, world)
    return np.asarray(np.linalg.norm(far.numpy().T - seen, axis=1))
