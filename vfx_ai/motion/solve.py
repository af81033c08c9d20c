"""The camera of a shot, solved by COLMAP's incremental mapper from points that several frames show.

Film cameras move little: COLMAP wants 16 degrees between the first two frames by itself, which few shots have. So a
ladder of start angles is tried, the smallest first, and the best result is kept. The lens is ideal at first, since
with little parallax distortion trades against the focal length; it is let in at the end, and kept if it explains
clearly more. One thread and one seed: the same shot gives the same camera.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vfx_ai.motion.camera import Camera, keep_solved, read_solved, why_solved
from vfx_ai.motion.survey import Motion
from vfx_ai.motion.tracks import Tracks, find_tracks
from vfx_ai.shot import Shot

FIRST_ANGLES = (1.0, 2.0, 4.0, 0.5)  # degrees between the first two frames
SEED = 0
ENOUGH_FRAMES, LEAST_FRAMES = 0.95, 0.5  # share of the frames: a rung that ends the ladder; a solve that counts at all
ENOUGH_POINTS, LEAST_POINTS = 300, 100
MOST_RESIDUAL = 1.0  # pixels of the working size
FLAT_PIXELS = 0.6  # what all but a few points are off one homography, at most, in a shot that has no parallax
FLAT_SHARE = 97  # per cent of them
LENS_GAIN = 0.95  # distortion is kept if it lowers the residual to this share
FEWEST_FRAMES = 3
LONGEST_TRACKED, WORST_TRACKED = 3, 1.5  # frames that show a point, and its residual, for it to be kept


@dataclass(frozen=True)
class Solve:
    """How a solve went: the camera, if there is one, and a sentence on it."""

    camera: Camera | None
    why: str


def solve(
    shot: Shot, motion: Motion, focal: float | None, folder: Path, progress: Callable[[int, int], None]
) -> Camera | None:
    """The camera of a shot, solved unless `folder` has it.

    Args:
        shot: the plate and its matte.
        motion: its survey.
        focal: focal length in pixels of the canvas, where it is known.
        folder: of the analysis; gets camera.json, also if there is none.
        progress: called with (done, total).

    Returns:
        The camera; None if none could be solved, `why_solved(folder)` says why.
    """
    if why_solved(folder) is None:
        outcome = solve_shot(shot, motion, focal, folder, progress)
        keep_solved(folder, outcome.camera, outcome.why)
    return read_solved(folder)


def solve_shot(
    shot: Shot, motion: Motion, focal: float | None, scratch: Path, progress: Callable[[int, int], None]
) -> Solve:
    """Solve a shot's camera; as `solve`, without keeping it. Files that are needed for a while lie in `scratch`."""
    if motion.kind == "locked":
        return Solve(None, "the camera stands still")
    numbers = tuple(n for n in shot.numbers if n not in shot.plate.missing)
    if len(numbers) < FEWEST_FRAMES:
        return Solve(None, f"{len(numbers)} frames are too few")
    tracks = find_tracks(shot, numbers, progress)
    flat = _off_one_plane(tracks)
    if flat < FLAT_PIXELS:
        return Solve(None, f"there is no parallax: one plane explains the background to {flat:.2f} px")
    try:
        import pycolmap
    except ImportError as error:
        return Solve(None, f"pycolmap can't be loaded ({error})")
    with _quiet(pycolmap), tempfile.TemporaryDirectory(prefix="solve-", dir=scratch) as work:
        best = _best(pycolmap, shot, tracks, focal, Path(work))
        if best is None:
            return Solve(None, "too few points show parallax")
        return _judged(shot, _with_lens(pycolmap, best), tracks)


