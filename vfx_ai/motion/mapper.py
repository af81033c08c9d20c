"""COLMAP's incremental mapper, through pycolmap: a first sketch of a shot's camera, from nothing but tracks.

Film cameras move little: COLMAP wants 16 degrees between the first two frames by itself, which few shots have. So a
ladder of start angles is tried, the smallest first, and the best result is kept. The lens is ideal at first, since
with little parallax distortion trades against the focal length; it is let in at the end, and kept if it explains
clearly more. One thread and one seed: the same tracks give the same camera.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vfx_ai.motion.chains import Tracks
from vfx_ai.motion.sketch import Floats, Picture, Sketch

FIRST_ANGLES = (1.0, 2.0, 4.0, 0.5)  # degrees between the first two frames
SEED = 0
ENOUGH_FRAMES, LEAST_FRAMES = 0.95, 0.5  # share of the frames: a rung that ends the ladder; a solve that counts at all
ENOUGH_POINTS, LEAST_POINTS = 300, 100
MOST_RESIDUAL = 1.0  # pixels of the working size
LENS_GAIN = 0.95  # distortion is kept if it lowers the residual to this share
FEWEST_FRAMES = 3


def mapped(pycolmap: Any, picture: Picture, tracks: Tracks, work: Path) -> Any:
    """The reconstruction of the first rung that is good enough, else the best of all; None if none counts.

    Args:
        pycolmap: the module.
        picture: its focal length, where it is known, stays what it is.
        tracks: of at least FEWEST_FRAMES frames.
        work: an empty folder.
    """
    _write_database(pycolmap, picture, tracks, work / "tracks.db")
    found: list[Any] = []
    for angle in FIRST_ANGLES if tracks.pairs else ():
        models = pycolmap.incremental_mapping(
            work / "tracks.db", work, _emptied(work / "models"), _options(pycolmap, angle, picture.focal is None)
        )
        found += [m for m in models.values() if _passes(m, len(tracks.numbers), LEAST_FRAMES, LEAST_POINTS)]
        if any(_passes(m, len(tracks.numbers), ENOUGH_FRAMES, ENOUGH_POINTS) for m in models.values()):
            break
    return max(found, key=lambda m: (m.num_reg_images(), m.num_points3D()), default=None)


def _passes(model: Any, frames: int, share: float, points: int) -> bool:
    return bool(
        model.num_reg_images() >= share * frames
        and model.num_points3D() >= points
        and model.compute_mean_reprojection_error() < MOST_RESIDUAL
    )


def _write_database(pycolmap: Any, picture: Picture, tracks: Tracks, path: Path) -> None:
    height, width = picture.size
    parameters = [picture.focal or float(width), picture.middle[0] + 0.5, picture.middle[1] + 0.5, 0.0]
    camera = pycolmap.Camera(model="SIMPLE_RADIAL", width=width, height=height, params=parameters)
    camera.has_prior_focal_length = picture.focal is not None
    path.unlink(missing_ok=True)
    database = pycolmap.Database.open(path)
    try:
        camera.camera_id = database.write_camera(camera)
        rig = pycolmap.Rig()
        rig.add_ref_sensor(camera.sensor_id)
        rig_id, ids = database.write_rig(rig), []
        for number, positions in zip(tracks.numbers, tracks.positions, strict=True):
            ids.append(database.write_image(pycolmap.Image(name=str(number), camera_id=camera.camera_id)))
            frame = pycolmap.Frame()
            frame.rig_id = rig_id
            frame.add_data_id(database.read_image(ids[-1]).data_id)
            database.write_frame(frame)
            database.write_keypoints(ids[-1], (positions + 0.5).astype(np.float32))  # it counts a pixel's middle so
        for (i, j), pairs in tracks.pairs.items():
            matches = pairs.astype(np.uint32)
            geometry = pycolmap.TwoViewGeometry()
            geometry.config = pycolmap.TwoViewGeometryConfiguration.UNCALIBRATED
            geometry.inlier_matches = matches
            database.write_matches(ids[i], ids[j], matches)
            database.write_two_view_geometry(ids[i], ids[j], geometry)
    finally:
        database.close()


def _options(pycolmap: Any, angle: float, free: bool) -> Any:
    options = pycolmap.IncrementalPipelineOptions()
    options.multiple_models, options.extract_colors, options.min_model_size = False, False, FEWEST_FRAMES
    options.num_threads, options.random_seed = 1, SEED
    options.ba_refine_focal_length, options.ba_refine_extra_params = free, False
    mapper, triangulation = options.mapper, options.triangulation
    mapper.num_threads, mapper.random_seed, triangulation.random_seed = 1, SEED, SEED
    mapper.abs_pose_refine_focal_length, mapper.abs_pose_refine_extra_params = free, False
    mapper.init_min_tri_angle, mapper.init_min_num_inliers, mapper.init_max_error = angle, 50, 2.0
    mapper.abs_pose_max_error, mapper.filter_max_reproj_error = 6.0, 2.0
    mapper.filter_min_tri_angle = triangulation.min_angle = min(angle / 4, 1.5)
    return options


def with_bend(pycolmap: Any, model: Any, *, free: bool) -> Any:
    """The same reconstruction with radial distortion, if that explains clearly more.

    Args:
        pycolmap: the module.
        model: the reconstruction.
        free: the focal length may change.
    """
    bent = pycolmap.Reconstruction(model)
    options = pycolmap.BundleAdjustmentOptions()
    options.refine_extra_params, options.refine_focal_length = True, free
    options.print_summary = False
    every = pycolmap.BundleAdjustmentConfig()
    for image in bent.reg_image_ids():
        every.add_image(image)
    every.fix_gauge(pycolmap.BundleAdjustmentGauge.THREE_POINTS)
    # pycolmap.bundle_adjustment does the same, and says so on standard error whatever it is told
    pycolmap.create_default_bundle_adjuster(options, every, bent).solve()
    bent.update_point_3d_errors()
    plain = model.compute_mean_reprojection_error()
    return bent if bent.compute_mean_reprojection_error() < LENS_GAIN * plain else model


def sketched(model: Any, tracks: Tracks) -> Sketch:
    """What a reconstruction holds."""
    count = len(tracks.numbers)
    known, rotation, translation = np.zeros(count, bool), np.tile(np.eye(3), (count, 1, 1)), np.zeros((count, 3))
    focal, x, y, bend = (float(p) for p in next(iter(model.cameras.values())).params)
    frames = {}
    for name, image in model.images.items():
        if image.has_pose:
            i, pose = tracks.numbers.index(int(image.name)), image.cam_from_world()
            known[i], rotation[i], translation[i] = True, pose.rotation.matrix(), pose.translation
            frames[name] = i
    points: list[Floats] = []
    seen: list[tuple[int, int, int]] = []
    for point in model.points3D.values():
        seen += sorted((frames[e.image_id], e.point2D_idx, len(points)) for e in point.track.elements)
        points.append(point.xyz)
    rows = np.array(seen, np.int64).reshape(-1, 3)
    where = np.array([tracks.positions[frame][feature] for frame, feature, _ in seen]).reshape(-1, 2)
    return Sketch(
        known,
        np.full(count, focal),
        np.array([x - 0.5, y - 0.5]),
        bend,
        rotation,
        translation,
        np.array(points).reshape(-1, 3),
        rows,
        where,
    )


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@contextmanager
def quiet(pycolmap: Any) -> Iterator[None]:
    """COLMAP logs to standard error; here its errors alone."""
    before, pycolmap.logging.minloglevel = pycolmap.logging.minloglevel, 3
    try:
        yield
    finally:
        pycolmap.logging.minloglevel = before
