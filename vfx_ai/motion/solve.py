"""The camera of a shot, solved from points of its background that several frames show; the mapper is COLMAP's.

What is done with the points is in `solve_tracks`; it runs in a process of its own, see `apart`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vfx_ai.motion.apart import solve_apart
from vfx_ai.motion.camera import Camera, keep_solved, read_solved, why_solved
from vfx_ai.motion.chains import Tracks
from vfx_ai.motion.mapper import FEWEST_FRAMES
from vfx_ai.motion.sketch import Picture
from vfx_ai.motion.solve_tracks import Solved
from vfx_ai.motion.survey import Motion
from vfx_ai.motion.tracks import find_tracks
from vfx_ai.shot import Shot

FLAT_PIXELS = 0.6  # what all but a few points are off one homography, at most, in a shot that has no parallax
FLAT_SHARE = 97  # per cent of them
UNSURE = 0.02  # deviation of a zoom's range from which on it is told


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

    Raises:
        Interrupted: somebody stopped the solve.
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
    numbers = shot.plate.present
    if len(numbers) < FEWEST_FRAMES:
        return Solve(None, f"{len(numbers)} frames are too few")
    tracks = find_tracks(shot, numbers, progress)
    flat = _off_one_plane(tracks)
    if flat < FLAT_PIXELS:
        return Solve(None, f"there is no parallax: one plane explains the background to {flat:.2f} px")
    solved, why = solve_apart(tracks, picture_of(shot, focal), scratch)
    return Solve(None, why) if solved is None else camera_of(shot, solved, tracks.numbers)


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


def picture_of(shot: Shot, focal: float | None) -> Picture:
    """The shot's pictures at the working size; the lens looks at the middle of the display window.

    Args:
        shot: the shot.
        focal: in pixels of the canvas, where it is known.
    """
    height, width = shot.working_size
    factor = width / shot.width
    window = shot.infos[shot.numbers[0]].display_window
    x, y = (window.x0 + window.x1) / 2 - shot.canvas.x0, (window.y0 + window.y1) / 2 - shot.canvas.y0
    return Picture((height, width), (x * factor - 0.5, y * factor - 0.5), focal * factor if focal else None)


def camera_of(shot: Shot, solved: Solved, numbers: tuple[int, ...]) -> Solve:
    """What was solved as a camera of the shot's canvas and all its frames, and a sentence.

    Args:
        shot: the shot.
        solved: at the working size.
        numbers: the frames that it is of; the shot's others have no picture.
    """
    sketch, factor = solved.sketch, shot.working_size[1] / shot.width
    count, rows = len(shot.numbers), [shot.numbers.index(n) for n in numbers]
    known, focal = np.zeros(count, bool), np.full(count, float(np.median(sketch.focal)))
    rotation, translation = np.tile(np.eye(3), (count, 1, 1)), np.zeros((count, 3))
    known[rows], focal[rows] = sketch.known, sketch.focal
    rotation[rows] = np.where(sketch.known[:, None, None], sketch.rotation, np.eye(3))
    translation[rows] = np.where(sketch.known[:, None], sketch.translation, 0.0)
    residual = solved.residual / factor
    camera = Camera(
        shot.numbers,
        known,
        np.repeat(focal[:, None], 2, 1),
        np.tile(sketch.middle, (count, 1)),
        np.tile([sketch.bend, 0.0], (count, 1)),
        rotation,
        translation,
        solved.points,
        "solved",
        residual,
    ).scaled(1 / factor)
    words = [
        f"{known.sum()} of {len(numbers)} frames, {len(solved.points)} points, {residual:.2f} px off on average",
        _lens_words(camera, solved.unsure),
    ]
    if sketch.bend:
        words.append(f"k1 {sketch.bend:.4f}")
    return Solve(camera, ", ".join(words))


def _lens_words(camera: Camera, unsure: float | None) -> str:
    focal = camera.focal[camera.known, 0]
    if unsure is None:
        return f"focal length {focal[0]:.0f} px"
    words = f"a zoom from {focal[0]:.0f} to {focal[-1]:.0f} px"
    least, most = focal.min(), focal.max()
    if max(focal[0], focal[-1]) < most or min(focal[0], focal[-1]) > least:
        words += f" within {least:.0f} to {most:.0f} px"
    if unsure > UNSURE:
        words += f" (to {100 * unsure:.0f} %: with so little parallax a zoom and forward motion look alike)"
    return words