def _off_one_plane(tracks: Tracks) -> float:
    """What points are off a homography between frames far apart: pixels that FLAT_SHARE per cent stay below."""
    gaps = sorted({j - i for i, j in tracks.pairs})
    off = []
    for i, j in tracks.pairs:
        if j - i in gaps[-2:]:
            a, b = tracks.matched(i, j)
            matrix, _ = cv2.findHomography(a, b, cv2.USAC_MAGSAC, 1.0)
            if matrix is not None:
                moved = cv2.perspectiveTransform(a[:, None], matrix)[:, 0]
                off.append(float(np.percentile(np.linalg.norm(moved - b, axis=1), FLAT_SHARE)))
    return float(np.median(off)) if off else 0.0


def _best(pycolmap: Any, shot: Shot, tracks: Tracks, focal: float | None, work: Path) -> Any:
    """The reconstruction of the first rung that is good enough, else the best of all."""
    _write_database(pycolmap, shot, tracks, focal, work / "tracks.db")
    found = []
    for angle in FIRST_ANGLES:
        models = pycolmap.incremental_mapping(
            work / "tracks.db", work, _emptied(work / "models"), _options(pycolmap, angle, focal is None)
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


def _write_database(pycolmap: Any, shot: Shot, tracks: Tracks, focal: float | None, path: Path) -> None:
    height, width = shot.working_size
    factor = width / shot.width
    middle = _middle(shot)
    start = focal * factor if focal else float(width)
    parameters = [start, *((middle + 0.5) * factor), 0.0]
    camera = pycolmap.Camera(model="SIMPLE_RADIAL", width=width, height=height, params=parameters)
    camera.has_prior_focal_length = focal is not None
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


def _middle(shot: Shot) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The display window's middle, in pixels of the canvas."""
    window = shot.infos[shot.numbers[0]].display_window
    x, y = (window.x0 + window.x1) / 2 - shot.canvas.x0, (window.y0 + window.y1) / 2 - shot.canvas.y0
    return np.array([x - 0.5, y - 0.5])


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


def _with_lens(pycolmap: Any, model: Any) -> Any:
    """The same reconstruction with radial distortion, if that explains clearly more."""
    bent = pycolmap.Reconstruction(model)
    options = pycolmap.BundleAdjustmentOptions()
    options.refine_extra_params, options.refine_focal_length = True, True
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


def _judged(shot: Shot, model: Any, tracks: Tracks) -> Solve:
    numbers, factor = shot.numbers, shot.working_size[1] / shot.width
    count = len(numbers)
    known, rotation, translation = np.zeros(count, bool), np.tile(np.eye(3), (count, 1, 1)), np.zeros((count, 3))
    lens = next(iter(model.cameras.values()))
    focal, x, y, bend = (float(p) for p in lens.params)
    for image in model.images.values():
        if image.has_pose:
            i, pose = numbers.index(int(image.name)), image.cam_from_world()
            known[i], rotation[i], translation[i] = True, pose.rotation.matrix(), pose.translation
    good = [p.xyz for p in model.points3D.values() if p.track.length() >= LONGEST_TRACKED and p.error < WORST_TRACKED]
    residual = float(model.compute_mean_reprojection_error()) / factor
    camera = Camera(
        numbers,
        known,
        np.full((count, 2), focal),
        np.tile([x - 0.5, y - 0.5], (count, 1)),
        np.tile([bend, 0.0], (count, 1)),
        rotation,
        translation,
        np.array(good).reshape(-1, 3),
        "solved",
        residual,
    ).scaled(1 / factor)
    words = f"{known.sum()} of {len(tracks.numbers)} frames, {len(good)} points, {residual:.2f} px off on average"
    return Solve(camera, f"{words}, focal length {focal / factor:.0f} px" + (f", k1 {bend:.4f}" if bend else ""))


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@contextmanager
def _quiet(pycolmap: Any) -> Iterator[None]:
    """COLMAP logs to standard error; here its errors alone."""
    before, pycolmap.logging.minloglevel = pycolmap.logging.minloglevel, 3
    try:
        yield
    finally:
        pycolmap.logging.minloglevel = before
