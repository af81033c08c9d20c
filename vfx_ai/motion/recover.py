"""Frames that the mapper left out: their poses by points that other frames show, then points that they see first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from vfx_ai.motion.chains import Chains, Tracks
from vfx_ai.motion.sketch import Floats, Sketch, believed, chain_points, met, triangulated

LEAST_SEEN, LEAST_SHARE = 24, 0.4  # points that must agree on a pose, and the share of those that were tried
POSE_PIXELS = 3.0
BELIEVED_PIXELS = 2.0
SHOWN_BY = 3  # frames that must show a point
SEED = 0


def recovered(pycolmap: Any, sketch: Sketch, tracks: Tracks, chains: Chains, angle: float) -> Sketch:
    """The sketch with poses for all frames that show enough of its points; the rest stays without.

    Args:
        pycolmap: the module.
        sketch, tracks, chains: of the same frames.
        angle: degrees under which a point must be seen to be believed.

    Returns:
        The very same sketch if no frame came in.
    """
    while came := _posed(pycolmap, sketch, tracks, chains):
        known, rotation, translation = sketch.known.copy(), sketch.rotation.copy(), sketch.translation.copy()
        for i, (turn, move) in came.items():
            known[i], rotation[i], translation[i] = True, turn, move
        sketch = replace(sketch, known=known, rotation=rotation, translation=translation)
        sketch = renewed(sketch, tracks, chains, angle)
    return sketch


def renewed(sketch: Sketch, tracks: Tracks, chains: Chains, angle: float) -> Sketch:
    """The same cameras with all points that they agree on."""
    every = triangulated(sketch, tracks, chains, np.ones(chains.count, bool))
    return believed(_trimmed(every), BELIEVED_PIXELS, angle, SHOWN_BY)


def _trimmed(sketch: Sketch) -> Sketch:
    """Points that meet anew without what lay far off at first, so that one wrong match doesn't cost a point."""
    for pixels in (8 * BELIEVED_PIXELS, 2 * BELIEVED_PIXELS):
        off = sketch.off()
        worst = np.zeros(len(sketch.points))
        np.maximum.at(worst, sketch.seen[:, 2], off)
        far = (off > pixels) & (off >= worst[sketch.seen[:, 2]] / 2)
        if far.any():
            sketch = sketch.only(~far)
            sketch = replace(sketch, points=met(sketch))
    return sketch


def _posed(pycolmap: Any, sketch: Sketch, tracks: Tracks, chains: Chains) -> dict[int, tuple[Floats, Floats]]:
    """Rotation and translation of those frames without a camera for which points tell."""
    points, found = chain_points(sketch, chains), {}
    for i in np.nonzero(~sketch.known)[0].tolist():
        chain = chains.of[i]
        point = np.where(chain >= 0, points[chain], -1)
        shown = point >= 0
        pose = _pose(pycolmap, sketch, i, tracks.positions[i][shown], sketch.points[point[shown]])
        if pose is not None:
            found[i] = pose
    return found


def _pose(pycolmap: Any, sketch: Sketch, frame: int, where: Floats, points: Floats) -> tuple[Floats, Floats] | None:
    """The pose of a frame that shows points [N, 3] at `where` [N, 2]; None if too few agree."""
    if len(points) < LEAST_SEEN:
        return None
    x, y = sketch.middle + 0.5
    focal = float(sketch.focal[frame])
    size = {"width": int(2 * x) + 1, "height": int(2 * y) + 1}
    camera = pycolmap.Camera(model="SIMPLE_RADIAL", params=[focal, x, y, sketch.bend], **size)
    options = pycolmap.AbsolutePoseEstimationOptions()
    options.ransac.max_error, options.ransac.random_seed, options.ransac.num_threads = POSE_PIXELS, SEED, 1
    told = pycolmap.estimate_and_refine_absolute_pose(where + 0.5, points, camera, options)
    if told is None or told["num_inliers"] < max(LEAST_SEEN, LEAST_SHARE * len(points)):
        return None
    pose = told["cam_from_world"]
    return np.array(pose.rotation.matrix()), np.array(pose.translation)
